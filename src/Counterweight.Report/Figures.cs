using System.Globalization;

namespace Counterweight.Report;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>A number with a few significant digits and no exponent unless it is tiny or huge: <c>0.5278</c>, <c>18.07</c>.</summary>
    internal static string Short(double value, int digits = 4)
    {
        if (value == 0 || !double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (exponent is < -4 or > 9) return value.ToString($"0.{new string('#', digits - 1)}e+0", CultureInfo.InvariantCulture);
        string text = value.ToString($"F{Math.Max(0, digits - 1 - exponent)}", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <summary>A whole number with thousands separated: <c>9,857</c>.</summary>
    internal static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
