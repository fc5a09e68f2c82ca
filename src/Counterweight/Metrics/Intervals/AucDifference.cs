namespace Counterweight;

/// <summary>Two areas under ROC curves on the same rows, and their difference with DeLong's interval and test.</summary>
/// <param name="First">The area of the first scores.</param>
/// <param name="Second">The area of the second scores.</param>
/// <param name="Difference">The interval of second less first.</param>
/// <param name="Z">The difference in standard errors; 0 if both rank all rows alike.</param>
/// <param name="PValue">The two-sided p-value of no difference.</param>
public sealed record AucDifference(double First, double Second, MetricInterval Difference, double Z, double PValue);
