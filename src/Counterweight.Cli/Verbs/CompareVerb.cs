using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>compare</c>: tries remedies on the same folds of a file and says which helps, with what certainty.</summary>
internal static class CompareVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "compare", "Tries remedies on the same folds of your data and says which helps, by how much, and with what certainty.",
            ("compare sample:lending-club --target Class --out report", "the default remedies and learners; report.html and comparison.json in report/"),
            ("compare data.parquet -t y --metric average-precision --remedies \"none,weights:balanced,weights:power(0.5)\"",
                "three remedies by another metric"),
            ("compare data.csv -t y --remedies \"none,weights:power(tau=0.25..1),resample:smote(k=3|5|9)\"", "searches a range and a list"),
            ("compare data.csv -t y --metric mcc,brier --time date", "two metrics; trains on the past, judges on the future"),
            ("compare data.csv -t y --costs costs.csv --metric expected-cost", "what errors cost decides"),
            ("compare photos.csv -t label --trainer \"python train.py\" --holdout 0.2 --seeds 3", "a training program of yours, on one split with three seeds"),
            ("compare data.csv -t y --resume report", "goes on with a run that was interrupted"));
        var options = new CompareOptions();
        options.AddTo(verb);
        verb.Runs(run => Run(run, options));
        return verb;
    }

    private static void Run(Invocation run, CompareOptions given)
    {
        CompareQuestion question = given.Question(run);
        (Dataset data, DatasetOptions read) = given.Rows(run, question);
        ComparisonOptions options = given.Of(run, question, data, read);
        if (given.Plans(run)) PlanText.Write(run, RemedyComparison.Plan(data, options));
        else if (question.Shard is { } shard) ShardVerb.Run(run, data, options, shard, question.Folder!);
        else Compare(run, given, question.Folder, data, read, options);
    }

    private static void Compare(Invocation run, CompareOptions given, string? folder, Dataset data, DatasetOptions read, ComparisonOptions options)
    {
        using RunStore? store = folder is null ? null : RunStore.Open(folder, RunFingerprint.Of(data, options));
        if (store is { Found: > 0 }) run.Messages.Note($"{store.Found} finished results were found in {folder}.");
        ComparisonResult result = RemedyComparison.Run(data, options, new ProgressLine(run.Messages, options.TrainerSettings), store, run.Cancellation);
        (string? group, string? time) = given.Aside(run);
        ComparisonDocument document = ComparisonDocument.Of(result, read, group, time);
        if (folder is not null)
        {
            ReportFiles written = ComparisonReport.Write(result, folder, document);
            run.Messages.Note($"Written: {written.Document} and {written.Page}");
        }

        if (given.Plots(run) is string pictures)
            run.Messages.Note($"Written: {ComparisonReport.WritePictures(result, pictures)} pictures in {pictures}");
        if (run.Json) Invocation.WriteJson(document, ComparisonDocument.JsonType);
        else CompareText.Write(run.Output, result);
        if (!run.Json)
            foreach (Warning warning in result.Warnings) run.Messages.Warn($"{warning.Message} [{warning.Code}]");
        if (result.Incomplete) run.Messages.Warn(
            $"The run ended early; these are the results so far.{(folder is null ? "" : $" Go on with --resume {folder}.")}");
        run.Cancellation.ThrowIfCancellationRequested();
    }
}
