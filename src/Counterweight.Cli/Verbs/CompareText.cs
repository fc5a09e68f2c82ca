using System.Globalization;
using System.Text.RegularExpressions;
using Counterweight.Comparison;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary>A comparison for people: 80 columns, the best first.</summary>
internal static partial class CompareText
{
    internal static void Write(IAnsiConsole console, ComparisonResult result)
    {
        string metric = result.Options.Metric.Name;
        Tables.Heading(console, Path.GetFileName(result.Dataset.Name));
        Tables.Line(console, $"{Tables.Count(result.Dataset.Rows)} rows, {result.Dataset.Columns.Count} features, target {result.Dataset.Target}: "
            + $"{Classes(result.Counts)}.");
        Tables.Line(console, $"{Splits(result.Options)}, seed {result.Options.Seed}. {(result.Options.Metric.HigherIsBetter ? "Higher" : "Lower")} {metric} "
            + $"is better{Positive(result)}.");
        Tables.Line(console);
        Tables.Write(
            console, [new("learner", false), new("remedy", false), new("score"), new("95% interval"), new("gain"),
                new(result.Options.Test == SignificanceTest.Bayesian ? "chance" : "p")],
            result.Candidates.Where(c => c.Mean is not null).Select(c => Row(c, result)));
        Tables.Line(console, "> recommended, = practically the same as the best, b baseline, x stopped early.");
        string proof = result.Options.Test == SignificanceTest.Bayesian
            ? string.Create(CultureInfo.InvariantCulture, $"chance: that the true gain is above {result.Options.Equivalence:0.####}") : "p: Holm-corrected";
        Tables.Line(console, $"score: mean {metric}; gain: over the baseline on the same folds; {proof}.");
        Intervals(console, result);
        if (result.Searches.Count > 0 || result.Candidates.Any(c => c.Mean is null)) Tables.Line(console);
        foreach (CandidateResult other in result.Candidates.Where(c => c.Mean is null))
            Tables.Line(console, $"{other.Candidate}: {other.Status.ToString().ToLowerInvariant()}. {other.Reason}");
        foreach (SearchResult search in result.Searches) Tables.Line(console, Searched(search));
        if (result.Options.Also.Count > 0) Front(console, result);
        Tables.Line(console);
        Tables.Heading(console, "Recommendation");
        Tables.Line(console, result.Recommendation.Reason);
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        Tables.Line(console, string.Create(
            CultureInfo.InvariantCulture,
            $"Expect a {metric} of {unseen.Mean:0.000} on new rows (95% interval {unseen.Low:0.000} to {unseen.High:0.000}), the choosing allowed for."));
        CandidateResult advised = result.Of(result.Recommendation.Candidate), baseline = result.Of(result.Baseline);
        string before = advised == baseline ? "" : $" against {Quality(baseline)} for the baseline";
        Tables.Line(console, $"Its probabilities (lower is better): {Quality(advised)}{before}.");
        if (advised.Instability is double changed)
            Tables.Line(console, string.Create(CultureInfo.InvariantCulture, $"Another order of the rows changes {changed:P1} of its decisions"
                + $"{(baseline.Instability is double idle && advised != baseline ? $", and {idle:P1} of those of the baseline" : "")}."));
        Telling(console, TellingNGrams.Of(result.Dataset));
        if (advised == baseline || advised.Confusion is null || baseline.Confusion is null) return;
        Tables.Line(console);
        Tables.Heading(console, "Found of each class: o by the baseline, * by the recommendation");
        Pictures.Found(console, result.Counts.Labels, baseline.Confusion, advised.Confusion);
    }

    /// <summary>What tells of each class in text columns.</summary>
    internal static void Telling(IAnsiConsole console, IReadOnlyList<TellingNGrams> telling)
    {
        const int most = 12;
        if (telling.Count == 0) return;
        Tables.Line(console);
        Tables.Heading(console, "Telling words (share of the class, elsewhere)");
        foreach (TellingNGrams own in telling.Take(most)) Tables.Paragraph(console, own.ToString(), 2, "- ");
        if (telling.Count > most) Tables.Line(console, $"{telling.Count - most} more with --json.");
    }

    /// <summary>The intervals of the best candidates and of the baseline, if there is something to compare.</summary>
    private static void Intervals(IAnsiConsole console, ComparisonResult result)
    {
        CandidateResult[] judged = [.. result.Candidates.Where(c => c.Mean is not null)];
        if (judged.Length < 2) return;
        Tables.Line(console);
        Pictures.Intervals(console, [.. judged.Select(c => new Pictures.Interval(c.Candidate.ToString(), c.Mean!.Low, c.Mean.Mean, c.Mean.High))],
            result.Of(result.Baseline).Mean!.Mean);
        Tables.Line(console, "o mean, |-| its 95% interval, : the baseline.");
    }

