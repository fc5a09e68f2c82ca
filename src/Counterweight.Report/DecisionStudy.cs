using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>A decision that was found for scores, and what it gains on rows that did not tune it.</summary>
/// <remarks>
/// The rule is fitted on all rows. What it gains is judged by cross-fitting: each row is decided by a rule fitted on the other folds, and the interval of
/// a gain is a bootstrap's over rows (<see cref="Bootstrap.Difference"/>).
/// </remarks>
/// <example>
/// <code>
/// var study = DecisionStudy.Of(new DecisionQuestion(rows, ["good", "bad"]) { Costs = CostMatrix.FromPair(1, 20) });
/// double saved = study.Document.Cost!.Saved;
/// DecisionReport.Write(study, "decided");   // decided/report.html
/// </code>
/// </example>
public sealed class DecisionStudy
{
    private DecisionStudy(
        DecisionQuestion question, DecisionRecipe recipe, IDecision rule, Predictions before, Predictions after, int[] folds, DecideDocument document)
    {
        (Question, Recipe, Rule, Before, After) = (question, recipe, rule, before, after);
        (RowFolds, Document) = (folds, document);
    }

    /// <summary>What was asked.</summary>
    public DecisionQuestion Question { get; }

    /// <summary>How the rule was found.</summary>
    public DecisionRecipe Recipe { get; }

    /// <summary>The rule, fitted on all rows.</summary>
    public IDecision Rule { get; }

    /// <summary>The rows decided as the most probable class.</summary>
    public Predictions Before { get; }

    /// <summary>The rows decided by rules that they did not tune, or by the rule itself where that could not be
    /// (<see cref="DecideDocument.CrossFitted"/>).</summary>
    public Predictions After { get; }

    /// <summary>What was found, as the JSON document of <c>decide</c>.</summary>
    public DecideDocument Document { get; }

    internal int[] RowFolds { get; }

    /// <summary>Fits a decision and judges it.</summary>
    /// <param name="question">The rows, and what to achieve.</param>
    /// <exception cref="ArgumentException">The recipe, the metric or a constraint does not suit the classes.</exception>
    /// <exception cref="UnusableDataException">The rows cannot be decided so; the message says why.</exception>
    public static DecisionStudy Of(DecisionQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        Predictions rows = question.Rows;
        int k = rows.Classes, n = rows.Rows;
        if (question.Classes.Count != k)
            throw new ArgumentException($"There are {question.Classes.Count} labels for {k} classes; give one per class.", nameof(question));
        ArgumentOutOfRangeException.ThrowIfLessThan(question.Folds, 2);
        if (question.Constraints.Count > 0 && k > 2)
            throw new ArgumentException($"A constraint limits a threshold, which needs two classes; there are {k}.", nameof(question));
        IMetric metric = Tuned(question);
        DecisionRecipe recipe = question.Recipe ?? DecisionRecipe.Parse(k == 2 ? "threshold:tuned" : "offsets:tuned");
        if (!recipe.Supports(k))
            throw new ArgumentException($"{recipe.Name} is for two classes and there are {k}; 'offsets:tuned' is its form for more.", nameof(question));
        var context = new DecisionContext
        {
            Metric = metric,
            Costs = question.Costs,
            TrainingPrior = question.TrainingShares,
            Constraints = question.Constraints,
            Seed = question.Seed,
        };
        int[] labels = rows.Truth.ToArray();
        List<Warning> warnings = Warnings(question, labels);
        IDecision rule = recipe.Fit(rows, context);
        int[] folds = CrossFitting.StratifiedFolds(labels, k, question.Folds, question.Seed);
        (int[] decided, bool crossFitted) = Decided(recipe, rows, folds, context, rule, warnings);
        Predictions before = rows.WithPredicted(new ArgmaxDecision(k).Decide(rows.Scores.Span, question.Threads)), after = rows.WithPredicted(decided);
        List<GainEntry> gains = [.. Metrics(metric, question.Costs, k).Select(m => Gain(m, before, after, question))];
        if (!rows.Weights.IsEmpty)
        {
            double sum = 0, squares = 0;
            foreach (double weight in rows.Weights.Span) (sum, squares) = (sum + weight, squares + (weight * weight));
            warnings.Add(new("weighted-rows", string.Create(CultureInfo.InvariantCulture,
                $"Figures go by the rows' weights; the {n} rows carry as much as {sum * sum / squares:0} of equal weight (Kish, 1965).")));
        }

        var document = new DecideDocument(
            question.Source, n, [.. Enumerable.Range(0, k).Select(c => Class(question.Classes[c], labels.Count(l => l == c), n))],
            k == 2 ? question.Classes[rows.PositiveClass] : null, metric.Name, metric.HigherIsBetter, Describe(recipe, rule, question), question.Folds,
            crossFitted, Cells(before.Confusion), Cells(after.Confusion), gains, question.Costs is null ? null : Money(gains, n),
            question.Calibration is CalibrationMethod method ? Calibrated(method, rows, folds, question) : null, null, warnings);
        return new(question, recipe, rule, before, after, folds, document);
    }

