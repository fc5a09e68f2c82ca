using System.Globalization;
using System.Text.Json;

namespace Counterweight.Data;

/// <summary>Fills the columns of batches that are places of one list of a file: <c>v[0]</c>, <c>v[1]</c>, ...</summary>
internal sealed class BatchList
{
    private readonly BatchColumn[] places;
    private VectorCells? vectors;

    private BatchList(string name, BatchColumn[] places) => (Name, this.places) = (name, places);

    internal string Name { get; }

    /// <summary>The lists among the columns, each with all of its places in their order.</summary>
    internal static Dictionary<string, BatchList> Of(IEnumerable<BatchColumn> columns)
    {
        var found = new Dictionary<string, BatchList>(StringComparer.Ordinal);
        foreach (IGrouping<string, BatchColumn> list in columns.Where(c => c.Schema.IsNumeric && BaseOf(c.Name) is not null).GroupBy(c => BaseOf(c.Name)!))
        {
            BatchColumn[] places = new BatchColumn[list.Count()];
            foreach (BatchColumn column in list)
                if (int.TryParse(column.Name.AsSpan(list.Key.Length + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out int place)
                    && place < places.Length) places[place] = column;
            if (!places.Contains(null)) found.Add(list.Key, new(list.Key, places));
        }

        return found;
    }

    /// <summary>What stands before the bracket of <c>v[3]</c>; null if a name is none such.</summary>
    internal static string? BaseOf(string name)
    {
        int bracket = name.LastIndexOf('[');
        return bracket > 0 && name.EndsWith(']') && int.TryParse(name.AsSpan(bracket + 1, name.Length - bracket - 2), NumberStyles.None,
            CultureInfo.InvariantCulture, out _) ? name[..bracket] : null;
    }

    /// <summary>Takes cells of a CSV file, whose lists are texts.</summary>
    internal void AppendTexts(in Cells texts, long firstRow, SourceFile file, CellText cells)
    {
        vectors ??= new VectorCells(file, cells, Name);
        Append(vectors.Lists(texts, firstRow), firstRow, file);
    }

    internal void Append(in Cells cells, long firstRow, SourceFile file)
    {
        int rows = cells.Rows;
        double[][] values = [.. places.Select(_ => new double[rows])];
        for (int row = 0; row < rows; row++)
        {
            if (cells.Kind(row) is CellKind.Absent or CellKind.Null)
            {
                foreach (double[] column in values) column[row] = double.NaN;
                continue;
            }

            if (cells.Kind(row) != CellKind.List)
                throw file.Unusable($"the cell holds no list, and this column held lists of {places.Length} numbers when the model was trained.", firstRow
                    + row + 1, Name);
            var reader = new Utf8JsonReader(cells.Text(row));
            reader.Read();
            int count = 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.Null))
                    throw file.Unusable("the list holds something else than numbers.", firstRow + row + 1, Name);
                if (count >= places.Length) continue;
                values[count][row] = reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();
                if (double.IsInfinity(values[count][row])) throw ColumnReader.NotFinite(file, places[count].Name, firstRow + row, values[count][row]);
            }

            if (count != places.Length)
                throw file.Unusable($"the list has {count} values, and this column held lists of {places.Length} numbers when the model was trained.",
                    firstRow + row + 1, Name);
        }

        for (int k = 0; k < places.Length; k++) places[k].Append(values[k]);
    }
}
