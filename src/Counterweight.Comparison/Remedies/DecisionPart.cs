namespace Counterweight.Comparison;

/// <summary>A recipe of <see cref="Decision.Catalogue"/> as a remedy.</summary>
internal sealed class DecisionPart(DecisionRecipe recipe) : IDecisionRemedy
{
    public string Name => recipe.Name;

    public RemedyFamily Family => RemedyFamily.Decision;

    public bool NeedsTuning => recipe.NeedsTuning;

    /// <summary>The parts in the order in which they act: changes of the probabilities first, then at most one decision.</summary>
    internal static DecisionPart Chain(IReadOnlyList<DecisionPart> parts)
    {
        DecisionRecipe[] ordered = [.. parts.Select(p => p.Recipe).OrderBy(r => r.ChangesProbabilities ? 0 : 1)];
        if (ordered.Count(r => !r.ChangesProbabilities) > 1)
            throw new FormatException($"'{ordered[^2].Name}' and '{ordered[^1].Name}' both decide the class; take one of them.");
        DecisionRecipe chain = ordered[^1];
        for (int i = ordered.Length - 2; i >= 0; i--) chain = ordered[i].Then(chain);
        return new DecisionPart(chain);
    }

    public TrainingPlan Apply(TrainingPlan plan)
    {
        if (!recipe.Supports(plan.Counts.Classes))
            throw new RemedyRefusedException($"{Name} is for two classes, and there are {plan.Counts.Classes}; offsets:tuned is its form for more.");
        if (recipe.ReadsPrior && plan.UnknownPrior is string reason)
            throw new RemedyRefusedException($"{Name} goes by the class shares that the model believes in, and these are not known after this training: "
                + $"{reason}. Learn the probabilities from rows apart instead, with calibrate:isotonic or calibrate:platt"
                + $"{(recipe.ChangesProbabilities ? "" : " before it")}.");
        return plan;
    }

    public IDecision Decide(DecisionEvidence evidence)
    {
        Apply(evidence.Plan);
        ClassCounts counts = evidence.Plan.Counts;
        Predictions rows = NeedsTuning
            ? Predictions.FromProbabilities(
                evidence.Truth, evidence.Probabilities, counts.Classes, evidence.Weights, positiveClass: evidence.Plan.PositiveClass, threads: 1)
            : OneRowPerClass(counts, evidence.Plan.PositiveClass);
        try
        {
            return recipe.Fit(rows, new DecisionContext
            {
                Metric = evidence.Metric,
                Costs = evidence.Plan.Costs,
                TrainingPrior = evidence.EffectivePrior,
                TargetPrior = counts.Prior(),
            });
        }
        catch (UnusableDataException unmet)
        {
            throw new RemedyRefusedException(unmet.Message, unmet);
        }
    }

    internal DecisionRecipe Recipe => recipe;

    /// <summary>The class shares as rows: all that an untuned recipe reads.</summary>
    private static Predictions OneRowPerClass(ClassCounts counts, int positiveClass)
    {
        double[] prior = counts.Prior();
        return Predictions.FromProbabilities(
            Enumerable.Range(0, prior.Length).ToArray(), Enumerable.Repeat(prior, prior.Length).SelectMany(p => p).ToArray(), prior.Length,
            weights: prior.Select((_, c) => counts.Total(c)).ToArray(), positiveClass: positiveClass, threads: 1);
    }
}
