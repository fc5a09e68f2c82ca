namespace Counterweight;

/// <summary>ADASYN: SMOTE with more rows where the class is surrounded by other classes.</summary>
/// <remarks>
/// He, Bai, Garcia and Li, 2008, "ADASYN: Adaptive Synthetic Sampling Approach for Imbalanced Learning", equations 3 to 5: row i gets
/// round(G r_i / sum r) new rows, where r_i is the share of other classes among its k nearest rows of any class; halves are rounded to the
/// even number, so that the total may differ from G by a few. Should everything round to nothing, the rows with the largest r_i get one each.
/// The partners are the k nearest rows of the class.
/// </remarks>
/// <param name="K">The number of neighbours, for the density and for the partners.</param>
public sealed record Adasyn(int K = 5) : OverSampler
{
    /// <summary>The number of neighbours, for the density and for the partners.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <inheritdoc/>
    public override string Name => "adasyn";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        (SampleMatrix<T> members, int[] positions) = job.Members(c);
        int[] counts = Counts(job.OtherNeighbours(c, job.RowsOf(c), K, "k"), K, added)
            ?? throw new UnusableDataException($"No row of class {c} has a row of another class among its {K} nearest, so that adasyn has nothing to go "
            + $"by; use smote.");
        int[] owners = new int[job.Fits(counts.Sum(n => (long)n))];
        for (int i = 0, at = 0; i < counts.Length; at += counts[i++]) owners.AsSpan(at, counts[i]).Fill(i);
        return new SegmentPlan<T>(c, owners.Length, members, job.RowsOf(c), positions, job.Within(members, c, K, positions), K, owners);
    }

    /// <summary>How many new rows each row of a class gets; null if no row has a neighbour of another class.</summary>
    internal static int[]? Counts(int[] others, int k, int added)
    {
        double sum = others.Sum(o => (double)o / k);
        if (sum == 0) return null;
        int[] counts = [.. others.Select(o => (int)Math.Round((double)o / k / sum * added, MidpointRounding.ToEven))];
        if (counts.Any(n => n > 0)) return counts;
        foreach (int row in Enumerable.Range(0, others.Length).OrderByDescending(i => others[i]).ThenBy(i => i).Take(added)) counts[row] = 1;
        return counts;
    }
}
