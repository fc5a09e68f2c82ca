using System.Text;

namespace Counterweight.Data;

/// <summary>Fills one column of batches by its schema: a cell that does not fit is an error, a category that is not known is missing.</summary>
internal sealed class BatchColumn
{
    private readonly ColumnSchema schema;
    private readonly CellText cells;
    private readonly bool nanIsMissing, asked;
    private readonly Utf8Codes levels = new();
    private readonly string[] names;
    private double[] values = [];
    private int[] codes = [];
    private string?[] texts = [];
    private bool[] unseen = [];
    private int start, rows;

    internal BatchColumn(ColumnSchema schema, CellText cells, DatasetOptions options)
    {
        (this.schema, this.cells, nanIsMissing) = (schema, cells, options.NaNIsMissing);
        asked = options.Numeric.Contains(schema.Name);
        names = [.. schema.Levels];
        foreach (string level in names) levels.GetOrAdd(Encoding.UTF8.GetBytes(level));
    }

    internal string Name => schema.Name;

    internal ColumnSchema Schema => schema;

    internal void Append(in Cells block, long firstRow, SourceFile file)
    {
        int at = Grow(block.Rows);
        for (int i = 0; i < block.Rows; i++)
        {
            CellKind kind = block.Kind(i);
            if (kind is CellKind.List or CellKind.Structure)
                throw file.Unusable($"the cell holds {(kind == CellKind.List ? "a list" : "an object")}, and this column was "
                    + $"{(schema.IsNumeric ? "numeric" : "text")} when the model was trained.", firstRow + i + 1, schema.Name);
            ReadOnlySpan<byte> cell = kind is CellKind.Absent or CellKind.Null ? default : kind == CellKind.NotANumber ? "nan"u8
                : CellText.Trim(block.Text(i));
            if (schema.IsText) texts[at + i] = cells.IsMissing(cell) ? null : Encoding.UTF8.GetString(cell);
            else if (schema.IsNumeric) values[at + i] = Number(cell, firstRow + i, file);
            else codes[at + i] = Code(cell, at + i);
        }
    }

    /// <summary>Takes rows that lack the column.</summary>
    internal void Skip(int count)
    {
        int at = Grow(count);
        if (schema.IsText) texts.AsSpan(at, count).Clear();
        else if (schema.IsNumeric) values.AsSpan(at, count).Fill(double.NaN);
        else codes.AsSpan(at, count).Fill(-1);
    }

    /// <summary>Takes numbers; NaN where there is none.</summary>
    internal void Append(ReadOnlySpan<double> numbers, Vector vector, long firstRow, SourceFile file)
    {
        int at = Grow(numbers.Length);
        for (int i = 0; i < numbers.Length; i++)
            values[at + i] = vector.IsNull(i) ? double.NaN : Checked(numbers[i], firstRow + i, file);
    }

    /// <summary>Takes numbers that are finite, or NaN where there is none.</summary>
    internal void Append(ReadOnlySpan<double> numbers)
    {
        int at = Grow(numbers.Length);
        numbers.CopyTo(values.AsSpan(at));
    }

    /// <summary>The first rows as a column, and how many of them have a category that is not known; the rest moves up.</summary>
    internal (Column Column, int Unseen) Take(int count)
    {
        Column column = schema.IsText ? TextColumn.Own(schema.Name, texts.AsSpan(start, count).ToArray())
            : schema.IsNumeric
            ? NumericColumn.Own(schema.Name, values.AsSpan(start, count).ToArray(), schema.Kind!.Value)
            : CategoricalColumn.Own(schema.Name, codes.AsSpan(start, count).ToArray(), names);
        int unknown = schema.IsNumeric || schema.IsText ? 0 : unseen.AsSpan(start, count).Count(true);
        start += count;
        if (start == rows) start = rows = 0;
        return (column, unknown);
    }

    private int Grow(int count)
    {
        int capacity = schema.IsText ? texts.Length : schema.IsNumeric ? values.Length : codes.Length;
        if (rows + count > capacity)
        {
            int size = Math.Max(rows - start + count, 4096) * 2;
            if (schema.IsText)
            {
                string?[] larger = new string?[size];
                texts.AsSpan(start, rows - start).CopyTo(larger);
                texts = larger;
            }
            else if (schema.IsNumeric)
            {
                double[] larger = new double[size];
                values.AsSpan(start, rows - start).CopyTo(larger);
                values = larger;
            }
            else
            {
                (int[] largerCodes, bool[] largerUnseen) = (new int[size], new bool[size]);
                codes.AsSpan(start, rows - start).CopyTo(largerCodes);
                unseen.AsSpan(start, rows - start).CopyTo(largerUnseen);
                (codes, unseen) = (largerCodes, largerUnseen);
            }

            (start, rows) = (0, rows - start);
        }

        if (!schema.IsNumeric && !schema.IsText) unseen.AsSpan(rows, count).Clear();
        int at = rows;
        rows += count;
        return at;
    }

    private int Code(ReadOnlySpan<byte> cell, int row)
    {
        if (cells.IsMissing(cell)) return -1;
        int code = levels.Find(cell);
        if (code < 0 && cell.EndsWith(".0"u8)) code = levels.Find(cell[..^2]); // 1.0 of a floating-point column is the level 1
        unseen[row] = code < 0;
        return code;
    }

    private double Number(ReadOnlySpan<byte> cell, long row, SourceFile file)
    {
        if (cells.IsMissing(cell)) return double.NaN;
        bool date = schema.Kind is NumericKind.Date or NumericKind.Timestamp;
        if (date ? CellText.TryDate(cell, out double value, out _, out _) : cells.TryNumber(cell, out value, out _, out _)) return Checked(value, row, file);
        bool time = false;
        if (date && schema.DayFirst is bool dayFirst && AskedReader.TryDate(Encoding.UTF8.GetString(cell), dayFirst, out value, ref time))
            return Checked(value, row, file);
        if (!date && asked && Disguise.TryNumber(Encoding.UTF8.GetString(cell), file.Delimiter == ';', out value)) return Checked(value, row, file);
        throw file.Unusable($"'{Encoding.UTF8.GetString(cell)}' is no {(date ? "date" : "number")}, and this column held {(date ? "dates" : "numbers")} "
            + $"when the model was trained.", row + 1, schema.Name);
    }

    private double Checked(double value, long row, SourceFile file) => double.IsFinite(value) || (nanIsMissing && double.IsNaN(value))
        ? value
        : throw ColumnReader.NotFinite(file, schema.Name, row, value);
}
