using System.Globalization;
using System.Text;

namespace Counterweight.Data;

/// <summary>A column that the user says is of numbers, or of dates, in whatever notation; the texts are kept.</summary>
internal sealed class AskedReader(ColumnContext context, bool dates) : CellReader(context.Name)
{
    private readonly TextReader text = new(context with { Texts = TextRule.Never }) { Type = "VARCHAR" };

    internal override void Append(in Cells cells, long firstRow) => text.Append(cells, firstRow);

    internal override void Skip(int rows) => text.Skip(rows);

    internal override IReadOnlyList<Column> Finish()
    {
        var texts = (CategoricalColumn)text.Finish()[0];
        double[] levels = new double[texts.Levels.Count];
        bool time = false, whole = !dates;
        bool? dayFirst = dates ? DayFirst(texts) : null;
        for (int level = 0; level < levels.Length; level++)
        {
            string cell = texts.Levels[level];
            bool read = dates ? TryDate(cell, dayFirst, out levels[level], ref time) : TryNumber(cell, out levels[level]);
            if (!read)
                throw context.File.Unusable($"'{cell}' is no {(dates ? "date" : "number")}, and the column was named in {(dates ? "--dates" : "--numeric")}. "
                    + "Correct the cell, or name its word as missing (--missing).", RowOf(texts, level) + 1, Name);
            if (!double.IsFinite(levels[level]) && !(context.NaNIsMissing && double.IsNaN(levels[level])))
                throw NotFinite(context.File, Name, RowOf(texts, level), levels[level]);
            whole &= levels[level] == Math.Floor(levels[level]) && Math.Abs(levels[level]) < 1L << 53;
        }

        NumericKind kind = dates ? (time ? NumericKind.Timestamp : NumericKind.Date) : whole ? NumericKind.WholeNumber : NumericKind.Real;
        double[] values = new double[texts.Rows];
        var spelling = new SpellingBuilder();
        byte[] style = new byte[1];
        for (int row = 0; row < values.Length; row++)
        {
            int code = texts.Codes[row];
            values[row] = code < 0 ? double.NaN : levels[code];
            string cell = code < 0 ? texts.Spelt(row) ?? "" : texts.Levels[code];
            bool usual = code < 0 ? cell.Length == 0 : cell == NumericColumn.Spell(values[row], kind, null, row, null);
            style[0] = usual ? Spelling.Usual : spelling.Text(Encoding.UTF8.GetBytes(cell), 0);
            spelling.Add(style);
        }

        return [NumericColumn.Own(Name, values, kind, spelling.Build(), null, dayFirst)];
    }

    private bool TryNumber(string cell, out double value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(cell);
        return context.Cells.TryNumber(bytes, out value, out _, out _) || Disguise.TryNumber(cell, context.File.Delimiter == ';', out value);
    }

    /// <summary>Reads a date in the usual notation, or with the day and the month in the order that is known.</summary>
    internal static bool TryDate(string cell, bool? dayFirst, out double days, ref bool time)
    {
        if (CellText.TryDate(Encoding.UTF8.GetBytes(cell), out days, out bool hasTime, out _))
        {
            time |= hasTime;
            return true;
        }

        if (dayFirst is null || Disguise.DayMonth(cell) is not var (first, second, year)) return false;
        (int day, int month) = dayFirst == true ? (first, second) : (second, first);
        if (month > 12 || day > DateTime.DaysInMonth(year, month)) return false;
        days = new DateOnly(year, month, day).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        int blank = cell.Trim().IndexOf(' ', StringComparison.Ordinal);
        if (blank <= 0) return true;
        time = true;
        days += TimeOnly.Parse(cell.Trim()[(blank + 1)..], CultureInfo.InvariantCulture).ToTimeSpan().TotalDays;
        return true;
    }

    /// <summary>Whether the day stands before the month: the whole column must say so.</summary>
    private bool? DayFirst(CategoricalColumn texts)
    {
        bool any = false, day = false, month = false;
        foreach (string level in texts.Levels)
        {
            if (Disguise.DayMonth(level) is not var (first, second, _)) continue;
            any = true;
            day |= first > 12;
            month |= second > 12;
        }

        if (!any || day != month) return any ? day : null;
        throw context.File.Unusable(day
            ? "in some dates the day stands first and in others the month. Write dates as 2024-01-31."
            : "the dates do not say whether the day or the month stands first: no number in either place is above 12. Write dates as 2024-01-31.", null, Name);
    }

    private static long RowOf(CategoricalColumn texts, int level) => texts.Codes.IndexOf(level);
}
