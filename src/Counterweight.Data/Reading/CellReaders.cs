using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Counterweight.Data;

/// <summary>What to know of a column beside its cells.</summary>
/// <param name="Name">Its name.</param>
/// <param name="File">Its file, for messages.</param>
/// <param name="Cells">Which words mean missing, and how numbers are written.</param>
/// <param name="NaNIsMissing">Whether a NaN is missing rather than an error.</param>
internal sealed record ColumnContext(string Name, SourceFile File, CellText Cells, bool NaNIsMissing)
{
    /// <summary>Whether texts may be running text rather than categories.</summary>
    internal TextRule Texts { get; init; }
}

/// <summary>Collects one column, block by block.</summary>
internal abstract class ColumnReader(string name)
{
    internal string Name { get; } = name;

    /// <summary>The column, once every block is in.</summary>
    internal abstract IReadOnlyList<Column> Finish();

    internal static UnusableDataException NotFinite(SourceFile file, string column, long row, double value) => file.Unusable(
        double.IsNaN(value)
            ? "the cell is NaN. Leave the cell empty (or NULL) if the value is missing, or correct it."
            : "the cell is infinite. Leave the cell empty (or NULL) if the value is missing, or correct it.",
        row + 1, column);

    /// <summary>Codes with their texts in ordinal order.</summary>
    internal static CategoricalColumn Categories(string name, Utf8Codes codes, int[] values, Spelling? spelling, string? type)
    {
        string[] levels = codes.Texts();
        int[] order = [.. Enumerable.Range(0, levels.Length)];
        Array.Sort((string[])levels.Clone(), order, StringComparer.Ordinal);
        int[] rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++) rank[order[i]] = i;
        for (int i = 0; i < values.Length; i++)
            if (values[i] >= 0) values[i] = rank[values[i]];
        return CategoricalColumn.Own(name, values, [.. order.Select(i => levels[i])], spelling, type);
    }
}

/// <summary>Collects a column from cells as they stand in a file.</summary>
internal abstract class CellReader(string name) : ColumnReader(name)
{
    /// <summary>Takes the next rows.</summary>
    /// <param name="cells">The cells.</param>
    /// <param name="firstRow">The number of the first of them, counted from 0.</param>
    internal abstract void Append(in Cells cells, long firstRow);

    /// <summary>Takes rows that do not have the column.</summary>
    internal abstract void Skip(int rows);
}

/// <summary>A column of texts that are categories, whatever they look like. A missing cell keeps how it says so.</summary>
internal sealed class TextReader(ColumnContext context) : CellReader(context.Name)
{
    private readonly Utf8Codes codes = new();
    private readonly Blocks<int> values = new();
    private readonly SpellingBuilder spelling = new();

    /// <summary>The type to write into a file that has it.</summary>
    internal string? Type { get; set; }

    internal override void Append(in Cells cells, long firstRow)
    {
        Span<int> target = values.Next(cells.Rows);
        byte[] styles = new byte[cells.Rows];
        for (int i = 0; i < target.Length; i++)
        {
            if (cells.Kind(i) is CellKind.Absent or CellKind.Null) target[i] = -1;
            else target[i] = Code(cells.Text(i), i, styles);
        }

        spelling.Add(styles);
    }

    private int Code(ReadOnlySpan<byte> text, int offset, byte[] styles)
    {
        if (context.Cells.Trims) text = CellText.Trim(text);
        if (!context.Cells.IsMissing(text)) return codes.GetOrAdd(text);
        if (text.Length > 0 || !context.Cells.Trims) styles[offset] = spelling.Text(text, offset);
        return -1;
    }

    internal override void Skip(int rows)
    {
        while (rows > 0)
        {
            int part = Math.Min(rows, 1 << 16);
            values.Next(part).Fill(-1);
            spelling.Add(new byte[part]);
            rows -= part;
        }
    }

    /// <summary>Takes a cell of a column that first looked like something else; null is a missing one.</summary>
    internal void Take(ReadOnlySpan<byte> text, bool missing)
    {
        byte style = Spelling.Usual;
        if (missing && text.Length > 0) style = spelling.Text(text, 0);
        values.Next(1)[0] = missing ? -1 : codes.GetOrAdd(text);
        spelling.Add([style]);
    }

    internal override IReadOnlyList<Column> Finish()
    {
        int[] all = values.ToArray();
        if (AsRunningText(all) is TextColumn texts) return [texts];
        Column column = Categories(Name, codes, all, spelling.Build(), Type);
        if (Type is null) Disguise.Tell(column, context.File);
        return [column];
    }

