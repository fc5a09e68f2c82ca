namespace Counterweight;

/// <summary>Finds the threshold of a binary decision that is best for a metric: exactly, over every distinct score.</summary>
/// <remarks>
/// <para>The rule is "positive if score &gt;= threshold", the candidates are the distinct scores, and of the candidates within 1e-12 of the best value
/// the lowest is taken. One sort and one pass, O(n log n), on several threads; the result does not depend on their number. Rows of weight zero count for
/// nothing and propose no candidate.</para>
/// <para>A threshold tuned on some rows flatters itself on the same rows: judge it on others, or by <see cref="CrossFitting"/>.</para>
/// </remarks>
/// <example>
/// <code>
/// double[] scores = [0.1, 0.35, 0.4, 0.8];
/// int[] labels = [0, 1, 0, 1];
/// ThresholdResult best = Threshold.Tune(ThresholdMetric.F1, scores, labels);
/// // best.Threshold is 0.35, best.Value 0.8
/// </code>
/// </example>
public static class Threshold
{
    /// <summary>Candidates whose values differ by no more than this are equally good.</summary>
    public const double Tolerance = 1e-12;

    /// <summary>Finds the best threshold for a score of the positive class.</summary>
    /// <param name="metric">What to tune for.</param>
    /// <param name="scores">N scores of the positive class, on any scale; larger means more likely positive.</param>
    /// <param name="labels">N labels 0 or 1.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <param name="constraints">What the threshold must keep to, or null.</param>
    /// <param name="positiveClass">The code of the positive class, 0 or 1.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A score is NaN, a label neither 0 nor 1, a weight negative, or no threshold meets the constraints
    /// (the message says what can be reached).</exception>
    public static ThresholdResult Tune(
        ThresholdMetric metric, ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights = default,
        IReadOnlyList<ThresholdConstraint>? constraints = null, int positiveClass = 1, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return Best(metric, Sort(scores, labels, weights, positiveClass, threads), constraints ?? []);
    }

