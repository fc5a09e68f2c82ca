namespace Counterweight.Data;

/// <summary>Rows that are in no file: a table or a query of a database, which counts and samples them itself.</summary>
/// <remarks>Given as <see cref="DatasetOptions.Source"/>, it takes the place of the path.</remarks>
public interface ITableSource
{
    /// <summary>What to call the rows in messages and reports; it has no secrets.</summary>
    string Name { get; }

    /// <summary>The names of the columns, in their order.</summary>
    IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Opens the rows.</summary>
    /// <param name="columns">The columns to read.</param>
    /// <param name="label">
    /// The label column, for rows in an order that the seed and nothing else decides, and of which only a sample may be given; null for every row, in any
    /// order.
    /// </param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>A line of JSON per row, each with all the columns, as the stream is read.</returns>
    Stream OpenRows(IReadOnlyList<string> columns, string? label, CancellationToken cancellation);

    /// <summary>Counts the rows of each label, without reading them.</summary>
    /// <param name="column">The label column.</param>
    /// <param name="weight">A column of row weights to be added up; null for none.</param>
    /// <param name="most">The most labels with a name; if there are more, some more than so many are given, and not all.</param>
    /// <param name="cancellation">Stops the counting.</param>
    IReadOnlyList<LabelGroup> CountLabels(string column, string? weight, int most, CancellationToken cancellation);

    /// <summary>The counts of the whole table, if <see cref="OpenRows"/> gives a sample of it; null if it gives every row.</summary>
    /// <param name="column">The label column.</param>
    /// <param name="cancellation">Stops the counting.</param>
    IReadOnlyList<LabelGroup>? Population(string column, CancellationToken cancellation);
}

/// <summary>The rows of one label.</summary>
/// <param name="Label">The label as text; null for rows without one.</param>
/// <param name="IsNumber">Whether the column holds numbers.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="Total">What they weigh together; their number without weights.</param>
/// <param name="Squares">The sum of the squared weights; their number without weights.</param>
public sealed record LabelGroup(string? Label, bool IsNumber, long Rows, double Total, double Squares);
