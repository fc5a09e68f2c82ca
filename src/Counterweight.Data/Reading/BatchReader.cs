using System.Text;

namespace Counterweight.Data;

/// <summary>Fills one column of a batch by its schema: a cell that does not fit is an error, a category that is not known is missing.</summary>
internal sealed class BatchColumn
{
    private readonly ColumnSchema schema;
    private readonly CellText cells;
    private readonly bool doubles, nanIsMissing;
    private readonly Utf8Codes levels = new();
    private readonly string[] names;
    private double[] values;
    private int[] codes;
    private int rows;

    internal BatchColumn(ColumnSchema schema, CellText cells, bool doubles, bool nanIsMissing, int capacity)
    {
        (this.schema, this.cells, this.doubles, this.nanIsMissing) = (schema, cells, doubles, nanIsMissing);
        names = [.. schema.Levels];
        foreach (string level in names) levels.GetOrAdd(Encoding.UTF8.GetBytes(level));
        values = new double[schema.IsNumeric ? capacity : 0];
        codes = new int[schema.IsNumeric ? 0 : capacity];
    }

    internal int Unseen { get; private set; }

    internal void Append(Vector vector, long firstRow, SourceFile file)
    {
        for (int i = 0; i < vector.Rows; i++)
        {
            if (!schema.IsNumeric) codes[rows + i] = Code(vector, i);
            else if (!doubles) values[rows + i] = Number(vector, i, firstRow + i, file);
            else values[rows + i] = vector.IsNull(i) ? double.NaN : Checked(vector.Doubles[i], firstRow + i, file);
        }

        rows += vector.Rows;
    }

    /// <summary>The column so far; the next rows start a new one.</summary>
    internal Column Take()
    {
        Column column = schema.IsNumeric
            ? NumericColumn.Own(schema.Name, values.AsSpan(0, rows).ToArray(), schema.Kind!.Value)
            : CategoricalColumn.Own(schema.Name, codes.AsSpan(0, rows).ToArray(), names);
        (rows, Unseen) = (0, 0);
        return column;
    }

    private int Code(Vector vector, int row)
    {
        ReadOnlySpan<byte> cell = vector.IsNull(row) ? default : CellText.Trim(vector.Text(row));
        if (cells.IsMissing(cell)) return -1;
        int code = levels.Find(cell);
        if (code < 0 && cell.EndsWith(".0"u8)) code = levels.Find(cell[..^2]); // 1.0 of a floating-point column is the level 1
        if (code < 0) Unseen++;
        return code;
    }

    private double Number(Vector vector, int row, long number, SourceFile file)
    {
        ReadOnlySpan<byte> cell = vector.IsNull(row) ? default : CellText.Trim(vector.Text(row));
        if (cells.IsMissing(cell)) return double.NaN;
        bool date = schema.Kind is NumericKind.Date or NumericKind.Timestamp;
        if (date ? CellText.TryDate(cell, out double value, out _) : cells.TryNumber(cell, out value, out _)) return Checked(value, number, file);
        throw file.Unusable($"'{Encoding.UTF8.GetString(cell)}' is no {(date ? "date" : "number")}, and this column held {(date ? "dates" : "numbers")} "
            + $"when the model was trained.", number + 1, schema.Name);
    }

    private double Checked(double value, long number, SourceFile file) => double.IsFinite(value) || (nanIsMissing && double.IsNaN(value))
        ? value
        : throw ColumnReader.NotFinite(file, schema.Name, number, value);
}
