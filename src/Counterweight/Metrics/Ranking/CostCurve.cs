namespace Counterweight;

/// <summary>
/// The cost curve: the lowest normalised expected cost that any threshold reaches, over all class shares and costs
/// (Drummond and Holte, 2006, "Cost curves: an improved method for visualizing classifier performance").
/// </summary>
/// <remarks>
/// <para>The horizontal axis is the probability cost PC = p(+) C(-|+) / (p(+) C(-|+) + p(-) C(+|-)), 0..1, where C(-|+) is the cost of a false negative and
/// C(+|-) of a false positive. The vertical axis is the expected cost divided by its maximum: (1 - TPR) PC + FPR (1 - PC), a straight line for each threshold;
/// the curve is their lower envelope.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8];
/// CostCurve curve = CostCurve.Of(ScoreSteps.Of(truth, scores));
/// double cost = curve.CostAt(0.5);   // 0.25: half of a missed positive, or half of a false alarm
/// </code>
/// </example>
public sealed class CostCurve
{
    private readonly double[] probabilityCosts, costs, thresholds, falsePositiveRates, truePositiveRates;

    private CostCurve(double[] probabilityCosts, double[] costs, double[] thresholds, double[] falsePositiveRates, double[] truePositiveRates)
    {
        (this.probabilityCosts, this.costs, this.thresholds) = (probabilityCosts, costs, thresholds);
        (this.falsePositiveRates, this.truePositiveRates) = (falsePositiveRates, truePositiveRates);
    }

    /// <summary>The corners of the curve on the horizontal axis, ascending from 0 to 1 (T + 1 for T thresholds).</summary>
    public ReadOnlySpan<double> ProbabilityCosts => probabilityCosts;

    /// <summary>The normalised expected cost at each corner.</summary>
    public ReadOnlySpan<double> Costs => costs;

    /// <summary>
    /// The best threshold between each corner and the next (T): from infinity (nothing is predicted positive) to the lowest score (everything is).
    /// </summary>
    public ReadOnlySpan<double> Thresholds => thresholds;

    /// <summary>The area under the curve: the mean normalised expected cost where every probability cost is as likely.</summary>
    public double Area
    {
        get
        {
            double area = 0;
            for (int i = 1; i < costs.Length; i++) area += (probabilityCosts[i] - probabilityCosts[i - 1]) * (costs[i] + costs[i - 1]) / 2;
            return area;
        }
    }

    /// <summary>The curve of sorted scores.</summary>
    /// <param name="steps">The sorted scores.</param>
    /// <exception cref="UnusableDataException">Rows of only one class.</exception>
    public static CostCurve Of(ScoreSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        List<int> hull = RocHull.Of(steps);
        int n = hull.Count;
        double[] x = new double[n], y = new double[n], t = new double[n], corners = new double[n + 1], costs = new double[n + 1];
        for (int i = 0; i < n; i++)
        {
            (double fp, double tp) = RocHull.Point(steps, hull[i]);
            (x[i], y[i], t[i]) = (fp / steps.Negatives, tp / steps.Positives, hull[i] < 0 ? double.PositiveInfinity : steps.Thresholds[hull[i]]);
        }

        corners[n] = 1;
        for (int i = 1; i < n; i++)
        {
            double right = x[i] - x[i - 1], up = y[i] - y[i - 1];
            corners[i] = right / (right + up);
        }

        for (int i = 0; i <= n; i++)
        {
            int line = Math.Min(i, n - 1);
            costs[i] = (1 - y[line]) * corners[i] + x[line] * (1 - corners[i]);
        }

        return new(corners, costs, t, x, y);
    }

    /// <summary>The lowest normalised expected cost at a probability cost.</summary>
    /// <param name="probabilityCost">The probability cost, 0..1.</param>
    public double CostAt(double probabilityCost)
    {
        int line = Line(probabilityCost);
        return (1 - truePositiveRates[line]) * probabilityCost + falsePositiveRates[line] * (1 - probabilityCost);
    }

    /// <summary>The best threshold at a probability cost; infinity where nothing should be predicted positive.</summary>
    /// <param name="probabilityCost">The probability cost, 0..1.</param>
    public double ThresholdAt(double probabilityCost) => thresholds[Line(probabilityCost)];

    /// <summary>The probability cost of a share of positives and two costs.</summary>
    /// <param name="positiveShare">The share of positives where the classifier will be used, 0..1.</param>
    /// <param name="falsePositive">The cost of a false positive, 0 or more.</param>
    /// <param name="falseNegative">The cost of a false negative, 0 or more.</param>
    public static double ProbabilityCost(double positiveShare, double falsePositive, double falseNegative)
    {
        if (!(positiveShare >= 0 && positiveShare <= 1))
            throw new ArgumentOutOfRangeException(nameof(positiveShare), positiveShare, "A share lies in 0..1.");
        if (!(falsePositive >= 0 && double.IsFinite(falsePositive)))
            throw new ArgumentOutOfRangeException(nameof(falsePositive), falsePositive, "A cost is finite and not negative.");
        if (!(falseNegative >= 0 && double.IsFinite(falseNegative)))
            throw new ArgumentOutOfRangeException(nameof(falseNegative), falseNegative, "A cost is finite and not negative.");
        double missed = positiveShare * falseNegative, alarm = (1 - positiveShare) * falsePositive;
        return missed + alarm == 0 ? throw new ArgumentException("No error that can happen costs anything.", nameof(falseNegative)) : missed / (missed + alarm);
    }

    private int Line(double probabilityCost)
    {
        if (!(probabilityCost >= 0 && probabilityCost <= 1))
            throw new ArgumentOutOfRangeException(nameof(probabilityCost), probabilityCost, "A probability cost lies in 0..1.");
        int line = Array.BinarySearch(probabilityCosts, 0, thresholds.Length, probabilityCost);
        return line >= 0 ? line : ~line - 1;
    }
}
