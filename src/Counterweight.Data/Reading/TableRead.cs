namespace Counterweight.Data;

/// <summary>A table that was read.</summary>
/// <param name="Target">The name of the label column.</param>
/// <param name="Labels">The labels.</param>
/// <param name="Columns">The columns by the names that they have in the file, in its order; null stands for the label column.</param>
internal sealed record TableRead(string Target, LabelsRead Labels, IReadOnlyList<(string Name, IReadOnlyList<Column>? Columns)> Columns);
