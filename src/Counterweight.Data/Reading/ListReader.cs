using System.Text.Json;

namespace Counterweight.Data;

/// <summary>A column of lists of numbers, all of one length: a numeric column for each place.</summary>
internal sealed class ListReader(ColumnContext context) : CellReader(context.Name)
{
    private CellReader[]? readers;
    private long lengthRow, rows;

    internal override void Append(in Cells cells, long firstRow)
    {
        int[][] starts = [], lengths = [];
        CellKind[][] kinds = [];
        for (int row = 0; row < cells.Rows; row++)
        {
            if (cells.Kind(row) != CellKind.List) continue;
            int[]? places = readers is null ? null : new int[readers.Length];
            List<(int Start, int Length, CellKind Kind)> values = Split(cells, row, firstRow + row);
            if (readers is null) Begin(values.Count, firstRow + row);
            if (values.Count != readers!.Length)
                throw context.File.Unusable($"the list has {values.Count} values, and that of row {context.File.Line(lengthRow + 1)} has {readers.Length}. "
                    + $"Lists of numbers are features only if all have one length; pad them, or leave the column out with --drop {Name}.", firstRow
                        + row + 1, Name);
            if (starts.Length == 0 && readers.Length > 0)
            {
                (starts, lengths) = (Arrays<int>(cells.Rows), Arrays<int>(cells.Rows));
                kinds = Arrays<CellKind>(cells.Rows);
            }

            for (int k = 0; k < values.Count; k++) (starts[k][row], lengths[k][row], kinds[k][row]) = values[k];
        }

        rows += cells.Rows;
        for (int k = 0; readers is not null && k < readers.Length; k++)
        {
            if (starts.Length == 0) readers[k].Skip(cells.Rows);
            else readers[k].Append(new Cells(cells.Bytes, starts[k], lengths[k], kinds[k]), firstRow);
        }
    }

    private T[][] Arrays<T>(int size) => [.. Enumerable.Range(0, readers!.Length).Select(_ => new T[size])];

    private void Begin(int length, long row)
    {
        if (length == 0) throw context.File.Unusable($"the list is empty. Leave the column out with --drop {Name}.", row + 1, Name);
        lengthRow = row;
        readers = [.. Enumerable.Range(0, length).Select(k => new GuessingReader(context with { Name = $"{Name}[{k}]" }, numbers: true, dates: false))];
        foreach (CellReader reader in readers) reader.Skip((int)rows);
    }

    private List<(int Start, int Length, CellKind Kind)> Split(in Cells cells, int row, long number)
    {
        List<(int, int, CellKind)> values = [];
        var reader = new Utf8JsonReader(cells.Text(row));
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CellKind kind = reader.TokenType switch
            {
                JsonTokenType.Number => CellKind.Number,
                JsonTokenType.Null => CellKind.Null,
                _ => throw context.File.Unusable("the list holds something else than numbers. Only lists of numbers can be features: flatten the column, or "
                    + $"leave it out with --drop {Name}.", number + 1, Name),
            };
            values.Add((cells.Start(row) + (int)reader.TokenStartIndex, reader.ValueSpan.Length, kind));
        }

        return values;
    }

    internal override void Skip(int more)
    {
        rows += more;
        foreach (CellReader reader in readers ?? []) reader.Skip(more);
    }

    internal override IReadOnlyList<Column> Finish() => [.. (readers ?? []).SelectMany(r => r.Finish())];
}
