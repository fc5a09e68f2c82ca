namespace Counterweight.Data;

/// <summary>Reads CSV, Parquet and JSON lines through DuckDB.</summary>
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
        using SourceFile file = SourceFile.Open(path, null, cancellation);
        return Read(file, target, options ?? new(), cancellation);
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
        using SourceFile file = SourceFile.Open("-", csv, cancellation);
        return Read(file, target, options ?? new(), cancellation);
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
            using SourceFile file = SourceFile.Open(path, null, cancellation);
            using var session = new DuckSession(options.Threads);
            List<(string Name, string Type)> columns = file.Columns(session);
            var cells = new CellText(file.Format == SourceFormat.Csv ? options.MissingWords : [], file.Format == SourceFormat.Csv && file.Delimiter == ';');
            List<string> expressions = [];
            List<BatchColumn> readers = [];
            foreach (ColumnSchema wanted in schema)
            {
                int index = columns.FindIndex(c => c.Name == wanted.Name);
                if (index < 0) throw file.Unusable($"there is no column '{wanted.Name}', which the model was trained on. "
                    + $"{NearestName.Hint(wanted.Name, columns.Select(c => c.Name))}");
                (string expression, bool doubles) = ColumnSelection.Expression(file, columns[index], wanted);
                expressions.Add(expression);
                readers.Add(new BatchColumn(wanted, cells, doubles, options.NaNIsMissing, batchRows + 2048));
            }

            if (expressions.Count == 0) expressions.Add("1");
            long first = 0;
            int rows = 0;
            foreach (Chunk chunk in file.Stream(session, string.Join(", ", expressions), file.Table(), cancellation))
            {
                for (int i = 0; i < readers.Count; i++) readers[i].Append(chunk.Column(i), first + rows, file);
                rows += chunk.Rows;
                if (rows < batchRows) continue;
                yield return Take();
                (first, rows) = (first + rows, 0);
            }

            if (rows > 0) yield return Take();

            DatasetBatch Take()
            {
                int[] unseen = [.. readers.Select(r => r.Unseen)];
                return new(first, rows, [.. readers.Select(r => r.Take())], unseen);
            }
        }
    }

    /// <summary>The names of the columns of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">The file cannot be used.</exception>
    public static IReadOnlyList<string> ColumnNames(string path)
    {
        using SourceFile file = SourceFile.Open(path, null, CancellationToken.None);
        using var session = new DuckSession(0);
        return [.. file.Columns(session).Select(c => c.Name)];
    }

    private static Dataset Read(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        using var session = new DuckSession(options.Threads);
        List<(string Name, string Type)> columns = file.Columns(session);
        int label = ColumnSelection.Find(file, columns, target);
        HashSet<int> drop = ColumnSelection.Named(file, columns, options.Drop, nameof(options.Drop)),
            aside = ColumnSelection.Named(file, columns, options.Aside, nameof(options.Aside)),
            categorical = ColumnSelection.Named(file, columns, options.Categorical, nameof(options.Categorical));
        CellText? cells = file.Format == SourceFormat.Csv ? new CellText(options.MissingWords, file.Delimiter == ';') : null;
        List<(int Index, ColumnReader Reader)> readers = [];
        for (int i = 0; i < columns.Count; i++)
            if (i != label && (!drop.Contains(i) || aside.Contains(i)))
                readers.Add((i, ColumnSelection.Reader(file, columns[i], cells, categorical.Contains(i), options.NaNIsMissing)));

        var labels = new LabelReader(columns[label].Name, cells, file, options.MaxClasses, keepRows: true);
        Pass(labels, readers);
        var (names, _, codes) = labels.Finish();
        List<(int, ColumnReader)> again = [.. readers.Where(r => r.Reader is GuessingReader { MustReadAgain: true })];
        foreach ((_, ColumnReader reader) in again) reader.Clear();
        if (again.Count > 0) Pass(null, again);

        List<Column> features = [], kept = [];
        foreach ((int index, ColumnReader reader) in readers) (aside.Contains(index) ? kept : features).Add(reader.Finish(file));
        string[] order = [.. columns.Where((_, i) => i == label || readers.Any(r => r.Index == i)).Select(c => c.Name)];
        return Dataset.Own(file.Name == "standard input" ? file.Name : Path.GetFileName(file.Name), columns[label].Name, codes, names, [.. features],
            [.. kept], order);

        void Pass(LabelReader? labelReader, List<(int Index, ColumnReader Reader)> wanted)
        {
            List<string> expressions = [.. wanted.Select(w => ColumnSelection.Expression(columns[w.Index]))];
            if (labelReader is not null) expressions.Add(ColumnSelection.LabelExpression(file, columns[label]));
            long row = 0;
            foreach (Chunk chunk in file.Stream(session, string.Join(", ", expressions), file.Table(), cancellation))
            {
                if (row + chunk.Rows > Array.MaxLength / 2)
                    throw file.Unusable("the file has more than a billion rows, more than fit in memory as a data set. Take a sample of the rows.");
                for (int i = 0; i < wanted.Count; i++) wanted[i].Reader.Append(chunk.Column(i), row);
                labelReader?.Append(chunk.Column(wanted.Count));
                row += chunk.Rows;
            }
        }
    }
}
