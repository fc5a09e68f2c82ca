namespace Counterweight.Report;

/// <summary>A class with its rows.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Share">Its share of all rows.</param>
public sealed record ClassEntry(string Label, long Count, double Share);
