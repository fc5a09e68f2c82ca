namespace Counterweight.Report;

/// <summary>The files that a report was written to.</summary>
/// <param name="Page">The page, <c>report.html</c>.</param>
/// <param name="Document">The JSON document beside it.</param>
public sealed record ReportFiles(string Page, string Document);
