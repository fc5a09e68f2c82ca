namespace Counterweight.Cli;

/// <summary>The JSON document of <c>resample</c>.</summary>
internal sealed record ResampleDocument(
    string Method,
    string Strategy,
    long Seed,
    string Out,
    long RowsBefore,
    long RowsAfter,
    long SyntheticRows,
    IReadOnlyList<ResampledClassEntry> Classes,
    IReadOnlyList<WarningEntry> Warnings);

/// <summary>A class before and after: <c>kept</c> counts its input rows that are still there, <c>copies</c> further copies of them.</summary>
internal sealed record ResampledClassEntry(string Label, long Before, long After, long Kept, long Copies, long Synthetic);
