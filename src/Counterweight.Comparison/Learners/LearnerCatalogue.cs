namespace Counterweight.Comparison;

/// <summary>The learners there are.</summary>
public static class LearnerCatalogue
{
    /// <summary>Every learner by name.</summary>
    public static Catalogue<ILearner> All { get; } = new("learner")
    {
        { new("linear", "Multinomial logistic regression.", "Cox (1958); Hosmer and Lemeshow (2013)", []), _ => new LinearLearner() },
        { new("mlp", "A multilayer perceptron with two hidden layers.", "Rumelhart, Hinton and Williams (1986)", []), _ => new MlpLearner() },
        { new("gbdt", "Gradient boosted trees (LightGBM).", "Friedman (2001); Ke et al. (2017), LightGBM", []), _ => new GbdtLearner() },
    };

    /// <summary>The learners that a comparison tries if the user names none.</summary>
    public static IReadOnlyList<string> Default { get; } = ["gbdt", "linear"];

    /// <summary>Refuses a name that is no name, or that a learner of the catalogue has.</summary>
    /// <exception cref="ArgumentException">The name is empty, has other characters or is taken.</exception>
    internal static void ThrowIfNotFree(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new ArgumentException($"A learner's name has letters, digits and hyphens; '{name}' has others.", nameof(name));
        if (All.Contains(name)) throw new ArgumentException($"'{name}' is a learner of the catalogue; give yours another name.", nameof(name));
    }
}
