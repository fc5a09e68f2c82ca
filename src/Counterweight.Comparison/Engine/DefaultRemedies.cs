namespace Counterweight.Comparison;

/// <summary>The remedies that a comparison tries if the user names none: one or two of every family.</summary>
public static class DefaultRemedies
{
    /// <summary>The remedies for a number of classes.</summary>
    /// <param name="classes">K.</param>
    /// <param name="costs">Whether the user stated costs.</param>
    public static IReadOnlyList<Remedy> For(int classes, bool costs)
    {
        string tuned = classes == 2 ? "threshold:tuned" : "offsets:tuned";
        List<string> names =
        [
            "none", tuned, "weights:balanced", "weights:inverse-sqrt", "weights:effective-number", "weights:inverse-log", "sampler:class-balanced",
            "loss:logit-adjusted", "resample:random-under", "resample:smote", "ensemble:easy",
            $"weights:balanced+{tuned}",
        ];
        if (costs) names.Add("weights:costs");
        return [.. names.Select(Remedy.Parse)];
    }
}
