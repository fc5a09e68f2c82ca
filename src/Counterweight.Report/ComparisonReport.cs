using System.Globalization;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>The report of a comparison: one page that needs no network, its JSON document, and its pictures.</summary>
/// <example>
/// <code>
/// ComparisonResult result = RemedyComparison.Run(DatasetReader.Read("data.csv", "y"), new ComparisonOptions());
/// ReportFiles written = ComparisonReport.Write(result, "report");   // report/report.html and report/comparison.json
/// int pictures = ComparisonReport.WritePictures(result, "figures");
/// </code>
/// </example>
public static class ComparisonReport
{
    /// <summary>The most classes of a confusion matrix that stays readable; of more, those with the most errors are shown.</summary>
    internal const int MostCells = 24;

    /// <summary>How much text all class names together may take, in characters, so that the page stays small.</summary>
    private const int LabelBudget = 200_000;

    /// <summary>Writes <c>report.html</c> and <c>comparison.json</c>.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="folder">Where to; made if it is not there. Files of these names are replaced.</param>
    /// <param name="document">The JSON document, if it says more than <see cref="ComparisonDocument.Of"/> knows of the result alone.</param>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public static ReportFiles Write(ComparisonResult result, string folder, ComparisonDocument? document = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ReportPage.Write(folder, Of(result), ComparisonDocument.FileName, (document ?? ComparisonDocument.Of(result)).Write);
    }

    /// <summary>Writes the page alone.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="stream">Where to.</param>
    public static void WritePage(ComparisonResult result, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(stream);
        ReportPage.Write(stream, Of(result));
    }

    /// <summary>Writes the pictures for papers, each as PNG and as SVG.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <returns>The number of pictures.</returns>
    public static int WritePictures(ComparisonResult result, string folder)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return ReportPlots.Write(folder, Of(result));
    }

    internal static ReportModel Of(ComparisonResult result)
    {
        ComparisonOptions options = result.Options;
        ClassCounts counts = result.Counts;
        ComparisonDocument document = ComparisonDocument.Of(result);
        CandidateResult baseline = result.Of(result.Baseline), advised = result.Of(result.Recommendation.Candidate);
        string[] labels = Labels(counts.Labels);
        (CandidateResult Candidate, string Role)[] shown = advised == baseline ? [(baseline, "baseline")] : [(baseline, "baseline"), (advised, "recommended")];
        if (advised == baseline && result.Candidates.FirstOrDefault(c => c != baseline && c.Confusion is not null) is CandidateResult next)
            shown = [.. shown, (next, "best alternative")];
        MultiClassScores.Set[] scored = counts.Classes == 2 ? [] : Scored(result, shown);
        (int[] truth, int[] folds, double[] weights) = scored.Length == 0 ? ([], [], []) : FirstRepeat(result, result.Of(result.Baseline));
        string[] metrics = [.. document.Candidates.SelectMany(c => c.Metrics.Keys).Distinct()];
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        return new(
            "Which remedy helps?",
            [
                string.Create(CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(result.Dataset.Name)}: {result.Dataset.Rows:N0} rows, {result.Dataset.Columns.Count} features, {counts.Classes} "
                    + $"classes, target {result.Dataset.Target}."),
                string.Create(CultureInfo.InvariantCulture,
                    $"{options.Folds} folds, {options.Repeats} {(options.Repeats == 1 ? "repeat" : "repeats")}, seed {options.Seed}. {options.Metric.Name} "
                    + $"decides; {(options.Metric.HigherIsBetter ? "higher" : "lower")} is better."),
                .. result.Dataset.SampleWeightColumn is string weight
                    ? (string[])[$"Rows weigh what '{weight}' says: shares, scores and curves are of weights."] : [],
                .. counts.Classes == 2 ? (string[])[$"The positive class is '{labels[result.PositiveClass]}'."] : [],
            ],
            result.Recommendation.Reason,
            [
                string.Create(CultureInfo.InvariantCulture,
                    $"Expect a {options.Metric.Name} of {unseen.Mean:0.000} on new rows (95% interval {unseen.Low:0.000} to {unseen.High:0.000}), the "
                    + $"choosing allowed for."),
                .. Telling(result),
                .. result.Incomplete ? (string[])["The run ended early; these are the results so far."] : [],
            ],
            result.Warnings, [.. labels.Select((label, c) => new ClassCountEntry(label, counts[c]))], Weights(counts),
            new(
                options.Metric.Name, options.Metric.HigherIsBetter, options.Equivalence,
                [.. document.Candidates.Zip(result.Candidates, (entry, candidate) => new ComparedEntry(
                    entry.Learner, entry.Remedy, entry.Status, candidate == baseline, candidate == advised, entry.SameAsBest, entry.Mean, entry.CiLow,
                    entry.CiHigh, entry.VersusBaseline,
                    [.. metrics.Select(m => entry.Metrics.GetValueOrDefault(m))], entry.FitSeconds, entry.Reason, entry.FoldValues.Count,
                    entry.OnParetoFront, entry.Instability))],
                metrics),
            [.. shown.Where(s => s.Candidate.Confusion is not null).Select(s => Decided(s.Candidate.Candidate.ToString(), s.Role, s.Candidate.Confusion!))],
            counts.Classes == 2 ? Curves(result, labels, shown) : null,
            ByClass: scored.Length == 0 ? null : MultiClassScores.Curves(
                truth, folds, counts.Classes, scored,
                baseline.Confusion is null ? [.. Enumerable.Range(0, Math.Min(counts.Classes, MultiClassScores.MostClasses))]
                : MultiClassScores.Codes(baseline.Confusion),
                options.Repeats == 1 || options.Times is not null ? "Each row is judged once, by a model that did not see it."
                : "The curves are of the first repeat, in which each row is judged once, by a model that did not see it.", weights),
            Scores: scored.Length == 0 ? null : MultiClassScores.Rows(truth, counts.Classes, scored, options.Costs, null, weights),
            Searches: document.Searches.Count == 0 ? null : document.Searches,
            Front: options.Also.Count == 0 ? null
            : [.. ((IMetric[])[options.Metric, .. options.Also]).DistinctBy(m => m.Name).Select(m => new FrontMetric(m.Name, m.HigherIsBetter))]);
    }

    /// <summary>What tells of each class in the text columns, in a line each.</summary>
    private static IEnumerable<string> Telling(ComparisonResult result)
    {
        const int most = 20;
        IReadOnlyList<TellingNGrams> all = TellingNGrams.Of(result.Dataset);
        return all.Count == 0 ? [] : all.Take(most).Select(t => $"What tells of {t}")
            .Concat(all.Count > most ? [$"{all.Count - most} more are in the JSON document."] : []);
    }

    /// <summary>Every scheme that needs nothing but the counts.</summary>
    internal static SchemeWeights[] Weights(ClassCounts counts) =>
    [
        .. WeightScheme.Catalogue.Where(m => m.Name != "costs")
        .Select(m => ClassWeights.From(counts, WeightScheme.Parse(m.Name), new() { EmptyClass = EmptyClassPolicy.Zero }))
            .Select(w => new SchemeWeights(w.Scheme, w.ToArray(), [.. w.PriorAfter()], w.EffectiveSampleSize())),
    ];

    internal static DecidedEntry Decided(string name, string role, ConfusionMatrix confusion)
    {
        int k = confusion.Classes;
        double?[] recall = new double?[k];
        for (int t = 0; t < k; t++)
            recall[t] = confusion.Truths[t] == 0 ? null : confusion[t, t] / confusion.Truths[t];
        int[] codes = MultiClassScores.MostErrors(confusion, MostCells);
        double[] truths = [.. codes.Select(c => confusion.Truths[c])];
        return new(name, role, recall, codes, [.. codes.Select(t => (double[])[.. codes.Select(p => Math.Round(confusion[t, p], 6))])], truths);
    }

    /// <summary>The labels, shortened only where thousands of very long ones would make the page too large.</summary>
    internal static string[] Labels(IReadOnlyList<string> labels)
    {
        int most = labels.Sum(l => l.Length) <= LabelBudget ? int.MaxValue : Math.Max(24, LabelBudget / labels.Count);
        return [.. labels.Select(l => l.Length <= most ? l : string.Concat(l.AsSpan(0, char.IsHighSurrogate(l[most - 1]) ? most - 1 : most), "\u2026"))];
    }

    private static CurvesEntry Curves(ComparisonResult result, string[] labels, (CandidateResult Candidate, string Role)[] shown)
    {
        int p = result.PositiveClass;
        ReadOnlySpan<int> codes = result.Dataset.Labels;
        int[] all = codes.ToArray();
        ReadOnlyMemory<double> weights = result.Dataset.SampleWeights;
        CostMatrix? costs = result.Options.Costs;
        BinaryCurves.Part Part(JudgedFold fold)
        {
            int[] truth = new int[fold.Fold.Test.Length];
            double[] scores = new double[truth.Length];
            for (int i = 0; i < truth.Length; i++) (truth[i], scores[i]) = (all[fold.Fold.Test[i]] == p ? 1 : 0, fold.Probabilities[2 * i + p]);
            return new(truth, scores, weights.IsEmpty ? [] : Array.ConvertAll(fold.Fold.Test, row => weights.Span[row]));
        }

        var sets = new List<CurveEntry>();
        foreach ((CandidateResult candidate, string role) in shown.Where(
            s => s.Candidate.Judged.Count > 0 && s.Candidate.Judged.All(j => j.Probabilities.Length == 2 * j.Fold.Test.Length)))
        {
            string name = candidate.Candidate.ToString();
            CurveEntry? entry = BinaryCurves.Of(name, role, [.. candidate.Judged.Select(Part)], candidate.Judged.Select(j => j.Fold.Repeat).Distinct().Count());
            if (entry is null) continue;
            if (sets is [CurveEntry first] && SameScores(first, entry))
            {
                (string together, string both) = Both(first.Name, first.Role, name, role);
                sets[0] = first with { Name = together, Role = both };
            }
            else sets.Add(entry);
        }

        return new(labels[p], labels[1 - p], costs?[1 - p, p], costs?[p, 1 - p], sets);
    }

    /// <summary>The folds of the first repeat with the probabilities of a candidate, as far as they were kept.</summary>
    private static IEnumerable<JudgedFold> FirstRepeat(CandidateResult candidate) => candidate.Judged.Where(j => j.Fold.Repeat == 0);

    private static (int[] Truth, int[] Folds, double[] Weights) FirstRepeat(ComparisonResult result, CandidateResult candidate)
    {
        ReadOnlySpan<int> labels = result.Dataset.Labels;
        ReadOnlySpan<double> all = result.Dataset.SampleWeights.Span;
        var weights = new List<double>();
        var truth = new List<int>();
        var folds = new List<int>();
        foreach (JudgedFold judged in FirstRepeat(candidate))
            foreach (int row in judged.Fold.Test)
            {
                truth.Add(labels[row]);
                folds.Add(judged.Fold.Index);
                if (!all.IsEmpty) weights.Add(all[row]);
            }

        return ([.. truth], [.. folds], [.. weights]);
    }

    /// <summary>The probabilities of the candidates that judged the same rows as the baseline; those of equal ones once.</summary>
    private static MultiClassScores.Set[] Scored(ComparisonResult result, (CandidateResult Candidate, string Role)[] shown)
    {
        int k = result.Counts.Classes;
        var sets = new List<MultiClassScores.Set>();
        int folds = FirstRepeat(shown[0].Candidate).Count();
        foreach ((CandidateResult candidate, string role) in shown)
        {
            JudgedFold[] judged = [.. FirstRepeat(candidate)];
            if (judged.Length == 0 || judged.Length != folds || judged.Any(j => j.Probabilities.Length != k * j.Fold.Test.Length)) continue;
            float[] probabilities = [.. judged.SelectMany(j => j.Probabilities)];
            int same = sets.FindIndex(s => s.Probabilities.AsSpan().SequenceEqual(probabilities));
            if (same >= 0)
            {
                (string name, string both) = Both(sets[same].Name, sets[same].Role, candidate.Candidate.ToString(), role);
                sets[same] = sets[same] with { Name = name, Role = both };
            }
            else sets.Add(new(candidate.Candidate.ToString(), role, probabilities));
        }

        return [.. sets];
    }

    /// <summary>A remedy of the decision alone leaves the scores as they are: one curve says both.</summary>
    private static (string Name, string Role) Both(string name, string role, string other, string otherRole) =>
        ($"{name} and {other} (the same scores)", $"{role} and {otherRole}");

    private static bool SameScores(CurveEntry a, CurveEntry b) => a.Repeats == b.Repeats
        && a.Thresholds.SequenceEqual(b.Thresholds) && a.TruePositives.SequenceEqual(b.TruePositives) && a.FalsePositives.SequenceEqual(b.FalsePositives);
}
