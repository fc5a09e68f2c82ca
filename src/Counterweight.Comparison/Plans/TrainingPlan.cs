namespace Counterweight.Comparison;

/// <summary>How a model is to be trained on some rows: what the remedies of a candidate ask of a learner.</summary>
/// <remarks>Everything in it is an object that was made once, when the remedy was read; names are for people.</remarks>
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
    public Planned<SamplerFactory>? Sampler { get; init; }

    /// <summary>The loss; null for cross entropy.</summary>
    public PlannedLoss? Loss { get; init; }

    /// <summary>How the training rows are changed first; null if they are not.</summary>
    public Planned<IResampler>? Resampler { get; init; }

    /// <summary>How several models are trained; null for a single model.</summary>
    public Planned<IEnsemble>? Ensemble { get; init; }

    /// <summary>A switch of boosting libraries for unequal classes; null for none.</summary>
    public NativeSwitch? Native { get; init; }

    /// <summary>Why it is not known which class shares the trained model believes in, as a clause: <c>rows that smote makes ...</c>; null if it is.</summary>
    public string? UnknownPrior
    {
        get
        {
            foreach (MethodCall? call in (MethodCall?[])[Ensemble?.Call, Resampler?.Call, Sampler?.Call, Loss?.Call])
                if (call is not null && EffectOf(call) is { Reason: string reason }) return reason;
            return null;
        }
    }

    /// <summary>The class shares that the trained model believes in: those of the rows, times what weights, draws, loss and ensemble make of them.</summary>
    /// <param name="drawn">How much more often than its share each class is drawn, K values; null for ones. A sampler's own epochs tell.</param>
    /// <returns>K shares; null if they are not known, see <see cref="UnknownPrior"/>.</returns>
    public double[]? PriorAfter(IReadOnlyList<double>? drawn = null)
    {
        if (UnknownPrior is not null) return null;
        double[] prior = Counts.Prior(), native = NativeSwitch.Factors(this);
        IReadOnlyList<double>? ensemble = Ensemble is null ? null : EffectOf(Ensemble.Call).Factors, loss = Loss is null ? null : EffectOf(Loss.Call).Factors;
        double sum = 0;
        for (int c = 0; c < prior.Length; c++)
            if (prior[c] > 0) sum += prior[c] *= (drawn?[c] ?? 1) * native[c] * (Weights?[c] ?? 1) * (ensemble?[c] ?? 1) * (loss?[c] ?? 1);
        for (int c = 0; c < prior.Length; c++) prior[c] /= sum;
        return prior;
    }

    /// <summary>What the loss makes of the class shares, K factors; ones for cross entropy, and null if it is not known.</summary>
    internal double[]? LossFactors()
    {
        if (Loss is null) return [.. Enumerable.Repeat(1.0, Counts.Classes)];
        PriorEffect effect = EffectOf(Loss.Call);
        return effect.Reason is not null ? null : effect.Factors is { } factors ? [.. factors] : [.. Enumerable.Repeat(1.0, Counts.Classes)];
    }

    /// <summary>The effect of a method on these counts; unknown where it cannot be had for them, as for a class without rows.</summary>
    private PriorEffect EffectOf(MethodCall call)
    {
        try
        {
            return call.PriorAfter(Counts);
        }
        catch (ArgumentException unfit)
        {
            return PriorEffect.Unknown(unfit.Message);
        }
    }
}
