using System.Globalization;

namespace Counterweight.Data;

/// <summary>Numbers and dates in other notations than the reader's own: <c>1,234.50</c>, <c>45%</c>, <c>$12.50</c>, <c>31/01/2024</c>.</summary>
internal static class Disguise
{
    private const double NearlyAll = 0.95;

    private const int Looked = 2000;

    /// <summary>Tells of a column of categories nearly all of which are numbers or dates in another notation.</summary>
    internal static void Tell(Column column, SourceFile file)
    {
        if (column is not CategoricalColumn { Levels.Count: >= 3 } texts) return;
        int step = Math.Max(1, texts.Levels.Count / Looked), seen = 0, numbers = 0, disguised = 0, dates = 0;
        string? number = null, date = null, other = null;
        for (int i = 0; i < texts.Levels.Count; i += step, seen++)
        {
            string level = texts.Levels[i];
            if (TryNumber(level, file.Delimiter == ';', out _))
            {
                numbers++;
                if (double.TryParse(level, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) continue;
                disguised++;
                number ??= level;
            }
            else if (DayMonth(level) is not null)
            {
                dates++;
                date ??= level;
            }
            else
            {
                other ??= level;
            }
        }

        if (numbers >= NearlyAll * seen && (number ?? other) is string example)
            file.Note(new DataNote("number-in-disguise", column.Name, $"Column '{column.Name}' is nearly always a number, but "
                + (disguised > 0 ? $"in a notation such as '{example}'" : $"'{example}' is none")
                + $", so it was read as categories. Read it as numbers with --numeric {column.Name}"
                + (disguised > 0 ? "." : ", after taking out what is none, or name the word as missing with --missing.")));
        if (dates >= NearlyAll * seen)
            file.Note(new DataNote("date-in-disguise", column.Name, $"Column '{column.Name}' holds dates such as '{date}', which were read as "
                + $"categories. Read it "
                + $"as dates with --dates {column.Name}, or write dates as 2024-01-31."));
    }

    /// <summary>Reads a number with separators of thousands, a percent sign (left off), a sign of currency, or in brackets for negative.</summary>
    internal static bool TryNumber(string text, bool decimalComma, out double value)
    {
        value = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        bool negative = false;
        if (rest.Length > 2 && rest[0] == '(' && rest[^1] == ')')
        {
            negative = true;
            rest = rest[1..^1].Trim();
        }

        if (rest.Length > 1 && rest[0] is '-' or '+' or '\u2212')
        {
            negative ^= rest[0] is not '+';
            rest = rest[1..].Trim();
        }

        if (rest.Length > 0 && char.GetUnicodeCategory(rest[0]) == UnicodeCategory.CurrencySymbol) rest = rest[1..].Trim();
        if (rest.Length > 0 && (rest[^1] == '%' || char.GetUnicodeCategory(rest[^1]) == UnicodeCategory.CurrencySymbol)) rest = rest[..^1].Trim();
        if (rest.Length > 1 && rest[0] == '-' && !negative)
        {
            negative = true;
            rest = rest[1..];
        }

        if (rest.Length is 0 or > 60 || !char.IsAsciiDigit(rest[^1]) || !(char.IsAsciiDigit(rest[0]) || rest[0] is '.' or ',')) return false;
        if (!TryPlain(rest, decimalComma, out string? plain)) return false;
        if (!double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return false;
        if (negative) value = -value;
        return true;
    }

    /// <summary>
    /// The number with a point for its decimals and nothing between its thousands. Where both a point and a comma are there, the last is of the decimals;
    /// commas alone separate thousands if three digits follow each, else the decimals. In a file with semicolons it is the reverse.
    /// </summary>
    private static bool TryPlain(ReadOnlySpan<char> text, bool decimalComma, out string? plain)
    {
        plain = null;
        int exponent = text.IndexOfAny('e', 'E');
        if (exponent > 0 && text.IndexOfAny(",' ") < 0)
        {
            plain = text.ToString();
            return true;
        }

        int point = text.LastIndexOf('.'), comma = text.LastIndexOf(',');
        char fraction = point >= 0 && comma >= 0 ? (point > comma ? '.' : ',')
            : comma >= 0 ? (!decimalComma && Groups(text, ',') ? '.' : ',')
            : point >= 0 && text.Count('.') > 1 ? ',' : decimalComma && point >= 0 && Groups(text, '.') ? ',' : '.';
        char thousands = fraction == '.' ? ',' : '.';
        if (text.Count(fraction) > 1) return false;
        int end = text.IndexOf(fraction);
        ReadOnlySpan<char> front = end < 0 ? text : text[..end], back = end < 0 ? [] : text[(end + 1)..];
        if (back.ContainsAnyExceptInRange('0', '9')) return false;
        foreach (char separator in (ReadOnlySpan<char>)[thousands, '\'', '\u2019', ' ', '\u00A0', '\u202F', '_'])
            if (front.Contains(separator))
            {
                if (!Groups(front, separator)) return false;
                front = front.ToString().Replace(separator.ToString(), "", StringComparison.Ordinal);
            }

        if (front.ContainsAnyExceptInRange('0', '9')) return false;
        plain = end < 0 ? front.ToString() : $"{front}.{back}";
        return plain.Length > 0;
    }

    /// <summary>Whether three digits follow each separator, and one to three stand before the first.</summary>
    private static bool Groups(ReadOnlySpan<char> text, char separator)
    {
        bool first = true;
        foreach (Range range in text.Split(separator))
        {
            ReadOnlySpan<char> part = text[range];
            if (part.ContainsAnyExceptInRange('0', '9') || (first ? part.Length is 0 or > 3 : part.Length != 3)) return false;
            first = false;
        }

        return true;
    }

    /// <summary>The three numbers of a date such as <c>31/01/2024</c>, <c>1.2.2024</c> or <c>01-31-24</c>; null if it is none.</summary>
    internal static (int First, int Second, int Year)? DayMonth(string text)
    {
        ReadOnlySpan<char> date = text.AsSpan().Trim();
        int blank = date.IndexOf(' ');
        if (blank > 0) date = TimeOnly.TryParse(date[(blank + 1)..], CultureInfo.InvariantCulture, out _) ? date[..blank] : [];
        if (date.Length is < 6 or > 10) return null;
        char separator = date.Contains('/') ? '/' : date.Contains('.') ? '.' : '-';
        Span<Range> parts = stackalloc Range[4];
        if (date.Split(parts, separator) != 3) return null;
        if (!Number(date[parts[0]], 2, out int first) || !Number(date[parts[1]], 2, out int second) || date[parts[2]].Length is not (2 or 4)
            || !Number(date[parts[2]], 4, out int year)) return null;
        if (date[parts[2]].Length == 2) year += year < 70 ? 2000 : 1900;
        return first is >= 1 and <= 31 && second is >= 1 and <= 31 && Math.Min(first, second) <= 12 && year > 0 ? (first, second, year) : null;
    }

    private static bool Number(ReadOnlySpan<char> text, int digits, out int value)
    {
        value = 0;
        return text.Length > 0 && text.Length <= digits && !text.ContainsAnyExceptInRange('0', '9') && int.TryParse(text,
            CultureInfo.InvariantCulture, out value);
    }
}
