using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Cli;

/// <summary>The report of a decision for given scores.</summary>
internal static class DecideReport
{
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
            [.. document.Warnings.Select(w => new Warning(w.Code, w.Message))],
            [.. labels.Select((label, c) => new ClassCountEntry(label, document.Classes[c].Count))],
            ComparisonReport.Weights(ClassCounts.From([.. document.Classes.Select(c => c.Count)])), null,
            [ComparisonReport.Decided("the most probable class", "before", before.Confusion),
                ComparisonReport.Decided(document.Decision.Recipe, "after", after.Confusion)],
            k == 2 ? Curves(labels, before, costs, folds) : null, Gains: document.Metrics,
            ByClass: k == 2 ? null : MultiClassScores.Curves(
                truth, folds, k, scored, MultiClassScores.Codes(before.Confusion), "The curves are of all rows of the file."),
            Scores: k == 2 ? null : MultiClassScores.Rows(truth, k, scored, costs, (rule as OffsetsDecision)?.Offsets.ToArray()));
    }

    private static CurvesEntry Curves(string[] labels, Predictions rows, CostMatrix? costs, int[] folds)
    {
        int p = rows.PositiveClass;
        ReadOnlyMemory<int> truth = rows.Truth;
        ReadOnlyMemory<double> scores = rows.Scores;
        int columns = rows.Columns;
        BinaryCurves.Part[] parts =
        [
            .. Enumerable.Range(0, folds.Length).GroupBy(i => folds[i]).OrderBy(g => g.Key)
                .Select(g => new BinaryCurves.Part(
                    [.. g.Select(i => truth.Span[i] == p ? 1 : 0)], [.. g.Select(i => columns == 1 ? scores.Span[i] : scores.Span[columns * i + p])])),
        ];
        return new(labels[p], labels[1 - p], costs?[1 - p, p], costs?[p, 1 - p],
            BinaryCurves.Of("the scores of the file", "scores", parts, 1) is CurveEntry curve ? [curve] : []);
    }
}
