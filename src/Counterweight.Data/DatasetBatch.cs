namespace Counterweight.Data;

/// <summary>Some consecutive rows of a file, in the columns of a schema.</summary>
/// <param name="FirstRow">The number of the first row in the file, counted from 0.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The columns, in the order of the schema.</param>
/// <param name="UnseenLevels">For each column, how many rows have a category that the schema does not know; they count as missing.</param>
public sealed record DatasetBatch(long FirstRow, int Rows, IReadOnlyList<Column> Columns, IReadOnlyList<int> UnseenLevels);