    /// <summary>Finds the best threshold for predictions of a binary problem.</summary>
    /// <param name="metric">What to tune for: a metric that reads decided classes.</param>
    /// <param name="predictions">Probabilities or scores, labels, weights and which class is positive.</param>
    /// <param name="constraints">What the threshold must keep to, or null.</param>
    /// <exception cref="ArgumentException">There are not two classes, or the metric does not depend on a threshold.</exception>
    /// <exception cref="UnusableDataException">No threshold meets the constraints (the message says what can be reached).</exception>
    public static ThresholdResult Tune(IMetric metric, Predictions predictions, IReadOnlyList<ThresholdConstraint>? constraints = null)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        return Best(ThresholdMetric.From(metric, predictions.PositiveClass), Sort(predictions), constraints ?? []);
    }

    /// <summary>The counts at every candidate, to draw or to search with one's own rules.</summary>
    /// <param name="scores">N scores of the positive class.</param>
    /// <param name="labels">N labels 0 or 1.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <param name="positiveClass">The code of the positive class, 0 or 1.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value cannot be used.</exception>
    public static ThresholdCurve Curve(
        ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights = default, int positiveClass = 1, int threads = 0)
    {
        Candidates candidates = Sort(scores, labels, weights, positiveClass, threads);
        int n = candidates.Count;
        double[] thresholds = new double[n];
        BinaryCounts[] counts = new BinaryCounts[n];
        for (int i = 0; i < n; i++) (thresholds[i], counts[i]) = (candidates.Threshold(n - 1 - i), candidates[n - 1 - i]);
        return new(thresholds, counts);
    }

    internal static Candidates Sort(Predictions predictions)
    {
        if (!predictions.IsBinary)
            throw new ArgumentException($"There are {predictions.Classes} classes; a threshold needs two. Tune offsets instead.", nameof(predictions));
        (int offset, int stride) = predictions.Column(predictions.PositiveClass);
        using SortedScores sorted = SortedScores.Sort(
            predictions.Truth.Span, predictions.Scores.Span, offset, stride, predictions.PositiveClass, predictions.Weights.Span, predictions.ThreadLimit);
        return new(sorted.Steps(), predictions.ThreadLimit);
    }

    internal static ThresholdResult Best(ThresholdMetric metric, Candidates candidates, IReadOnlyList<ThresholdConstraint> constraints)
    {
        ThresholdConstraint[] all = [.. constraints];
        (double best, double[] bests) = candidates.Best(metric, all);
        if (double.IsNaN(best)) throw Unmet(candidates, all, metric);
        int at = candidates.Lowest(metric, all, metric.HigherIsBetter ? best - Tolerance : best + Tolerance, bests);
        BinaryCounts counts = candidates[at];
        return new(candidates.Threshold(at), metric.Evaluate(counts), counts, candidates.Count, metric.Evaluate(candidates.None), metric);
    }

    private static Candidates Sort(ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights, int positiveClass, int threads)
    {
        if (positiveClass is not (0 or 1)) throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class is 0 or 1.");
        if (scores.Length != labels.Length)
            throw new ArgumentException($"There are {scores.Length} scores and {labels.Length} labels; there must be as many of both.", nameof(scores));
        RowChecks.LabelsToFit(labels, 2);
        RowChecks.WeightsToFit(weights, labels.Length);
        RowChecks.NotNaN(scores, 1, threads);
        using SortedScores sorted = SortedScores.Sort(labels, scores, 0, 1, positiveClass, weights, threads);
        return new(sorted.Steps(), threads);
    }

    /// <summary>Says for every constraint how near to it the others let any threshold come.</summary>
    private static UnusableDataException Unmet(Candidates candidates, ThresholdConstraint[] constraints, ThresholdMetric metric)
    {
        if (constraints.Length == 0) return new($"{metric.Name} is not a number at any of the {candidates.Count} thresholds.");
        List<string> reached = [];
        foreach (ThresholdConstraint aim in constraints)
        {
            ThresholdConstraint[] others = [.. constraints.Where(c => c != aim)];
            double best = candidates.Best(ThresholdMetric.From(aim.Measured, aim.Towards), others).Best;
            if (double.IsNaN(best)) continue;
            string with = others.Length == 0 ? "" : $" with {string.Join(" and ", others.Select(o => o.Text))}";
            reached.Add($"the {(aim.IsLowerLimit ? "most" : "least")} {aim.Measured} that can be reached{with} is {RowChecks.Text(Math.Abs(best))}");
        }

        return new(
            $"No threshold meets {string.Join(" and ", constraints.Select(c => c.Text))}"
            + (reached.Count == 0 ? "." : $": {string.Join("; ", reached)}. Loosen a constraint, or improve the scores."));
    }

    /// <summary>The distinct scores, descending, with the counts of "positive from this score on"; searched block by block on several threads.</summary>
    internal sealed class Candidates
    {
        private const int Block = 1 << 16;
        private readonly ScoreSteps steps;
        private readonly double positives, negatives;
        private readonly int threads;

        internal Candidates(ScoreSteps steps, int threads)
        {
            (this.steps, this.threads, positives, negatives) = (steps, threads, steps.Positives, steps.Negatives);
            if (Count == 0) throw new UnusableDataException("There are no rows of positive weight.");
        }

        internal int Count => steps.Count;

        internal BinaryCounts None => new(0, 0, positives, negatives);

        internal BinaryCounts this[int step]
        {
            get
            {
                double tp = steps.TruePositives[step], fp = steps.FalsePositives[step];
                return new(tp, fp, positives - tp, negatives - fp);
            }
        }

        internal double Threshold(int step) => steps.Thresholds[step];

        /// <summary>The best value and that of each block; NaN where no candidate meets the constraints.</summary>
        internal (double Best, double[] Blocks) Best(ThresholdMetric metric, ThresholdConstraint[] constraints)
        {
            double[] bests = new double[(Count + Block - 1) / Block];
            void Search(int block)
            {
                double best = double.NaN;
                for (int i = block * Block; i < Math.Min(Count, (block + 1) * Block); i++)
                {
                    BinaryCounts counts = this[i];
                    if (constraints.Length > 0 && !Meets(constraints, counts)) continue;
                    double value = metric.Evaluate(counts);
                    if (!double.IsNaN(value) && (double.IsNaN(best) || metric.IsBetter(value, best))) best = value;
                }

                bests[block] = best;
            }

            if (bests.Length == 1 || Threads.Resolve(threads) == 1)
                for (int b = 0; b < bests.Length; b++) Search(b);
            else Parallel.For(0, bests.Length, Threads.Options(threads), Search);
            double best = double.NaN;
            foreach (double value in bests)
                if (!double.IsNaN(value) && (double.IsNaN(best) || metric.IsBetter(value, best))) best = value;
            return (best, bests);
        }

        /// <summary>The lowest candidate that is as good as a limit; only blocks whose best is are looked through.</summary>
        internal int Lowest(ThresholdMetric metric, ThresholdConstraint[] constraints, double limit, double[] blocks)
        {
            for (int block = blocks.Length - 1; block >= 0; block--)
            {
                if (double.IsNaN(blocks[block]) || metric.IsBetter(limit, blocks[block])) continue;
                for (int i = Math.Min(Count, (block + 1) * Block) - 1; i >= block * Block; i--)
                {
                    BinaryCounts counts = this[i];
                    if (constraints.Length > 0 && !Meets(constraints, counts)) continue;
                    double value = metric.Evaluate(counts);
                    if (!double.IsNaN(value) && !metric.IsBetter(limit, value)) return i;
                }
            }

            throw new InvalidOperationException($"{metric.Name} gives different values for the same counts.");
        }

        private static bool Meets(ThresholdConstraint[] constraints, BinaryCounts counts)
        {
            foreach (ThresholdConstraint constraint in constraints)
                if (!constraint.IsMet(counts)) return false;
            return true;
        }
    }
}
