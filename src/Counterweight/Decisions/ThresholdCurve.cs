namespace Counterweight;

/// <summary>The counts of a binary decision at every distinct score.</summary>
public sealed class ThresholdCurve
{
    private readonly double[] thresholds;
    private readonly BinaryCounts[] counts;

    internal ThresholdCurve(double[] thresholds, BinaryCounts[] counts) => (this.thresholds, this.counts) = (thresholds, counts);

    /// <summary>The candidates: the distinct scores, ascending.</summary>
    public ReadOnlySpan<double> Thresholds => thresholds;

    /// <summary>The counts of "positive if score &gt;= threshold" at each candidate.</summary>
    public ReadOnlySpan<BinaryCounts> Counts => counts;

    /// <summary>A metric's value at each candidate.</summary>
    /// <param name="metric">The metric.</param>
    public double[] Values(ThresholdMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return Array.ConvertAll(counts, c => metric.Evaluate(c));
    }
}