    private TextColumn? AsRunningText(int[] rows)
    {
        if (context.Texts == TextRule.Never || (context.Texts == TextRule.IfItLooksSo && Type is not null)) return null;
        if (context.Texts == TextRule.IfItLooksSo)
        {
            int present = 0;
            foreach (int code in rows) present += code >= 0 ? 1 : 0;
            if (!RunningText.Looks(codes, present, out double words)) return null;
            RunningText.Tell(Name, codes.Count, words, context.File);
        }

        string[] texts = codes.Texts();
        return TextColumn.Own(Name, Array.ConvertAll(rows, code => code < 0 ? null : texts[code]), spelling.Build(), Type);
    }
}

/// <summary>A column whose kind shows from its cells: numbers, dates, or else categories. The whole column decides.</summary>
/// <remarks>
/// The kind is taken from the first cell that is not missing. Should a later cell not fit, the texts of the earlier ones are made again from the values and
/// their spelling, so that the file is read once.
/// </remarks>
internal sealed class GuessingReader(ColumnContext context, bool numbers, bool dates) : CellReader(context.Name)
{
    private enum State { Unknown, Number, Date }

    private readonly SpellingBuilder spelling = new();
    private readonly Blocks<double> values = new();
    private TextReader? text;
    private State state;
    private bool whole = true, time, beyondLong, negative;
    private int zulu, present;

    /// <summary>The type in the file, if it says one.</summary>
    internal string? Type { get; init; }
    private (long Row, double Value) bad = (-1, 0);

    internal override void Append(in Cells cells, long firstRow)
    {
        if (text is not null)
        {
            text.Append(cells, firstRow);
            return;
        }

        byte[] styles = new byte[cells.Rows];
        double[] taken = new double[cells.Rows];
        for (int i = 0; i < taken.Length; i++)
        {
            ReadOnlySpan<byte> cell = cells.Kind(i) is CellKind.Absent or CellKind.Null ? default : cells.Text(i);
            bool nan = cells.Kind(i) == CellKind.NotANumber;
            if (context.Cells.Trims) cell = CellText.Trim(cell);
            if (context.Cells.IsMissing(cell))
            {
                taken[i] = double.NaN;
                if (cell.Length > 0 || (!context.Cells.Trims && cells.Kind(i) == CellKind.Text)) styles[i] = spelling.Text(cell, i);
            }
            else if (!Take(nan ? "NaN"u8 : cell, i, firstRow + i, styles, out taken[i]))
            {
                text = Texts();
                text.Append(cells, firstRow);
                return;
            }
        }

        taken.CopyTo(values.Next(taken.Length));
        spelling.Add(styles);
    }

    internal override void Skip(int rows)
    {
        if (text is not null)
        {
            text.Skip(rows);
            return;
        }

        while (rows > 0)
        {
            int part = Math.Min(rows, 1 << 16);
            values.Next(part).Fill(double.NaN);
            spelling.Add(new byte[part]);
            rows -= part;
        }
    }

    private bool Take(ReadOnlySpan<byte> cell, int offset, long row, byte[] styles, out double value)
    {
        if (numbers && state != State.Date && context.Cells.TryNumber(cell, out value, out bool isWhole, out byte style))
        {
            state = State.Number;
            present++;
            if (isWhole && !(Math.Abs(value) < 1L << 53)) style = Large(cell, offset);
            else if (style == CellText.Unusual) style = spelling.Text(cell, offset);
            styles[offset] = style;
            whole &= isWhole;
            negative |= value < 0;
            if (!double.IsFinite(value) && bad.Row < 0 && !(context.NaNIsMissing && double.IsNaN(value))) bad = (row, value);
            return true;
        }

        value = double.NaN;
        if (!dates || state == State.Number || !CellText.TryDate(cell, out value, out bool hasTime, out TimeZoneText zone)) return false;
        state = State.Date;
        present++;
        time |= hasTime;
        zulu += zone == TimeZoneText.Utc ? 1 : 0;
        styles[offset] = TimeText.StyleOf(cell, value) ?? spelling.Text(cell, offset);
        return true;
    }

    /// <summary>The style of a whole number that is not below 2^53, where doubles have gaps.</summary>
    private byte Large(ReadOnlySpan<byte> cell, int offset)
    {
        if (Utf8Parser.TryParse(cell, out long number, out int used) && used == cell.Length)
        {
            Span<byte> again = stackalloc byte[24];
            number.TryFormat(again, out int length, default, CultureInfo.InvariantCulture);
            if (cell.SequenceEqual(again[..length])) return spelling.Whole(number, offset);
        }
        else
        {
            beyondLong = true;
        }

        return spelling.Text(cell, offset);
    }

