using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>
/// Recipes that train a representation on the data as they are and then mend the last layer alone (Kang and others, 2020, section 4).
/// </summary>
/// <example>
/// <code>
/// // 1. train the whole model with cross entropy; 2. train only the last layer on class-balanced rows:
/// using (var stage = TwoStage.RetrainClassifier(model, model.Last, seed: 0))
///     Train(stage.Parameters, new ClassBalancedSampler(labels, classes));
/// // or, without training:
/// TwoStage.TauNormalise(model.Last, tau: 0.7);
/// </code>
/// </example>
public static class TwoStage
{
    /// <summary>Classifier re-training (cRT): gives the last layer new random weights and freezes everything else until the stage is disposed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classifier">Its last layer.</param>
    /// <param name="seed">The seed of the new weights.</param>
    /// <param name="reinitialise">Whether the last layer starts anew, as published; otherwise it goes on from where it is.</param>
    /// <returns>The stage with the parameters to train; disposing it thaws the others.</returns>
    /// <exception cref="ArgumentException">The layer is no part of the model.</exception>
    public static FrozenStage RetrainClassifier(nn.Module model, Linear classifier, long seed = 0, bool reinitialise = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(classifier);
        var stage = new FrozenStage(model, classifier);
        if (!reinitialise) return stage;
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        // As a new linear layer: uniform within one over the root of the number of features (He and others, 2015, with a gain of sqrt(1/3)).
        double bound = 1 / Math.Sqrt(classifier.weight.shape[1]);
        using var generator = new Generator((ulong)seed);
        classifier.weight.copy_(Uniform(classifier.weight));
        if (classifier.bias is { } bias) bias.copy_(Uniform(bias));
        return stage;

        Tensor Uniform(Tensor like) => torch.rand(like.shape, generator: generator).to(like.dtype).to(like.device).Times(2 * bound).Plus(-bound);
    }

    /// <summary>tau-normalisation: w_c / |w_c|^tau, which evens out the lengths that frequent classes have learned (Kang and others, 2020, equation
    /// 4).</summary>
    /// <param name="weight">(K, d).</param>
    /// <param name="tau">0 leaves the weights as they are, 1 gives every class length one; in [0, 1] usually, 0 or more.</param>
    /// <returns>(K, d).</returns>
    public static Tensor TauNormalised(Tensor weight, double tau)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Arguments.InRange(tau, 0, double.PositiveInfinity, nameof(tau));
        if (weight.ndim != 2) throw new ArgumentException($"The weights of a last layer are (K, d); the shape is {Arguments.Shape(weight)}.", nameof(weight));
        using var scope = NewDisposeScope();
        Tensor length = weight.norm(1, keepdim: true);
        return (weight / length.Masked(length.Is(0), 1).ToPower(tau)).MoveToOuterDisposeScope();
    }

    /// <summary>tau-normalisation of a layer in place; its bias becomes zero, as published.</summary>
    /// <param name="classifier">The last layer.</param>
    /// <param name="tau">See <see cref="TauNormalised"/>; chosen on validation rows.</param>
    public static void TauNormalise(Linear classifier, double tau)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        using var constant = no_grad();
        using Tensor normalised = TauNormalised(classifier.weight, tau);
        classifier.weight.copy_(normalised);
        classifier.bias?.zero_();
    }
}

/// <summary>A model of which all but one part is frozen, until this is disposed.</summary>
public sealed class FrozenStage : IDisposable
{
    private readonly List<Parameter> frozen = [];

    /// <summary>Freezes all parameters of a model but those of a part.</summary>
    /// <param name="model">The model.</param>
    /// <param name="trained">The part that is trained.</param>
    /// <exception cref="ArgumentException">The part does not belong to the model.</exception>
    public FrozenStage(nn.Module model, nn.Module trained)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trained);
        HashSet<IntPtr> kept = [.. trained.parameters().Select(p => p.Handle)];
        if (!model.parameters().Any(p => kept.Contains(p.Handle)))
            throw new ArgumentException($"{trained.GetName()} is no part of {model.GetName()}.", nameof(trained));
        Parameters = [.. trained.parameters()];
        foreach (Parameter parameter in model.parameters())
        {
            if (kept.Contains(parameter.Handle) || !parameter.requires_grad) continue;
            parameter.requires_grad = false;
            frozen.Add(parameter);
        }
    }

    /// <summary>The parameters to train.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Thaws what was frozen.</summary>
    public void Dispose()
    {
        foreach (Parameter parameter in frozen) parameter.requires_grad = true;
        frozen.Clear();
    }
}

/// <summary>Learnable weight scaling (LWS): a factor per class on the logits of a frozen model, trained on class-balanced rows (Kang and others, 2020,
/// equation 5).</summary>
/// <example>
/// <code>
/// using var scaling = new LearnableWeightScaling(classes: 10);
/// Tensor logits = scaling.call(frozen.call(x));
/// </code>
/// </example>
public sealed class LearnableWeightScaling : nn.Module<Tensor, Tensor>
{
    private readonly Parameter scale;

    /// <summary>Creates factors of one.</summary>
    /// <param name="classes">K.</param>
    public LearnableWeightScaling(long classes) : base(nameof(LearnableWeightScaling))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        NativeTorch.EnsureLoaded();
        scale = new Parameter(torch.ones([classes]));
        RegisterComponents();
    }

    /// <summary>The factors, (K).</summary>
    public Parameter Scale => scale;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.ndim == 0 || input.shape[^1] != scale.shape[0])
            throw new ArgumentException($"Logits of shape {Arguments.Shape(input)} do not have {scale.shape[0]} classes.", nameof(input));
        return input * scale;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) scale.Dispose();
        base.Dispose(disposing);
    }
}
