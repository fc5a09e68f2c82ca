using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Cli;

/// <summary>What <c>decide</c> is asked.</summary>
/// <param name="Costs">FP,FN or a file.</param>
/// <param name="Metric">What to tune for.</param>
/// <param name="Calibration">What calibrates first.</param>
/// <param name="Limits">What the threshold keeps to.</param>
/// <param name="Recipe">How to decide.</param>
/// <param name="Shares">The class shares of the training.</param>
/// <param name="Logits">Whether scores are raw outputs.</param>
/// <param name="Folds">The folds that judge.</param>
/// <param name="Output">Where decision and report go.</param>
/// <param name="Plots">Where pictures go.</param>
internal sealed record DecideRequest(
    string? Costs, string? Metric, CalibrationMethod? Calibration, ThresholdConstraint[] Limits, string? Recipe, string? Shares, bool Logits, int Folds,
    string? Output, string? Plots)
{
    /// <summary>Refuses a metric that no decision can change, and names that there are not.</summary>
    internal void Check()
    {
        if (Metric is string name && Counterweight.Metric.Catalogue.Create(name).NeedsProbabilities)
            throw new UsageException($"--metric {name}: it reads the scores and not the decisions, so no decision can change it. Tune for f1, mcc, "
                + "balanced-accuracy or expected-cost, say.");
        if (Recipe is not null) DecisionRecipe.Parse(Recipe);
    }

    /// <summary>The costs of one label column.</summary>
    internal CostMatrix? CostsFor(ScoredFile scored)
    {
        if (Costs is null) return null;
        double[] numbers = Numbers(Costs);
        if (numbers.Any(double.IsNaN)) return CostsFile.Matrix(Costs, scored.Classes);
        if (scored.Classes.Length != 2 || numbers.Length != 2)
            throw new UsageException(scored.Classes.Length == 2 ? $"--costs takes two costs, of a false alarm and of a miss; {numbers.Length} are given."
                : $"--costs FP,FN is for two classes; with {scored.Classes.Length} give a file of costs, a line per true class.");
        return CostMatrix.FromPair(numbers[0], numbers[1], scored.PositiveClass);
    }

    /// <summary>The costs that several labels share.</summary>
    internal CostMatrix? SharedCosts()
    {
        if (Costs is null) return null;
        double[] pair = Numbers(Costs);
        return pair.Length == 2 && !pair.Any(double.IsNaN) ? CostMatrix.FromPair(pair[0], pair[1], 1)
            : throw new UsageException($"With several labels --costs is FP,FN, the same for each; '{Costs}' is not that.");
    }

    /// <summary>What the thresholds of several labels are tuned for.</summary>
    internal IMetric SharedMetric(CostMatrix? costs)
    {
        IMetric metric = Metric is string asked ? Counterweight.Metric.Catalogue.Create(asked)
            : Limits.Length > 0 ? (Limits.Any(l => l.Measured == "recall") ? Counterweight.Metric.Precision : Counterweight.Metric.Recall)
            : costs is not null ? Counterweight.Metric.ExpectedCost(costs) : Counterweight.Metric.F1;
        return costs is null ? metric : metric.WithCosts(costs);
    }

    /// <summary>How to decide among so many classes: prior correction and calibration come first.</summary>
    internal DecisionRecipe RecipeFor(int classes)
    {
        string name = Recipe ?? (classes == 2 ? "threshold:tuned" : "offsets:tuned");
        if (Shares is not null && !name.Contains("prior-corrected", StringComparison.OrdinalIgnoreCase)) name = $"prior-corrected+{name}";
        return DecisionRecipe.Parse(Calibration is null ? name : $"calibrate:{Calibration.Name}+{name}");
    }

    /// <summary>The shares of the training rows, one per class.</summary>
    internal double[]? SharesFor(int classes)
    {
        if (Shares is null) return null;
        double[] shares = Numbers(Shares);
        return shares.Length == classes && shares.All(v => v > 0 && double.IsFinite(v)) ? shares
            : throw new UsageException($"--training-shares takes {classes} shares above zero, one per class; '{Shares}' is not that.");
    }

    /// <summary>Numbers between commas; what is none is NaN.</summary>
    private static double[] Numbers(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries)
        .Select(p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) ? v : double.NaN)];
}
