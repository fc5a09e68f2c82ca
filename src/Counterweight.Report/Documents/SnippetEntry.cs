namespace Counterweight.Report;

/// <summary>Code to paste.</summary>
/// <param name="Framework">What it is for.</param>
/// <param name="Scheme">The canonical name of the weight scheme.</param>
/// <param name="Code">The code.</param>
public sealed record SnippetEntry(string Framework, string Scheme, string Code);
