using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary>What <c>weights --emit sql --json</c> prints where nothing was counted.</summary>
/// <param name="Snippets">The statements.</param>
internal sealed record SqlDocument(IReadOnlyList<SnippetEntry> Snippets);
