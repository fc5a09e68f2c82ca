using System.Globalization;

namespace Counterweight.Data;

/// <summary>A column of numbers; a missing value is NaN and no value is infinite.</summary>
/// <example>
/// <code>
/// var age = new NumericColumn("age", [31, double.NaN, 54]);
/// int missing = age.MissingCount;   // 1
/// </code>
/// </example>
public sealed class NumericColumn : Column
{
    private readonly double[] values;
    private int missing = -1;

    /// <summary>Creates a column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">A number per row, copied; NaN where there is none.</param>
    /// <param name="kind">What the numbers are.</param>
    /// <exception cref="ArgumentException">A value is infinite.</exception>
    public NumericColumn(string name, ReadOnlySpan<double> values, NumericKind kind = NumericKind.Real) : this(name, values.ToArray(), kind, null, null)
    {
        for (int i = 0; i < values.Length; i++)
            if (double.IsInfinity(values[i]))
                throw new ArgumentException($"Column '{name}' is infinite at index {i}; a number, or NaN for missing, is accepted.", nameof(values));
    }

    private NumericColumn(string name, double[] values, NumericKind kind, Spelling? spelling, string? storedType) : base(name, spelling, storedType) =>
        (this.values, Kind) = (values, kind);

    /// <summary>What the numbers are.</summary>
    public NumericKind Kind { get; }

    /// <summary>Whether the day stands before the month in the dates of the file, as in 31/01/2024; null if they are no such dates.</summary>
    public bool? DayFirst { get; private init; }

    /// <summary>The numbers, one per row; NaN where missing. Dates are days since 1970-01-01.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>The numbers as memory, for code that keeps or captures them.</summary>
    public ReadOnlyMemory<double> Memory => values;

    /// <inheritdoc/>
    public override int Rows => values.Length;

    /// <inheritdoc/>
    public override int MissingCount
    {
        get
        {
            if (missing >= 0) return missing;
            int count = 0;
            foreach (double value in values)
                if (double.IsNaN(value)) count++;
            return missing = count;
        }
    }

    /// <inheritdoc/>
    public override bool IsMissing(int row) => double.IsNaN(values[row]);

    /// <inheritdoc/>
    /// <remarks>Whole numbers are exact, also beyond 2^53, where <see cref="Values"/> has the nearest double.</remarks>
    public override string Text(int row) => double.IsNaN(values[row]) ? "" : Spell(values[row], Kind, Spelling, row, StoredType);

