using System.Numerics;

namespace Counterweight;

/// <summary>ProWSyn: more new rows where the class is near other classes, by levels of proximity.</summary>
/// <remarks>
/// Barua, Islam and Murase, 2013, "ProWSyn: Proximity Weighted Synthetic Oversampling Technique for Imbalanced Data Set Learning": the k
/// rows of the class nearest to each row of another class make up the first level; they are set aside, and so on; what is left is the last.
/// Level l has the weight exp(-theta (l - 1)); a new row lies on the segment between two rows of one level, and the levels are drawn by
/// their weights (as in the comparison of Kovács, 2019, where the method comes out among the first). A level of a single row is only drawn if all are.
/// </remarks>
/// <param name="K">The number of rows of the class nearest to each row of another class.</param>
/// <param name="Levels">The number of levels.</param>
/// <param name="Theta">How fast the weight falls with the level.</param>
public sealed record Prowsyn(int K = 5, int Levels = 5, double Theta = 1) : OverSampler
{
    /// <summary>The number of rows of the class nearest to each row of another class.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The number of levels.</summary>
    public int Levels { get; init; } = AtLeastOne(Levels, nameof(Levels));

    /// <summary>How fast the weight falls with the level.</summary>
    public double Theta { get; init; } = InRange(Theta, 0, double.PositiveInfinity, nameof(Theta));

    /// <inheritdoc/>
    public override string Name => "prowsyn";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        job.RequireRows(c, 2, "any setting");
        int[][] levels = Partition(job, c, K, Levels);
        int[] usable = [.. Enumerable.Range(0, levels.Length).Where(l => levels[l].Length > 1)];
        if (usable.Length == 0) usable = [.. Enumerable.Range(0, levels.Length)];
        double sum = 0;
        double[] upTo = [.. usable.Select(l => sum += Math.Exp(-Theta * (l - usable[0])))];
        return new LevelPlan<T>(c, added, job.Members(c).Matrix, job.RowsOf(c), [.. usable.Select(l => levels[l])], upTo);
    }

    /// <summary>The positions within a class of the rows of each level, nearest to other classes first.</summary>
    internal static int[][] Partition<T>(OverJob<T> job, int c, int k, int levels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (SampleMatrix<T> members, int[] remaining) = job.Members(c);
        var found = new List<int[]>();
        SampleMatrix<T>? others = null;
        while (found.Count < levels - 1 && remaining.Length > 0)
        {
            others ??= job.Rows.Select(Enumerable.Range(0, job.Rows.Rows).Where(r => job.Labels[r] != c).ToArray(), job.Threads);
            var near = new bool[remaining.Length];
            var index = new NeighbourIndex<T>(members.Select(remaining, job.Threads), job.DistanceFor(c), job.Threads);
            foreach (int row in index.Find(others, Math.Min(k, remaining.Length), job.Threads).Rows) near[row] = true;
            found.Add([.. remaining.Where((_, i) => near[i])]);
            remaining = [.. remaining.Where((_, i) => !near[i])];
        }

        if (remaining.Length > 0) found.Add(remaining);
        return [.. found];
    }

    private sealed class LevelPlan<T>(int c, int count, SampleMatrix<T> members, int[] inputRows, int[][] levels, double[] upTo)
        : PairPlan<T>(c, count, members, inputRows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private protected override (int From, int To, double Step) Draw(int position, ref SeededRandom random)
        {
            double u = random.NextDouble() * upTo[^1];
            int l = 0;
            while (l < upTo.Length - 1 && u >= upTo[l]) l++;
            int[] level = levels[l];
            int from = random.NextInt32(level.Length), to = level.Length == 1 ? 0 : random.NextInt32(level.Length - 1);
            if (level.Length > 1 && to >= from) to++;
            return (level[from], level[to], random.NextDouble());
        }
    }
}
