using System.Numerics;

namespace Counterweight;

/// <summary>Safe-level SMOTE: SMOTE that stays near the end of the segment that is surrounded by its own class.</summary>
/// <remarks>
/// Bunkhumpornpat, Sinapiromsaran and Lursinsap, 2009, "Safe-Level-SMOTE", figure 1: the safe level of a row is how many of its k nearest
/// rows of any class are of its own. With levels a of the drawn row and b of its partner (one of the k nearest rows of the class) each column
/// steps by a number of its own from [0, 1] if a = b, [0, b/a] if a is larger (0 if b = 0), [1 - a/b, 1] if b is larger; pairs with a = b = 0
/// are noise and passed over. A categorical column takes the drawn row's code or, if its step is above one half, the partner's.
/// </remarks>
/// <param name="K">The number of neighbours, for the safe level and for the partners.</param>
public sealed record SafeLevelSmote(int K = 5) : OverSampler
{
    /// <summary>The number of neighbours, for the safe level and for the partners.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <inheritdoc/>
    public override string Name => "safe-level-smote";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        (SampleMatrix<T> members, int[] positions) = job.Members(c);
        int[] others = job.OtherNeighbours(c, job.RowsOf(c), K, "k"), partners = job.Within(members, c, K, positions);
        int[] levels = [.. others.Select(o => K - o)];
        int[] picks = [.. Enumerable.Range(0, partners.Length).Where(p => levels[p / K] + levels[partners[p]] > 0)];
        if (picks.Length == 0)
            throw new UnusableDataException($"No row of class {c} has a row of its own class among its {K} nearest, so that safe-level-smote takes them all "
                + $"for noise; use smote.");
        return new SafePlan<T>(c, added, members, job.RowsOf(c), partners, levels, picks, K);
    }

    /// <summary>The range of the steps from a row of safe level <paramref name="a"/> to one of level <paramref name="b"/>.</summary>
    internal static (double Low, double High) Steps(int a, int b) => b == 0 ? (0, 0) : a > b ? (0, (double)b / a) : (1 - (double)a / b, 1);

    private sealed class SafePlan<T>(int c, int count, SampleMatrix<T> members, int[] inputRows, int[] partners, int[] levels, int[] picks, int k)
        : OverPlan<T>(c, count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
        {
            int columns = members.Columns;
            for (int i = 0; i < bases.Length; i++)
            {
                int pick = picks[random.NextInt32(picks.Length)], from = pick / k, to = partners[pick];
                (double low, double high) = Steps(levels[from], levels[to]);
                ReadOnlySpan<T> x = members.Row(from), y = members.Row(to);
                Span<T> row = target.Slice(i * columns, columns);
                for (int j = 0; j < columns; j++)
                {
                    double step = low + (high - low) * random.NextDouble();
                    row[j] = members.IsCategorical(j) ? (step <= 0.5 ? x[j] : y[j]) : x[j] + (T.CreateTruncating(step) * (y[j] - x[j]));
                }

                (bases[i], seconds[i]) = (inputRows[from], inputRows[to]);
            }
        }
    }
}
