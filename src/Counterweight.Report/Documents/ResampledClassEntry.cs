namespace Counterweight.Report;

/// <summary>A class before and after resampling.</summary>
/// <param name="Label">The label.</param>
/// <param name="Before">Rows before.</param>
/// <param name="After">Rows after.</param>
/// <param name="Kept">Input rows that are still there.</param>
/// <param name="Copies">Further copies of them.</param>
/// <param name="Synthetic">Rows that are in no input row.</param>
public sealed record ResampledClassEntry(string Label, long Before, long After, long Kept, long Copies, long Synthetic);
