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
        string result = Path.Combine(Path.GetDirectoryName(given.Scores)!, JobFile.ResultName);
        ILearner learner = LearnerCatalogue.All.Create(given.Learner.Name);
        // A thread of its own, as in a comparison: LibTorch keeps its number of threads per calling thread.
        Workers.Run(1, () =>
        {
            try
            {
                Run(given, learner, result, cancellation);
            }
            catch (RemedyRefusedException refused)
            {
                new LearnerResult { Refused = refused.Message }.Write(result);
                throw;
            }
        });
    }

    private static void Run(LearnerJob job, ILearner learner, string result, CancellationToken cancellation)
    {
        Dataset dataset = DatasetFile.Read(job.Data);
        int[] groups = [];
        if (job.Groups is not null)
        {
            groups = new int[dataset.Rows];
            for (int i = 0; i < job.Train.Length; i++) groups[job.Train[i]] = job.Groups[i];
        }

        var fold = new FoldFeatures(dataset, new Fold(job.Repeat, job.Fold, job.Train, job.Test), groups);
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
                return new LearnerJob(
                    JobFile.ReadLearner(learner), Comparison.Remedy.Parse(root.GetProperty("remedy").GetString()!), root.GetProperty("repeat").GetInt32(),
                    root.GetProperty("fold").GetInt32(), root.GetProperty("data").GetProperty("file").GetString()!, Rows(root.GetProperty("train"))!,
                    Rows(root.GetProperty("test"))!, Rows(learner.GetProperty("groups")), root.GetProperty("scores").GetString()!);
            }
            catch (Exception damaged) when (damaged is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new UnusableDataException($"The job cannot be read: {damaged.Message}", path, innerException: damaged);
            }
        }

        private static int[]? Rows(JsonElement file) =>
            file.ValueKind == JsonValueKind.Null ? null : Array.ConvertAll(Npy.Read(file.GetString()!).Values, r => checked((int)r));
    }
}
