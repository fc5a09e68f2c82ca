using System.Numerics;

namespace Counterweight;

/// <summary>
/// Puts the centres of as many k-means clusters as rows are asked for in the place of the rows of each targeted class (Yen and Lee, 2009,
/// "Cluster-based under-sampling approaches for imbalanced data distributions").
/// </summary>
/// <remarks>
/// <para>Lloyd's algorithm (1982) from k-means++ seeds (Arthur and Vassilvitskii, 2007), one start; it ends when the centres move by less than 1e-4 of
/// the mean variance of a column, or after <paramref name="Rounds"/> rounds. A cluster that loses all rows starts anew at the row farthest from its
/// centre.</para>
/// <para>Clusters are of the numeric columns; a categorical column of a centre has the commonest code of its cluster.</para>
/// </remarks>
/// <param name="Hard">Whether the row nearest to each centre is kept instead of the centre; the same row may then come twice.</param>
/// <param name="Rounds">The most rounds.</param>
public sealed record ClusterCentroids(bool Hard = false, int Rounds = 300) : IResampler
{
    /// <summary>The most rounds.</summary>
    public int Rounds { get; init; } = Rounds >= 1 ? Rounds : throw new ArgumentOutOfRangeException(nameof(Rounds), Rounds, "The most rounds is 1 or more.");

    /// <inheritdoc/>
    public ResamplingKind Kind => ResamplingKind.Under;

    /// <inheritdoc/>
    public SamplingStrategy Strategy { get; init; } = SamplingStrategy.Auto;

    /// <inheritdoc/>
    public bool SelectsRows => Hard;

    /// <inheritdoc/>
    public IResampler WithStrategy(SamplingStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return this with { Strategy = strategy };
    }

    /// <inheritdoc/>
    public Resampled<T> Resample<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, long seed = 0, int threads = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] counts = ResamplingInput.Check(rows, labels, classes, acceptsMissing: false, threads);
        if (rows.Numeric.Count == 0) throw new UnusableDataException("Cluster centroids need a numeric column; all columns are categorical.");
        SamplingTargets targets = Strategy.Resolve(counts, Kind);
        int[][] byClass = ResamplingInput.RowsByClass(labels, counts);
        List<T[]> values = [];
        List<int> kept = [];
        List<long> sources = [];
        for (int c = 0; c < classes; c++)
        {
            int wanted = (int)targets[c];
            if (wanted == 0) continue;
            kept.AddRange(Enumerable.Repeat(c, wanted));
            if (!targets.IsTargeted(c))
            {
                values.Add(rows.Copy(byClass[c], threads));
                sources.AddRange(byClass[c].Select(r => (long)r));
                continue;
            }

            SampleMatrix<T> own = rows.Select(byClass[c], threads);
            var clusters = new KMeansClusters<T>(own, wanted, Rounds, seed, c, threads);
            if (Hard)
            {
                int[] nearest = [.. clusters.NearestRows(threads).Select(i => byClass[c][i])];
                values.Add(rows.Copy(nearest, threads));
                sources.AddRange(nearest.Select(r => (long)r));
            }
            else
            {
                values.Add(clusters.Centres);
                sources.AddRange(Enumerable.Repeat(-1L, wanted));
            }
        }

        return new(rows.With(values.SelectMany(v => v).ToArray()), [.. kept], [.. sources]);
    }
}
