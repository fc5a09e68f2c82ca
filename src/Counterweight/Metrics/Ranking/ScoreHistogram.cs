namespace Counterweight;

/// <summary>Gathers the scores of a binary problem in a fixed number of bins, for areas with a stated error over any amount of data.</summary>
/// <remarks>One writer at a time; give each worker its own and merge them. For exact values see <see cref="ScoreAccumulator"/>.</remarks>
/// <example>
/// <code>
/// var histogram = new ScoreHistogram();
/// histogram.Add([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
/// BoundedValue auc = histogram.RocAuc();   // 0.75, and Low = High = 0.75 as no bin has rows of both classes
/// </code>
/// </example>
public sealed class ScoreHistogram
{
    private readonly double[] positives, negatives;
    private readonly double low, high;
    private readonly int positiveClass;

    /// <summary>Creates an empty histogram.</summary>
    /// <param name="bins">The number of bins of equal width.</param>
    /// <param name="low">The lowest score that can come.</param>
    /// <param name="high">The highest score that can come.</param>
    /// <param name="positiveClass">The positive class; every other counts as negative.</param>
    public ScoreHistogram(int bins = 1 << 16, double low = 0, double high = 1, int positiveClass = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (!(double.IsFinite(low) && double.IsFinite(high) && high > low))
            throw new ArgumentOutOfRangeException(nameof(high), high, "The range of the scores is finite and not empty.");
        (positives, negatives) = (new double[bins], new double[bins]);
        (this.low, this.high, this.positiveClass) = (low, high, positiveClass);
    }

    /// <summary>Adds rows.</summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="scores">The scores (N), within the range of the histogram.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <exception cref="UnusableDataException">A score is NaN or out of range, or a weight negative or not finite; nothing is added then.</exception>
    public void Add(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, ReadOnlySpan<double> weights = default)
    {
        RowChecks.Ranked(truth, scores, weights, 0);
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] < low || scores[i] > high)
                throw new UnusableDataException(
                    FormattableString.Invariant($"The score {scores[i]} lies outside the histogram's range {low}..{high}."), row: i + 1L);
        double scale = positives.Length / (high - low);
        for (int i = 0; i < truth.Length; i++)
        {
            int bin = Math.Min((int)((scores[i] - low) * scale), positives.Length - 1);
            (truth[i] == positiveClass ? positives : negatives)[bin] += weights.IsEmpty ? 1 : weights[i];
        }
    }

    /// <summary>Adds the rows of another histogram.</summary>
    /// <param name="other">Another histogram of the same bins and positive class, which stays as it is.</param>
    public void Merge(ScoreHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.positives.Length != positives.Length || other.low != low || other.high != high || other.positiveClass != positiveClass)
            throw new ArgumentException("The histograms differ in their bins or their positive class.", nameof(other));
        for (int b = 0; b < positives.Length; b++)
        {
            positives[b] += other.positives[b];
            negatives[b] += other.negatives[b];
        }
    }

    /// <summary>
    /// The area under the ROC curve, as if the scores in a bin were equal, and how far that can be off: half the share of pairs that share a bin.
    /// </summary>
    /// <exception cref="UnusableDataException">Rows of only one class.</exception>
    public BoundedValue RocAuc()
    {
        (double tp, double fp, double area, double shared) = (0, 0, 0, 0);
        for (int b = positives.Length - 1; b >= 0; b--)
        {
            area += negatives[b] * (tp + positives[b] / 2);
            shared += positives[b] * negatives[b];
            tp += positives[b];
            fp += negatives[b];
        }

        if (!(tp > 0 && fp > 0))
            throw new UnusableDataException("ROC AUC compares rows of two classes, but these rows (of positive weight) are all of one.");
        double value = area / tp / fp, error = shared / tp / fp / 2;
        return new(value, value - error, value + error);
    }

    /// <summary>
    /// The average precision, as if the scores in a bin were equal, and its bounds: within a bin the precision cannot leave the range of any order of
    /// its rows.
    /// </summary>
    /// <returns>The average precision; 0 without positives.</returns>
    public BoundedValue AveragePrecision()
    {
        (double tp, double fp, double value, double least, double most) = (0, 0, 0, 0, 0);
        for (int b = positives.Length - 1; b >= 0; b--)
        {
            (double p, double n) = (positives[b], negatives[b]);
            if (p > 0)
            {
                value += p * (tp + p) / (tp + p + fp + n);
                least += n == 0 ? p * Lowest(tp, fp, p) : p * tp / (tp + fp + n);
                most += p * (tp + p) / (tp + p + fp);
            }

            tp += p;
            fp += n;
        }

        return tp == 0 ? default : new(value / tp, Math.Min(least, value) / tp, most / tp);

        // Positives alone: the precision rises from what it was, and is 1 before the first negative.
        static double Lowest(double tp, double fp, double p) => fp == 0 ? 1 : tp / (tp + fp);
    }
}
