using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Counterweight;

/// <summary>
/// New rows on the segments from base rows to their listed partners: x + step (y - x) (Chawla, Bowyer, Hall and Kegelmeyer, 2002,
/// "SMOTE: Synthetic Minority Over-sampling Technique", section 4.2). A categorical column takes the code that most of the base row's
/// partners have, of several one at random (section 6.1).
/// </summary>
/// <param name="c">The class of the new rows.</param>
/// <param name="count">How many rows are made.</param>
/// <param name="source">The rows that <paramref name="bases"/> and <paramref name="partners"/> count.</param>
/// <param name="inputRows">The input row of each row of <paramref name="source"/>; null if they are the same.</param>
/// <param name="bases">The base rows.</param>
/// <param name="partners">The partners of each base row, k each.</param>
/// <param name="k">The number of partners of a base row.</param>
/// <param name="owners">The number of the base row of each new row; null to draw a base row for each.</param>
/// <param name="low">The step is drawn evenly from here...</param>
/// <param name="high">... to here.</param>
internal class SegmentPlan<T>(
    int c, int count, SampleMatrix<T> source, int[]? inputRows, int[] bases, int[] partners, int k, int[]? owners = null, double low = 0, double high = 1)
    : OverPlan<T>(c, count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] categorical = [.. source.Categorical];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
    {
        int columns = source.Columns;
        ReadOnlySpan<T> values = source.Values.Span;
        if (categorical.Length == 0)
        {
            // Some choices first: their rows are on the way from memory while the others are made.
            Span<(int From, int Partner, T Step)> drawn = stackalloc (int, int, T)[32];
            for (int first = 0; first < bases.Length; first += drawn.Length)
            {
                int some = Math.Min(drawn.Length, bases.Length - first);
                for (int i = 0; i < some; i++)
                {
                    (int owner, int partner, double step) = Draw(start + first + i, ref random);
                    int from = BaseRow(owner);
                    drawn[i] = (from, partner, T.CreateTruncating(step));
                    (bases[first + i], seconds[first + i]) = (InputRow(from), InputRow(partner));
                    Prefetch(in values[from * columns]);
                    Prefetch(in values[partner * columns]);
                }

                for (int i = 0; i < some; i++)
                {
                    (int from, int partner, T step) = drawn[i];
                    Segments.Interpolate(values.Slice(from * columns, columns), values.Slice(partner * columns, columns), step,
                        target.Slice((first + i) * columns, columns));
                }
            }

            return;
        }

        for (int i = 0; i < bases.Length; i++)
        {
            (int owner, int partner, double step) = Draw(start + i, ref random);
            int from = BaseRow(owner);
            Span<T> row = target.Slice(i * columns, columns);
            Segments.Interpolate(values.Slice(from * columns, columns), values.Slice(partner * columns, columns), T.CreateTruncating(step), row);
            Segments.Vote(values, columns, categorical, partners.AsSpan(owner * k, k), row, ref random);
            (bases[i], seconds[i]) = (InputRow(from), InputRow(partner));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Prefetch(ref readonly T first)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in first)));
    }

    /// <summary>Chooses a base row, a partner and a step for a new row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected virtual (int Owner, int Partner, double Step) Draw(int position, ref SeededRandom random)
    {
        int pick = owners is null ? (int)random.NextInt64(partners.Length) : owners[position] * k + random.NextInt32(k);
        return (pick / k, partners[pick], low + (high - low) * random.NextDouble());
    }

    private protected int Partner(int pick) => partners[pick];

    private int BaseRow(int owner) => bases[owner];

    private int InputRow(int row) => inputRows is null ? row : inputRows[row];
}
