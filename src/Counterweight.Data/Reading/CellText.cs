using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Counterweight.Data;

/// <summary>What a date and time says of its zone.</summary>
internal enum TimeZoneText
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It ends with <c>Z</c>.</summary>
    Utc,

    /// <summary>It has an offset such as <c>+01:00</c>.</summary>
    Offset,
}

/// <summary>What the text of a CSV cell is: missing, a number, a date, or a text.</summary>
internal sealed class CellText
{
    private readonly byte[][] missingWords;
    private readonly bool[] missingStart = new bool[256];
    private readonly bool decimalComma;

    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    internal CellText(IReadOnlyList<string> missingWords, bool decimalComma, bool trims)
    {
        Trims = trims;
        this.missingWords = [.. missingWords.Select(w => Encoding.UTF8.GetBytes(w.Trim())).Where(w => w.Length > 0)];
        foreach (byte[] word in this.missingWords) missingStart[word[0]] = true;
        this.decimalComma = decimalComma;
    }

    /// <summary>Whether blanks around a cell mean nothing, as in CSV.</summary>
    internal bool Trims { get; }

    /// <summary>Cuts blanks off both ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> cell)
    {
        while (cell.Length > 0 && cell[0] is (byte)' ' or (byte)'\t') cell = cell[1..];
        while (cell.Length > 0 && cell[^1] is (byte)' ' or (byte)'\t' or (byte)'\r') cell = cell[..^1];
        return cell;
    }

    internal static double PowerOfTen(int exponent) => PowersOfTen[exponent];

    /// <summary>Whether a trimmed cell means that there is no value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsMissing(ReadOnlySpan<byte> cell) => cell.Length == 0 || (missingStart[cell[0]] && IsMissingWord(cell));

    private bool IsMissingWord(ReadOnlySpan<byte> cell)
    {
        foreach (byte[] word in missingWords)
            if (cell.SequenceEqual(word)) return true;
        return false;
    }

    /// <summary>The style of a number that <see cref="NumericColumn.Usual"/> may spell otherwise: its text is to be kept.</summary>
    internal const byte Unusual = 255;

    /// <summary>Reads a trimmed cell as a number, correctly rounded; words such as 'nan' and 'inf' are read too.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="value">The number nearest to it.</param>
    /// <param name="whole">Whether it is a whole number without a point or an exponent.</param>
    /// <param name="style">How it is spelt: a style of <see cref="Spelling"/>, or <see cref="Unusual"/>.</param>
    internal bool TryNumber(ReadOnlySpan<byte> cell, out double value, out bool whole, out byte style)
    {
        ulong mantissa = 0;
        int digits = 0, scale = 0, i = 0;
        bool negative = false, point = false;
        style = Spelling.Usual;
        if (cell.Length > 0 && cell[0] is (byte)'-' or (byte)'+') negative = cell[i++] == '-';
        for (; i < cell.Length; i++)
        {
            uint digit = (uint)cell[i] - '0';
            if (digit <= 9)
            {
                if (mantissa >= 1UL << 59) return Slow(cell, out value, out whole, out style);
                mantissa = (mantissa * 10) + digit;
                digits++;
                if (point) scale++;
            }
            else if (!point && (cell[i] == '.' || (decimalComma && cell[i] == ',')))
            {
                point = true;
            }
            else
            {
                return Slow(cell, out value, out whole, out style);
            }
        }

        if (digits == 0 || mantissa > 1UL << 53 || scale > 22) return Slow(cell, out value, out whole, out style);
        value = mantissa / PowersOfTen[scale]; // both exact, so the quotient is rounded once (Clinger, 1990)
        if (negative) value = -value;
        whole = !point;
        int front = digits - scale; // digits before the point
        int first = cell.Length - digits - (point ? 1 : 0);
        bool plain = first == (negative ? 1 : 0) && front > 0 && (front == 1 || cell[first] != '0') && (scale > 0 || !point)
            && mantissa < 1_000_000_000_000_000;
        if (plain)
        {
            if (scale > 0 && (cell[^1] == '0' || Math.Abs(value) < 1e-4)) style = (byte)scale;
        }
        else if (!point && digits is > 1 and <= 18 && first == (negative ? 1 : 0) && cell[first] == '0' && mantissa < 1_000_000_000_000_000)
        {
            style = (byte)(Spelling.Padded + digits);
        }
        else
        {
            style = Rare(cell, value);
        }

        return true;
    }

