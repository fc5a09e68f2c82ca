using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Report;

namespace Counterweight.Interactive;

/// <summary>The HTML of each type.</summary>
internal static class NotebookHtml
{
    /// <summary>The most classes of a table; of more, the smallest and largest are shown, or those with the most errors.</summary>
    internal const int MostClasses = 24;

    internal static string Of(ClassCounts counts)
    {
        Html html = new Html().Begin(
            string.Create(CultureInfo.InvariantCulture,
                $"{counts.Rows:N0} rows in {counts.Classes} classes, the largest {counts.ImbalanceRatio:0.##} times the smallest"), "class", "rows",
            "share", "");
        foreach (int c in Shown(counts))
            html.Row(counts.Labels[c]).Count(counts[c]).Percent(counts.Share(c)).Bar((double)counts[c] / counts.Largest()).EndRow();
        return Ended(html, counts.Classes);
    }

    internal static string Of(ClassWeights weights)
    {
        ClassCounts counts = weights.Counts;
        double[] prior = weights.PriorAfter();
        Html html = new Html().Begin(
            string.Create(CultureInfo.InvariantCulture,
                $"{weights.Scheme} weights: {counts.Rows:N0} rows carry as much as {weights.EffectiveSampleSize():N0} equally weighted ones"), "class",
            "rows", "weight", "share", "share believed", "");
        foreach (int c in Shown(counts))
            html.Row(counts.Labels[c]).Count(counts[c]).Cell(weights[c]).Percent(counts.Share(c)).Percent(prior[c]).Bar(prior[c]).EndRow();
        return Ended(html, counts.Classes);
    }

    internal static string Of(ConfusionMatrix confusion)
    {
        int k = confusion.Classes;
        double[] truths = confusion.Truths.ToArray(), predictions = confusion.Predictions.ToArray();
        int[] codes = k <= MostClasses
            ? [.. Enumerable.Range(0, k)]
            : [.. Enumerable.Range(0, k).OrderByDescending(c => truths[c] + predictions[c] - (2 * confusion[c, c])).Take(MostClasses).Order()];
        Html html = new Html().Begin(
            string.Create(CultureInfo.InvariantCulture,
                $"{confusion.Total:#,0.##} rows, {Html.Share(confusion.Total == 0 ? 0 : confusion.Correct / confusion.Total)} decided rightly; a line "
            + $"per true class, a column per decided class"),
            ["true \\ decided", .. codes.Select(c => c.ToString(CultureInfo.InvariantCulture)), "rows", "recall"]);
        foreach (int t in codes)
        {
            html.Row(t.ToString(CultureInfo.InvariantCulture));
            foreach (int p in codes)
            {
                double share = truths[t] == 0 ? 0 : confusion[t, p] / truths[t];
                html.Markup(string.Create(CultureInfo.InvariantCulture, $"<td style=\"background:rgba(61,133,216,{0.75 * share:0.###})\">"))
                    .Text(string.Create(CultureInfo.InvariantCulture, $"{confusion[t, p]:#,0.##}"))
                    .Markup("</td>");
            }

            html.Count(truths[t]).Cell(truths[t] == 0 ? "\u2013" : Html.Share(confusion[t, t] / truths[t])).EndRow();
        }

        html.End();
        return (k > codes.Length ? html.Line($"Of {k} classes, the {codes.Length} with the most errors.") : html).ToString();
    }

    internal static string Of(ClassScores scores)
    {
        Html html = new Html().Begin("Scores of each class", "class", "precision", "recall", "F", "rows");
        for (int c = 0; c < scores.Count; c++) Row(c.ToString(CultureInfo.InvariantCulture), scores[c]);
        Row("macro", scores.Macro);
        Row("micro", scores.Micro);
        Row("weighted", scores.Weighted);
        return html.End().ToString();

        void Row(string name, ClassScore score) => html.Row(name).Cell(score.Precision).Cell(score.Recall).Cell(score.F).Count(score.Support).EndRow();
    }

    internal static string Of(MetricInterval interval) =>
        new Html().Line(string.Create(
            CultureInfo.InvariantCulture, $"{Html.Number(interval.Estimate)} ({100 * interval.Level:0.#}% interval {Html.Number(interval.Low)} to "
        + $"{Html.Number(interval.High)})")).ToString();

    internal static string Of(Diagnosis diagnosis)
    {
        ClassCounts counts = diagnosis.Weights.Counts;
        Html html = new Html().Begin(
            $"{diagnosis.Weights.Scheme} weights, batches of {diagnosis.BatchSize}", "class", "rows", "weight", "share", "share believed", "rows in a batch",
            "chance of none", "share of a lone row");
        foreach (int c in Shown(counts))
        {
            ClassDiagnosis found = diagnosis.Classes[c];
            html.Row(found.Label).Count(found.Count).Cell(found.Weight).Percent(found.Share).Percent(found.PriorAfter).Cell(found.RowsPerBatch)
                .Percent(found.ChanceAbsent).Percent(found.LoneRowShare).EndRow();
        }

        html.Markup(Ended(new Html(), counts.Classes)).Markup("<ul>");
        foreach (Finding finding in diagnosis.Findings)
        {
            html.Markup("<li>").Markup("<bdi>").Text(finding.Text).Markup("</bdi>");
            if (finding.Command is string command) html.Markup("<br/><code>").Text(command).Markup("</code>");
            html.Markup("</li>");
        }

        return html.Markup("</ul>").ToString();
    }

