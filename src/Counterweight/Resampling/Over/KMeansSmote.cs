using System.Numerics;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>K-means SMOTE: SMOTE within the clusters in which the class is frequent, with more rows where it is sparse.</summary>
/// <remarks>
/// <para>Douzas, Bacao and Last, 2018, "Improving imbalanced learning through a heuristic oversampling method based on k-means and SMOTE",
/// algorithm 1: all rows are clustered; clusters in which the share of the class reaches the threshold, and which have more than k rows of it, are used;
/// a cluster's share of the new rows goes with its sparsity (mean distance between its rows of the class)^exponent / (their number). Partners
/// are the k nearest rows of the class within the cluster.</para>
/// <para>The shares are rounded so that the total is exact (imbalanced-learn rounds each up). The threshold defaults to the share of the class in all rows,
/// which some cluster always reaches; imbalanced-learn's default, half for two classes, ends in an error where the classes overlap. The clusters are found on
/// a seeded sample of at most 16,384 rows; with categorical columns they are k-prototypes (Huang, 1998).</para>
/// </remarks>
/// <param name="K">The number of neighbours.</param>
/// <param name="Clusters">The number of clusters.</param>
/// <param name="Threshold">The smallest share of the class in a cluster that is used; 0 for its share in all rows.</param>
/// <param name="Exponent">The exponent of the mean distance; 0 for the number of columns.</param>
public sealed record KMeansSmote(int K = 2, int Clusters = 8, double Threshold = 0, double Exponent = 0) : OverSampler
{
    /// <summary>The number of neighbours.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The number of clusters.</summary>
    public int Clusters { get; init; } = AtLeastOne(Clusters, nameof(Clusters));

    /// <summary>The smallest share of the class in a cluster that is used; 0 for its share in all rows.</summary>
    public double Threshold { get; init; } = InRange(Threshold, 0, 1, nameof(Threshold));

    /// <summary>The exponent of the mean distance; 0 for the number of columns.</summary>
    public double Exponent { get; init; } = InRange(Exponent, 0, double.PositiveInfinity, nameof(Exponent));

    /// <inheritdoc/>
    public override string Name => "kmeans-smote";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        job.RequireRows(c, K + 1, $"k = {K}");
        int[] own = job.RowsOf(c);
        (SampleMatrix<T> members, _) = job.Members(c);
        NeighbourDistance distance = job.DistanceFor(c);
        double mismatch = job.Rows.Numeric.Count == 0 ? 1 : distance.MismatchSquared;
        int[] clusters = Prototypes.Assign(job.Rows, Clusters, mismatch, job.Seed, job.Threads);
        double threshold = Threshold > 0 ? Threshold : (double)own.Length / job.Rows.Rows;
        var sizes = new int[Clusters];
        foreach (int cluster in clusters) sizes[cluster]++;
        int[][] usable = [.. Enumerable.Range(0, own.Length).GroupBy(p => clusters[own[p]])
            .Where(g => g.Count() > K && g.Count() >= threshold * sizes[g.Key]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        if (usable.Length == 0)
            throw new UnusableDataException($"None of the {Clusters} clusters has more than k = {K} rows of class {c} that make up {threshold:0.###} of it; "
                + $"lower the threshold, change the number of clusters or use smote.");
        double exponent = Exponent > 0 ? Exponent : job.Rows.Columns;
        double[] weights = Weights(
            [.. usable.Select(u => (Spread.MeanDistance(members.Select(u, job.Threads), mismatch, job.Random(c), job.Threads), u.Length))], exponent);
        var partners = new List<int>(K * usable.Sum(u => u.Length));
        foreach (int[] cluster in usable)
        {
            var index = new NeighbourIndex<T>(members.Select(cluster, job.Threads), distance, job.Threads);
            foreach (int row in index.FindOthers(Enumerable.Range(0, cluster.Length).ToArray(), K, job.Threads).Rows) partners.Add(cluster[row]);
        }

        int[] bases = [.. usable.SelectMany(u => u)], rowsUpTo = UpTo(usable.Select(u => u.Length)), madeUpTo = UpTo(Apportion(weights, added));
        return new ClusterPlan<T>(c, added, members, own, bases, [.. partners], K, rowsUpTo, madeUpTo);
    }

    /// <summary>The share of each cluster: sparsities, mean distance^exponent / rows, that add up to one.</summary>
    internal static double[] Weights(ReadOnlySpan<(double MeanDistance, int Rows)> clusters, double exponent)
    {
        // In logarithms, since a mean distance to the power of the number of columns leaves the range of a double early.
        var logs = new double[clusters.Length];
        for (int i = 0; i < logs.Length; i++) logs[i] = exponent * Math.Log(clusters[i].MeanDistance) - Math.Log(clusters[i].Rows);
        double top = logs.Max();
        if (double.IsNegativeInfinity(top)) return [.. logs.Select(_ => 1.0 / logs.Length)];
        double[] weights = [.. logs.Select(l => Math.Exp(l - top))];
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>Whole numbers in proportion to weights (which add up to one) that add up to a total: largest remainders, ties to the first.</summary>
    internal static int[] Apportion(double[] weights, int total)
    {
        int[] parts = [.. weights.Select(w => (int)(w * total))];
        int left = total - parts.Sum();
        foreach (int i in Enumerable.Range(0, parts.Length).OrderByDescending(i => weights[i] * total - parts[i]).ThenBy(i => i).Take(left)) parts[i]++;
        return parts;
    }

    private static int[] UpTo(IEnumerable<int> parts)
    {
        int sum = 0;
        return [.. parts.Select(p => sum += p)];
    }

    private sealed class ClusterPlan<T>(
        int c, int count, SampleMatrix<T> members, int[] inputRows, int[] bases, int[] partners, int k, int[] rowsUpTo, int[] madeUpTo)
        : SegmentPlan<T>(c, count, members, inputRows, bases, partners, k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int k = k;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private protected override (int Owner, int Partner, double Step) Draw(int position, ref SeededRandom random)
        {
            int cluster = 0;
            while (position >= madeUpTo[cluster]) cluster++;
            int first = cluster == 0 ? 0 : rowsUpTo[cluster - 1] * k, pick = first + random.NextInt32(rowsUpTo[cluster] * k - first);
            return (pick / k, Partner(pick), random.NextDouble());
        }
    }
}
