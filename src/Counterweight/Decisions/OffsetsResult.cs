namespace Counterweight;

/// <summary>Tuned offsets.</summary>
/// <param name="Offsets">K offsets for <see cref="OffsetsDecision"/>; that of the most common class is zero.</param>
/// <param name="Value">The metric's value with them, on the rows that tuned them.</param>
/// <param name="ValueWithout">The metric's value of the most probable class on the same rows.</param>
/// <param name="Metric">What was tuned for.</param>
public sealed record OffsetsResult(IReadOnlyList<double> Offsets, double Value, double ValueWithout, IMetric Metric);
