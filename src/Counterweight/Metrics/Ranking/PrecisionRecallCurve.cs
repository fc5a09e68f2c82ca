namespace Counterweight;

/// <summary>The precision-recall curve (Davis and Goadrich, 2006, "The relationship between precision-recall and ROC curves").</summary>
/// <remarks>
/// The points go from the lowest threshold up; the last point is precision 1 and recall 0 and has no threshold, so that there is one point more than
/// thresholds.
/// Without positive rows the recall is 1 at every threshold, as in scikit-learn.
/// </remarks>
public sealed class PrecisionRecallCurve
{
    private readonly double[] precisions, recalls, thresholds;

    private PrecisionRecallCurve(double[] precisions, double[] recalls, double[] thresholds) =>
        (this.precisions, this.recalls, this.thresholds) = (precisions, recalls, thresholds);

    /// <summary>The precisions, in the order of the thresholds, and a last 1.</summary>
    public ReadOnlySpan<double> Precisions => precisions;

    /// <summary>The recalls, in the order of the thresholds (descending), and a last 0.</summary>
    public ReadOnlySpan<double> Recalls => recalls;

    /// <summary>The distinct scores, ascending.</summary>
    public ReadOnlySpan<double> Thresholds => thresholds;

    /// <summary>
    /// The area by linear interpolation of the points (trapezoids), which is too optimistic (Davis and Goadrich, 2006, section 4); prefer <see
    /// cref="AveragePrecision"/>.
    /// </summary>
    public double TrapezoidalArea
    {
        get
        {
            double area = 0;
            for (int i = 1; i < recalls.Length; i++) area += (recalls[i - 1] - recalls[i]) * (precisions[i] + precisions[i - 1]) / 2;
            return area;
        }
    }

    /// <summary>The sum of the recall steps times the precision at each.</summary>
    public double AveragePrecision
    {
        get
        {
            double area = 0;
            for (int i = 1; i < recalls.Length; i++) area += (recalls[i - 1] - recalls[i]) * precisions[i - 1];
            return area;
        }
    }

    /// <summary>The curve of sorted scores.</summary>
    /// <param name="steps">The sorted scores.</param>
    public static PrecisionRecallCurve Of(ScoreSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        int n = steps.Count;
        double[] precisions = new double[n + 1], recalls = new double[n + 1], thresholds = new double[n];
        precisions[n] = 1;
        for (int i = 0; i < n; i++)
        {
            int at = n - 1 - i;
            double tp = steps.TruePositives[at];
            precisions[i] = tp / (tp + steps.FalsePositives[at]);
            recalls[i] = steps.Positives == 0 ? 1 : tp / steps.Positives;
            thresholds[i] = steps.Thresholds[at];
        }

        return new(precisions, recalls, thresholds);
    }

    /// <summary>The highest precision at any threshold whose recall is at least the one wanted, and that threshold.</summary>
    /// <param name="recall">The recall wanted, in 0..1.</param>
    /// <returns>The precision and the highest threshold that reaches it.</returns>
    public (double Precision, double Threshold) PrecisionAtRecall(double recall)
    {
        if (!(recall >= 0 && recall <= 1)) throw new ArgumentOutOfRangeException(nameof(recall), recall, "A recall lies in 0..1.");
        (double best, double threshold) = (0, double.NegativeInfinity);
        for (int i = 0; i < thresholds.Length && recalls[i] >= recall; i++)
            if (precisions[i] >= best) (best, threshold) = (precisions[i], thresholds[i]);
        return (best, threshold);
    }
}
