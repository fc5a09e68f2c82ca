namespace Counterweight.Report;

/// <summary>The decision, fitted on all rows.</summary>
/// <param name="Recipe">How it was found.</param>
/// <param name="Description">What it does, in words.</param>
/// <param name="Threshold">The threshold of two classes; null where there is none, or nothing is decided positive.</param>
/// <param name="Offsets">The K offsets; null for a threshold.</param>
/// <param name="Constraints">What it had to keep to.</param>
public sealed record DecisionEntry(string Recipe, string Description, double? Threshold, double[]? Offsets, IReadOnlyList<string> Constraints);
