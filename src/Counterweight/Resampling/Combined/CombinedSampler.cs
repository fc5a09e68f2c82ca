using System.Numerics;

namespace Counterweight;

/// <summary>SMOTE followed by a cleaning of all classes: new rows among other classes go, and so do input rows.</summary>
/// <remarks>The rows come out in the order of the input, then the new ones. With categorical columns the rules of <see cref="SmoteNc"/> hold.</remarks>
public abstract record CombinedSampler : IResampler
{
    private protected CombinedSampler() { }

    /// <inheritdoc/>
    public ResamplingKind Kind => ResamplingKind.Over;

    /// <summary>Which classes gain rows, to which numbers, before the cleaning.</summary>
    public SamplingStrategy Strategy { get; init; } = SamplingStrategy.Auto;

    /// <inheritdoc/>
    public bool SelectsRows => false;

    /// <summary>The stable name in the catalogue.</summary>
    public abstract string Name { get; }

    private protected abstract OverSampler Over { get; }

    private protected abstract NeighbourSelection Cleaning { get; }

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
        Resampled<T> over = Over.WithStrategy(Strategy).Resample(rows, labels, classes, seed, threads);
        int[] kept = Cleaning.Select(over.Rows, over.Labels, classes, seed, threads);
        Array.Sort(kept);
        var left = new bool[classes];
        foreach (int row in kept) left[over.Labels[row]] = true;
        foreach (int label in labels)
            if (!left[label]) throw new UnusableDataException($"{Name} would take every row of class {label} away, since all lie among other "
                + $"classes; use smote.");
        return over.Keep(kept, threads);
    }

    private protected static int AtLeastOne(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a whole number of 1 or more.");
}
