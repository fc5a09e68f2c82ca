namespace Counterweight.Comparison;

/// <summary>Intervals of means that keep to the range of their metric.</summary>
/// <remarks>
/// The interval is made on a scale without ends and taken back (the delta method; Agresti, 2013, "Categorical data analysis", section 3.1.6): the logit of the
/// share of the range where the range has two ends, u = (m - low) / (high - low) with the half width h / ((high - low) u (1 - u)), and the logarithm of the
/// distance to the end where it has one. In the middle of the range that is the symmetric interval again.
/// </remarks>
internal static class FoldInterval
{
    /// <summary>The same mean with an interval inside a range.</summary>
    /// <param name="mean">The mean with its symmetric interval.</param>
    /// <param name="lowest">The least value that there is; minus infinity for none.</param>
    /// <param name="highest">The largest value that there is; infinity for none.</param>
    internal static FoldMean Within(this FoldMean mean, double lowest, double highest)
    {
        double half = mean.High - mean.Mean, span = highest - lowest;
        if (!(half > 0) || !double.IsFinite(half) || (double.IsNegativeInfinity(lowest) && double.IsPositiveInfinity(highest))) return mean;
        double low, high;
        if (double.IsFinite(span))
        {
            double u = span > 0 ? (mean.Mean - lowest) / span : 0;
            if (u is not (> 0 and < 1)) return At(Math.Clamp(mean.Mean, lowest, highest));
            double z = Math.Log(u / (1 - u)), d = half / (span * u * (1 - u));
            (low, high) = (lowest + (span / (1 + Math.Exp(d - z))), lowest + (span / (1 + Math.Exp(-z - d))));
        }
        else
        {
            double distance = double.IsFinite(lowest) ? mean.Mean - lowest : highest - mean.Mean;
            if (!(distance > 0)) return At(Math.Clamp(mean.Mean, lowest, highest));
            double near = distance * Math.Exp(-half / distance), far = distance * Math.Exp(half / distance);
            (low, high) = double.IsFinite(lowest) ? (lowest + near, lowest + far) : (highest - far, highest - near);
        }

        return mean with { Low = Math.Clamp(low, lowest, mean.Mean), High = Math.Clamp(high, mean.Mean, highest) };

        // An end of the range itself, give or take rounding.
        FoldMean At(double end) => mean with { Mean = end, Low = end, High = end };
    }

    /// <summary>The same difference with its interval cut where differences end: the ends of a test of zero stay those of its p-value.</summary>
    /// <param name="difference">The difference of two means.</param>
    /// <param name="span">The largest difference that there is; infinity for none.</param>
    internal static FoldMean WithinDifferences(this FoldMean difference, double span) =>
        difference with { Low = Cut(difference.Low, span), High = Cut(difference.High, span) };

    private static double Cut(double end, double span) => double.IsFinite(end) ? Math.Clamp(end, -span, span) : end;
}
