namespace Counterweight.Report;

/// <summary>A metric of the most probable class and of the decision.</summary>
/// <param name="Name">The metric.</param>
/// <param name="Before">Of the most probable class.</param>
/// <param name="After">Of the decision.</param>
/// <param name="Gain">The difference, positive where the decision is better.</param>
/// <param name="CiLow">The lower end of its 95% interval.</param>
/// <param name="CiHigh">The upper end.</param>
public sealed record GainEntry(string Name, double Before, double After, double Gain, double CiLow, double CiHigh);
