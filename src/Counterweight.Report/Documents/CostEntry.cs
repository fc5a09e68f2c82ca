namespace Counterweight.Report;

/// <summary>The costs of all rows.</summary>
/// <param name="Before">Of the most probable class.</param>
/// <param name="After">Of the decision.</param>
/// <param name="Saved">The difference.</param>
/// <param name="CiLow">The lower end of its 95% interval.</param>
/// <param name="CiHigh">The upper end.</param>
public sealed record CostEntry(double Before, double After, double Saved, double CiLow, double CiHigh);
