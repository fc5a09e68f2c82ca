using System.Numerics;

namespace Counterweight;

/// <summary>
/// A method that adds rows to classes: the rows of the input first, as they are, then the new rows class by class.
/// </summary>
/// <remarks>
/// Columns that hold categories are never interpolated: a new row takes a code that occurs among the rows it was made from.
/// </remarks>
public abstract record OverSampler : IResampler
{
    private protected OverSampler() { }

    /// <inheritdoc/>
    public ResamplingKind Kind => ResamplingKind.Over;

    /// <inheritdoc/>
    public SamplingStrategy Strategy { get; init; } = SamplingStrategy.Auto;

    /// <inheritdoc/>
    public virtual bool SelectsRows => false;

    /// <inheritdoc/>
    public virtual bool AcceptsMissing => false;

    /// <summary>The stable name in the catalogue.</summary>
    public abstract string Name { get; }

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
        long[] counts = ResamplingInput.Check(rows, labels, classes, AcceptsMissing, threads);
        SamplingTargets targets = Strategy.Resolve(counts, Kind);
        var job = new OverJob<T>(Name, rows, labels.ToArray(), counts, seed, threads);
        var plans = new List<OverPlan<T>>();
        for (int c = 0; c < classes; c++)
            if (targets.Added(c) is > 0 and long added) plans.Add(Plan(job, c, job.Fits(added)));
        return job.Run(plans);
    }

    /// <summary>Decides how rows of a class are made; the searches happen here, the writing later.</summary>
    /// <param name="job">The rows and what is known of them.</param>
    /// <param name="c">The class.</param>
    /// <param name="added">How many rows it should gain; 1 or more.</param>
    internal abstract OverPlan<T> Plan<T>(OverJob<T> job, int c, int added) where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private protected static int AtLeastOne(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is a whole number of 1 or more.");

    private protected static double InRange(double value, double minimum, double maximum, string name) => value >= minimum && value <= maximum
        ? value
        : throw new ArgumentOutOfRangeException(
            name, value, double.IsPositiveInfinity(maximum) ? $"{name} is a number of {minimum} or more." : $"{name} is a number in [{minimum}, {maximum}].");
}