    /// <summary>The rule with the names of its classes and scores, for a file that a program reads.</summary>
    /// <param name="scoreColumns">The names of the score columns: one per class, or one for the positive class.</param>
    /// <param name="logits">Whether the scores are raw outputs, to be turned into probabilities first.</param>
    public Decision ToDecision(IReadOnlyList<string>? scoreColumns = null, bool logits = false) => new(
        Rule, Question.Classes, scoreColumns is { Count: 1 }, Question.Rows.PositiveClass, scoreColumns, logits,
        $"{Recipe.Name} for {Document.Metric} on {Document.Rows} rows");

    private static IMetric Tuned(DecisionQuestion question)
    {
        IMetric metric = question.Metric
            ?? (question.Constraints.Count > 0 ? (question.Constraints.Any(l => l.Measured == "recall") ? Metric.Precision : Metric.Recall)
            : question.Costs is not null ? Metric.ExpectedCost(question.Costs) : Metric.BalancedAccuracy);
        if (metric.NeedsProbabilities)
            throw new ArgumentException($"{metric.Name} reads the scores and not the decisions, so no decision can change it. Tune for f1, mcc, "
                + "balanced-accuracy or expected-cost, say.", nameof(question));
        return question.Costs is null ? metric : metric.WithCosts(question.Costs);
    }

    private static List<Warning> Warnings(DecisionQuestion question, int[] labels)
    {
        List<Warning> warnings = [];
        foreach (int never in question.Costs?.NeverChosen() ?? [])
            warnings.Add(new("never-chosen",
                $"At these costs the class '{question.Classes[never]}' is never the cheapest decision: another class never costs more. Check the costs of "
                + $"deciding '{question.Classes[never]}'."));
        int fewest = Enumerable.Range(0, question.Classes.Count).Select(c => labels.Count(l => l == c)).Where(count => count < 30).DefaultIfEmpty(-1).First();
        if (fewest >= 0) warnings.Add(new("few-rows", $"A class has {fewest} rows; what is said of it is uncertain."));
        if (question.ColumnsByOrder)
            warnings.Add(new("columns-by-order",
                "The names of the score columns do not end with the names of the classes, so they are taken in the order "
                + $"{string.Join(", ", question.Classes)}."));
        return warnings;
    }

    private static (int[] Decided, bool CrossFitted) Decided(
        DecisionRecipe recipe, Predictions rows, int[] folds, DecisionContext context, IDecision rule, List<Warning> warnings)
    {
        try
        {
            return (CrossFitting.Decide(recipe, rows, folds, context), true);
        }
        catch (UnusableDataException problem)
        {
            warnings.Add(new("judged-on-tuning-rows",
                "The decision could not be judged on rows that did not tune it, so the figures are too good: without one of the folds "
                + $"{char.ToLowerInvariant(problem.Problem[0])}{problem.Problem[1..]}"));
            return (rule.Decide(rows.Scores.Span), false);
        }
    }

