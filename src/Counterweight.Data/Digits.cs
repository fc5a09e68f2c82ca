using System.Globalization;
using System.Numerics;

namespace Counterweight.Data;

/// <summary>A decimal number as it is written, to the digit.</summary>
/// <param name="Mantissa">All digits, with their sign.</param>
/// <param name="Exponent">The power of ten that the mantissa is to be multiplied with.</param>
internal readonly record struct Digits(BigInteger Mantissa, int Exponent)
{
    /// <summary>So many significant digits tell every double from every other; more are more than a double has.</summary>
    internal const int OfDouble = 17;

    /// <summary>The digits of the largest DECIMAL.</summary>
    internal const int OfDecimal = 38;

    private const int Most = 400;

    /// <summary>The digits before the point.</summary>
    internal int Whole => Math.Max(0, Count + Exponent);

    /// <summary>The digits after it.</summary>
    internal int Fraction => Math.Max(0, -Exponent);

    /// <summary>The digits from the first that is not zero to the last.</summary>
    internal int Significant => Count;

    /// <summary>Whether 64 bits without a sign hold it.</summary>
    internal bool IsUnsigned => Exponent >= 0 && Mantissa.Sign >= 0 && Mantissa * BigInteger.Pow(10, Exponent) <= ulong.MaxValue;

    private int Count => Mantissa.IsZero ? 0 : BigInteger.Abs(Mantissa).ToString(CultureInfo.InvariantCulture).Length;

    /// <summary>Whether a double is this very number.</summary>
    internal bool Is(double value)
    {
        if (!double.IsFinite(value)) return false;
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger fraction = bits & ((1L << 52) - 1);
        if (exponent == 0) exponent = 1;
        else fraction += 1L << 52;
        if (bits < 0) fraction = -fraction;
        exponent -= 1075;
        BigInteger own = Mantissa * BigInteger.Pow(10, Math.Max(0, Exponent)) * BigInteger.Pow(2, Math.Max(0, -exponent));
        return own == fraction * BigInteger.Pow(2, Math.Max(0, exponent)) * BigInteger.Pow(10, Math.Max(0, -Exponent));
    }

    /// <summary>Reads a number such as <c>-12.50</c> or <c>1e5</c>, its last zeros after the point left off; null if it is none, or goes on for ever.</summary>
    internal static Digits? Of(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int e = rest.IndexOfAny('e', 'E'), exponent = 0;
        if (e >= 0 && !int.TryParse(rest[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return null;
        if (e >= 0) rest = rest[..e];
        int point = rest.IndexOfAny('.', ',');
        if (point >= 0)
        {
            rest = rest.TrimEnd('0');
            exponent -= rest.Length - point - 1;
        }

        string plain = point >= 0 ? string.Concat(rest[..point], rest[(point + 1)..]) : rest.ToString();
        if (plain.Length > Most || Math.Abs((long)exponent) > Most) return null;
        return BigInteger.TryParse(plain is "" or "-" or "+" ? plain + "0" : plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out BigInteger mantissa) ? new(mantissa, mantissa.IsZero ? 0 : exponent) : null;
    }
}
