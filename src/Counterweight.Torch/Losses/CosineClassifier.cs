using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A last layer whose logits are cosines: z_c = scale (w_c . h) / (|w_c| |h|), as LDAM and other margin losses want it (Wang and others, 2018; Cao
/// and others, 2019, section 3.2).</summary>
/// <example>
/// <code>
/// using var last = new CosineClassifier(features: 64, classes: 10);
/// Tensor logits = last.call(h);   // (N, 64) to (N, 10), each in -1..1
/// </code>
/// </example>
public sealed class CosineClassifier : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    /// <summary>Creates the layer with random directions.</summary>
    /// <param name="features">d, the length of a row of input.</param>
    /// <param name="classes">K.</param>
    /// <param name="scale">A factor of the cosines; 1 where the loss has its own, as LDAM does.</param>
    /// <param name="generator">The random generator; the default one if null.</param>
    public CosineClassifier(long features, long classes, double scale = 1, Generator? generator = null) : base(nameof(CosineClassifier))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        Scale = scale;
        using Tensor random = randn([classes, features], generator: generator);
        weight = new Parameter(random / random.norm(1, keepdim: true));
        RegisterComponents();
    }

    /// <summary>The factor of the cosines.</summary>
    public double Scale { get; }

    /// <summary>The directions, (K, d).</summary>
    public Parameter Weight => weight;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return nn.functional.linear(nn.functional.normalize(input, dim: -1), nn.functional.normalize(weight, dim: 1)).Times(Scale).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) weight.Dispose();
        base.Dispose(disposing);
    }
}
