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
        Tables.Line(console, $"{Tables.Count(result.Dataset.Rows)} rows, {result.Dataset.Columns.Count} features, target {result.Dataset.Target}: {Classes(result.Counts)}.");
        Tables.Line(console, $"{result.Options.Folds} folds x {result.Options.Repeats} {(result.Options.Repeats == 1 ? "repeat" : "repeats")}, seed {result.Options.Seed}. {(result.Options.Metric.HigherIsBetter ? "Higher" : "Lower")} {metric} is better{Positive(result)}.");
        Tables.Line(console);
        Tables.Write(
            console, [new("learner", false), new("remedy", false), new("score"), new("95% interval"), new("gain"), new("p")],
            result.Candidates.Where(c => c.Mean is not null).Select(c => Row(c, result)));
        Tables.Line(console, "> recommended, = practically the same as the best, b baseline, x stopped early.");
        Tables.Line(console, $"score: mean {metric}; gain: over the baseline on the same folds; p: Holm-corrected.");
        foreach (CandidateResult other in result.Candidates.Where(c => c.Mean is null))
            Tables.Line(console, $"{other.Candidate}: {other.Status.ToString().ToLowerInvariant()}. {other.Reason}");
        Tables.Line(console);
        Tables.Heading(console, "Recommendation");
        Tables.Line(console, result.Recommendation.Reason);
        Estimate unseen = result.Recommendation.EstimateOnUnseen;
        Tables.Line(console, string.Create(
            CultureInfo.InvariantCulture, $"Expect a {metric} of {unseen.Mean:0.000} on new rows (95% interval {unseen.Low:0.000} to {unseen.High:0.000}), the choosing allowed for."));
    }

    private static string[] Row(CandidateResult c, ComparisonResult result)
    {
        string mark = c.Candidate == result.Recommendation.Candidate ? ">" : c.Status == CandidateStatus.Stopped ? "x" : c.Candidate == result.Baseline ? "b" : c.SameAsBest ? "=" : "";
        FoldMean mean = c.Mean!;
        return
        [
            $"{mark,-1} {c.Candidate.Learner}", Wrapped(c.Candidate.Remedy.Name), Figure(mean.Mean), double.IsFinite(mean.Low) ? $"{Figure(mean.Low)} {Figure(mean.High)}" : "-",
            c.VersusBaseline is FoldMean gain ? gain.Mean.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture) : "",
            c.VersusBaseline is null ? "" : c.PValueHolm < 0.001 ? "<.001" : c.PValueHolm.ToString("0.000", CultureInfo.InvariantCulture),
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

    private static string Positive(ComparisonResult result) => result.Counts.Classes == 2 ? $"; '{Tables.Short(result.Counts.Labels[result.PositiveClass])}' is the positive class" : "";
}
