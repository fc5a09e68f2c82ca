namespace Counterweight.Report;

/// <summary>What <c>*</c> stands for as the value of a parameter.</summary>
/// <param name="Remedy">The remedy.</param>
/// <param name="Parameter">Its parameter.</param>
/// <param name="Range">The range.</param>
public sealed record UsualRangeEntry(string Remedy, string Parameter, string Range);
