namespace Counterweight.Data;

/// <summary>Writes data sets as CSV, Parquet or JSON lines.</summary>
public static class DatasetWriter
{
    /// <summary>Writes every row, with the columns in the order of the file the data came from. The file appears whole or not at all.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="path">Where to; the ending says how: <c>.csv</c>, <c>.parquet</c>, <c>.jsonl</c> or <c>.ndjson</c>, the text formats also with <c>.gz</c>;
    /// <c>-</c> is CSV on standard output.</param>
    /// <exception cref="ArgumentException">The ending is none of these.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <example>
    /// <code>
    /// DatasetWriter.Write(loans.Select([0, 1, 2]), "three-loans.parquet");
    /// </code>
    /// </example>
    public static void Write(Dataset dataset, string path)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        Write([.. dataset.ColumnOrder.Select(name => name == dataset.Target ? dataset.LabelColumn() : dataset[name])], path);
    }

    /// <summary>Writes columns of one length.</summary>
    /// <param name="columns">The columns, at least one.</param>
    /// <param name="path">Where to, as for <see cref="Write(Dataset, string)"/>.</param>
    public static void Write(IReadOnlyList<Column> columns, string path)
    {
        ArgumentNullException.ThrowIfNull(columns);
        using RowWriter writer = RowWriter.Create(path, [.. columns.Select(ColumnSchema.Of)]);
        writer.Write(columns);
        writer.Commit();
    }
}
