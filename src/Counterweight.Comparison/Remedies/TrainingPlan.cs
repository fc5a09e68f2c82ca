namespace Counterweight.Comparison;

/// <summary>How a model is to be trained on some rows: what the remedies of a candidate ask of a learner.</summary>
public sealed record TrainingPlan
{
    /// <summary>The class counts of the training rows.</summary>
    public required ClassCounts Counts { get; init; }

    /// <summary>The code of the class that a binary problem calls positive.</summary>
    public int PositiveClass { get; init; } = 1;

    /// <summary>What errors cost, if the user said so.</summary>
    public CostMatrix? Costs { get; init; }

    /// <summary>The weight of each class in the loss, with a mean row weight of one; null for equal weights.</summary>
    public ClassWeights? Weights { get; init; }

    /// <summary>How rows are drawn; null for every row once an epoch.</summary>
    public SamplerFactory? Sampler { get; init; }

    /// <summary>The loss in canonical form, such as <c>focal(gamma=2)</c>; null for cross entropy.</summary>
    public string? Loss { get; init; }

    /// <summary>How the training rows are changed first; null if they are not.</summary>
    public IResampler? Resampler { get; init; }

    /// <summary>How several models are trained, in canonical form, such as <c>easy(members=10)</c>; null for a single model.</summary>
    public string? Ensemble { get; init; }

    /// <summary>A learner's own switch for unequal classes, <c>is-unbalance</c> or <c>scale-pos-weight</c>, in canonical form; null for none.</summary>
    public string? Native { get; init; }
}