    internal static string Of(ComparisonResult result)
    {
        CandidateResult[] judged = [.. result.Candidates.Where(c => c.Mean is not null)];
        double low = judged.Min(Low), high = judged.Max(High), range = high > low ? high - low : 1;
        double baseline = judged.FirstOrDefault(c => c.Candidate == result.Baseline)?.Mean?.Mean ?? double.NaN;
        ReportModel report = ComparisonReport.Of(result);
        Html html = new Html().Markup("<p><strong><bdi>").Text(report.Advice).Markup("</bdi></strong></p>");
        foreach (string note in report.Notes) html.Line(note);
        html.Begin(
            string.Create(CultureInfo.InvariantCulture, $"{result.Options.Metric.Name} over {result.Options.Folds} folds x {result.Options.Repeats}; "
            + $"{(result.Options.Metric.HigherIsBetter ? "higher" : "lower")} is better"),
            "learner", "remedy", "mean", "95% low", "95% high", "", "gain over baseline", "p (Holm)", "");
        foreach (CandidateResult candidate in judged)
        {
            string role = candidate.Candidate == result.Recommendation.Candidate ? "recommended" : candidate.Candidate == result.Baseline ? "baseline"
                : candidate.Status == CandidateStatus.Stopped ? "stopped early" : candidate.SameAsBest ? "practically the same as the best" : "";
            html.Row(candidate.Candidate.Learner).Markup("<td>").Name(candidate.Candidate.Remedy.Name).Markup("</td>")
                .Cell(candidate.Mean!.Mean).Cell(candidate.Mean.Low).Cell(candidate.Mean.High).Markup(Interval(candidate, low, range, baseline, role))
                .Cell(candidate.VersusBaseline?.Mean.ToString("+0.0000;-0.0000;0", CultureInfo.InvariantCulture) ?? "")
                .Cell(candidate.VersusBaseline is null ? "" : Html.Number(candidate.PValueHolm)).Cell(role).EndRow();
        }

        html.End();
        foreach (CandidateResult other in result.Candidates.Where(c => c.Mean is null))
            html.Markup("<p><bdi>").Text($"{other.Candidate}: {other.Reason}").Markup("</bdi></p>");
        foreach (Warning warning in report.Warnings) html.Markup("<p><bdi>").Text(warning.Message).Markup("</bdi></p>");
        return html.ToString();
    }

    private static double Low(CandidateResult c) => double.IsFinite(c.Mean!.Low) ? c.Mean.Low : c.Mean.Mean;

    private static double High(CandidateResult c) => double.IsFinite(c.Mean!.High) ? c.Mean.High : c.Mean.Mean;

    /// <summary>The interval as a picture, with the baseline as a dashed line.</summary>
    private static string Interval(CandidateResult candidate, double low, double range, double baseline, string role)
    {
        const int width = 160;
        double X(double value) => 6 + ((value - low) / range * (width - 12));
        string color = role switch { "recommended" => "#1f9d6f", "baseline" => "#d07a1c", _ => "#3d85d8" };
        string reference = double.IsNaN(baseline) ? ""
            : string.Create(CultureInfo.InvariantCulture,
                $"<line x1=\"{X(baseline):0.#}\" x2=\"{X(baseline):0.#}\" y1=\"0\" y2=\"16\" stroke=\"#d07a1c\" stroke-dasharray=\"2 2\"/>");
        return string.Create(CultureInfo.InvariantCulture,
            $"<td><svg width=\"{width}\" height=\"16\" role=\"img\" aria-label=\"interval\">{reference}<line x1=\"{X(Low(candidate)):0.#}\" "
            + $"x2=\"{X(High(candidate)):0.#}\" y1=\"8\" y2=\"8\" stroke=\"{color}\" stroke-width=\"2\"/><circle cx=\"{X(candidate.Mean!.Mean):0.#}\" "
            + $"cy=\"8\" r=\"4\" fill=\"{color}\"/></svg></td>");
    }

    private static IEnumerable<int> Shown(ClassCounts counts)
    {
        int k = counts.Classes;
        if (k <= MostClasses) return Enumerable.Range(0, k);
        int[] bySize = [.. Enumerable.Range(0, k).OrderByDescending(c => counts[c]).ThenBy(c => c)];
        return [.. bySize.Take(MostClasses / 2), .. bySize.TakeLast(MostClasses / 2)];
    }

    private static string Ended(Html html, int classes)
    {
        html.End();
        return (classes > MostClasses ? html.Line($"The {MostClasses / 2} largest and {MostClasses / 2} smallest of {classes} classes.") : html).ToString();
    }

    private static long Largest(this ClassCounts counts) => Math.Max(1, counts.AsSpan().ToArray().Max());

}
