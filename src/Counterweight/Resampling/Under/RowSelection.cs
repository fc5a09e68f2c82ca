using System.Numerics;

namespace Counterweight;

/// <summary>A resampler that keeps some rows of its input as they are, in the order class by class unless it says otherwise.</summary>
public abstract record RowSelection : IResampler
{
    private protected RowSelection() { }

    /// <inheritdoc/>
    public abstract ResamplingKind Kind { get; }

    /// <inheritdoc/>
    public SamplingStrategy Strategy { get; init; } = SamplingStrategy.Auto;

    /// <inheritdoc/>
    public bool SelectsRows => true;

    /// <inheritdoc/>
    public virtual bool AcceptsMissing => false;

    /// <inheritdoc/>
    public IResampler WithStrategy(SamplingStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return this with { Strategy = strategy };
    }

    /// <inheritdoc/>
    public Resampled<T> Resample<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, long seed = 0, int threads = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Resampled<T>.Select(rows, labels, Select(rows, labels, classes, seed, threads), threads);

    /// <summary>Finds the rows to keep without copying any.</summary>
    /// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rows">The rows, N x D.</param>
    /// <param name="labels">The class code of each row.</param>
    /// <param name="classes">The number of classes, K.</param>
    /// <param name="seed">The seed of every random choice.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <returns>The rows kept (from 0).</returns>
    /// <exception cref="UnusableDataException">There are fewer than two classes, a value is missing, or a class has too few rows for the method.</exception>
    /// <exception cref="ArgumentException">The lengths differ, a label is out of range, or the strategy does not fit the data.</exception>
    public int[] Select<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, long seed = 0, int threads = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] counts = ResamplingInput.Check(rows, labels, classes, AcceptsMissing, threads);
        return Choose(new Selection<T>(rows, labels.ToArray(), counts, Strategy.Resolve(counts, Kind), seed, threads));
    }

    private protected abstract int[] Choose<T>(Selection<T> input) where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A <see cref="RowSelection"/> that goes by nearest neighbours.</summary>
public abstract record NeighbourSelection : RowSelection
{
    private protected NeighbourSelection() { }

    /// <summary>How far rows are apart; null for <see cref="NeighbourDistance.For"/>, which is Euclidean where all columns are numeric.</summary>
    public NeighbourDistance? Distance { get; init; }

    private protected NeighbourDistance DistanceFor<T>(Selection<T> input) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Distance ?? NeighbourDistance.For(input.Rows, input.Labels, input.Classes);
}

/// <summary>Checked input of a <see cref="RowSelection"/>, with what most of them need.</summary>
internal sealed class Selection<T>(SampleMatrix<T> rows, int[] labels, long[] counts, SamplingTargets targets, long seed, int threads)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal SampleMatrix<T> Rows { get; } = rows;

    internal int[] Labels { get; } = labels;

    internal long[] Counts { get; } = counts;

    internal int Classes => Counts.Length;

    internal SamplingTargets Targets { get; } = targets;

    internal long Seed { get; } = seed;

    internal int Threads { get; } = threads;

    internal int[][] ByClass { get; } = ResamplingInput.RowsByClass(labels, counts);

    internal int Minority { get; } = Extremes.Smallest(counts);

    internal NeighbourIndex<T> Index(int[] subset, NeighbourDistance distance) => new(Rows.Select(subset, Threads), distance, Threads);
}
