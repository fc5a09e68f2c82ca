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

    internal static TableRead Read(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        using var session = new DuckSession(options.Threads);
        List<ParquetColumn> columns = Describe(file, session);
        string[] names = [.. columns.Select(c => c.Name)];
        int label = ColumnSelection.Find(file, names, target);
        ColumnSelection.Check(file, names, options);
        LabelReader labels = Labels(file, columns[label], options, keepRows: true);
        List<(int Index, ParquetReader Reader)> readers = [];
        for (int i = 0; i < names.Length; i++)
            if (i != label && (!options.Drop.Contains(names[i]) || options.Aside.Contains(names[i])))
                readers.Add((i, ParquetReader.For(file, session, Table(file), columns[i], options)));
        string[] expressions = [.. readers.SelectMany(r => r.Reader.Expressions), columns[label].AsLabel];
        session.MakeRoom(expressions.Length);
        var block = new CellBlock();
        long rows = 0;
        foreach (Chunk chunk in Stream(file, session, expressions, cancellation))
        {
            if (rows + chunk.Rows > 1 << 30)
                throw file.Unusable("the file has more than a billion rows, more than fit in memory as a data set. Take a sample of the rows.");
            int vector = 0;
            foreach ((_, ParquetReader reader) in readers)
            {
                reader.Append(chunk, vector, rows);
                vector += reader.Expressions.Count;
            }

            labels.Append(Texts(block, chunk.Column(vector), columns[label].CellKind));
            rows += chunk.Rows;
        }

        LabelsRead found = labels.Finish();
        Dictionary<int, ParquetReader> byIndex = readers.ToDictionary(r => r.Index, r => r.Reader);
        return new(names[label], found, [.. Enumerable.Range(0, names.Length).Where(i => i == label || byIndex.ContainsKey(i))
            .Select(i => (names[i], i == label ? null : byIndex[i].Finish()))]);
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

    private static LabelReader Labels(SourceFile file, ParquetColumn column, DatasetOptions options, bool keepRows)
    {
        if (column.Kind == ParquetKind.Nested)
            throw file.Unusable($"the label column holds {column.Type} values. A label is one text or number per row.", null, column.Name);
        return new(column.Name, ColumnSelection.Cells(file, options), file, options.MaxClasses, keepRows, options.Categorical.Contains(column.Name))
        {
            Type = column.Kind == ParquetKind.Whole ? null : column.Type,
        };
    }
}
