namespace Counterweight.Report;

/// <summary>Rows with scores that a model was not trained on, and what a decision for them has to achieve.</summary>
/// <param name="Rows">The truth and the probabilities (N x K) of the rows.</param>
/// <param name="Classes">The K labels in the order of the codes.</param>
public sealed record DecisionQuestion(Predictions Rows, IReadOnlyList<string> Classes)
{
    /// <summary>The file or other source of the rows.</summary>
    public string Source { get; init; } = "the rows";

    /// <summary>
    /// What to tune for. If null: precision where a constraint limits recall, else recall with constraints; the expected cost where there are costs; else
    /// balanced accuracy.
    /// </summary>
    public IMetric? Metric { get; init; }

    /// <summary>What errors cost; null if nobody said.</summary>
    public CostMatrix? Costs { get; init; }

    /// <summary>A calibration that goes first; null for none.</summary>
    public CalibrationMethod? Calibration { get; init; }

    /// <summary>What the threshold must keep to; two classes only.</summary>
    public IReadOnlyList<ThresholdConstraint> Constraints { get; init; } = [];

    /// <summary>How to decide; <c>threshold:tuned</c> for two classes and <c>offsets:tuned</c> for more if null.</summary>
    public DecisionRecipe? Recipe { get; init; }

    /// <summary>The K class shares that weights or resampling made the model see; null if it saw the data's.</summary>
    public IReadOnlyList<double>? TrainingShares { get; init; }

    /// <summary>The folds by which the decision is judged on rows that did not tune it.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>The seed of every random choice.</summary>
    public long Seed { get; init; }

    /// <summary>The most threads; 0 means every processor. The results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether the columns of scores were matched to the classes by order alone, which deserves a warning.</summary>
    internal bool ColumnsByOrder { get; init; }
}
