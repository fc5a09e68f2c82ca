using System.Globalization;
using System.Text.Json.Serialization;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary><c>decide</c> for several labels a row: a threshold per label, judged label by label, on average (macro) and over all decisions (micro).</summary>
internal static class MultiLabelDecide
{
    private static readonly IMetric[] Usual = [Metric.F1, Metric.Precision, Metric.Recall, Metric.BalancedAccuracy, Metric.MatthewsCorrelation];

    /// <summary>What the user asked for.</summary>
    internal sealed record Request(
        IReadOnlyList<string> Targets, IReadOnlyList<string> Scores, DecisionRecipe Recipe, IMetric Metric, ThresholdConstraint[] Limits, CostMatrix? Costs,
        bool Logits, int Folds);

    /// <summary>Tunes and judges.</summary>
    /// <param name="run">The command line.</param>
    /// <param name="path">The file, read once per label.</param>
    /// <param name="request">What the user asked for.</param>
    /// <param name="rows">Makes probabilities of two classes of a scored file.</param>
    internal static void Decide(Invocation run, string path, Request request, Func<ScoredFile, Predictions> rows)
    {
        if (path == "-") throw new UsageException("Several labels are read one after the other, which standard input does not allow. Give a file.");
        if (request.Targets.Count != request.Scores.Count)
            throw new UsageException($"--target names {request.Targets.Count} labels and --scores {request.Scores.Count} columns; give a score "
                + $"column per label.");
        string[] scores = Matched(request.Targets, request.Scores);
        List<Warning> warnings = [];
        List<DecidedLabel> labels = [];
        List<Predictions> before = [], after = [];
        for (int l = 0; l < request.Targets.Count; l++)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            string label = request.Targets[l];
            ScoredFile scored = ScoredFile.Read(run, path, label, [scores[l]], ["0", "1"], "1");
            Predictions plain = rows(scored);
            int positives = scored.Labels.Count(c => c == 1), negatives = scored.Labels.Length - positives;
            if (positives == 0 || negatives == 0)
                throw new UnusableDataException($"every row has {(positives == 0 ? 0 : 1)}: there is no threshold to tune. Leave the label out.", path,
                    column: label);
            if (Math.Min(positives, negatives) < 30)
                warnings.Add(new("few-rows",
                    $"The label '{label}' has {Math.Min(positives, negatives)} {(positives < negatives ? "positive" : "negative")} rows; what is "
                    + "said of it is uncertain."));
            var context = new DecisionContext { Metric = request.Metric, Costs = request.Costs, Constraints = request.Limits, Seed = run.Seed };
            IDecision rule = request.Recipe.Fit(plain, context);
            int[] folds = CrossFitting.StratifiedFolds(scored.Labels, 2, request.Folds, run.Seed);
            bool crossFitted = true;
            int[] decided;
            try
            {
                decided = CrossFitting.Decide(request.Recipe, plain, folds, context);
            }
            catch (UnusableDataException)
            {
                (crossFitted, decided) = (false, rule.Decide(plain.Scores.Span));
                warnings.Add(new("judged-on-tuning-rows", $"The label '{label}' has too few rows for {request.Folds} folds: its figures are too good."));
            }

            before.Add(plain.WithPredicted(new ArgmaxDecision(2).Decide(plain.Scores.Span, run.Threads)));
            after.Add(plain.WithPredicted(decided));
            IDecision inner = rule;
            while (inner is TransformedDecision transformed) inner = transformed.Inner;
            labels.Add(new(
                label, scores[l], positives, negatives, inner is ThresholdDecision { Threshold: var t } && double.IsFinite(t) ? t : null, crossFitted,
                Figures(request.Metric, before[^1], after[^1])));
        }

        Predictions all = Pooled(before), decidedAll = Pooled(after);
        var document = new MultiLabelDecideDocument(
            path, all.Rows / labels.Count, request.Metric.Name, request.Recipe.Name, request.Folds, labels,
            [.. labels[0].Metrics.Select((f, i) => new FigureEntry(f.Name, labels.Average(l => l.Metrics[i].Before), labels.Average(l => l.Metrics[i].After)))],
            Figures(request.Metric, all, decidedAll), warnings);
        if (run.Json) Invocation.WriteJson(document, MultiLabelJson.Documents.MultiLabelDecideDocument);
        else Write(run, document);
        if (run.Json) return;
        foreach (Warning warning in warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
    }

