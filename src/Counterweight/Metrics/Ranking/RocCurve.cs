namespace Counterweight;

/// <summary>
/// The ROC curve: the true positive rate over the false positive rate for every threshold (Fawcett, 2006, "An introduction to ROC analysis").
/// </summary>
/// <remarks>The first point is (0, 0) at the threshold infinity: nothing is predicted positive. Rows of zero weight give no points.</remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8];
/// RocCurve curve = RocCurve.Of(ScoreSteps.Of(truth, scores));
/// double area = curve.Area;   // 0.75
/// </code>
/// </example>
public sealed class RocCurve
{
    private readonly double[] falsePositiveRates, truePositiveRates, thresholds;

    private RocCurve(double[] falsePositiveRates, double[] truePositiveRates, double[] thresholds) =>
        (this.falsePositiveRates, this.truePositiveRates, this.thresholds) = (falsePositiveRates, truePositiveRates, thresholds);

    /// <summary>The number of points.</summary>
    public int Count => thresholds.Length;

    /// <summary>The false positive rates, ascending from 0 to 1.</summary>
    public ReadOnlySpan<double> FalsePositiveRates => falsePositiveRates;

    /// <summary>The true positive rates, ascending from 0 to 1.</summary>
    public ReadOnlySpan<double> TruePositiveRates => truePositiveRates;

    /// <summary>The thresholds, descending from infinity.</summary>
    public ReadOnlySpan<double> Thresholds => thresholds;

    /// <summary>The area under the curve, by the trapezoidal rule.</summary>
    public double Area => AreaUpTo(1);

    /// <summary>The curve of sorted scores.</summary>
    /// <param name="steps">The sorted scores.</param>
    /// <param name="dropIntermediate">Whether to leave out points on a straight line between their neighbours, which a plot does not need.</param>
    /// <exception cref="UnusableDataException">Rows of only one class.</exception>
    public static RocCurve Of(ScoreSteps steps, bool dropIntermediate = false)
    {
        ArgumentNullException.ThrowIfNull(steps);
        steps.RequireBoth();
        ReadOnlySpan<double> tp = steps.TruePositives, fp = steps.FalsePositives, thresholds = steps.Thresholds;
        double[] x = new double[steps.Count + 1], y = new double[steps.Count + 1], t = new double[steps.Count + 1];
        t[0] = double.PositiveInfinity;
        int points = 1;
        for (int i = 0; i < thresholds.Length; i++)
        {
            bool straight = dropIntermediate && i > 0 && i < thresholds.Length - 1
                && tp[i] - tp[i - 1] == tp[i + 1] - tp[i] && fp[i] - fp[i - 1] == fp[i + 1] - fp[i];
            if (!straight) (x[points], y[points], t[points++]) = (fp[i] / steps.Negatives, tp[i] / steps.Positives, thresholds[i]);
        }

        return points == x.Length ? new(x, y, t) : new(x[..points], y[..points], t[..points]);
    }

    /// <summary>The area up to a false positive rate, rescaled to 0.5 for guessing and 1 for perfection (McClish, 1989).</summary>
    /// <param name="maxFalsePositiveRate">The largest false positive rate of interest, in (0, 1].</param>
    public double PartialArea(double maxFalsePositiveRate)
    {
        if (!(maxFalsePositiveRate > 0 && maxFalsePositiveRate <= 1))
            throw new ArgumentOutOfRangeException(nameof(maxFalsePositiveRate), maxFalsePositiveRate, "The largest false positive rate lies in (0, 1].");
        double area = AreaUpTo(maxFalsePositiveRate);
        if (maxFalsePositiveRate == 1) return area;
        double least = maxFalsePositiveRate * maxFalsePositiveRate / 2;
        return 0.5 * (1 + (area - least) / (maxFalsePositiveRate - least));
    }

    /// <summary>
    /// The true positive rate at a false positive rate, on the straight line between the neighbouring points (the upper end of a vertical step).
    /// </summary>
    /// <param name="falsePositiveRate">The false positive rate, 0..1.</param>
    public double TruePositiveRateAt(double falsePositiveRate)
    {
        if (!(falsePositiveRate >= 0 && falsePositiveRate <= 1))
            throw new ArgumentOutOfRangeException(nameof(falsePositiveRate), falsePositiveRate, "A rate lies in 0..1.");
        int after = UpperBound(falsePositiveRate);
        return after == Count ? truePositiveRates[^1] : Between(after, falsePositiveRate);
    }

    private double AreaUpTo(double limit)
    {
        double area = 0;
        for (int i = 1; i < Count; i++)
        {
            double left = falsePositiveRates[i - 1], right = falsePositiveRates[i];
            if (right > limit) return area + (limit - left) * (truePositiveRates[i - 1] + Between(i, limit)) / 2;
            area += (right - left) * (truePositiveRates[i] + truePositiveRates[i - 1]) / 2;
        }

        return area;
    }

    private double Between(int after, double x)
    {
        double left = falsePositiveRates[after - 1], width = falsePositiveRates[after] - left, low = truePositiveRates[after - 1];
        return low + (truePositiveRates[after] - low) * ((x - left) / width);
    }

    private int UpperBound(double x)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (falsePositiveRates[middle] <= x) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
