using System.Numerics;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>New rows between two rows of a class that the method chooses; a categorical column takes the code of the nearer one.</summary>
/// <param name="c">The class of the new rows.</param>
/// <param name="count">How many rows are made.</param>
/// <param name="rows">The rows that <see cref="Draw"/> counts.</param>
/// <param name="inputRows">The input row of each row of <paramref name="rows"/>.</param>
internal abstract class PairPlan<T>(int c, int count, SampleMatrix<T> rows, int[] inputRows) : OverPlan<T>(c, count) where T : unmanaged,
    IBinaryFloatingPointIeee754<T>
{
    private readonly int[] categorical = [.. rows.Categorical];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
    {
        int columns = rows.Columns;
        ReadOnlySpan<T> values = rows.Values.Span;
        for (int i = 0; i < bases.Length; i++)
        {
            (int from, int to, double step) = Draw(start + i, ref random);
            Span<T> row = target.Slice(i * columns, columns);
            Segments.Interpolate(values.Slice(from * columns, columns), values.Slice(to * columns, columns), T.CreateTruncating(step), row);
            foreach (int column in categorical) row[column] = values[(step <= 0.5 ? from : to) * columns + column];
            (bases[i], seconds[i]) = (inputRows[from], inputRows[to]);
        }
    }

    /// <summary>Chooses two rows and a step from the first to the second for a new row.</summary>
    private protected abstract (int From, int To, double Step) Draw(int position, ref SeededRandom random);
}