    private static IEnumerable<IMetric> Metrics(IMetric tuned, CostMatrix? costs, int classes)
    {
        IEnumerable<IMetric> usual = classes == 2
            ? [Metric.BalancedAccuracy, Metric.F1, Metric.MatthewsCorrelation, Metric.Precision, Metric.Recall, Metric.Specificity]
            : [Metric.BalancedAccuracy, Metric.MacroF1, Metric.MatthewsCorrelation, Metric.Accuracy];
        IEnumerable<IMetric> all = costs is null ? [tuned, .. usual] : [tuned, Metric.ExpectedCost(costs), .. usual];
        return all.DistinctBy(m => m.Name);
    }

    private static GainEntry Gain(IMetric metric, Predictions before, Predictions after, DecisionQuestion question)
    {
        // Metrics of decisions resample a few cells; those of probabilities go through all rows each time, so they make do with fewer resamples.
        MetricInterval difference = metric.NeedsProbabilities
            ? Bootstrap.Difference(metric, before, after, resamples: (int)Math.Clamp(2_000_000L / before.Rows, 40, 400), kind: BootstrapKind.Percentile,
                seed: question.Seed, threads: question.Threads)
            : Bootstrap.Difference(metric, before, after, seed: question.Seed, threads: question.Threads);
        double sign = metric.HigherIsBetter ? 1 : -1, low = sign * difference.Low, high = sign * difference.High;
        return new(metric.Name, metric.Evaluate(before), metric.Evaluate(after), sign * difference.Estimate, Math.Min(low, high), Math.Max(low, high));
    }

    private static List<GainEntry> Calibrated(CalibrationMethod method, Predictions rows, int[] folds, DecisionQuestion question)
    {
        Predictions calibrated = Predictions.FromProbabilities(
            rows.Truth, CrossFitting.Calibrate(method, rows, folds), rows.Classes, rows.Weights, positiveClass: rows.PositiveClass, tolerance: 1e-3,
            threads: question.Threads);
        return [.. new[] { Metric.Brier, Metric.LogLoss, Metric.CalibrationError }.Select(m => Gain(m, rows, calibrated, question))];
    }

    private static CostEntry? Money(List<GainEntry> gains, int rows) =>
        gains.FirstOrDefault(g => g.Name == Metric.ExpectedCost().Name) is GainEntry cost
        ? new(cost.Before * rows, cost.After * rows, cost.Gain * rows, cost.CiLow * rows, cost.CiHigh * rows) : null;

    private static ClassEntry Class(string label, int count, int rows) => new(label, count, (double)count / rows);

    private static DecisionEntry Describe(DecisionRecipe recipe, IDecision rule, DecisionQuestion question)
    {
        IDecision inner = rule;
        string first = "";
        while (inner is TransformedDecision transformed)
        {
            first += $"{transformed.Transform.Name}, then ";
            inner = transformed.Inner;
        }

        string what = inner switch
        {
            ThresholdDecision { Threshold: double.PositiveInfinity } t => $"never '{question.Classes[t.PositiveClass]}'",
            ThresholdDecision t => $"'{question.Classes[t.PositiveClass]}' from a probability of {Figures.Short(t.Threshold)}",
            OffsetsDecision o => "the largest of log-probability plus "
                + string.Join(", ", question.Classes.Select((c, i) => $"{c} {o.Offsets[i].ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)}")),
            _ => inner.Description,
        };
        double? threshold = inner is ThresholdDecision found && double.IsFinite(found.Threshold) ? found.Threshold : null;
        return new(recipe.Name, first + what, threshold, (inner as OffsetsDecision)?.Offsets.ToArray(), [.. question.Constraints.Select(l => l.Text)]);
    }

    private static long[][] Cells(ConfusionMatrix matrix) =>
        [.. Enumerable.Range(0, matrix.Classes).Select(t => Enumerable.Range(0, matrix.Classes).Select(p => (long)matrix[t, p]).ToArray())];
}
