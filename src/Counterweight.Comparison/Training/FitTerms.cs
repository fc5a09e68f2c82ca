namespace Counterweight.Comparison;

/// <summary>What all fits of a comparison have in common, whatever the candidate and the fold.</summary>
/// <param name="ClassNames">The K labels.</param>
/// <param name="PositiveClass">The code of the positive class of a binary problem.</param>
/// <param name="Metric">What decisions are tuned for.</param>
/// <param name="Costs">What errors cost; null if nobody said.</param>
/// <param name="Seed">The seed of every random choice.</param>
/// <param name="InnerFolds">How many folds the inner cross-validation has that tunes decisions.</param>
internal sealed record FitTerms(
    IReadOnlyList<string> ClassNames, int PositiveClass, IMetric Metric, CostMatrix? Costs, long Seed, int InnerFolds)
{
    /// <summary>What fits learners in other processes; null to fit them in this one.</summary>
    internal IFitProcesses? Processes { get; init; }
}

/// <summary>Fits learners in other processes, with the result of a fit in this one.</summary>
internal interface IFitProcesses
{
    /// <summary>Whether a learner can be fitted elsewhere.</summary>
    bool Takes(ILearner learner);

    /// <summary>Fits on the training rows of a fold and scores its test rows.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="training">The training parts of the remedy.</param>
    /// <param name="fold">The fold.</param>
    /// <param name="fit">Seed and cancellation.</param>
    /// <param name="tunes">Whether scores to tune by are asked for.</param>
    /// <param name="innerFolds">The folds of the models that give those scores.</param>
    /// <exception cref="RemedyRefusedException">The learner cannot carry out the remedy on these rows.</exception>
    FitScores Run(ILearner learner, Remedy training, FoldFeatures fold, FitOptions fit, bool tunes, int innerFolds);
}
