using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

public static partial class Losses
{
    /// <summary>
    /// Gradient-harmonised classification loss: binary cross entropy per class whose elements weigh the inverse of how many elements have a gradient as large,
    /// |s(x) - y|, as theirs (Li, Liu and Wang, 2019, equations 8 to 10, with the gradient norm in bins).
    /// </summary>
    /// <remarks>The weights average about one over the elements and are constants for the gradient. With class indices a row's loss is the mean over the
    /// classes, since equation 8 divides by the number of elements; 30 bins and a momentum of 0.75 are those of the authors' experiments.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K, or labels of the shape and type of the logits.</param>
    /// <param name="bins">How many bins the gradient norm has, 1 or more.</param>
    /// <param name="reduction">How the losses become one number; both means divide by the number of rows, or of elements.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch.</param>
    /// <returns>A scalar, or one loss per row or element for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or no bins.</exception>
    public static Tensor GradientHarmonised(
        Tensor logits, Tensor target, int bins = 30, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored, double? normaliser = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        return SigmoidLoss.Compute(logits, target, new SigmoidForm(), reduction, ignoreIndex, normaliser, new HarmonisedWeights(bins, 0, null));
    }
}

/// <summary>Gradient-harmonised classification loss (Li, Liu and Wang, 2019), with a moving average of the density over the batches of training mode. See
/// <see cref="Losses.GradientHarmonised"/>.</summary>
public sealed class GradientHarmonisedLoss : SigmoidClassificationLoss
{
    private readonly int bins;
    private readonly double momentum;
    private readonly Tensor density;

    /// <summary>Creates the loss.</summary>
    /// <param name="bins">How many bins the gradient norm has, 1 or more.</param>
    /// <param name="momentum">The share of the past in the density, in [0, 1); 0 takes each batch by itself.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    public GradientHarmonisedLoss(int bins = 30, double momentum = 0.75, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
        : base(nameof(GradientHarmonisedLoss), reduction, ignoreIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        Arguments.InRange(momentum, 0, 1, nameof(momentum), maximumExcluded: true);
        (this.bins, this.momentum) = (bins, momentum);
        NativeTorch.EnsureLoaded();
        density = torch.zeros([bins], dtype: ScalarType.Float64).DetachFromDisposeScope();
        register_buffer(nameof(density), density);
    }

    /// <inheritdoc/>
    public override double? InitialBias(int classes) => Prior(classes);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => SigmoidLoss.Compute(
        logits, target, new SigmoidForm(), Reduction, IgnoreIndex, Normaliser,
        new HarmonisedWeights(bins, momentum, momentum == 0 || !training ? null : get_buffer(nameof(density))!));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) density.Dispose();
        base.Dispose(disposing);
    }
}
