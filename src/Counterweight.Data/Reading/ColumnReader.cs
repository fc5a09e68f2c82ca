namespace Counterweight.Data;

/// <summary>Collects one column, chunk by chunk.</summary>
internal abstract class ColumnReader(string name)
{
    internal string Name { get; } = name;

    /// <summary>Takes the next rows.</summary>
    /// <param name="vector">The cells.</param>
    /// <param name="firstRow">The number of the first of them, counted from 0.</param>
    internal abstract void Append(Vector vector, long firstRow);

    /// <summary>The column, once every chunk is in.</summary>
    internal abstract Column Finish(SourceFile file);

    /// <summary>Forgets the rows so far but not what the column is.</summary>
    internal abstract void Clear();

    internal static UnusableDataException NotFinite(SourceFile file, string column, long row, double value) => file.Unusable(
        double.IsNaN(value)
            ? "the cell is NaN. Leave the cell empty (or NULL) if the value is missing, or correct it."
            : "the cell is infinite. Leave the cell empty (or NULL) if the value is missing, or correct it.",
        row + 1, column);

    /// <summary>Codes with their texts in ordinal order.</summary>
    private protected static CategoricalColumn Categories(string name, Utf8Codes codes, int[] values)
    {
        string[] levels = codes.Texts();
        int[] order = [.. Enumerable.Range(0, levels.Length)];
        Array.Sort((string[])levels.Clone(), order, StringComparer.Ordinal);
        int[] rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++) rank[order[i]] = i;
        for (int i = 0; i < values.Length; i++)
            if (values[i] >= 0) values[i] = rank[values[i]];
        return CategoricalColumn.Own(name, values, [.. order.Select(i => levels[i])]);
    }
}

/// <summary>A column that the engine gives as DOUBLE.</summary>
internal sealed class DoubleReader(string name, NumericKind kind, bool nanIsMissing) : ColumnReader(name)
{
    private readonly Blocks<double> values = new();
    private (long Row, double Value) bad = (-1, 0);

    internal override void Append(Vector vector, long firstRow)
    {
        ReadOnlySpan<double> source = vector.Doubles;
        Span<double> target = values.Next(source.Length);
        for (int i = 0; i < source.Length; i++)
        {
            double value = vector.IsNull(i) ? double.NaN : source[i];
            if (!double.IsFinite(value) && !vector.IsNull(i) && bad.Row < 0 && !(nanIsMissing && double.IsNaN(value))) bad = (firstRow + i, value);
            target[i] = value;
        }
    }

    internal override Column Finish(SourceFile file)
    {
        if (bad.Row >= 0) throw NotFinite(file, Name, bad.Row, bad.Value);
        return NumericColumn.Own(Name, values.ToArray(), kind);
    }

    internal override void Clear()
    {
        values.Clear();
        bad = (-1, 0);
    }
}

/// <summary>A column of texts that are categories, whatever they look like.</summary>
internal sealed class TextReader(string name, CellText? cells) : ColumnReader(name)
{
    private Utf8Codes codes = new();
    private readonly Blocks<int> values = new();

    internal override void Append(Vector vector, long firstRow)
    {
        Span<int> target = values.Next(vector.Rows);
        for (int i = 0; i < target.Length; i++) target[i] = Code(vector, i);
    }

    private int Code(Vector vector, int row)
    {
        if (vector.IsNull(row)) return -1;
        ReadOnlySpan<byte> text = vector.Text(row);
        if (cells is not null) text = CellText.Trim(text);
        return cells is not null ? (cells.IsMissing(text) ? -1 : codes.GetOrAdd(text)) : text.Length == 0 ? -1 : codes.GetOrAdd(text);
    }

    internal override Column Finish(SourceFile file) => Categories(Name, codes, values.ToArray());

    internal override void Clear()
    {
        codes = new();
        values.Clear();
    }
}

/// <summary>A column that the engine gives as DOUBLE but that is to be read as categories.</summary>
internal sealed class NumberTextReader(string name) : ColumnReader(name)
{
    private readonly Dictionary<double, int> codes = [];
    private readonly Utf8Codes texts = new();
    private readonly List<int> values = [];

    internal override void Append(Vector vector, long firstRow)
    {
        ReadOnlySpan<double> source = vector.Doubles;
        for (int i = 0; i < source.Length; i++)
        {
            int code = -1;
            if (!vector.IsNull(i) && !double.IsNaN(source[i]) && !codes.TryGetValue(source[i], out code))
                codes[source[i]] = code = texts.GetOrAdd(System.Text.Encoding.UTF8.GetBytes(NumericColumn.Text(source[i], NumericKind.Real)));
            values.Add(code);
        }
    }

    internal override Column Finish(SourceFile file) => Categories(Name, texts, [.. values]);

    internal override void Clear() => throw new NotSupportedException();
}

/// <summary>A CSV column whose kind shows from its cells: numbers, dates, or else categories.</summary>
/// <remarks>
/// The kind is taken from the first cell that is not missing. Should a later cell not fit, <see cref="MustReadAgain"/> is set and the
/// column is read a second time as what it then is known to be: the texts of the earlier cells are not kept.
/// </remarks>
internal sealed class GuessingReader(string name, CellText cells, bool nanIsMissing) : ColumnReader(name)
{
    private enum State { Unknown, Number, Date, Text }

    private readonly TextReader text = new(name, cells);
    private State state;
    private readonly Blocks<double> values = new();
    private bool whole = true, time;
    private (long Row, double Value) bad = (-1, 0);

    /// <summary>Whether the file must be read again for this column.</summary>
    internal bool MustReadAgain { get; private set; }

