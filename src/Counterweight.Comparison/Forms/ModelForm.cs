using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>What a fitted model computes from prepared features, told so that it can be written down in another format.</summary>
/// <param name="Classes">K.</param>
internal abstract record ModelForm(int Classes);

/// <summary>A model that can tell what it computes.</summary>
internal interface IDescribedModel
{
    /// <summary>What it computes; null where a part of it is a module of the user's.</summary>
    ModelForm? Describe();
}

/// <summary>The weighted mean of the probabilities of several models, and at most 1.</summary>
/// <param name="Members">The models.</param>
/// <param name="Weights">A weight above 0 per model.</param>
/// <param name="Classes">K.</param>
internal sealed record MeanForm(IReadOnlyList<ModelForm> Members, IReadOnlyList<double> Weights, int Classes) : ModelForm(Classes);

/// <summary>Logits that are linear in the dense columns, in doubles.</summary>
/// <param name="Width">W, the number of dense columns.</param>
/// <param name="Coefficients">(W + 1) x K, the intercepts last.</param>
/// <param name="Link">How logits become probabilities.</param>
/// <param name="Classes">K.</param>
internal sealed record LinearForm(int Width, double[] Coefficients, LogitLink Link, int Classes) : ModelForm(Classes);

/// <summary>A perceptron with rectified hidden layers over the dense columns: its parameters have single precision, and it predicts in doubles.</summary>
/// <param name="Sizes">The sizes of the layers, from the dense columns to K.</param>
/// <param name="Parameters">Layer by layer the weights (outputs x inputs) and the biases.</param>
/// <param name="Cosines">Whether the logits are cosines between the last hidden values and the rows of the last weights.</param>
/// <param name="Link">How logits become probabilities.</param>
/// <param name="Classes">K.</param>
internal sealed record NetworkForm(IReadOnlyList<int> Sizes, float[][] Parameters, bool Cosines, LogitLink Link, int Classes) : ModelForm(Classes);

/// <summary>Boosted trees over the columns.</summary>
/// <param name="Trees">The trees, round by round, and in a round output by output.</param>
/// <param name="Outputs">The scores of a row: 1, or K.</param>
/// <param name="Link">How scores become probabilities; those of one sigmoid per class are divided by their sum.</param>
/// <param name="Steepness">What a score is multiplied by in a sigmoid.</param>
/// <param name="Classes">K.</param>
internal sealed record BoostedForm(IReadOnlyList<BoostedTree> Trees, int Outputs, BoostingLink Link, double Steepness, int Classes) : ModelForm(Classes)
{
    /// <summary>LightGBM's text of the same trees.</summary>
    internal required Func<string> Text { get; init; }
}

/// <summary>How logits become probabilities: softmax(scale z), or softmax(log sigmoid(z)), which is one sigmoid per class over their sum.</summary>
/// <param name="Scale">What logits are multiplied by.</param>
/// <param name="Sigmoids">Whether each class has a sigmoid of its own.</param>
internal readonly record struct LogitLink(double Scale, bool Sigmoids)
{
    /// <summary>The plain softmax.</summary>
    internal static LogitLink Softmax { get; } = new(1, false);
}
