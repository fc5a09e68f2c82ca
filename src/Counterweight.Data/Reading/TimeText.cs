namespace Counterweight.Data;

/// <summary>Spells points in time by flags: what a date in a file looks like.</summary>
internal static class TimeText
{
    internal const byte Blank = 1, NoSeconds = 2, DateOnly = 4, Zulu = 8;

    /// <summary>How far the number of decimals of the seconds is shifted.</summary>
    internal const int Decimals = 4;

    private const double Microseconds = 86_400_000_000.0;

    /// <summary>Writes a point in time as text.</summary>
    /// <param name="days">Days since 1970-01-01.</param>
    /// <param name="style">The flags; 0 is <c>2024-01-31T09:30:00</c> with as many decimals as there are.</param>
    /// <param name="target">Room for 32 bytes.</param>
    /// <returns>The length; 0 if the value is beyond the years 1 to 9999.</returns>
    internal static int Write(double days, byte style, Span<byte> target)
    {
        if (!(Math.Abs(days) < 2_900_000)) return 0;
        long microseconds = (long)Math.Round(days * Microseconds), day = (long)Math.Floor(microseconds / Microseconds);
        long left = microseconds - day * 86_400_000_000;
        long number = day + 719_162; // days since 0001-01-01
        if (number is < 0 or > 3_652_058) return 0;
        (int year, int month, int date) = System.DateOnly.FromDayNumber((int)number);
        Put(target, 0, year, 4);
        target[4] = target[7] = (byte)'-';
        Put(target, 5, month, 2);
        Put(target, 8, date, 2);
        if ((style & DateOnly) != 0) return 10;
        target[10] = (style & Blank) != 0 ? (byte)' ' : (byte)'T';
        Put(target, 11, (int)(left / 3_600_000_000), 2);
        target[13] = (byte)':';
        Put(target, 14, (int)(left / 60_000_000 % 60), 2);
        int length = 16;
        if ((style & NoSeconds) == 0)
        {
            target[16] = (byte)':';
            Put(target, 17, (int)(left / 1_000_000 % 60), 2);
            length = 19;
            int fraction = (int)(left % 1_000_000), decimals = style >> Decimals;
            if (decimals == 0 && fraction > 0)
            {
                decimals = 6;
                for (int f = fraction; f % 10 == 0; f /= 10) decimals--;
            }

            if (decimals > 0)
            {
                target[19] = (byte)'.';
                for (int i = 0, f = fraction; i < 6; i++, f /= 10)
                    if (5 - i < decimals) target[25 - i] = (byte)('0' + (f % 10));
                length = 20 + decimals;
            }
        }

        if ((style & Zulu) != 0) target[length++] = (byte)'Z';
        return length;
    }

    /// <summary>The flags with which a value is spelt like a cell; null if there are none.</summary>
    internal static byte? StyleOf(ReadOnlySpan<byte> cell, double days)
    {
        int style = 0;
        if (cell.Length == 10) style = DateOnly;
        else
        {
            if (cell[10] == ' ') style |= Blank;
            ReadOnlySpan<byte> clock = cell[11..];
            if (clock[^1] == 'Z')
            {
                style |= Zulu;
                clock = clock[..^1];
            }

            if (clock.Length == 5) style |= NoSeconds;
            else if (clock.Length is > 9 and < 16) style |= Math.Min(clock.Length - 9, 6) << Decimals;
        }

        Span<byte> text = stackalloc byte[32];
        if (Write(days, 0, text) is int usual && cell.SequenceEqual(text[..usual])) return Spelling.Usual;
        return style < 128 && Write(days, (byte)style, text) is int length && cell.SequenceEqual(text[..length]) ? (byte)style : null;
    }

    private static void Put(Span<byte> target, int at, int value, int digits)
    {
        for (int i = digits - 1; i >= 0; i--, value /= 10) target[at + i] = (byte)('0' + (value % 10));
    }
}