    internal override void Append(Vector vector, long firstRow)
    {
        if (MustReadAgain) return;
        if (state == State.Text)
        {
            text.Append(vector, firstRow);
            return;
        }

        Span<double> target = values.Next(vector.Rows);
        for (int i = 0; i < vector.Rows; i++)
        {
            ReadOnlySpan<byte> cell = vector.IsNull(i) ? default : CellText.Trim(vector.Text(i));
            double value = double.NaN;
            if (!cells.IsMissing(cell) && !Take(cell, firstRow + i, out value))
            {
                state = State.Text;
                MustReadAgain = firstRow > 0;
                values.Clear();
                if (!MustReadAgain) text.Append(vector, firstRow);
                return;
            }

            target[i] = value;
        }
    }

    private bool Take(ReadOnlySpan<byte> cell, long row, out double value)
    {
        if (state != State.Date && cells.TryNumber(cell, out value, out bool isWhole))
        {
            state = State.Number;
            whole &= isWhole;
            if (!double.IsFinite(value) && bad.Row < 0 && !(nanIsMissing && double.IsNaN(value))) bad = (row, value);
            return true;
        }

        value = double.NaN;
        if (state == State.Number || !CellText.TryDate(cell, out value, out bool hasTime)) return false;
        state = State.Date;
        time |= hasTime;
        return true;
    }

    internal override Column Finish(SourceFile file)
    {
        if (state == State.Text) return text.Finish(file);
        if (bad.Row >= 0) throw NotFinite(file, Name, bad.Row, bad.Value);
        NumericKind kind = state == State.Date ? (time ? NumericKind.Timestamp : NumericKind.Date) : whole && state == State.Number ? NumericKind.WholeNumber
            : NumericKind.Real;
        return NumericColumn.Own(Name, values.ToArray(), kind);
    }

    internal override void Clear()
    {
        (bad, MustReadAgain, whole, time) = ((-1, 0), false, true, false);
        values.Clear();
        text.Clear();
    }
}

/// <summary>The label column: texts, each a class.</summary>
internal sealed class LabelReader(string name, CellText? cells, SourceFile file, int maxClasses, bool keepRows)
{
    private readonly Utf8Codes codes = new();
    private readonly List<long> missing = [];
    private long[] counts = new long[32];
    private readonly Blocks<int> values = new();

    internal long Rows { get; private set; }

    private long missingCount;

    internal void Append(Vector vector)
    {
        Span<int> target = keepRows ? values.Next(vector.Rows) : default;
        int last = -1;
        for (int i = 0; i < vector.Rows; i++)
        {
            ReadOnlySpan<byte> cell = vector.IsNull(i) ? default : vector.Text(i);
            if (cells is not null) cell = CellText.Trim(cell);
            int code = -1;
            if (last >= 0 && cell.SequenceEqual(codes.Bytes(last))) code = last;
            else if (cells is not null ? !cells.IsMissing(cell) : cell.Length > 0) code = codes.GetOrAdd(cell);
            if (code < 0)
            {
                if (missing.Count < 5) missing.Add(Rows + i + 1);
                missingCount++;
            }
            else
            {
                last = code;
                if (code >= counts.Length) Array.Resize(ref counts, counts.Length * 2);
                counts[code]++;
            }

            if (keepRows) target[i] = code;
        }

        Rows += vector.Rows;
        if (codes.Count > Math.Max(4L * maxClasses, maxClasses + 100_000L)) TooMany(atLeast: true);
    }

    /// <summary>Names, counts and the code of each row; classes in numeric order if all are whole numbers, else in ordinal order.</summary>
    internal (string[] Names, long[] Counts, int[] Labels) Finish()
    {
        if (Rows == 0) throw file.Unusable("the file has no rows, only column names. At least two rows of different classes are needed.");
        if (missingCount > 0)
        {
            string rows = string.Join(", ", missing) + (missingCount > missing.Count ? ", ..." : "");
            throw file.Unusable(
                $"{(missingCount == 1 ? $"row {rows} has" : $"{missingCount} rows have")} no label{(missingCount == 1 ? "" : $" (rows {rows})")}. Fill the "
                + $"label in, or take the row out: no row is dropped silently.",
                missing[0], name);
        }

        LabelSpelling plan = LabelSpelling.Of(codes.Texts());
        if (plan.NotFinite is int bad)
            throw file.Unusable($"'{codes.Text(bad)}' is no class label. Give the row a label, or take it out.", FirstRow(bad), name);
        if (plan.Names.Length > maxClasses) TooMany(atLeast: false, plan.Names.Length);
        if (plan.Names.Length == 1)
            throw file.Unusable($"every row has the label '{plan.Names[0]}'. At least two classes are needed; is '{name}' the right column?", null, name);
        long[] merged = new long[plan.Names.Length];
        for (int code = 0; code < codes.Count; code++) merged[plan.Code[code]] += counts[code];
        int[] labels = values.ToArray();
        for (int i = 0; i < labels.Length; i++) labels[i] = plan.Code[labels[i]];
        return (plan.Names, merged, labels);
    }

    private long? FirstRow(int code)
    {
        int index = Array.IndexOf(values.ToArray(), code);
        return index < 0 ? null : index + 1;
    }

    private void TooMany(bool atLeast, int distinct = 0)
    {
        distinct = Math.Max(distinct, codes.Count);
        throw file.Unusable(
            string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"the label column has {(atLeast ? "more than " : "")}{distinct} distinct values in {(atLeast ? "the first " : "")}{Rows} rows, more than "
                + $"the {maxClasses} classes accepted. Is it a regression target or an identifier? Name another --target, or raise --max-classes if these "
                + $"really are classes."),
            null, name);
    }
}