    /// <inheritdoc/>
    public override Column Select(ReadOnlySpan<int> rows)
    {
        double[] selected = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++) selected[i] = values[rows[i]];
        return Own(Name, selected, Kind, Spelling?.Select(rows), StoredType, DayFirst);
    }

    /// <inheritdoc/>
    /// <remarks>Made values are rounded to what the column holds: whole numbers, days, the decimals of a DECIMAL.</remarks>
    public override Column Remade(ReadOnlySpan<int> rows, ReadOnlySpan<double> made)
    {
        if (rows.Length != made.Length) throw new ArgumentException($"There are {rows.Length} rows and {made.Length} values.", nameof(made));
        double[] selected = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] < 0 && double.IsInfinity(made[i]))
                throw new ArgumentException($"The made value {i} of column '{Name}' is infinite; a number, or NaN for missing, is accepted.", nameof(made));
            selected[i] = rows[i] >= 0 ? values[rows[i]] : Rounded(made[i]);
        }

        return Own(Name, selected, Kind, Spelling?.Select(rows), StoredType, DayFirst);
    }

    /// <summary>The exact value of a row of whole numbers; null if it is none that 64 bits hold.</summary>
    internal long? Whole(int row) => Spelling?.WholeNumber(row)
        ?? (values[row] == Math.Floor(values[row]) && Math.Abs(values[row]) < 1L << 62 && (Math.Abs(values[row]) <= 1L << 53 || Spelt(row) is null)
            ? (long)values[row]
            : null);

    /// <summary>Whether a cell has zeros before its number, as codes do (<c>01067</c>): a format with types of its own has to keep it as a text.</summary>
    internal bool HasLeadingZeros => Kind is NumericKind.Real or NumericKind.WholeNumber && Spelling is Spelling spelling
        && (spelling.Any(Data.Spelling.Padded + 1, Data.Spelling.Padded + 18) || spelling.AnyText(HasZeros));

    /// <summary>
    /// The type with so many digits as the numbers have, where 64 bits and doubles have too few: <c>UBIGINT</c>, or <c>DECIMAL(38,s)</c> if 38 digits are
    /// enough; the stored one otherwise.
    /// </summary>
    internal string? TypeOfDigits()
    {
        bool beyond = StoredType is ColumnTypes.Unsigned or ColumnTypes.Huge, whole64 = Kind == NumericKind.WholeNumber && !beyond;
        if (Kind is not (NumericKind.Real or NumericKind.WholeNumber) || Spelling is null || !(beyond || (StoredType is null
            && (Spelling.AnyText(IsLong) || (!whole64 && Spelling.Any(Data.Spelling.Whole, Data.Spelling.Whole)))))) return StoredType;
        bool lost = beyond, fits = StoredType is ColumnTypes.Unsigned;
        int whole = 0, fraction = 0;
        for (int row = 0; row < values.Length; row++)
        {
            if (double.IsNaN(values[row])) continue;
            if (Digits.Of(Text(row)) is not { } digits) return StoredType;
            (whole, fraction) = (Math.Max(whole, digits.Whole), Math.Max(fraction, digits.Fraction));
            lost |= (digits.Significant > Digits.OfDouble || Math.Abs(values[row]) >= 1L << 53) && !digits.Is(values[row])
                && !(whole64 && Spelling.WholeNumber(row) is not null);
            fits &= digits.Fraction == 0 && digits.IsUnsigned;
        }

        return !lost || fits ? StoredType : whole + fraction <= Digits.OfDecimal ? $"DECIMAL({Digits.OfDecimal},{fraction})" : StoredType;
    }

    private static bool IsLong(ReadOnlySpan<byte> text) => text.Length > Digits.OfDouble;

    private static bool HasZeros(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart("+-"u8);
        return text.Length > 1 && text[0] == '0' && text[1] is >= (byte)'0' and <= (byte)'9';
    }

    /// <summary>Takes an array without copying or checking it.</summary>
    internal static NumericColumn Own(
        string name, double[] values, NumericKind kind, Spelling? spelling = null, string? storedType = null, bool? dayFirst = null) =>
        new(name, values, kind, spelling, storedType) { DayFirst = dayFirst };

    private double Rounded(double value) => Kind is NumericKind.WholeNumber or NumericKind.Date ? Math.Round(value)
        : ColumnTypes.IsDecimal(StoredType) && ColumnTypes.Scale(StoredType!) is <= 15 and int scale ? Math.Round(value, scale)
        : StoredType == ColumnTypes.Single ? (float)value : value;

    /// <summary>A value as its file spells it.</summary>
    internal static string Spell(double value, NumericKind kind, Spelling? spelling, int row, string? type)
    {
        if (spelling?.Text(row) is string own) return own;
        byte style = spelling?[row] ?? Spelling.Usual;
        if (style == Spelling.Usual) return Usual(value, kind, type);
        if (kind is NumericKind.Date or NumericKind.Timestamp)
        {
            Span<byte> text = stackalloc byte[32];
            return System.Text.Encoding.ASCII.GetString(text[..TimeText.Write(value, style, text)]);
        }

        if (style == Spelling.SmallExponent) return value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        bool negative = double.IsNegative(value);
        if (style >= Spelling.Padded)
            return (negative ? "-" : "") + ((long)Math.Abs(value)).ToString($"D{style - Spelling.Padded}", CultureInfo.InvariantCulture);
        // The digits were at most 15, so the product is within half of the whole number that they are.
        string digits = ((long)Math.Round(Math.Abs(value) * CellText.PowerOfTen(style))).ToString($"D{style + 1}", CultureInfo.InvariantCulture);
        return $"{(negative ? "-" : "")}{digits.AsSpan(0, digits.Length - style)}.{digits.AsSpan(digits.Length - style)}";
    }

    /// <summary>How this library spells a value.</summary>
    internal static string Usual(double value, NumericKind kind, string? type = null)
    {
        if (double.IsNaN(value)) return "";
        Span<byte> text = stackalloc byte[32];
        int length = kind switch
        {
            NumericKind.Date when value == Math.Floor(value) => TimeText.Write(value, TimeText.DateOnly, text),
            NumericKind.Date or NumericKind.Timestamp => TimeText.Write(value, type == ColumnTypes.Instant ? TimeText.Zulu : (byte)0, text),
            _ => 0,
        };
        if (length > 0) return System.Text.Encoding.ASCII.GetString(text[..length]);
        if (type == ColumnTypes.Single) return ((float)value).ToString("R", CultureInfo.InvariantCulture);
        if (ColumnTypes.IsDecimal(type) && Math.Abs(value) < 1e15) return value.ToString($"F{ColumnTypes.Scale(type!)}", CultureInfo.InvariantCulture);
        if (kind == NumericKind.WholeNumber && Math.Abs(value) < 1L << 62 && value == Math.Floor(value) && Math.Abs(value) >= 1e15)
            return ((long)value).ToString(CultureInfo.InvariantCulture);
        return value.ToString("R", CultureInfo.InvariantCulture);
    }
}
