using System.Globalization;
using System.Text;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>The report of a decision for given scores: one page that needs no network, and its pictures.</summary>
public static class DecisionReport
{
    /// <summary>Writes <c>report.html</c> and <c>decision.json</c>, which <see cref="Decision.Load"/> reads.</summary>
    /// <param name="study">The decision and what it gains.</param>
    /// <param name="folder">Where to; made if it is not there. Files of these names are replaced.</param>
    /// <param name="decision">The decision with the names of its score columns; <see cref="DecisionStudy.ToDecision"/> without them if null.</param>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static ReportFiles Write(DecisionStudy study, string folder, Decision? decision = null)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Decision written = decision ?? study.ToDecision();
        return ReportPage.Write(folder, Of(study), "decision.json", stream => stream.Write(Encoding.UTF8.GetBytes(written.ToJson())));
    }

    /// <summary>Writes the pictures for papers, each as PNG and as SVG.</summary>
    /// <param name="study">The decision and what it gains.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <returns>The number of pictures.</returns>
    public static int WritePictures(DecisionStudy study, string folder)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ReportPlots.Write(folder, Of(study));
    }

    internal static ReportModel Of(DecisionStudy study) =>
        Of(study.Document, study.Before, study.After, study.Question.Costs, study.RowFolds, study.Rule);

    internal static ReportModel Of(DecideDocument document, Predictions before, Predictions after, CostMatrix? costs, int[] folds, IDecision rule)
    {
        int k = document.Classes.Count;
        int[] truth = k == 2 ? [] : before.Truth.ToArray();
        MultiClassScores.Set[] scored = k == 2 ? [] : [new("the scores of the file", "scores", [.. before.Scores.Span.ToArray().Select(p => (float)p)])];
        string[] labels = ComparisonReport.Labels([.. document.Classes.Select(c => c.Label)]);
        string judged = document.CrossFitted
            ? $"Before: the most probable class. After: each row decided by a decision tuned on the other {document.Folds - 1} of {document.Folds} folds."
            : "Before: the most probable class. After: judged on the very rows that tuned the decision, so a little too well.";
        GainEntry? main = document.Metrics.FirstOrDefault(g => g.Name == document.Metric);
        return new(
            "Where to decide?",
            [string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(document.File)}: {document.Rows:N0} rows with scores, {labels.Length} classes."),
                $"Tuned for {document.Metric} by {document.Decision.Recipe}."],
            $"Decide {document.Decision.Description}.",
            [
                judged,
                .. main is null ? (string[])[]
                : [string.Create(CultureInfo.InvariantCulture,
                    $"{main.Name}: {main.Before:0.0000} before, {main.After:0.0000} after; a gain of {main.Gain:+0.0000;-0.0000;0.0000} (95% interval "
                    + $"{main.CiLow:+0.0000;-0.0000;0.0000} to {main.CiHigh:+0.0000;-0.0000;0.0000}).")],
                .. document.Cost is not CostEntry cost ? (string[])[]
                : [string.Create(CultureInfo.InvariantCulture,
                    $"Cost of these rows: {cost.Before:N0} before, {cost.After:N0} after; saved {cost.Saved:N0} (95% interval {cost.CiLow:N0} to "
                    + $"{cost.CiHigh:N0}).")],
            ],
            document.Warnings,
            [.. labels.Select((label, c) => new ClassCountEntry(label, document.Classes[c].Count))],
            ComparisonReport.Weights(ClassCounts.From([.. document.Classes.Select(c => c.Count)])), null,
            [ComparisonReport.Decided("the most probable class", "before", before.Confusion),
                ComparisonReport.Decided(document.Decision.Recipe, "after", after.Confusion)],
            k == 2 ? Curves(labels, before, costs, folds) : null, Gains: document.Metrics,
            ByClass: k == 2 ? null : MultiClassScores.Curves(
                truth, folds, k, scored, MultiClassScores.Codes(before.Confusion), "The curves are of all rows of the file.", before.Weights.ToArray()),
            Scores: k == 2 ? null : MultiClassScores.Rows(
                truth, k, scored, costs, (rule as OffsetsDecision)?.Offsets.ToArray(), before.Weights.ToArray()));
    }

    private static CurvesEntry Curves(string[] labels, Predictions rows, CostMatrix? costs, int[] folds)
    {
        int p = rows.PositiveClass;
        ReadOnlyMemory<int> truth = rows.Truth;
        ReadOnlyMemory<double> scores = rows.Scores;
        ReadOnlyMemory<double> weights = rows.Weights;
        int columns = rows.Columns;
        BinaryCurves.Part[] parts =
        [
            .. Enumerable.Range(0, folds.Length).GroupBy(i => folds[i]).OrderBy(g => g.Key)
                .Select(g => new BinaryCurves.Part(
                    [.. g.Select(i => truth.Span[i] == p ? 1 : 0)], [.. g.Select(i => columns == 1 ? scores.Span[i] : scores.Span[columns * i + p])],
                    weights.IsEmpty ? [] : [.. g.Select(i => weights.Span[i])])),
        ];
        return new(labels[p], labels[1 - p], costs?[1 - p, p], costs?[p, 1 - p],
            BinaryCurves.Of("the scores of the file", "scores", parts, 1) is CurveEntry curve ? [curve] : []);
    }
}
