using System.CommandLine;
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
            ("train photos.csv --trainer \"python train.py\" --comparison report --out model", "the recommended remedy of a training program of yours"),
            ("train data.csv -t y --out model", "compares first, then trains what wins"));
        Argument<string> file = new("FILE")
        {
            Description = "CSV, Parquet or JSON lines; - is CSV on standard input. With --trainer also a folder of images with a folder per class.",
        };
        Option<string?> remedy =
            new("--remedy", "-r") { Description = "The remedy; 'remedies' lists them. The recommended one if omitted.", HelpName = "REMEDY" };
        Option<string?> learner =
            new("--learner", "-l") { Description = $"The learner: {string.Join(", ", LearnerCatalogue.All.Select(l => l.Name))}.", HelpName = "NAME" };
        Option<string?> comparison =
            new("--comparison")
            {
                Description = "The --out folder of a comparison, whose recommendation is trained as it was compared: target, metric, positive class, costs and "
                + "columns left out are those of the comparison unless given here.",
                HelpName = "DIR",
            };
        Option<string?> output = new("--out", "-o") { Description = "The folder to save the model in.", HelpName = "DIR" };
        Option<string> metric = new("--metric", "-m")
        {
            Description = "What thresholds and offsets are tuned for.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "balanced-accuracy"
        };
        Option<string?> costs = new("--costs") { Description = "A file of costs, per class or as a matrix.", HelpName = "FILE" };
        Option<string?> positive = new("--positive") { Description = "The positive class of two; the rarer one if omitted.", HelpName = "CLASS" };
        Option<string[]> drop = new("--drop", "--ignore-columns") { Description = "Columns to leave out, such as identifiers.", HelpName = "COLUMN,..." };
        var programs = new ProgramOptions();
        verb.Add(file);
        foreach (Option option in (Option[])[remedy, learner, comparison, output, metric, costs, positive, drop]) verb.Add(option);
        programs.AddTo(verb);
        verb.Runs(run =>
        {
            string folder = run.Value(output) ?? throw new UsageException("Where should the model go? Give a folder with --out DIR.");
            if (run.Value(comparison) is not null && (run.Value(remedy) ?? run.Value(learner)) is not null)
                throw new UsageException("--comparison brings remedy and learner; leave out --remedy and --learner, or --comparison.");
            _ = Metric.Catalogue.Create(run.Value(metric)!);
            string? name = run.Value(learner) is string asked ? LearnerCatalogue.All.Create(asked).Name : null;
            Remedy? named = run.Value(remedy) is string text ? Remedy.Parse(text) : null;
            IReadOnlyList<ExternalTrainer> trainers = programs.Trainers(run);
            if (trainers.Count > 1) throw new UsageException("train takes one --trainer; it trains one model.");
            if (trainers.Count > 0 && run.Value(learner) is not null) throw new UsageException("--trainer and --learner are two ways to train; leave one out.");
            if (trainers.Count > 0 && run.Value(comparison) is null && named is null)
                throw new UsageException("Which remedy? Give the --comparison DIR that recommends one, or --remedy NAME.");
            Terms? terms = run.Value(comparison) is string from ? Terms.Of(from, trainers.Count > 0 ? trainers[0] : null) : null;
            if (trainers.Count == 0 && TrainedClassifier.WhyNotSaved(folder) is string reason) throw new UsageException($"--out: {reason}");
            if (terms is not null) (name, named) = (terms.Learner, terms.Remedy);
            string path = run.Value(file)!;
            bool images = ImageFolder.Is(path);
            string target = images ? ImageRows.LabelColumn
                : terms is not null && run.Target is null ? terms.Document.Dataset.Target : run.RequireTarget(path);
            DatasetOptions read = ReadingOptions.Of(run, terms?.Reading ?? new()).With(run.List(drop), run.Threads);
            Dataset data = images ? ImageFolder.Read(run, path, learns: trainers.Count == 0, drop) : DatasetReader.Read(path, target, read, run.Cancellation);
            terms?.Check(data);
            foreach (DataNote note in data.Notes) run.Messages.Warn($"{note.Message} [{note.Code}]");
            CostMatrix? matrix = run.Value(costs) is string costsFile ? CostsFile.Matrix(costsFile, data.ClassNames) : terms?.Costs();
            IMetric decides = Metric.Catalogue.Create(terms is not null && !run.IsGiven(metric) ? terms.Document.Metric : run.Value(metric)!);
            if (decides.NeedsCosts)
                decides = decides.WithCosts(matrix ?? throw new UsageException($"--metric {decides.Name} needs the costs: give --costs FILE."));
            string? positiveLabel = run.Value(positive) ?? terms?.Document.PositiveClass;
            if (positiveLabel is not null && data.Classes != 2) throw new UsageException($"--positive is for two classes; there are {data.Classes}.");
            var options = new ComparisonOptions
            {
                Metric = decides,
                Reading = read,
                Costs = matrix,
                Seed = run.Seed,
                Threads = run.Threads,
                Learners = name is null ? [] : [name],
                PositiveClass = positiveLabel is null ? null : data.CountLabels().CodeOf(positiveLabel),
                Groups = terms?.Document.Asked?.Group is string column ? RowColumns.Groups(data[column]) : null,
            };
            if (trainers.Count > 0)
            {
                if (terms?.Document.Asked?.Time is string moment) options = options with { Times = RowColumns.Times(data[moment], path) };
                TrainerSettings settings = programs.Settings(run, path, folder) with { DataFormat = images ? ImageRows.Kind : null, LeaveOut = read.Drop };
                TrainProgram(run, data, trainers[0], named!, settings, folder, options);
                return;
            }

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

    private static void TrainProgram(
        Invocation run, Dataset data, ExternalTrainer trainer, Remedy remedy, TrainerSettings settings, string folder, ComparisonOptions options)
    {
        if (File.Exists(folder)) throw new UsageException($"--out takes a folder, and {folder} is a file.");
        ProgramTraining trained;
        try
        {
            trained = ProgramTraining.Run(data, trainer, remedy, settings, folder, options, run.Cancellation);
        }
        catch (RemedyRefusedException refused)
        {
            throw new UsageException($"{trainer.Name} / {remedy.Name}: {refused.Message}");
        }

        if (run.Json)
        {
            Invocation.WriteJson(trained, CliDocuments.Documents.ProgramTraining);
            return;
        }

        Tables.Line(run.Output, $"{trained.Learner} / {trained.Remedy}, given {Tables.Count(trained.TrainingRows)} rows to train on and "
            + $"{Tables.Count(trained.ValidationRows)} validation rows; decision: {trained.Decision}.");
        Tables.Line(run.Output, $"Decision and log are in {folder}; the model is where the program put it. Apply the decision to its scores with "
            + $"Decision.Load(\"{ProgramTraining.DecisionFile}\"), in C# or Python.");
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

    /// <summary>What a comparison recommends, and on which terms it was made.</summary>
    private sealed record Terms(string Folder, ComparisonDocument Document, string Learner, Remedy Remedy)
    {
        internal DatasetOptions? Reading => Document.Asked?.Reading;

        internal static Terms Of(string folder, ExternalTrainer? trainer)
        {
            if (!File.Exists(Path.Combine(folder, ComparisonDocument.FileName)) && !File.Exists(folder))
                throw new UsageException($"--comparison: there is no {ComparisonDocument.FileName} in {folder}; 'counterweight compare --out "
                    + $"{folder}' writes it.");
            ComparisonDocument document = ComparisonDocument.Load(folder);
            try
            {
                string learner = document.Recommendation.Learner;
                if (trainer is null) learner = LearnerCatalogue.All.Create(learner).Name;
                else if (LearnerCatalogue.All.Contains(learner))
                    throw new UsageException($"--comparison: {folder} recommends {learner} / {document.Recommendation.Remedy}, which is no program's. "
                        + $"Train that without "
                        + $"--trainer, or name a remedy for the program with --remedy.");
                _ = Metric.Catalogue.Create(document.Metric);
                return new(folder, document, learner, Remedy.Parse(document.Recommendation.Remedy));
            }
            catch (Exception wrong) when (wrong is ArgumentException or FormatException)
            {
                throw new UnusableDataException($"the comparison cannot be trained here: {wrong.Message}", folder, innerException: wrong);
            }
        }

        /// <summary>Refuses data that are about something else.</summary>
        internal void Check(Dataset data)
        {
            if (data.Target != Document.Dataset.Target)
                throw new UnusableDataException(
                    $"the comparison is about the column '{Document.Dataset.Target}', and '{data.Target}' is to be learned here. Compare remedies on "
                    + $"'{data.Target}' first.", Folder);
            string[] compared = [.. Document.Dataset.Classes.Select(c => c.Label)], here = [.. data.ClassNames];
            string[] gone = [.. compared.Except(here, StringComparer.Ordinal)], fresh = [.. here.Except(compared, StringComparer.Ordinal)];
            if (gone.Length + fresh.Length > 0)
                throw new UnusableDataException(
                    $"the comparison is about other classes:{Listed(gone, "missing here")}{Listed(fresh, "new here")} Compare remedies on these rows first.",
                    Folder);

            static string Listed(string[] labels, string what) => labels.Length == 0 ? ""
                : $" {string.Join(", ", labels.Take(10).Select(l => $"'{l}'"))}{(labels.Length > 10 ? $" and {labels.Length - 10} more" : "")} "
                + $"{(labels.Length == 1 ? "is" : "are")} {what}.";
        }

        internal CostMatrix? Costs()
        {
            if (Document.Asked?.Costs is not { } rows) return null;
            try
            {
                return CostMatrix.From([.. rows.SelectMany(r => r)], Document.Dataset.Classes.Count);
            }
            catch (ArgumentException wrong)
            {
                throw new UnusableDataException($"the costs of the comparison are damaged: {wrong.Message}", Folder, innerException: wrong);
            }
        }
    }
}
