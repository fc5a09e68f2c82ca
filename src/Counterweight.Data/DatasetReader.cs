namespace Counterweight.Data;

/// <summary>Reads CSV, Parquet and JSON lines.</summary>
/// <remarks>
/// <para>The format is recognised by the content: Parquet by its signature, JSON lines by a first line that opens an object, anything else
/// is CSV in UTF-8 with a header, its delimiter (comma, semicolon, tab or bar) found in the header; gzip is unpacked.</para>
/// <para>A CSV column is numeric if each of its cells is a number (or a date) or missing, and a column of categories otherwise.
/// Parquet and JSON lines say themselves what a column is: numbers, dates and times become numeric columns, texts and booleans categories.</para>
/// <para>No row is dropped and nothing is guessed: a row with the wrong number of cells, a label that is missing, a NaN and an infinite number are errors
/// that name the row and the column.</para>
/// </remarks>
public static class DatasetReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, or <c>-</c> for CSV on standard input.</param>
    /// <param name="target">The label column, by name or by 0-based index; a name goes first.</param>
    /// <param name="options">What else to know about the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnusableDataException">The file, or a part of it, cannot be used; the message names the place and what to do.</exception>
    /// <exception cref="ArgumentException">An option names a column that is not there.</exception>
    /// <example>
    /// <code>
    /// Dataset jobs = DatasetReader.Read("samples/hpc-jobs.csv", "class");
    /// int rows = jobs.Rows;                  // 4331
    /// string last = jobs.ClassNames[^1];     // VF
    /// </code>
    /// </example>
    public static Dataset Read(string path, string target, DatasetOptions? options = null, CancellationToken cancellation = default)
    {
        if ((options ??= new()).Source is { } source) return TableSources.Read(source, target, options, Read, cancellation);
        using SourceFile file = SourceFile.Open(path, null, options, cancellation);
        return Read(file, target, options, cancellation);
    }

    /// <summary>Reads CSV from a stream, as <c>-</c> does from standard input.</summary>
    /// <param name="csv">The stream, read to its end and disposed.</param>
    /// <param name="target">The label column, by name or by 0-based index; a name goes first.</param>
    /// <param name="options">What else to know about the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnusableDataException">The data, or a part of them, cannot be used.</exception>
    public static Dataset Read(Stream csv, string target, DatasetOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(csv);
        using SourceFile file = SourceFile.Open("-", csv, options ??= new(), cancellation);
        return Read(file, target, options, cancellation);
    }

    /// <summary>Reads a file in data sets of so many rows: a Parquet file may be larger than memory; one of another format is one part.</summary>
    /// <remarks>
    /// A part has the classes and the levels of its own rows: <see cref="DatasetShape"/> brings parts to the codes that all have together. With
    /// <see cref="DatasetOptions.IsPart"/> a part may be of one class.
    /// </remarks>
    /// <param name="path">The file, or <c>-</c> for CSV on standard input.</param>
    /// <param name="target">The label column, by name or by 0-based index; a name goes first.</param>
    /// <param name="rows">How many rows a part has, or some more; the last may have fewer.</param>
    /// <param name="options">What else to know about the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The rows in their order. The file is read while the parts are enumerated.</returns>
    /// <exception cref="UnusableDataException">The file, or a part of it, cannot be used.</exception>
    /// <example>
    /// <code>
    /// foreach (Dataset part in DatasetReader.ReadParts("rows.parquet", "y", 1_000_000, new DatasetOptions { IsPart = true }))
    ///     Console.WriteLine(part.Rows);
    /// </code>
    /// </example>
    public static IEnumerable<Dataset> ReadParts(
        string path, string target, int rows, DatasetOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return Parts();

        IEnumerable<Dataset> Parts()
        {
            options ??= new();
            using SourceFile file = SourceFile.Open(path, null, options, cancellation);
            IEnumerable<TableRead> parts = file.Format == SourceFormat.Parquet
                ? ParquetTable.Parts(file, target, options, rows, cancellation)
                : [TextTable.Read(file, target, options, cancellation)];
            foreach (TableRead part in parts) yield return Made(file, part, options);
        }
    }

    /// <summary>Reads the columns of a schema in batches: the file may be larger than memory, and needs no label column.</summary>
    /// <param name="path">The file, or <c>-</c> for CSV on standard input.</param>
    /// <param name="schema">The columns to read, as <see cref="Dataset.Schema"/> gives them; other columns of the file are left out.</param>
    /// <param name="options">What else to know about the file; only the missing words, NaN and the threads matter.</param>
    /// <param name="batchRows">About how many rows a batch has.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The rows in their order. The file is read while the batches are enumerated.</returns>
    /// <exception cref="UnusableDataException">A column is not there, or a cell does not fit its column.</exception>
    /// <example>
    /// <code>
    /// foreach (DatasetBatch batch in DatasetReader.ReadBatches("new-loans.csv", loans.Schema))
    ///     Console.WriteLine(batch.FirstRow + batch.Rows);
    /// </code>
    /// </example>
    public static IEnumerable<DatasetBatch> ReadBatches(
        string path, IReadOnlyList<ColumnSchema> schema, DatasetOptions? options = null, int batchRows = 65_536, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchRows, 1);
        return Batches();

        IEnumerable<DatasetBatch> Batches()
        {
            options ??= new();
            using SourceFile file = options.Source is { } source
                ? TableSources.Open(source, [.. source.ColumnNames.Where(n => schema.Any(s => s.Name == n))], null, options, cancellation)
                : SourceFile.Open(path, null, options, cancellation);
            var cells = new CellText(file.Format == SourceFormat.Csv ? options.MissingWords : [], file.Format == SourceFormat.Csv && file.Delimiter == ';',
                trims: true);
            BatchColumn[] readers = [.. schema.Select(s => new BatchColumn(s, cells, options))];
            long first = 0;
            int rows = 0;
            IEnumerable<int> parts = file.Format == SourceFormat.Parquet
                ? ParquetTable.Batches(file, readers, options, cancellation)
                : TextTable.Batches(file, readers, options, cancellation);
            foreach (int part in parts)
            {
                rows += part;
                while (rows >= batchRows)
                {
                    yield return Take(batchRows);
                    (first, rows) = (first + batchRows, rows - batchRows);
                }
            }

            if (rows > 0) yield return Take(rows);

            DatasetBatch Take(int count)
            {
                (Column Column, int Unseen)[] taken = [.. readers.Select(r => r.Take(count))];
                return new(first, count, [.. taken.Select(t => t.Column)], [.. taken.Select(t => t.Unseen)]);
            }
        }
    }

    /// <summary>Reads a file after a look at the names of its columns; the file is opened once, so it may be a pipe.</summary>
    /// <param name="path">The file, or <c>-</c> for CSV on standard input.</param>
    /// <param name="choose">Gives the label column and the options for the names of the columns.</param>
    /// <param name="options">How to open the file: header, delimiter, encoding.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnusableDataException">The file, or a part of it, cannot be used.</exception>
    public static Dataset Read(
        string path, Func<IReadOnlyList<string>, (string Target, DatasetOptions Options)> choose, DatasetOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(choose);
        options ??= new();
        if (options.Source is { } source)
        {
            (string label, DatasetOptions read) = choose(source.ColumnNames);
            return TableSources.Read(source, label, read, Read, cancellation);
        }

        using SourceFile file = SourceFile.Open(path, null, options, cancellation);
        (string target, DatasetOptions chosen) = choose(Names(file, options));
        return Read(file, target, chosen, cancellation);
    }

    /// <summary>The names of the columns of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to open the file: header, delimiter, encoding.</param>
    /// <returns>The names in their order; of JSON those in the first megabyte of the file.</returns>
    /// <exception cref="UnusableDataException">The file cannot be used.</exception>
    public static IReadOnlyList<string> ColumnNames(string path, DatasetOptions? options = null)
    {
        if (options?.Source is { } source) return source.ColumnNames;
        using SourceFile file = SourceFile.Open(path, null, options ?? new(), CancellationToken.None);
        return Names(file, options ?? new());
    }

    /// <summary>The number of rows of a Parquet file, which says it itself; null of other files.</summary>
    internal static long? ParquetRows(string path, DatasetOptions options)
    {
        using SourceFile file = SourceFile.Open(path, null, options, CancellationToken.None);
        return file.Format == SourceFormat.Parquet ? ParquetTable.Rows(file) : null;
    }

    private static IReadOnlyList<string> Names(SourceFile file, DatasetOptions options) => file.Format switch
    {
        SourceFormat.Csv => file.Names,
        SourceFormat.Parquet => ParquetTable.Names(file, options),
        _ => TextTable.JsonNames(file),
    };

    private static Dataset Read(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        TableRead table = file.Format == SourceFormat.Parquet
            ? ParquetTable.Read(file, target, options, cancellation)
            : TextTable.Read(file, target, options, cancellation);
        return Made(file, table, options);
    }

    private static Dataset Made(SourceFile file, TableRead table, DatasetOptions options)
    {
        List<Column> features = [], kept = [];
        List<string> order = [];
        foreach ((string name, IReadOnlyList<Column>? columns) in table.Columns)
        {
            if (columns is null)
            {
                order.Add(table.Target);
                continue;
            }

            (options.Aside.Contains(name) || name == options.SampleWeight ? kept : features).AddRange(columns);
            order.AddRange(columns.Select(c => c.Name));
        }

        if (order.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw file.Unusable($"two columns would be called '{twice.Key}'. Rename one, or leave it out with --drop.");
        string named = options.Source is not null || file.Name == "standard input" ? file.Name : Path.GetFileName(file.Name);
        Dataset read = Dataset.Own(named, table.Target, table.Labels.Codes, table.Labels.Names,
            [.. features], [.. kept], [.. order], table.Labels.Cells, table.Labels.Type, [.. file.Notes]);
        return options.SampleWeight is null ? read : read.WithSampleWeights(options.SampleWeight);
    }
}
