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
        SortedScores sorted = Sort(scores, labels, weights, positiveClass, threads);
        var lists = new CurveVisitor[sorted.Blocks];
        for (int b = 0; b < lists.Length; b++) lists[b] = new([], []);
        sorted.Walk(lists);
        return new([.. lists.SelectMany(l => l.Thresholds)], [.. lists.SelectMany(l => l.Counts)]);
    }

    internal static SortedScores Sort(Predictions predictions)
    {
        if (!predictions.IsBinary) throw new ArgumentException($"There are {predictions.Classes} classes; a threshold needs two. Tune offsets instead.", nameof(predictions));
        (int offset, int stride) = predictions.Column(predictions.PositiveClass);
        return Filled(SortedScores.Of(
            predictions.Scores.Span, offset, stride, predictions.Truth.Span, predictions.PositiveClass, predictions.Weights.Span, predictions.ThreadLimit));
    }

    internal static ThresholdResult Best(ThresholdMetric metric, SortedScores sorted, IReadOnlyList<ThresholdConstraint> constraints)
    {
        ThresholdConstraint[] all = [.. constraints];
        var visitors = new BestVisitor[sorted.Blocks];
        for (int b = 0; b < visitors.Length; b++) visitors[b] = new(metric, all);
        sorted.Walk(visitors);
        double best = double.NaN;
        long candidates = 0;
        foreach (BestVisitor visitor in visitors)
        {
            candidates += visitor.Candidates;
            if (!double.IsNaN(visitor.Best) && (double.IsNaN(best) || metric.IsBetter(visitor.Best, best))) best = visitor.Best;
        }

        if (double.IsNaN(best)) throw Unmet(sorted, all, metric, candidates);
        double limit = metric.HigherIsBetter ? best - Tolerance : best + Tolerance;
        for (int b = 0; b < visitors.Length; b++)
        {
            if (double.IsNaN(visitors[b].Best) || metric.IsBetter(limit, visitors[b].Best)) continue;
            var first = new FirstVisitor(metric, all, limit);
            sorted.WalkBlock(b, ref first);
            if (first.Found)
            {
                var none = new BinaryCounts(0, 0, sorted.Positives, sorted.Negatives);
                return new(RadixSort.Value(first.Key), metric.Evaluate(first.Counts), first.Counts, candidates, metric.Evaluate(none), metric);
            }
        }

        throw new InvalidOperationException("The metric gives different values for the same counts.");
    }

    private static SortedScores Sort(ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights, int positiveClass, int threads)
    {
        if (positiveClass is not (0 or 1)) throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class is 0 or 1.");
        if (scores.Length != labels.Length) throw new ArgumentException($"There are {scores.Length} scores and {labels.Length} labels; there must be as many of both.", nameof(scores));
        Rows.CheckLabels(labels, 2);
        Rows.CheckWeights(weights, labels.Length);
        RowChecks.NotNaN(scores, 1, threads);
        return Filled(SortedScores.Of(scores, 0, 1, labels, positiveClass, weights, threads));
    }

    private static SortedScores Filled(SortedScores sorted) =>
        sorted.Positives + sorted.Negatives > 0 ? sorted : throw new UnusableDataException("There are no rows of positive weight.");

    /// <summary>Says for every constraint how near to it the others let any threshold come.</summary>
    private static UnusableDataException Unmet(SortedScores sorted, ThresholdConstraint[] constraints, ThresholdMetric metric, long candidates)
    {
        if (constraints.Length == 0)
            return new($"{metric.Name} is not a number at any of the {candidates} thresholds.");
        List<string> reached = [];
        for (int i = 0; i < constraints.Length; i++)
        {
            ThresholdConstraint aim = constraints[i];
            var visitors = new BestVisitor[sorted.Blocks];
            ThresholdMetric towards = ThresholdMetric.From(aim.Measured, aim.Towards);
            ThresholdConstraint[] others = [.. constraints.Where(c => c != aim)];
            for (int b = 0; b < visitors.Length; b++) visitors[b] = new(towards, others);
            sorted.Walk(visitors);
            double best = visitors.Where(v => !double.IsNaN(v.Best)).Select(v => v.Best).DefaultIfEmpty(double.NaN).Max();
            string with = others.Length == 0 ? "" : $" with {string.Join(" and ", others.Select(o => o.Text))}";
            if (!double.IsNaN(best))
                reached.Add($"{(best < 0 || aim.Text.Contains("<=", StringComparison.Ordinal) ? "the least" : "the most")} {aim.Measured} that can be reached{with} is {Rows.Text(Math.Abs(best))}");
        }

        return new(
            $"No threshold meets {string.Join(" and ", constraints.Select(c => c.Text))}"
            + (reached.Count == 0 ? "." : $": {string.Join("; ", reached)}. Loosen a constraint, or improve the scores."));
    }

    private static bool Meets(ThresholdConstraint[] constraints, BinaryCounts counts)
    {
        foreach (ThresholdConstraint constraint in constraints)
            if (!constraint.IsMet(counts)) return false;
        return true;
    }

    private struct BestVisitor(ThresholdMetric metric, ThresholdConstraint[] constraints) : SortedScores.IVisitor
    {
        private readonly ThresholdMetric metric = metric;
        private readonly ThresholdConstraint[] constraints = constraints;

        public double Best { get; private set; } = double.NaN;

        public long Candidates { get; private set; }

        public void Visit(ulong key, BinaryCounts counts)
        {
            Candidates++;
            if (constraints.Length > 0 && !Meets(constraints, counts)) return;
            double value = metric.Evaluate(counts);
            if (double.IsNaN(value)) return;
            if (double.IsNaN(Best) || metric.IsBetter(value, Best)) Best = value;
        }
    }

    private struct FirstVisitor(ThresholdMetric metric, ThresholdConstraint[] constraints, double limit) : SortedScores.IVisitor
    {
        public bool Found { get; private set; }

        public ulong Key { get; private set; }

        public BinaryCounts Counts { get; private set; }

        public void Visit(ulong key, BinaryCounts counts)
        {
            if (Found || (constraints.Length > 0 && !Meets(constraints, counts))) return;
            double value = metric.Evaluate(counts);
            if (double.IsNaN(value) || metric.IsBetter(limit, value)) return;
            (Found, Key, Counts) = (true, key, counts);
        }
    }

    private readonly struct CurveVisitor(List<double> thresholds, List<BinaryCounts> counts) : SortedScores.IVisitor
    {
        public List<double> Thresholds => thresholds;

        public List<BinaryCounts> Counts => counts;

        public void Visit(ulong key, BinaryCounts at)
        {
            thresholds.Add(RadixSort.Value(key));
            counts.Add(at);
        }
    }
}
