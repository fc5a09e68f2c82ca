namespace Counterweight;

/// <summary>A value with a confidence interval.</summary>
/// <param name="Estimate">The value on the rows given.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="StandardError">The standard error of the estimate.</param>
/// <param name="Level">The confidence level, such as 0.95.</param>
/// <param name="Resamples">The number of bootstrap resamples behind it; 0 for a formula.</param>
/// <param name="Undefined">The number of resamples left out because the metric was not defined on them.</param>
public sealed record MetricInterval(double Estimate, double Low, double High, double StandardError, double Level, int Resamples = 0, int Undefined = 0);
