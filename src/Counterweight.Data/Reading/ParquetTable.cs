using System.Globalization;
using System.Text;
using DuckDB.NET.Data;

namespace Counterweight.Data;

/// <summary>Reads Parquet through DuckDB, which is told to look at the file and at nothing else: no folder's name is data.</summary>
internal static class ParquetTable
{
    internal static IReadOnlyList<string> Names(SourceFile file, DatasetOptions options)
    {
        using var session = new DuckSession(options.Threads);
        return [.. Describe(file, session).Select(c => c.Name)];
    }

    internal static TableRead Read(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation) =>
        Parts(file, target, options, int.MaxValue, cancellation).Single();

    /// <summary>Reads the file as tables of so many rows or a few more, one after the other; the last may have fewer.</summary>
    internal static IEnumerable<TableRead> Parts(SourceFile file, string target, DatasetOptions options, int rowsOfPart, CancellationToken cancellation)
    {
        using var session = new DuckSession(options.Threads);
        List<ParquetColumn> columns = Describe(file, session);
        string[] names = [.. columns.Select(c => c.Name)];
        int label = ColumnSelection.Find(file, names, target);
        ColumnSelection.Check(file, names, options);
        int[] wanted = [.. Enumerable.Range(0, names.Length).Where(i => i != label && (!options.Drop.Contains(names[i]) || options.Aside.Contains(names[i])))];
        (LabelReader labels, ParquetReader[] readers) = Begin(0);
        string[] expressions = [.. readers.SelectMany(r => r.Expressions), columns[label].AsLabel];
        if (rowsOfPart == int.MaxValue && options.MostBytes is not null)
            RowRoom.Check(file, Rows(file, session), readers.Sum(r => r.Expressions.Count), options);
        session.MakeRoom(expressions.Length);
        var block = new CellBlock();
        long rows = 0;
        foreach (Chunk chunk in Stream(file, session, expressions, cancellation))
        {
            if (labels.Rows >= rowsOfPart)
            {
                yield return Finish();
                (labels, readers) = Begin(rows);
            }

            if (labels.Rows + chunk.Rows > 1 << 30)
                throw file.Unusable("the file has more than a billion rows, more than fit in memory as a data set. Take a sample of the rows.");
            int vector = 0;
            foreach (ParquetReader reader in readers)
            {
                reader.Append(chunk, vector, rows);
                vector += reader.Expressions.Count;
            }

            labels.Append(Texts(block, chunk.Column(vector), columns[label].CellKind));
            rows += chunk.Rows;
        }

        yield return Finish();

        (LabelReader, ParquetReader[]) Begin(long firstRow) => (Labels(file, columns[label], options, keepRows: true, firstRow),
            [.. wanted.Select(i => ParquetReader.For(file, session, Table(file), columns[i], options))]);

        TableRead Finish()
        {
            LabelsRead found = labels.Finish();
            Dictionary<int, ParquetReader> byIndex = wanted.Zip(readers).ToDictionary(p => p.First, p => p.Second);
            return new(names[label], found, [.. Enumerable.Range(0, names.Length).Where(i => i == label || byIndex.ContainsKey(i))
                .Select(i => (names[i], i == label ? null : byIndex[i].Finish()))]);
        }
    }

    /// <summary>The number of rows, which stands at the file's end.</summary>
    internal static long Rows(SourceFile file)
    {
        using var session = new DuckSession(threads: 1);
        return Rows(file, session);
    }

    private static long Rows(SourceFile file, DuckSession session)
    {
        try
        {
            return Convert.ToInt64(session.Row($"SELECT COUNT(*), 0 FROM {Table(file)}")[0], CultureInfo.InvariantCulture);
        }
        catch (Exception problem) when (problem is EngineException or DuckDBException)
        {
            throw file.Translate(problem);
        }
    }

    internal static (string Name, LabelsRead Labels) Count(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        using var session = new DuckSession(options.Threads);
        List<ParquetColumn> columns = Describe(file, session);
        string[] names = [.. columns.Select(c => c.Name)];
        ParquetColumn column = columns[ColumnSelection.Find(file, names, target)];
        ColumnSelection.Check(file, names, options);
        LabelReader labels = Labels(file, column, options, keepRows: false);
        var block = new CellBlock();
        foreach (Chunk chunk in Stream(file, session, [column.AsLabel], cancellation)) labels.Append(Texts(block, chunk.Column(0), column.CellKind));
        return (column.Name, labels.Finish());
    }

