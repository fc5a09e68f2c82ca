using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;
using Spectre.Console;

namespace Counterweight.Cli;

/// <summary><c>explain</c>: what weights will do to training, and why it could get worse.</summary>
internal static class ExplainVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "explain", "Says on your counts what weights do to the learned prior, the sample size, the noise and the learning rate.",
            ("explain --counts 1016,12852,12888,3380,296 --weights inverse", "the case of the discussion: 1/count weights made it worse"),
            ("explain sample:lending-club -t Class --weights \"power(0.5)\" --batch-size 128", "a milder scheme on the counts of a file"),
            ("explain --counts 900,100 --weights inverse --reduction batch-mean", "the same weights under another reduction"),
            ("explain sample:lending-club -t Class --weights balanced --comparison report", "with what 'compare ... --out report' measured"),
            ("explain --counts 900,100 --weights balanced --out report",
                "report/report.html, whose controls try other weights and batches; diagnosis.json beside it"));
        var options = new ExplainOptions();
        options.AddTo(verb);
        verb.Runs(run => Run(run, options));
        return verb;
    }

    private static void Run(Invocation run, ExplainOptions given)
    {
        LabelTally tally = given.Count(run);
        Diagnosis diagnosis = given.Diagnose(run, tally, Measured);
        IReadOnlyList<TellingNGrams> telling = Telling(run, given.Path(run), tally);
        if (run.Json) Invocation.WriteJson(ExplainDocument.Of(diagnosis) with { Telling = telling.Count > 0 ? telling : null }, ExplainDocument.JsonType);
        else
        {
            Write(run.Output, diagnosis);
            CompareText.Telling(run.Output, telling);
        }

        if (given.Output(run) is string reported)
        {
            ReportFiles written = DiagnosisReport.Write(diagnosis, reported, given.Path(run) is null ? "The counts" : Path.GetFileName(tally.Source));
            run.Messages.Note($"Written: {written.Document} and {written.Page}");
        }

        if (given.Plots(run) is string pictures)
            run.Messages.Note($"Written: {DiagnosisReport.WritePictures(diagnosis, pictures)} pictures in {pictures}");
    }

    /// <summary>What tells of each class in the columns that <c>--text</c> names; without it the labels alone are read.</summary>
    private static IReadOnlyList<TellingNGrams> Telling(Invocation run, string? path, LabelTally tally)
    {
        if (run.Reading.Text.Count == 0) return [];
        if (path is null or "-" || tally.Groups is not null || run.Target is null)
            throw new UsageException("--text is about a column of a table: give a FILE with its --target.");
        return TellingNGrams.Of(DatasetReader.Read(path, run.Target, run.Reading, run.Cancellation));
    }

    /// <summary>What a comparison measured of weights in the same proportions, by the learner of its baseline if that tried them.</summary>
    private static MeasuredEffect Measured(string folder, ClassWeights weights)
    {
        string path = Directory.Exists(folder) ? Path.Combine(folder, ComparisonDocument.FileName) : folder;
        if (!File.Exists(path)) throw new UsageException($"--comparison: there is no {path}. Make it with 'counterweight compare FILE --target COLUMN "
            + $"--out {folder}'.");
        ComparisonDocument document = ComparisonDocument.Load(path);
        ClassCounts counts = weights.Counts;
        if (!document.Dataset.Classes.Select(c => c.Count).SequenceEqual(Enumerable.Range(0, counts.Classes).Select(c => counts[c])))
            throw new UnusableDataException(
                $"the comparison is of other rows: its classes have {string.Join(", ", document.Dataset.Classes.Take(8).Select(c => c.Count))} rows, those "
                + $"to explain {string.Join(", ", Enumerable.Range(0, Math.Min(8, counts.Classes)).Select(c => counts[c]))}.", path);
        (CandidateEntry Candidate, ClassWeights Weights)[] tried = [
            .. document.Candidates.Where(c => c.Mean is not null).Select(c => (c, WeightsOf(c.Remedy)!)).Where(c => c.Item2 is not null)];
        double[] prior = weights.PriorAfter();
        CandidateEntry? found = tried.Where(t => t.Weights.PriorAfter().Zip(prior, (x, y) => Math.Abs(x - y)).All(d => d < 1e-9)).Select(t => t.Candidate)
            .OrderByDescending(c => c.Learner == document.Baseline.Learner).FirstOrDefault();
        CandidateEntry? plain = found is null ? null
            : document.Candidates.FirstOrDefault(c => c.Learner == found.Learner && c.Remedy == "none" && c.Mean is not null);
        if (found is null || plain is null)
            throw new UsageException($"--comparison: {path} has no weights in the proportions of {weights.Scheme}; it has "
                + $"{(tried.Length == 0 ? "none" : string.Join(", ", tried.Select(t => t.Candidate.Remedy).Distinct()))}. Compare them: --remedies "
                + $"\"none,weights:{weights.Scheme}\".");
        return new(
            $"{found.Learner} on {document.Folds} folds", Of(plain, "accuracy"), Of(found, "accuracy"), Of(plain, "balanced-accuracy"),
            Of(found, "balanced-accuracy"));

        // Costs that came from a file are not in the name, so that their weights are not known here.
        ClassWeights? WeightsOf(string name)
        {
            try
            {
                Remedy remedy = Remedy.Parse(name);
                int positive = document.Dataset.Classes.ToList().FindIndex(c => c.Label == document.PositiveClass);
                return remedy.Parts is [{ Family: RemedyFamily.Weights }]
                    ? remedy.Apply(new TrainingPlan { Counts = counts, PositiveClass = positive < 0 ? 1 : positive }).Weights
                    : null;
            }
            catch (Exception unknown) when (unknown is FormatException or RemedyRefusedException)
            {
                return null;
            }
        }

        static double Of(CandidateEntry c, string metric) => c.Metrics.GetValueOrDefault(metric) ?? double.NaN;
    }

    private static void Write(IAnsiConsole console, Diagnosis d)
    {
        const int shown = 12;
        ClassDiagnosis[] classes = d.Classes.Count <= shown ? [.. d.Classes]
            : [.. d.Classes.OrderBy(c => c.Count).Take(shown / 2), .. d.Classes.OrderByDescending(c => c.Count).Take(shown / 2).Reverse()];
        string batches = $"batches of {d.BatchSize}{(d.Groups is null ? "" : $" {d.Unit.Group}")}";
        Tables.Heading(console, $"{d.Weights.Scheme} weights, {batches}, {ReductionNames.Of(d.Reduction)}");
        Tables.Write(
            console, [new("class"), new(d.Unit.Name), new("weight"), new("prior"), new("after"), new("batch"), new("none"), new($"lone {d.Unit.Singular}")],
            classes.Select(c => (IReadOnlyList<string>)
            [
                Tables.Short(c.Label, 12), Tables.Count(c.Count), Tables.Number(c.Weight, 3), Share(c.Share), Share(c.PriorAfter),
                Tables.Number(c.RowsPerBatch, 3), Share(c.ChanceAbsent), Share(c.LoneRowShare),
            ]));
        if (classes.Length < d.Classes.Count) Tables.Line(console, $"The {shown / 2} smallest and {shown / 2} largest of {d.Classes.Count} classes.");
        Tables.Line(console, "prior, after: the shares of the data, and those the model will believe;");
        Tables.Line(console, $"batch: its {d.Unit.Name} in a batch on average; none: the chance that it has no {d.Unit.Singular};");
        Tables.Line(console, $"lone {d.Unit.Singular}: the share of a batch's weight that its only {d.Unit.Singular} there has.");
        Tables.Line(console);
        foreach (Finding finding in d.Findings)
        {
            bool step = finding.Code == "do";
            Tables.Paragraph(console, step ? finding.Text[3..] : finding.Text, step ? 3 : 2, step ? finding.Text[..3] : "- ");
            if (step && finding.Command is string command) Tables.Paragraph(console, command, 5, "   ", " \\");
        }
    }

    private static string Share(double share) => share switch
    {
        0 => "0%",
        < 0.0005 => "<0.1%",
        > 0.9995 and < 1 => ">99.9%",
        _ => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%"),
    };
}