    private static List<FigureEntry> Figures(IMetric tuned, Predictions before, Predictions after) =>
        [.. Usual.Prepend(tuned).DistinctBy(m => m.Name).Select(m => new FigureEntry(m.Name, m.Evaluate(before), m.Evaluate(after)))];

    /// <summary>All decisions of all labels as rows of one problem: its F1 is the micro F1.</summary>
    private static Predictions Pooled(List<Predictions> labels)
    {
        int[] truth = [.. labels.SelectMany(p => p.Truth.ToArray())], predicted = [.. labels.SelectMany(p => p.Predicted.ToArray())];
        return Predictions.FromLabels(truth, predicted, 2, positiveClass: 1);
    }

    /// <summary>The score column of each label: the one that ends with its name, if that tells all of them; else in the order given.</summary>
    private static string[] Matched(IReadOnlyList<string> targets, IReadOnlyList<string> scores)
    {
        string[] found = [.. targets.Select(t => scores.Where(s => s.EndsWith(t, StringComparison.Ordinal)
            && (s.Length == t.Length || !char.IsLetterOrDigit(s[^(t.Length + 1)]))).ToArray() is [string one] ? one : "")];
        return found.Contains("") || found.Distinct(StringComparer.Ordinal).Count() < found.Length ? [.. scores] : found;
    }

    private static void Write(Invocation run, MultiLabelDecideDocument document)
    {
        FigureEntry main = document.Labels[0].Metrics[0];
        Tables.Line(run.Output, $"{document.File}: {Tables.Count(document.Rows)} rows, {document.Labels.Count} labels, of which a row may have several");
        Tables.Line(run.Output, $"A threshold per label by {document.Decision} for {main.Name}; before is a probability of 0.5");
        Tables.Line(run.Output);
        Tables.Write(
            run.Output, [new("label", false), new("positive"), new("threshold"), new($"{main.Name} before"), new("after")],
            document.Labels.Select(l => (IReadOnlyList<string>)
            [
                Tables.Short(l.Label, 24), Tables.Count(l.Positives), l.Threshold is double t ? Tables.Number(t) : "never", Share(l.Metrics[0].Before),
                Share(l.Metrics[0].After),
            ]));
        Tables.Heading(run.Output, "All labels: macro is the mean over labels, micro counts all decisions together");
        Tables.Write(
            run.Output, [new("metric", false), new("macro before"), new("after"), new("micro before"), new("after")],
            document.Macro.Select((m, i) => (IReadOnlyList<string>)
                [m.Name, Share(m.Before), Share(m.After), Share(document.Micro[i].Before), Share(document.Micro[i].After)]));
        Tables.Line(run.Output, document.Labels.All(l => l.CrossFitted)
            ? $"After: each row decided by thresholds tuned on the other {document.Folds - 1} of {document.Folds} folds."
            : "After: partly judged on the rows that tuned the thresholds, so a little too well.");
    }

    private static string Share(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}

/// <summary>The JSON document of <c>decide</c> for several labels a row.</summary>
internal sealed record MultiLabelDecideDocument(
    string File, long Rows, string Metric, string Decision, int Folds, IReadOnlyList<DecidedLabel> Labels, IReadOnlyList<FigureEntry> Macro,
    IReadOnlyList<FigureEntry> Micro, IReadOnlyList<Warning> Warnings);

/// <summary>A label with its threshold, which is missing where nothing is decided positive.</summary>
internal sealed record DecidedLabel(
    string Label, string Score, long Positives, long Negatives, double? Threshold, bool CrossFitted, IReadOnlyList<FigureEntry> Metrics);

/// <summary>A metric at a probability of 0.5 and at the tuned threshold.</summary>
internal sealed record FigureEntry(string Name, double Before, double After);

/// <summary>How the documents of several labels a row are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MultiLabelDecideDocument))]
[JsonSerializable(typeof(MultiLabelDocument))]
internal sealed partial class MultiLabelJson : JsonSerializerContext
{
    internal static MultiLabelJson Documents { get; } = new(new System.Text.Json.JsonSerializerOptions
    {
        PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });
}
