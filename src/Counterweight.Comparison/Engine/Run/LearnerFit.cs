using System.Text.Json;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>One fit of a learner of the catalogue: in this process, or as a process of its own by a job file, with the same result.</summary>
public static class LearnerFit
{
    /// <summary>Carries out a job that a comparison wrote for one of its own learners, as <c>counterweight fit JOB</c> does.</summary>
    /// <param name="job">The path of <c>job.json</c>.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="RemedyRefusedException">The learner cannot carry out the remedy on these rows.</exception>
    /// <exception cref="UnusableDataException">The job cannot be read, or is none for a learner.</exception>
    public static void Run(string job, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        LearnerJob given = LearnerJob.Read(job);
        string result = given.Result;
        ILearner learner = LearnerCatalogue.All.Create(given.Learner.Name);
        // A thread of its own, as in a comparison: LibTorch keeps its number of threads per calling thread.
        Workers.Run(1, () =>
        {
            try
            {
                Run(given, job, learner, result, cancellation);
            }
            catch (RemedyRefusedException refused)
            {
                new LearnerResult { Refused = refused.Message }.Write(result);
                throw;
            }
        });
    }

    private static void Run(LearnerJob job, string path, ILearner learner, string result, CancellationToken cancellation)
    {
        Dataset dataset = DatasetFile.Read(job.Data);
        if (job.Misfit(dataset) is string misfit) throw new UnusableDataException($"The job cannot be carried out: {misfit} Begin the comparison again.", path);
        int[] groups = [];
        if (job.Groups is not null)
        {
            groups = new int[dataset.Rows];
            for (int i = 0; i < job.Train.Length; i++) groups[job.Train[i]] = job.Groups[i];
        }

        using var fold = new FoldFeatures(dataset, new Fold(job.Repeat, job.Fold, job.Train, job.Test), groups);
        TrainingPlan plan = RemedyTraining.Plan(
            job.Remedy, fold.TrainLabels, dataset.ClassNames, job.Learner.PositiveClass, job.Learner.Costs, fold.TrainWeights);
        if (RemedyTraining.Refuses(learner, plan) is string reason) throw new RemedyRefusedException(reason);
        var fit = new FitOptions(job.Learner.Seed, 1, cancellation) { Groups = fold.TrainGroups };
        using FitScores scores = RemedyTraining.Score(learner, job.Remedy, plan, fold, fit, job.Learner.InnerFolds);
        var told = new LearnerResult { Prior = scores.Prior, Seconds = scores.Seconds };
        double[] tuning = [];
        if (job.Learner.Tunes)
        {
            try
            {
                (tuning, double seconds) = scores.Tuning.Value;
                told = told with { TuningSeconds = seconds };
            }
            catch (Exception failed) when (failed is not (OutOfMemoryException or OperationCanceledException))
            {
                // A decision that cannot be tuned fails alone; others share the training.
                told = told with { TuningFailure = failed };
            }
        }

        told.Write(result);
        double[] all = [.. tuning, .. scores.Test];
        string part = job.Scores + ".tmp";
        Npy.Write(part, all, all.Length / dataset.Classes, dataset.Classes);
        File.Move(part, job.Scores, overwrite: true);
    }

    /// <summary>A job as far as a fit of a learner reads it.</summary>
    private sealed record LearnerJob(
        JobLearner Learner, Remedy Remedy, int Repeat, int Fold, string Data, int[] Train, int[] Test, int[]? Groups, string Scores)
    {
        /// <summary>Where what is said beside the scores goes.</summary>
        internal string Result => Path.Combine(Path.GetDirectoryName(Scores)!, JobFile.ResultName);

        /// <summary>What does not fit the rows; null if all does.</summary>
        internal string? Misfit(Dataset dataset)
        {
            int row = Array.FindIndex(Train, r => (uint)r >= (uint)dataset.Rows), test = Array.FindIndex(Test, r => (uint)r >= (uint)dataset.Rows);
            return row >= 0 || test >= 0
                    ? $"it names row {(row >= 0 ? Train[row] : Test[test])}, and there are {dataset.Rows}."
                : Train.Length == 0 || Test.Length == 0 ? "it names no rows to train on, or none to score."
                : Groups is not null && Groups.Length != Train.Length ? $"it has {Groups.Length} groups for {Train.Length} rows."
                : (uint)Learner.PositiveClass >= (uint)dataset.Classes ? $"its positive class is {Learner.PositiveClass}, of {dataset.Classes}."
                : Learner.InnerFolds < 2 ? $"it asks for {Learner.InnerFolds} inner folds."
                : Learner.Costs is not null && Learner.Costs.Classes != dataset.Classes ? $"its costs are of {Learner.Costs.Classes} classes, of "
                    + $"{dataset.Classes}."
                : null;
        }

        internal static LearnerJob Read(string path)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
                JsonElement root = document.RootElement;
                if (root.GetProperty("protocol").GetInt32() != JobFile.Protocol)
                    throw new RemedyRefusedException($"The job is of protocol {root.GetProperty("protocol").GetRawText()}, and this version of Counterweight "
                        + $"knows {JobFile.Protocol}: it was written by another version.");
                string format = root.GetProperty("data").GetProperty("format").GetString()!;
                if (!root.TryGetProperty("learner", out JsonElement learner) || format != DatasetFile.Format)
                    throw new UnusableDataException("The job is for a training program and names no learner; 'fit' runs jobs that 'compare --launcher' writes "
                        + "for the tool's own learners.", path);
                JobLearner named = JobFile.ReadLearner(learner);
                if (!LearnerCatalogue.All.Contains(named.Name)) throw new FormatException($"there is no learner '{named.Name}'.");
                string scores = Text(root, "scores");
                if (string.IsNullOrEmpty(Path.GetDirectoryName(scores)) || Directory.Exists(scores))
                    throw new FormatException($"'{scores}' is no path of a file.");
                return new LearnerJob(
                    named, Comparison.Remedy.Parse(Text(root, "remedy")), root.GetProperty("repeat").GetInt32(), root.GetProperty("fold").GetInt32(),
                    Text(root.GetProperty("data"), "file"), Rows(Text(root, "train")), Rows(Text(root, "test")),
                    learner.GetProperty("groups").ValueKind == JsonValueKind.Null ? null : Rows(Text(learner, "groups")), scores);
            }
            catch (Exception damaged) when (damaged is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
                or InvalidOperationException or FormatException or ArgumentException or OverflowException)
            {
                throw new UnusableDataException($"The job cannot be read: {damaged.Message}", path, innerException: damaged);
            }
        }

        private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() is { Length: > 0 } text ? text
            : throw new FormatException($"'{name}' is empty.");

        /// <summary>Numbers of rows, or of groups, of which -1 is none.</summary>
        private static int[] Rows(string file) => Array.ConvertAll(Npy.Read(file).Values, r => r is >= int.MinValue and <= int.MaxValue && r == Math.Floor(r)
            ? (int)r : throw new FormatException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file} has {r}, which is no row.")));
    }
}
