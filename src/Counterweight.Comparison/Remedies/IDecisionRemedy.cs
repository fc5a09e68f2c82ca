namespace Counterweight.Comparison;

/// <summary>A remedy that leaves training alone and changes the step from probabilities to a class.</summary>
public interface IDecisionRemedy : IRemedy
{
    /// <summary>Whether it is tuned on probabilities of rows that the model has not seen, which costs an inner cross-validation.</summary>
    bool NeedsTuning { get; }

    /// <summary>Makes the decision.</summary>
    /// <param name="evidence">What there is to go by; none of it comes from the rows that will be judged.</param>
    /// <exception cref="RemedyRefusedException">The remedy makes no sense for these classes.</exception>
    IDecision Decide(DecisionEvidence evidence);
}

/// <summary>What a decision may be made from.</summary>
/// <param name="Plan">How the model was trained.</param>
/// <param name="EffectivePrior">The class shares that training made the model believe, K values: weights, sampling and loss included. Null if
/// they are not known, see <see cref="TrainingPlan.UnknownPrior"/>.</param>
/// <param name="Metric">The metric of the comparison.</param>
/// <param name="Truth">The codes of rows that were not trained on; empty if the remedy needs no tuning.</param>
/// <param name="Probabilities">N x K probabilities of those rows, row-major.</param>
public sealed record DecisionEvidence(
    TrainingPlan Plan, IReadOnlyList<double>? EffectivePrior, IMetric Metric, ReadOnlyMemory<int> Truth, ReadOnlyMemory<double> Probabilities)
{
    /// <summary>A weight per row of <see cref="Truth"/>, or empty where all rows count the same.</summary>
    public ReadOnlyMemory<double> Weights { get; init; }
}
