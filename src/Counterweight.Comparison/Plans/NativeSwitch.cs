namespace Counterweight.Comparison;

/// <summary>A switch of boosting libraries for unequal classes, and what it multiplies the classes by.</summary>
public sealed class NativeSwitch
{
    /// <summary>Makes a switch.</summary>
    /// <param name="call">The call of the remedy, for its name.</param>
    /// <param name="kind">Which switch.</param>
    /// <param name="weight">What a positive row weighs; 0 for negatives / positives. Of no use to <see cref="NativeSwitchKind.IsUnbalance"/>.</param>
    public NativeSwitch(MethodCall call, NativeSwitchKind kind, double weight = 0)
    {
        ArgumentNullException.ThrowIfNull(call);
        (Call, Name, Kind, Weight) = (call, call.ToString(), kind, weight);
    }

    /// <summary>The call of the remedy.</summary>
    public MethodCall Call { get; }

    /// <summary>The canonical name of the remedy.</summary>
    public string Name { get; }

    /// <summary>Which switch.</summary>
    public NativeSwitchKind Kind { get; }

    /// <summary>What a positive row weighs; 0 for negatives / positives.</summary>
    public double Weight { get; }

    /// <summary>The class whose rows count more, and by how much: of <see cref="NativeSwitchKind.IsUnbalance"/> the rarer one, else the positive one.</summary>
    /// <param name="counts">The class counts of the training rows.</param>
    /// <param name="positiveClass">The code of the positive class.</param>
    public (int Class, double Factor) Of(ClassCounts counts, int positiveClass)
    {
        ArgumentNullException.ThrowIfNull(counts);
        int heavy = Kind == NativeSwitchKind.IsUnbalance ? counts.Rarest : positiveClass;
        return (heavy, Kind != NativeSwitchKind.IsUnbalance && Weight > 0 ? Weight : PositiveWeight.Of(counts, heavy));
    }

    /// <summary>The canonical name.</summary>
    public override string ToString() => Name;

    /// <summary>The factors of all classes, K values; ones without a switch.</summary>
    internal static double[] Factors(TrainingPlan plan)
    {
        double[] factors = [.. Enumerable.Repeat(1.0, plan.Counts.Classes)];
        if (plan.Native is null) return factors;
        (int heavy, double factor) = plan.Native.Of(plan.Counts, plan.PositiveClass);
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

/// <summary>The switches of boosting libraries.</summary>
public enum NativeSwitchKind
{
    /// <summary>The gradients of positive rows are multiplied (XGBoost and LightGBM, <c>scale_pos_weight</c>).</summary>
    ScalePositiveWeight,

    /// <summary>The gradients of the rarer class are multiplied by the ratio of the counts (LightGBM, <c>is_unbalance</c>).</summary>
    IsUnbalance,
}