    /// <summary>The style of a text that follows none of the quick rules.</summary>
    private byte Rare(ReadOnlySpan<byte> cell, double value)
    {
        Span<byte> text = stackalloc byte[32];
        if (!value.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture) || length != cell.Length) return Comma(cell) ? Spelling.Usual : Unusual;
        text = text[..length];
        if (cell.SequenceEqual(text)) return Spelling.Usual;
        int exponent = text.IndexOf((byte)'E');
        if (exponent < 0) return Comma(cell) ? Spelling.Usual : Unusual;
        text[exponent] = (byte)'e';
        return cell.SequenceEqual(text) ? Spelling.SmallExponent : Unusual;
    }

    /// <summary>Whether a number has a decimal comma: the comma is the notation of the file, and numbers are written with a point.</summary>
    private bool Comma(ReadOnlySpan<byte> cell) => decimalComma && cell.Contains((byte)',');

    private bool Slow(ReadOnlySpan<byte> cell, out double value, out bool whole, out byte style)
    {
        whole = false;
        value = 0;
        style = Unusual;
        if (cell.Length is 0 or > 400) return false;
        byte first = cell[0];
        bool possible = first is >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'+' or (byte)'.' or (byte)',' or (byte)'n' or (byte)'N' or (
            byte)'i' or (byte)'I';
        if (!possible) return false;
        if (IsNonFiniteWord(cell, out value)) return true;
        Span<byte> copy = stackalloc byte[cell.Length];
        cell.CopyTo(copy);
        if (decimalComma && copy.IndexOf((byte)',') is int comma and >= 0) copy[comma] = (byte)'.';
        foreach (byte b in copy)
            if (b is not (>= (byte)'0' and <= (byte)'9' or (byte)'+' or (byte)'-' or (byte)'.' or (byte)'e' or (byte)'E')) return false;
        if (!double.TryParse(copy, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return false;
        whole = copy.IndexOfAny("eE."u8) < 0 && double.IsFinite(value);
        style = Rare(cell, value);
        return true;
    }

    private static bool IsNonFiniteWord(ReadOnlySpan<byte> cell, out double value)
    {
        bool negative = cell[0] == '-';
        ReadOnlySpan<byte> word = cell[0] is (byte)'-' or (byte)'+' ? cell[1..] : cell;
        value = Ascii.EqualsIgnoreCase(word, "nan"u8) ? double.NaN
            : Ascii.EqualsIgnoreCase(word, "inf"u8) || Ascii.EqualsIgnoreCase(word, "infinity"u8)
            ? (negative ? double.NegativeInfinity : double.PositiveInfinity)
            : 0;
        return value != 0;
    }

    /// <summary>
    /// Reads <c>2024-01-31</c>, or that with a time behind <c>T</c> or a blank (<c>09:30</c>, <c>09:30:15.25</c>, with <c>Z</c> or <c>+01:00</c>),
    /// as days since 1970-01-01.
    /// </summary>
    internal static bool TryDate(ReadOnlySpan<byte> cell, out double days, out bool hasTime, out TimeZoneText zone)
    {
        zone = TimeZoneText.None;
        days = 0;
        hasTime = false;
        if (cell.Length < 10 || cell[4] != '-' || cell[7] != '-') return false;
        if (!Digits(cell[..4], out int year) || !Digits(cell[5..7], out int month) || !Digits(cell[8..10], out int day)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        days = new DateOnly(year, month, day).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        if (cell.Length == 10) return true;
        if (cell[10] is not ((byte)'T' or (byte)' ') || cell.Length < 16 || cell[13] != ':') return false;
        if (!Digits(cell[11..13], out int hour) || !Digits(cell[14..16], out int minute) || hour > 23 || minute > 59) return false;
        ReadOnlySpan<byte> rest = cell[16..];
        double seconds = 0;
        if (rest.Length > 0 && rest[0] == ':')
        {
            if (!Utf8Parser.TryParse(rest[1..], out seconds, out int used) || used < 2 || rest[1] is < (byte)'0' or > (byte)'9' || seconds is < 0 or >= 61)
                return false;
            rest = rest[(1 + used)..];
        }

        int offset = 0;
        if (rest.Length == 1 && rest[0] is (byte)'Z' or (byte)'z')
        {
            rest = [];
            zone = TimeZoneText.Utc;
        }

        if (rest.Length >= 3 && rest[0] is (byte)'+' or (byte)'-')
        {
            int minutes = 0;
            ReadOnlySpan<byte> tail = rest[3..];
            if (!Digits(rest[1..3], out int hours) || (tail.Length > 0 && !Digits(tail[0] == ':' ? tail[1..] : tail, out minutes))) return false;
            offset = (rest[0] == '-' ? -1 : 1) * ((hours * 60) + minutes);
            zone = TimeZoneText.Offset;
            rest = [];
        }

        if (rest.Length > 0) return false;
        hasTime = true;
        days += (((hour * 60.0) + minute - offset) * 60.0 + seconds) / 86_400.0;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte b in text)
        {
            if (b is < (byte)'0' or > (byte)'9') return false;
            value = (value * 10) + b - '0';
        }

        return text.Length is > 0 and <= 9;
    }
}
