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
            ("train sample:lending-club -t Class --comparison report --out model", "what the comparison in report/ recommended"),
            ("train sample:hpc-jobs -t class --learner linear --remedy weights:balanced --out model", "a remedy by name"),
            ("train photos.csv --trainer \"python train.py\" --comparison report --out model", "the recommended remedy of a training program of yours"),
            ("train data.csv -t y --out model", "compares first, then trains what wins"),
            ("train 'part-*.parquet' -t y -r weights:balanced --out model --machines n1:5000,n2:5000", "on each of two machines: one model on all rows"));
        var options = new TrainOptions();
        options.AddTo(verb);
        verb.Runs(run => Run(run, options));
        return verb;
    }

    private static void Run(Invocation run, TrainOptions given)
    {
        TrainQuestion question = given.Question(run);
        if (question.Machines is { } machines)
        {
            MachineTraining.Run(run, given, question, machines);
            return;
        }

        if (given.InParts(run, question) is { } files && PartTraining.Run(run, given, question, files)) return;
        (Dataset data, DatasetOptions read) = given.Rows(run, question);
        ComparisonOptions options = given.Of(run, question, data, read);
        if (question.Trainer is { } program)
        {
            TrainProgram(run, data, program, question.Remedy!, given.Settings(run, question, read), question.Folder, options);
            return;
        }

        (string? name, Remedy remedy) = question.Remedy is { } named ? (question.Learner, named) : Recommended(run, data, options);
        using TrainedClassifier trained = Fit(data, name ?? LearnerCatalogue.Default[0], remedy, options, run.Cancellation);
        trained.Save(question.Folder);
        Report(run, trained, question.Folder, "");
    }

    /// <summary>Says what was trained and where it is.</summary>
    internal static void Report(Invocation run, TrainedClassifier trained, string folder, string where)
    {
        if (run.Json)
        {
            Invocation.WriteJson(trained.Metadata, ModelMetadata.JsonType);
            return;
        }

        Tables.Line(run.Output, $"{trained.Metadata.Learner} / {trained.Metadata.Remedy}, trained on {Tables.Count(trained.Metadata.Rows)} rows{where}; "
            + $"decision: {trained.Decision.Description}.");
        Tables.Line(run.Output, $"Saved in {folder}. Predict with: counterweight predict {folder} FILE");
    }

    private static (string? Learner, Remedy Remedy) Recommended(Invocation run, Dataset data, ComparisonOptions options)
    {
        run.Messages.Note("No remedy is named, so they are compared first.");
        ComparisonResult result = RemedyComparison.Run(data, options, new ProgressLine(run.Messages), null, run.Cancellation);
        run.Cancellation.ThrowIfCancellationRequested();
        run.Messages.Note(result.Recommendation.Reason);
        return (result.Recommendation.Candidate.Learner, result.Recommendation.Candidate.Remedy);
    }

    private static void TrainProgram(
        Invocation run, Dataset data, ExternalTrainer trainer, Remedy remedy, TrainerSettings settings, string folder, ComparisonOptions options)
    {
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
}
