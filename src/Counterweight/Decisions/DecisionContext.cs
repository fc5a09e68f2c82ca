namespace Counterweight;

/// <summary>What a <see cref="DecisionRecipe"/> may use besides the rows: the aim, the costs, and what training did to the class shares.</summary>
public sealed record DecisionContext
{
    /// <summary>What to tune for. A metric that reads probabilities and no decisions (ROC AUC, log loss) leaves nothing to tune: then balanced accuracy
    /// is tuned for. Default: balanced accuracy.</summary>
    public IMetric Metric { get; init; } = Counterweight.Metric.BalancedAccuracy;

    /// <summary>The costs by true and decided class, or null.</summary>
    public CostMatrix? Costs { get; init; }

    /// <summary>The K class shares that the model was trained on, effectively: proportional to count times class weight, or to the resampled counts. Null when
    /// training left the shares as they are.</summary>
    public IReadOnlyList<double>? TrainingPrior { get; init; }

    /// <summary>The K class shares where the decision is used; null for those of the rows it is fitted on.</summary>
    public IReadOnlyList<double>? TargetPrior { get; init; }

    /// <summary>What a tuned threshold must keep to.</summary>
    public IReadOnlyList<ThresholdConstraint> Constraints { get; init; } = [];

    /// <summary>The seed of random starts.</summary>
    public long Seed { get; init; }

    /// <summary>The metric that decisions can change: <see cref="Metric"/>, or balanced accuracy in the place of one that reads probabilities.</summary>
    internal IMetric TunableMetric => Metric.NeedsProbabilities ? Counterweight.Metric.BalancedAccuracy : Costs is null ? Metric : Metric.WithCosts(Costs);
}