    /// <summary>Fills the columns of batches; each part is a number of rows that all columns then have.</summary>
    internal static IEnumerable<int> Batches(SourceFile file, BatchColumn[] wanted, DatasetOptions options, CancellationToken cancellation)
    {
        using var session = new DuckSession(options.Threads);
        List<ParquetColumn> columns = Describe(file, session);
        string[] names = [.. columns.Select(c => c.Name)];
        ColumnSelection.Check(file, names, options);
        var plan = new (string Sql, bool Doubles, ParquetColumn Column)[wanted.Length];
        for (int c = 0; c < wanted.Length; c++)
        {
            string name = wanted[c].Name;
            ParquetColumn? column = columns.Find(x => x.Name == name);
            int bracket = name.LastIndexOf('[');
            if (column is null && name.EndsWith(']') && bracket > 0 && columns.Find(x => x.Name == name[..bracket]) is { IsList: true } list
                && int.TryParse(name.AsSpan(bracket + 1, name.Length - bracket - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int place))
                plan[c] = ($"CAST({Sql.Name(list.Name)}[{place + 1}] AS DOUBLE)", true, list);
            else if (column is null) throw TextTable.NoColumn(file, name, names);
            else if (column.Kind == ParquetKind.Nested)
                throw file.Unusable($"the column holds {column.Type} values, and was {(wanted[c].Schema.IsNumeric ? "numeric" : "text")} when the model was "
                    + "trained.", null, column.Name);
            else plan[c] = wanted[c].Schema.IsNumeric && column.AsDouble is string sql ? (sql, true, column) : (column.AsText, false, column);
        }

        string[] expressions = plan.Length == 0 ? ["1"] : [.. plan.Select(p => p.Sql)];
        session.MakeRoom(expressions.Length);
        var block = new CellBlock();
        long rows = 0;
        foreach (Chunk chunk in Stream(file, session, expressions, cancellation))
        {
            for (int c = 0; c < wanted.Length; c++)
            {
                Vector vector = chunk.Column(c);
                if (plan[c].Doubles) wanted[c].Append(vector.Doubles, vector, rows, file);
                else wanted[c].Append(Texts(block, vector, plan[c].Column.CellKind), rows, file);
            }

            rows += chunk.Rows;
            yield return chunk.Rows;
        }
    }

    /// <summary>Copies the texts of a vector into the first column of a block.</summary>
    internal static Cells Texts(CellBlock block, Vector vector, CellKind kind)
    {
        block.Reset(1, withKinds: true);
        block.Reserve(vector.Rows);
        int used = 0;
        for (int i = 0; i < vector.Rows; i++)
        {
            if (vector.IsNull(i))
            {
                block.Set(0, i, 0, 0, CellKind.Null);
                continue;
            }

            ReadOnlySpan<byte> text = vector.Text(i);
            if (used + text.Length > block.Bytes.Length - 64) block.GrowBytes(checked((used + text.Length) * 2));
            text.CopyTo(block.Bytes.AsSpan(used));
            block.Set(0, i, used, text.Length, kind);
            used += text.Length;
        }

        block.Rows = vector.Rows;
        return block.Column(0);
    }

    private static string Table(SourceFile file) => $"read_parquet({Sql.Path(file.ParquetPath)}, hive_partitioning=false, union_by_name=false)";

    private static List<ParquetColumn> Describe(SourceFile file, DuckSession session)
    {
        try
        {
            return [.. session.Describe(Table(file)).Select(c => new ParquetColumn(c.Name, c.Type))];
        }
        catch (Exception problem) when (problem is EngineException or DuckDBException)
        {
            throw file.Translate(problem);
        }
    }

    private static IEnumerable<Chunk> Stream(SourceFile file, DuckSession session, IEnumerable<string> expressions, CancellationToken cancellation)
    {
        using IEnumerator<Chunk> chunks = session.Stream($"SELECT {string.Join(", ", expressions)} FROM {Table(file)}", cancellation).GetEnumerator();
        while (true)
        {
            try
            {
                if (!chunks.MoveNext()) yield break;
            }
            catch (EngineException problem)
            {
                throw file.Translate(problem);
            }

            yield return chunks.Current;
        }
    }

    private static LabelReader Labels(SourceFile file, ParquetColumn column, DatasetOptions options, bool keepRows, long firstRow = 0)
    {
        if (column.Kind == ParquetKind.Nested)
            throw file.Unusable($"the label column holds {column.Type} values. A label is one text or number per row.", null, column.Name);
        return new(column.Name, ColumnSelection.Cells(file, options), file, options.MaxClasses, keepRows, options.Categorical.Contains(column.Name))
        {
            Type = column.Kind == ParquetKind.Whole ? null : column.Type,
            FirstRow = firstRow,
        };
    }
}
