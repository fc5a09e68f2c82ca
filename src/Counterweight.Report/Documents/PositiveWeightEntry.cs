namespace Counterweight.Report;

/// <summary>The weight of the positive class of two.</summary>
/// <param name="PositiveClass">The label of the positive class.</param>
/// <param name="Value">Negatives over positives.</param>
public sealed record PositiveWeightEntry(string PositiveClass, double Value);
