namespace Counterweight;

/// <summary>Confidence intervals of any metric by resampling the rows (Efron and Tibshirani, 1993, "An introduction to the bootstrap").</summary>
/// <remarks>
/// <para>Stratified resamples keep the number of rows of each true class, as repeated data of the same design would. Rows of zero weight are not drawn. The
/// same seed gives the same interval at any number of threads.</para>
/// <para>A resample is never copied out: metrics of the confusion matrix draw its cells, ranking metrics walk the rows sorted once, others take the draws as
/// row weights; a metric that is not of this library gets the drawn rows.</para>
/// <para>The acceleration of BCa comes from leaving out one row at a time, with several strata as for several samples (Davison and Hinkley, 1997, "Bootstrap
/// methods and their application", section 5.3.2); beyond 2000 rows, from a random 2000 of them.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 0, 0, 1, 1, 1, 1], predicted = [0, 0, 0, 1, 1, 1, 1, 0];
/// MetricInterval interval = Bootstrap.Interval(Metric.BalancedAccuracy, Predictions.FromLabels(truth, predicted, classes: 2));
/// </code>
/// </example>
public static class Bootstrap
{
    private const int MaximumLeftOut = 2000;

    /// <summary>The interval of a metric.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="predictions">The predictions.</param>
    /// <param name="level">The confidence level, in (0, 1).</param>
    /// <param name="resamples">The number of resamples, at least 20.</param>
    /// <param name="kind">How the interval is read from the resamples.</param>
    /// <param name="stratified">Whether each class keeps its number of rows.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">The metric is not defined on the rows, or not on half of the resamples.</exception>
    public static MetricInterval Interval(
        IMetric metric, Predictions predictions, double level = 0.95, int resamples = 2000, BootstrapKind kind = BootstrapKind.BiasCorrectedAccelerated,
        bool stratified = true, long seed = 0, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(predictions);
        return Run(new(metric, predictions, null, stratified), level, resamples, kind, seed, threads);
    }

    /// <summary>The interval of the difference of a metric between two predictions of the same rows, which are resampled together.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="baseline">The predictions to compare with.</param>
    /// <param name="other">Other predictions of the same rows; the difference is theirs less the baseline's.</param>
    /// <param name="level">The confidence level, in (0, 1).</param>
    /// <param name="resamples">The number of resamples, at least 20.</param>
    /// <param name="kind">How the interval is read from the resamples.</param>
    /// <param name="stratified">Whether each class keeps its number of rows.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">The metric is not defined on the rows, or not on half of the resamples.</exception>
    public static MetricInterval Difference(
        IMetric metric, Predictions baseline, Predictions other, double level = 0.95, int resamples = 2000,
        BootstrapKind kind = BootstrapKind.BiasCorrectedAccelerated, bool stratified = true, long seed = 0, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes != baseline.Classes || !other.Truth.Span.SequenceEqual(baseline.Truth.Span)
            || !other.Weights.Span.SequenceEqual(baseline.Weights.Span))
            throw new ArgumentException("The two predictions are of different rows: their true classes or weights differ.", nameof(other));
        return Run(new(metric, baseline, other, stratified), level, resamples, kind, seed, threads);
    }

    /// <summary>The half width of a central normal interval, in standard deviations.</summary>
    internal static double Normal(double level) => level is > 0 and < 1 ? Distributions.NormalQuantile(0.5 + level / 2)
        : throw new ArgumentOutOfRangeException(nameof(level), level, "A confidence level lies in (0, 1).");

    private static MetricInterval Run(ResampledMetric target, double level, int resamples, BootstrapKind kind, long seed, int threads)
    {
        double z = Normal(level);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 20);
        if (!Enum.IsDefined(kind))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "The kind is BiasCorrectedAccelerated, Percentile or Basic.");
        double estimate = target.Estimate();
        double[] values = new double[resamples];
        Parallel.For(0, resamples, Threads.Options(threads), target.CreateRoom, (b, _, room) =>
        {
            var random = new SeededRandom(seed, b);
            values[b] = target.Draw(ref random, room);
            return room;
        }, _ => { });
        double[] sorted = [.. values.Where(v => !double.IsNaN(v)).Order()];
        if (sorted.Length < resamples / 2)
            throw new UnusableDataException($"{target.Name} is not defined on {resamples - sorted.Length} of {resamples} resamples: there are too few rows "
                + $"of a class. Use stratified resamples or more rows.");
        double mean = sorted.Average(), error = Math.Sqrt(sorted.Sum(v => (v - mean) * (v - mean)) / (sorted.Length - 1));
        (double low, double high) = kind switch
        {
            BootstrapKind.Percentile => (Quantile(sorted, (1 - level) / 2), Quantile(sorted, (1 + level) / 2)),
            BootstrapKind.Basic => (2 * estimate - Quantile(sorted, (1 + level) / 2), 2 * estimate - Quantile(sorted, (1 - level) / 2)),
            _ => Accelerated(),
        };
        return new(estimate, low, high, error, level, resamples, resamples - sorted.Length);

        (double Low, double High) Accelerated()
        {
            double below = 0;
            double near = 1e-12 * Math.Max(1, Math.Abs(estimate));
            foreach (double v in sorted) below += Math.Abs(v - estimate) <= near ? 0.5 : v < estimate ? 1 : 0;
            double bias = Distributions.NormalQuantile(Math.Clamp(below / sorted.Length, 0.5 / sorted.Length, 1 - 0.5 / sorted.Length));
            double acceleration = target.Acceleration(MaximumLeftOut, seed, threads);
            return (Quantile(sorted, Level(-z)), Quantile(sorted, Level(z)));

            double Level(double quantile)
            {
                double shifted = bias + quantile, divisor = 1 - acceleration * shifted;
                return divisor <= 0 ? quantile < 0 ? 0 : 1 : Distributions.NormalCdf(bias + shifted / divisor);
            }
        }
    }

    /// <summary>The quantile of sorted values, on the line between the neighbours (Hyndman and Fan, 1996, type 7).</summary>
    private static double Quantile(double[] sorted, double probability)
    {
        double at = probability * (sorted.Length - 1);
        int index = Math.Clamp((int)at, 0, sorted.Length - 1), next = Math.Min(index + 1, sorted.Length - 1);
        return sorted[index] + (sorted[next] - sorted[index]) * (at - index);
    }
}
