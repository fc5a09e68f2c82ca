namespace Counterweight.Comparison;

/// <summary>What a program is told of the user's own data.</summary>
/// <param name="File">The file, or the folder of a label source.</param>
/// <param name="Format">What it is.</param>
/// <param name="Target">The label column.</param>
/// <param name="LeaveOut">Columns of the file that are no features: weights, groups, times, those left out by name.</param>
/// <param name="Rows">Of a label source the file that lists its rows; null for a table.</param>
internal sealed record JobData(string File, string Format, string Target, IReadOnlyList<string> LeaveOut, string? Rows);
