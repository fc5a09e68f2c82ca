namespace Counterweight;

/// <summary>Mean and standard deviation of a column of numbers, right for all finite numbers, from subnormal ones to the largest.</summary>
/// <remarks>
/// One pass by Welford (1962) on values that are multiplied by a power of two where their squares would leave the range of doubles: that is exact, so that
/// columns of usual size get what they would without. Where the deviation is so small against the mean that the pass has lost digits, it is taken again
/// from the differences to one of the values (Chan, Golub and LeVeque, 1983, section 3). Values that differ at all have a deviation above 0.
/// </remarks>
/// <param name="Mean">The mean of the values that are there.</param>
/// <param name="Deviation">Their standard deviation; 0 where they are all the same, or none is there.</param>
/// <example>
/// <code>
/// ColumnScale scale = ColumnScale.Of([1e-300, 3e-300, double.NaN]);
/// double z = scale.Standardise(3e-300);   // 1
/// </code>
/// </example>
public readonly record struct ColumnScale(double Mean, double Deviation)
{
    /// <summary>The binary exponent beyond which squares are kept in range by a factor.</summary>
    private const int SafeExponent = 400;

    /// <summary>Against a mean of one, the deviation below which a pass over the values themselves has lost digits.</summary>
    private const double Doubtful = 1e-10;

    /// <summary>Takes mean and deviation.</summary>
    /// <param name="values">The values; NaN for those that are missing.</param>
    public static ColumnScale Of(ReadOnlySpan<double> values)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (double.IsNaN(value)) continue;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
        }

        if (!(least < most)) return new(least == most ? least : 0, 0);
        int exponent = Math.ILogB(Math.Max(Math.Abs(least), Math.Abs(most))), shift = Math.Abs(exponent) > SafeExponent ? -exponent : 0;
        (double mean, double deviation) = Welford(values, 0, shift);
        if (deviation <= Doubtful * Math.Abs(mean)) (_, deviation) = Welford(values, least, shift);
        return shift == 0 ? new(mean, deviation) : new(Math.ScaleB(mean, -shift), Math.Max(Math.ScaleB(deviation, -shift), double.Epsilon));
    }

    /// <summary>Mean and deviation of the values of several parts together (Chan, Golub and LeVeque, 1983, equation 2.1).</summary>
    /// <param name="parts">How many values each part has, and their scale.</param>
    public static ColumnScale OfParts(params ReadOnlySpan<(long Count, ColumnScale Scale)> parts)
    {
        double largest = 0, count = 0;
        foreach ((long n, ColumnScale scale) in parts)
        {
            if (n == 0) continue;
            count += n;
            largest = Math.Max(largest, Math.Max(Math.Abs(scale.Mean), scale.Deviation));
        }

        if (count == 0) return new(0, 0);
        int exponent = largest > 0 ? Math.ILogB(largest) : 0, shift = Math.Abs(exponent) > SafeExponent ? -exponent : 0;
        double mean = 0, squares = 0, seen = 0;
        foreach ((long n, ColumnScale scale) in parts)
        {
            if (n == 0) continue;
            double delta = Math.ScaleB(scale.Mean, shift) - mean, deviation = Math.ScaleB(scale.Deviation, shift), all = seen + n;
            squares += (n * deviation * deviation) + (delta * delta * seen * n / all);
            mean += delta * n / all;
            seen = all;
        }

        double spread = Math.Sqrt(squares / count);
        return shift == 0 ? new(mean, spread) : new(Math.ScaleB(mean, -shift), Math.ScaleB(spread, -shift));
    }

    /// <summary>The value less the mean, over the deviation; less the mean alone where that is 0. Infinite where no double is as large.</summary>
    /// <param name="value">A value of the column.</param>
    public double Standardise(double value)
    {
        double unit = Deviation > 0 ? Deviation : 1, apart = value - Mean;
        return double.IsInfinity(apart) ? (value / unit) - (Mean / unit) : apart / unit;
    }

    /// <summary>The value that <see cref="Standardise"/> made another of; of values beyond the doubles the largest double.</summary>
    /// <param name="standardised">The standardised value.</param>
    public double Restore(double standardised)
    {
        double unit = Deviation > 0 ? Deviation : 1, value = (standardised * unit) + Mean;
        return double.IsFinite(value) ? value : Math.Clamp(2 * ((standardised * (unit / 2)) + (Mean / 2)), -double.MaxValue, double.MaxValue);
    }

    private static (double Mean, double Deviation) Welford(ReadOnlySpan<double> values, double origin, int shift)
    {
        double mean = 0, squares = 0;
        long n = 0;
        foreach (double value in values)
        {
            if (double.IsNaN(value)) continue;
            double own = shift == 0 ? value - origin : Math.ScaleB(value, shift) - Math.ScaleB(origin, shift), delta = own - mean;
            mean += delta / ++n;
            squares += delta * (own - mean);
        }

        return (mean, Math.Sqrt(squares / n));
    }
}
