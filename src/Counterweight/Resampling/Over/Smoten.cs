using System.Numerics;

namespace Counterweight;

/// <summary>SMOTEN: SMOTE for rows whose columns are all categorical.</summary>
/// <remarks>
/// Chawla, Bowyer, Hall and Kegelmeyer, 2002, section 6.2: neighbours by the value difference metric (<see cref="NeighbourDistance.ValueDifference"/>, shares
/// counted over all rows), and each column of a new row takes the code that most of a drawn row and its k neighbours have, of several the smallest.
/// </remarks>
/// <param name="K">The number of neighbours besides the drawn row itself.</param>
public sealed record Smoten(int K = 5) : OverSampler
{
    /// <summary>The number of neighbours besides the drawn row itself.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <inheritdoc/>
    public override string Name => "smoten";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        if (job.Rows.Numeric.Count > 0)
            throw new UnusableDataException("smoten is for rows whose columns are all categorical, and this one is numeric; use smote-nc.", file: null,
                row: null, column: job.Rows.Name(job.Rows.Numeric[0]));
        (SampleMatrix<T> members, int[] positions) = job.Members(c);
        return new ModePlan<T>(c, added, members, job.RowsOf(c), job.Within(members, c, K, positions), K);
    }

    private sealed class ModePlan<T>(int c, int count, SampleMatrix<T> members, int[] inputRows, int[] partners, int k) : OverPlan<T>(c, count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
        {
            int columns = members.Columns;
            ReadOnlySpan<T> values = members.Values.Span;
            Span<T> codes = k < 256 ? stackalloc T[k + 1] : new T[k + 1];
            for (int i = 0; i < bases.Length; i++)
            {
                int drawn = random.NextInt32(members.Rows);
                for (int j = 0; j < columns; j++)
                {
                    codes[0] = values[drawn * columns + j];
                    for (int n = 0; n < k; n++) codes[n + 1] = values[partners[drawn * k + n] * columns + j];
                    target[i * columns + j] = Mode(codes);
                }

                bases[i] = inputRows[drawn];
            }
        }

        private static T Mode(Span<T> codes)
        {
            codes.Sort();
            (T best, int most) = (codes[0], 0);
            for (int i = 0, run = 0; i < codes.Length; i++)
            {
                run = i > 0 && codes[i] == codes[i - 1] ? run + 1 : 1;
                if (run > most) (best, most) = (codes[i], run);
            }

            return best;
        }
    }
}
