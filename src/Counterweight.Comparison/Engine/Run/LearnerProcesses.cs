using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Runs the fits of the tool's own learners as processes, each under the launcher, in place of threads of this one.</summary>
internal sealed class LearnerProcesses(Dataset dataset, ComparisonOptions options, Lazy<TrainerFits> fits) : IFitProcesses
{
    private readonly Lazy<string> mark = new(() => RunFingerprint.Of(dataset, options)[..8]);

    /// <summary>Whether a learner can be fitted elsewhere: it is one of the catalogue, which another process knows by its name.</summary>
    public bool Takes(ILearner learner) =>
        LearnerCatalogue.All.Contains(learner.Name) && LearnerCatalogue.All.Create(learner.Name).GetType() == learner.GetType();

    /// <inheritdoc/>
    /// <exception cref="TrainerException">The process failed.</exception>
    public FitScores Run(ILearner learner, Remedy training, FoldFeatures fold, FitOptions fit, bool tunes, int innerFolds)
    {
        Fold part = fold.Fold;
        string rows = Digest(part.Train, part.Test, fold.TrainGroups ?? []);
        var request = new FitRequest(
            ExternalTrainer.OfLearner(learner.Name, options.TrainerSettings!.FitCommand), training, part.Repeat, part.Index, part.Train,
            tunes ? part.Train : [], part.Test, fit.Seed & int.MaxValue, 1, $"own-{mark.Value}-{rows}{(tunes ? "-tuned" : "")}")
        {
            Own = new OwnFit(fit.Seed, tunes, innerFolds, fold.TrainGroups),
        };
        ProgramScores scores = fits.Value.Run(request, fit.Cancellation);
        return new FitScores(
            scores.Test, scores.Prior, scores.Seconds,
            new(() => scores.TuningFailure is null ? (scores.Validation, scores.TuningSeconds) : throw scores.TuningFailure), null);
    }

    private static string Digest(params ReadOnlySpan<int[]> parts)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] part in parts)
        {
            digest.AppendData(BitConverter.GetBytes(part.Length));
            digest.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset())[..8];
    }
}