    private static string Splits(ComparisonOptions options) => options.Holdout is double share
        ? string.Create(CultureInfo.InvariantCulture, $"One split, {share:P0} held out, x {options.Seeds} {(options.Seeds == 1 ? "seed" : "seeds")}")
        : options.Times is null
        ? $"{options.Folds} folds x {options.Repeats} {(options.Repeats == 1 ? "repeat" : "repeats")}"
        : $"{options.Folds} folds in order of time, each trained on the past";

    /// <summary>How good the probabilities are, whatever the decision makes of them: weights and sampling spoil them unless they are corrected.</summary>
    private static string Quality(CandidateResult c) => string.Join(", ", ((string[])["brier", "log-loss", "ece"]).Select(n => $"{n} {Figure(c.Metrics[n])}"));

    private static string Searched(SearchResult search)
    {
        int judged = search.Configurations.Count(c => c.Folds > 0);
        string[] entered = [.. search.Configurations.Where(c => c.Entered).Select(c => c.Remedy.Name)];
        string ended = search.Complete ? "" : " (its time was up)";
        return $"{search.Learner} / {search.Space.Name}: {(judged == 0 ? search.Configurations.Count : judged)} configurations{ended}; "
            + $"{(entered.Length == 0 ? "none entered" : $"in the table: {string.Join(", ", entered)}")}.";
    }

    /// <summary>The candidates that no other beats by all metrics in question.</summary>
    private static void Front(IAnsiConsole console, ComparisonResult result)
    {
        string[] names = [.. ((IMetric[])[result.Options.Metric, .. result.Options.Also]).Select(m => m.Name).Distinct()];
        Tables.Line(console);
        Tables.Heading(console, "Pareto front");
        foreach ((int first, int count) in Tables.Blocks(console.Profile.Width, 44, [.. names.Select(n => n.Length)]))
            Tables.Write(
                console, [new("learner", false), new("remedy", false), .. names.Skip(first).Take(count).Select(n => new TableColumn(n))],
                result.Candidates.Where(c => c.OnParetoFront || c.Candidate == result.Baseline).Select(c => (string[])
                [
                    $"{(c.OnParetoFront ? "*" : "b"),-1} {c.Candidate.Learner}", Wrapped(c.Candidate.Remedy.Name),
                    .. names.Skip(first).Take(count).Select(n => Figure(c.Metrics[n])),
                ]));
        Tables.Line(console, $"* no other is as good by {(names.Length == 2 ? "both" : $"all {names.Length}")} and better by one; b baseline. "
            + $"{names[0]} decides.");
    }

    private static string[] Row(CandidateResult c, ComparisonResult result)
    {
        string mark = c.Candidate == result.Recommendation.Candidate ? ">" : c.Status == CandidateStatus.Stopped ? "x" : c.Candidate == result.Baseline ? "b"
            : c.SameAsBest ? "=" : "";
        FoldMean mean = c.Mean!;
        return
        [
            $"{mark,-1} {c.Candidate.Learner}", Wrapped(c.Candidate.Remedy.Name), Figure(mean.Mean),
            double.IsFinite(mean.Low) ? $"{Figure(mean.Low)} {Figure(mean.High)}" : "-",
            c.VersusBaseline is FoldMean gain ? gain.Mean.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture) : "",
            c.VersusBaseline is null ? "" : result.Options.Test == SignificanceTest.Bayesian
            ? (c.Chances?.Better ?? 0).ToString("0.000", CultureInfo.InvariantCulture) : c.PValueHolm < 0.001 ? "<.001"
            : c.PValueHolm.ToString("0.000", CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>A long name on several lines, broken where its parts begin.</summary>
    private static string Wrapped(string name)
    {
        const int width = 25;
        var lines = new List<string>();
        string line = "";
        foreach (string part in Parts().Matches(name).Select(m => m.Value))
        {
            if (line.Length > 0 && line.Length + part.Length > width)
            {
                lines.Add(line);
                line = " ";
            }

            line += part;
        }

        return string.Join('\n', lines.Append(line));
    }

    [GeneratedRegex(@"[+(, ]?[^+(, ]+")]
    private static partial Regex Parts();

    private static string Figure(double value) => Math.Abs(value) < 100 ? value.ToString("0.000", CultureInfo.InvariantCulture) : Tables.Number(value, 5);

    private static string Classes(ClassCounts counts)
    {
        const int shown = 8;
        IEnumerable<string> parts = counts.Labels.Take(shown).Select((label, c) => $"{Tables.Short(label)} {Tables.Count(counts[c])}");
        return string.Join(", ", parts) + (counts.Classes > shown ? $" and {counts.Classes - shown} more classes" : "");
    }

    private static string Positive(ComparisonResult result) => result.Counts.Classes == 2
        ? $"; '{Tables.Short(result.Counts.Labels[result.PositiveClass])}' is the positive class" : "";
}
