namespace Counterweight.Comparison;

/// <summary>What <see cref="TrainingPlan.Native"/> names: switches of boosting libraries, and what they multiply the classes by.</summary>
internal static class NativeSwitch
{
    internal const string IsUnbalance = "is-unbalance", ScalePositiveWeight = "scale-pos-weight";

    /// <summary>The name without parameters; null without a switch.</summary>
    internal static string? NameOf(TrainingPlan plan) => plan.Native?.Split('(')[0];

    /// <summary>The class whose rows count more, and by how much: of <c>is-unbalance</c> the rarer one, else the positive one.</summary>
    internal static (int Class, double Factor) Of(TrainingPlan plan)
    {
        if (NameOf(plan) == IsUnbalance) return (plan.Counts.Rarest, PositiveWeight.Of(plan.Counts, plan.Counts.Rarest));
        double stated = Remedy.Catalogue.Parse(plan.Native!)["weight"];
        return (plan.PositiveClass, stated > 0 ? stated : PositiveWeight.Of(plan.Counts, plan.PositiveClass));
    }

    /// <summary>The factors of all classes, K values.</summary>
    internal static double[] Factors(TrainingPlan plan)
    {
        double[] factors = [.. Enumerable.Repeat(1.0, plan.Counts.Classes)];
        if (plan.Native is null) return factors;
        (int heavy, double factor) = Of(plan);
        factors[heavy] = factor;
        return factors;
    }

    /// <summary>The same plan with class weights in place of the switch, for learners and losses that have none.</summary>
    internal static TrainingPlan AsWeights(TrainingPlan plan) => plan.Native is null ? plan : plan with
    {
        Native = null,
        Weights = ClassWeights.From(plan.Counts, WeightScheme.Manual(Factors(plan)), new WeightOptions { Normalisation = Normalisation.MeanOne }),
    };
}
