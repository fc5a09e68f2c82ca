using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary><c>train</c>: fits the recommended or a named remedy on all rows and saves it as a folder.</summary>
internal static class TrainVerb
{
    internal static VerbCommand Create()
    {
        var verb = new VerbCommand(
            "train", "Fits a remedy on all rows of a file and saves the model, its preparation and its decision as one folder.",
            ("train samples/lending-club.csv -t Class --comparison report --out model", "what the comparison in report/ recommended"),
            ("train samples/hpc-jobs.csv -t class --learner linear --remedy weights:balanced --out model", "a remedy by name"),
            ("train data.csv -t y --out model", "compares first, then trains what wins"));
        Argument<string> file = new("FILE") { Description = "CSV, Parquet or JSON lines; - is CSV on standard input." };
        Option<string?> remedy =
            new("--remedy", "-r") { Description = "The remedy; 'remedies' lists them. The recommended one if omitted.", HelpName = "REMEDY" };
        Option<string?> learner =
            new("--learner", "-l") { Description = $"The learner: {string.Join(", ", LearnerCatalogue.All.Select(l => l.Name))}.", HelpName = "NAME" };
        Option<string?> comparison =
            new("--comparison") { Description = "The --out folder of a comparison, whose recommendation is trained.", HelpName = "DIR" };
        Option<string?> output = new("--out", "-o") { Description = "The folder to save the model in.", HelpName = "DIR" };
        Option<string> metric = new("--metric", "-m")
        {
            Description = "What thresholds and offsets are tuned for.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "balanced-accuracy"
        };
        Option<string?> costs = new("--costs") { Description = "A file of costs, per class or as a matrix.", HelpName = "FILE" };
        Option<string?> positive = new("--positive") { Description = "The positive class of two; the rarer one if omitted.", HelpName = "CLASS" };
        Option<string[]> drop = new("--drop") { Description = "Columns to leave out, such as identifiers.", HelpName = "COLUMN,..." };
        verb.Add(file);
        foreach (Option option in (Option[])[remedy, learner, comparison, output, metric, costs, positive, drop]) verb.Add(option);
        verb.Runs(run =>
        {
            string folder = run.Value(output) ?? throw new UsageException("Where should the model go? Give a folder with --out DIR.");
            if (run.Value(comparison) is not null && (run.Value(remedy) ?? run.Value(learner)) is not null)
                throw new UsageException("--comparison brings remedy and learner; leave out --remedy and --learner, or --comparison.");
            IMetric decides = Metric.Catalogue.Create(run.Value(metric)!);
            string? name = run.Value(learner) is string asked ? LearnerCatalogue.All.Create(asked).Name : null;
            Remedy? named = run.Value(remedy) is string text ? Remedy.Parse(text) : null;
            if (run.Value(comparison) is string from) (name, named) = Recommended(from);
            string path = run.Value(file)!, target = run.RequireTarget(path);
            Dataset data = DatasetReader.Read(path, target, new DatasetOptions { Drop = run.List(drop), Threads = run.Threads }, run.Cancellation);
            CostMatrix? matrix = run.Value(costs) is string costsFile ? CostsFile.Matrix(costsFile, data.ClassNames) : null;
            if (decides.Name == "expected-cost")
                decides = Metric.ExpectedCost(matrix ?? throw new UsageException("--metric expected-cost needs the costs: give --costs FILE."));
            var options = new ComparisonOptions
            {
                Metric = decides,
                Costs = matrix,
                Seed = run.Seed,
                Threads = run.Threads,
                Learners = name is null ? [] : [name],
                PositiveClass = run.Value(positive) is string label ? data.CountLabels().CodeOf(label) : null,
            };
            if (named is null)
            {
                run.Messages.Note("No remedy is named, so they are compared first.");
                ComparisonResult result = RemedyComparison.Run(data, options, new CompareVerb.ProgressLine(run.Messages), null, run.Cancellation);
                run.Cancellation.ThrowIfCancellationRequested();
                run.Messages.Note(result.Recommendation.Reason);
                (name, named) = (result.Recommendation.Candidate.Learner, result.Recommendation.Candidate.Remedy);
            }

            using TrainedClassifier trained = Fit(data, name ?? LearnerCatalogue.Default[0], named, options, run.Cancellation);
            trained.Save(folder);
            if (run.Json)
            {
                Invocation.WriteJson(trained.Metadata, ModelMetadata.JsonType);
                return;
            }

            Tables.Line(run.Output, $"{trained.Metadata.Learner} / {trained.Metadata.Remedy}, trained on {Tables.Count(data.Rows)} rows; decision: "
                + $"{trained.Decision.Description}.");
            Tables.Line(run.Output, $"Saved in {folder}. Predict with: counterweight predict {folder} FILE");
        });
        return verb;
    }

    private static TrainedClassifier Fit(Dataset data, string learner, Remedy remedy, ComparisonOptions options, CancellationToken cancellation)
    {
        try
        {
            return TrainedClassifier.Fit(data, learner, remedy, options, cancellation);
        }
        catch (RemedyRefusedException refused)
        {
            throw new UsageException($"{learner} / {remedy.Name}: {refused.Message}");
        }
    }

    private static (string Learner, Remedy Remedy) Recommended(string folder)
    {
        string path = Path.Combine(folder, "comparison.json");
        if (!File.Exists(path)) throw new UsageException($"--comparison: there is no comparison.json in {folder}; 'counterweight compare --out "
            + $"{folder}' writes it.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            JsonElement advice = document.RootElement.GetProperty("recommendation");
            return (advice.GetProperty("learner").GetString()!, Remedy.Parse(advice.GetProperty("remedy").GetString()!));
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UnusableDataException(
                string.Create(CultureInfo.InvariantCulture, $"This is no comparison: {damaged.Message}"), path, innerException: damaged);
        }
    }
}