    /// <summary>The cells so far as texts, as they stand in the file.</summary>
    private TextReader Texts()
    {
        var texts = new TextReader(context);
        Spelling? spelt = spelling.Build(Means);
        double[] all = values.ToArray();
        NumericKind kind = Kind();
        for (int i = 0; i < all.Length; i++)
        {
            string? own = spelt?.Text(i);
            bool missing = double.IsNaN(all[i]) && !(own is not null && IsNaNWord(own));
            texts.Take(Encoding.UTF8.GetBytes(own ?? (missing ? "" : NumericColumn.Spell(all[i], kind, spelt, i, null))), missing);
        }

        return texts;
    }

    private static bool IsNaNWord(string text) => text.TrimStart('+', '-').Equals("nan", StringComparison.OrdinalIgnoreCase);

    private NumericKind Kind() => state == State.Date ? (time ? NumericKind.Timestamp : NumericKind.Date)
        : whole && state == State.Number ? NumericKind.WholeNumber : NumericKind.Real;

    /// <summary>A date without a time is usual in a column of dates.</summary>
    private byte Means(byte style) => state == State.Date && !time && style == TimeText.DateOnly ? Spelling.Usual : style;

    internal override IReadOnlyList<Column> Finish()
    {
        if (text is not null) return text.Finish();
        if (bad.Row >= 0) throw NotFinite(context.File, Name, bad.Row, bad.Value);
        string? type = Type ?? (state == State.Date && zulu == present ? ColumnTypes.Instant
            : state == State.Number && whole && beyondLong ? (negative ? ColumnTypes.Huge : ColumnTypes.Unsigned) : null);
        return [NumericColumn.Own(Name, values.ToArray(), Kind(), spelling.Build(Means), type)];
    }
}

/// <summary>A column of JSON, whose values say what they are: all must be of one kind.</summary>
internal sealed class JsonColumnReader(ColumnContext context, bool categorical, bool vector) : CellReader(context.Name)
{
    private readonly bool anyKind = categorical || context.Texts == TextRule.Always;
    private CellKind kind;
    private long kindRow, rows;
    private CellReader? inner;

    internal override void Append(in Cells cells, long firstRow)
    {
        for (int i = 0; i < cells.Rows; i++)
        {
            CellKind found = cells.Kind(i) == CellKind.NotANumber ? CellKind.Number : cells.Kind(i);
            if (found is CellKind.Absent or CellKind.Null || found == kind) continue;
            if (kind == CellKind.Absent) Begin(found, firstRow + i);
            else if (!anyKind || found is CellKind.List or CellKind.Structure || kind is CellKind.List or CellKind.Structure)
                throw context.File.Unusable($"the value is {Word(found)}, and that of row {context.File.Line(kindRow + 1)} is {Word(kind)}. Give the column "
                    + "one type, read all of it as text (--categorical), or leave it out (--drop).", firstRow + i + 1, Name);
        }

        rows += cells.Rows;
        inner?.Append(cells, firstRow);
    }

    internal override void Skip(int more)
    {
        rows += more;
        inner?.Skip(more);
    }

    private void Begin(CellKind found, long row)
    {
        (kind, kindRow) = (found, row);
        if (vector && found != CellKind.List)
            throw context.File.Unusable($"the value is {Word(found)}, and the column was named in --vector: each value is a list of numbers.", row + 1, Name);
        inner = found switch
        {
            CellKind.List => new ListReader(context),
            CellKind.Structure => throw context.File.Unusable("the column holds objects. Only numbers, dates, booleans, texts and lists of numbers can be "
                + $"features: flatten it, or leave it out with --drop {Name}.", row + 1, Name),
            CellKind.Number or CellKind.Boolean or CellKind.Text when context.Texts == TextRule.Always => new TextReader(context)
            {
                Type = found == CellKind.Text ? null : found == CellKind.Number ? ColumnTypes.Number : ColumnTypes.Boolean,
            },
            CellKind.Boolean => new TextReader(context) { Type = categorical ? null : ColumnTypes.Boolean },
            CellKind.Number => categorical ? new TextReader(context) { Type = ColumnTypes.Number } : new GuessingReader(context, numbers: true, dates: false),
            _ => categorical ? new TextReader(context) : new GuessingReader(context, numbers: false, dates: true),
        };
        inner.Skip((int)rows);
    }

    private static string Word(CellKind kind) => kind switch
    {
        CellKind.Text => "a text",
        CellKind.Number => "a number",
        CellKind.Boolean => "a boolean",
        CellKind.List => "a list",
        _ => "an object",
    };

    internal override IReadOnlyList<Column> Finish()
    {
        if (inner is not null) return inner.Finish();
        double[] nothing = new double[rows];
        Array.Fill(nothing, double.NaN);
        return [NumericColumn.Own(Name, nothing, NumericKind.Real, null, null)];
    }
}
