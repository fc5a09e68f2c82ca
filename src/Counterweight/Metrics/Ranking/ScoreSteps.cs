namespace Counterweight;

/// <summary>The distinct scores of a binary problem, from the highest down, and what would be predicted positive at each as a threshold.</summary>
/// <remarks>
/// Everything that depends on the order of the scores derives from it: curves, areas, lift, and the best threshold for any metric. A row is predicted
/// positive where its score reaches the threshold. Rows of zero weight are left out.
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8];
/// ScoreSteps steps = ScoreSteps.Of(truth, scores);
/// double found = steps.TruePositives[1];   // 1: at the threshold 0.4, of the two positives
/// </code>
/// </example>
public sealed class ScoreSteps
{
    private readonly double[] thresholds, truePositives, falsePositives;

    internal ScoreSteps(double[] thresholds, double[] truePositives, double[] falsePositives) =>
        (this.thresholds, this.truePositives, this.falsePositives) = (thresholds, truePositives, falsePositives);

    /// <summary>The number of distinct scores.</summary>
    public int Count => thresholds.Length;

    /// <summary>The distinct scores, descending.</summary>
    public ReadOnlySpan<double> Thresholds => thresholds;

    /// <summary>The number, or summed weight, of the positive rows whose score reaches each threshold.</summary>
    public ReadOnlySpan<double> TruePositives => truePositives;

    /// <summary>The number, or summed weight, of the negative rows whose score reaches each threshold.</summary>
    public ReadOnlySpan<double> FalsePositives => falsePositives;

    /// <summary>The number, or summed weight, of all positive rows.</summary>
    public double Positives => Count == 0 ? 0 : truePositives[^1];

    /// <summary>The number, or summed weight, of all negative rows.</summary>
    public double Negatives => Count == 0 ? 0 : falsePositives[^1];

    /// <summary>The area under the ROC curve; see <see cref="Counterweight.RocAuc"/>.</summary>
    /// <exception cref="UnusableDataException">Rows of only one class.</exception>
    public double RocAuc()
    {
        RequireBoth();
        double area = 0, tp = 0, fp = 0;
        for (int i = 0; i < Count; i++)
        {
            area += (falsePositives[i] - fp) * (truePositives[i] + tp) / 2;
            (tp, fp) = (truePositives[i], falsePositives[i]);
        }

        return area / Positives / Negatives;
    }

    /// <summary>The average precision; see <see cref="Counterweight.AveragePrecision"/>. 0 without positives.</summary>
    public double AveragePrecision()
    {
        double sum = 0, tp = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += (truePositives[i] - tp) * (truePositives[i] / (truePositives[i] + falsePositives[i]));
            tp = truePositives[i];
        }

        return tp == 0 ? 0 : sum / tp;
    }

    /// <summary>The steps of two sets of rows together.</summary>
    internal static ScoreSteps Merge(ScoreSteps a, ScoreSteps b)
    {
        double[] thresholds = new double[a.Count + b.Count], tp = new double[thresholds.Length], fp = new double[thresholds.Length];
        int i = 0, j = 0, n = 0;
        for (; i < a.Count || j < b.Count; n++)
        {
            double next = j == b.Count || (i < a.Count && a.thresholds[i] >= b.thresholds[j]) ? a.thresholds[i] : b.thresholds[j];
            if (i < a.Count && a.thresholds[i] == next) i++;
            if (j < b.Count && b.thresholds[j] == next) j++;
            thresholds[n] = next;
            tp[n] = (i == 0 ? 0 : a.truePositives[i - 1]) + (j == 0 ? 0 : b.truePositives[j - 1]);
            fp[n] = (i == 0 ? 0 : a.falsePositives[i - 1]) + (j == 0 ? 0 : b.falsePositives[j - 1]);
        }

        return n == thresholds.Length ? new(thresholds, tp, fp) : new(thresholds[..n], tp[..n], fp[..n]);
    }

    /// <summary>Checks that there are rows of both classes.</summary>
    internal void RequireBoth()
    {
        if (!(Positives > 0 && Negatives > 0))
            throw new UnusableDataException("This compares rows of two classes, but these rows (of positive weight) are all of one. Use more rows or "
                + "stratified folds.");
    }

    /// <summary>Sorts rows by their scores in O(N).</summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="scores">The scores (N); larger means more likely positive.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="positiveClass">The positive class; every other counts as negative.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">A score is NaN or a weight negative or not finite.</exception>
    public static ScoreSteps Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, ReadOnlySpan<double> weights = default, int positiveClass = 1, int threads = 0)
    {
        RowChecks.Ranked(truth, scores, weights, threads);
        using var sorted = SortedScores.Sort(truth, scores, 0, 1, positiveClass, weights, threads);
        return sorted.Steps();
    }

    /// <summary>Sorts rows by the score of the positive class.</summary>
    /// <param name="predictions">Predictions with scores; with more than two classes <paramref name="classCode"/> says which class is
    /// positive.</param>
    /// <param name="classCode">The positive class; null for that of the predictions.</param>
    public static ScoreSteps Of(Predictions predictions, int? classCode = null)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        int positive = classCode ?? predictions.PositiveClass;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)positive, (uint)predictions.Classes, nameof(classCode));
        (int offset, int stride) = predictions.Column(positive);
        using var sorted = SortedScores.Sort(
            predictions.Truth.Span, predictions.Scores.Span, offset, stride, positive, predictions.Weights.Span, predictions.ThreadLimit);
        return sorted.Steps();
    }
}
