using System.Text;
using System.Text.Json;

namespace Counterweight.Data;

/// <summary>The label columns of a table as texts, row by row, of every format that tables have. A list is its values with <see cref="Unit"/> between
/// them.</summary>
internal sealed class MultiLabelTable(string path, LabelSourceOptions options)
{
    /// <summary>What stands between the values of a list: the unit separator of ASCII.</summary>
    internal const char Unit = '\x1F';

    private readonly DatasetOptions table = options.Table with { Threads = options.Threads };

    internal string Path { get; } = path == "-" ? "standard input" : path;

    /// <summary>The names of the columns, once the first row was read.</summary>
    internal IReadOnlyList<string> Names { get; private set; } = options.Targets;

    /// <summary>Whether a cell was a list.</summary>
    internal bool HasLists { get; private set; }

    internal UnusableDataException Unusable(string problem, long? row, int column) => new(problem, Path, row, Names[column]);

    /// <summary>Whether the first column has lists, as far as its first rows say.</summary>
    internal bool IsList(CancellationToken cancellation)
    {
        foreach (string?[] row in Rows(cancellation).Take(2048))
            if (HasLists || row[0] is not null) return HasLists;
        return false;
    }

    /// <summary>The cells of the columns; null where one is missing. The array is used again for the next row.</summary>
    internal IEnumerable<string?[]> Rows(CancellationToken cancellation)
    {
        using SourceFile file = SourceFile.Open(path, null, table, cancellation);
        foreach (string?[] row in file.Format == SourceFormat.Parquet ? Parquet(file, cancellation) : Texts(file, cancellation)) yield return row;
    }

    private IEnumerable<string?[]> Parquet(SourceFile file, CancellationToken cancellation)
    {
        using var session = new DuckSession(table.Threads);
        string source = $"read_parquet({Sql.Path(file.ParquetPath)}, hive_partitioning=false)";
        List<(string Name, string Type)> columns = session.Describe(source);
        string[] all = [.. columns.Select(c => c.Name)];
        int[] targets = [.. options.Targets.Select(t => ColumnSelection.Find(file, all, t))];
        Names = [.. targets.Select(t => all[t])];
        CheckDistinct(targets);
        HasLists = columns[targets[0]].Type.EndsWith(']');
        string expressions = string.Join(", ", targets.Select(t => columns[t].Type.EndsWith(']')
            ? $"list_aggregate(list_filter(CAST({Sql.Name(all[t])} AS VARCHAR[]), lambda x: x IS NOT NULL), 'string_agg', chr(31))"
            : $"CAST({Sql.Name(all[t])} AS VARCHAR)"));
        string?[] row = new string?[targets.Length];
        foreach (Chunk chunk in session.Stream($"SELECT {expressions} FROM {source}", cancellation))
            for (int r = 0; r < chunk.Rows; r++)
            {
                for (int t = 0; t < row.Length; t++)
                {
                    Vector column = chunk.Column(t);
                    row[t] = column.IsNull(r) ? null : Short(column.Text(r));
                }

                yield return row;
            }
    }

    private IEnumerable<string?[]> Texts(SourceFile file, CancellationToken cancellation)
    {
        CellText cells = ColumnSelection.Cells(file, table);
        using Stream body = file.Body();
        int[] places = [];
        BlockReader reader;
        if (file.Format == SourceFormat.Csv)
        {
            int[] targets = [.. options.Targets.Select(t => ColumnSelection.Find(file, file.Names, t))];
            CheckDistinct(targets);
            int[] wanted = new int[file.Names.Count];
            Array.Fill(wanted, -1);
            for (int t = 0; t < targets.Length; t++) wanted[targets[t]] = t;
            Names = [.. targets.Select(t => file.Names[t])];
            places = [.. Enumerable.Range(0, targets.Length)];
            reader = new CsvReader(file, body, file.Delimiter, wanted);
        }
        else
        {
            reader = new JsonReader(file, body, file.IsArray);
        }

        string?[] row = new string?[options.Targets.Count];
        foreach (CellBlock block in BlockStream.Read(reader, table.Threads != 1, cancellation))
        {
            if (places.Length == 0)
            {
                places = [.. options.Targets.Select(t => ColumnSelection.Find(file, block.Names, t))];
                CheckDistinct(places);
                Names = [.. places.Select(p => block.Names[p])];
            }

            for (int r = 0; r < block.Rows; r++)
            {
                for (int t = 0; t < row.Length; t++) row[t] = Cell(block.Column(places[t]), r, cells);
                yield return row;
            }
        }
    }

    private static void CheckDistinct(int[] targets)
    {
        if (targets.Distinct().Count() < targets.Length) throw new ArgumentException("A label column is named twice.", nameof(targets));
    }

    private string? Cell(in Cells column, int row, CellText cells)
    {
        switch (column.Kind(row))
        {
            case CellKind.Absent or CellKind.Null:
                return null;
            case CellKind.List:
                HasLists = true;
                return List(column.Text(row));
            default:
                ReadOnlySpan<byte> text = column.Text(row);
                if (cells.Trims) text = CellText.Trim(text);
                return cells.IsMissing(text) ? null : Short(text);
        }
    }

    private static string List(ReadOnlySpan<byte> json)
    {
        var values = new StringBuilder();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray or JsonTokenType.Null) continue;
            values.Append(reader.TokenType == JsonTokenType.String ? reader.GetString() : Encoding.UTF8.GetString(reader.ValueSpan)).Append(Unit);
        }

        return values.ToString();
    }

    /// <summary>A text; those of one digit, which most are, are not made anew.</summary>
    private static string Short(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'0'] => "0",
        [(byte)'1'] => "1",
        _ => Encoding.UTF8.GetString(text),
    };
}
