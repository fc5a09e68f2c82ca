using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

public static partial class Losses
{
    /// <summary>
    /// Tversky loss, the mean over the classes of 1 - T_c with T_c = (TP + s) / (TP + a FP + b FN + s) of soft counts over batch and positions (Salehi and
    /// others, 2017, equation 2); with an exponent, the focal Tversky loss (1 - T_c)^(1/gamma) (Abraham and Khan, 2019, equation 4).
    /// </summary>
    /// <remarks>With class indices the probabilities are a softmax and classes that no target of the batch has do not count; with labels they are sigmoids and
    /// every label counts. <see cref="Reduction.None"/> gives one loss per class, zero where it does not count; both means divide by the classes that
    /// count.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K, or labels of the shape and type of the logits.</param>
    /// <param name="alpha">a, the weight of false positives, 0 or more.</param>
    /// <param name="beta">b, the weight of false negatives, 0 or more.</param>
    /// <param name="gamma">The focal exponent is 1/gamma; 1 or more, 1 for none.</param>
    /// <param name="smooth">s, above 0.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Positions with this index as target do not count.</param>
    /// <returns>A scalar, or one loss per class for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor Tversky(
        Tensor logits, Tensor target, double alpha = 0.3, double beta = 0.7, double gamma = 1, double smooth = 1, Reduction reduction = Reduction.BatchMean,
        long ignoreIndex = Ignored)
    {
        Arguments.InRange(alpha, 0, double.PositiveInfinity, nameof(alpha));
        Arguments.InRange(beta, 0, double.PositiveInfinity, nameof(beta));
        Arguments.InRange(gamma, 1, double.PositiveInfinity, nameof(gamma));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(smooth);
        return Regions.Compute(logits, target, reduction, ignoreIndex, new TverskyTerm(alpha, beta, gamma, smooth));
    }

    /// <summary>Dice loss, the mean over the classes of 1 - (2 sum p y + s) / (sum p^2 + sum y^2 + s) over batch and positions (Milletari and others, 2016,
    /// section 3).</summary>
    /// <remarks>As for <see cref="Tversky"/>.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K, or labels of the shape and type of the logits.</param>
    /// <param name="smooth">s, above 0.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Positions with this index as target do not count.</param>
    /// <returns>A scalar, or one loss per class for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor Dice(Tensor logits, Tensor target, double smooth = 1, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(smooth);
        return Regions.Compute(logits, target, reduction, ignoreIndex, new DiceTerm(smooth));
    }
}

/// <summary>Tversky loss, and with gamma above one the focal Tversky loss. See <see cref="Losses.Tversky"/>.</summary>
/// <param name="alpha">The weight of false positives, 0 or more.</param>
/// <param name="beta">The weight of false negatives, 0 or more.</param>
/// <param name="gamma">The focal exponent is 1/gamma; 1 or more, 1 for none.</param>
/// <param name="smooth">What keeps empty classes finite, above 0.</param>
/// <param name="reduction">How the losses of the classes become one number.</param>
/// <param name="ignoreIndex">Positions with this index as target do not count.</param>
public sealed class TverskyLoss(
    double alpha = 0.3, double beta = 0.7, double gamma = 1, double smooth = 1, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : ClassificationLoss(nameof(TverskyLoss), reduction)
{
    /// <inheritdoc/>
    public override bool IsPerRow => false;

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.Tversky(logits, target, alpha, beta, gamma, smooth, Reduction, ignoreIndex);
}

/// <summary>Dice loss. See <see cref="Losses.Dice"/>.</summary>
/// <param name="smooth">What keeps empty classes finite, above 0.</param>
/// <param name="reduction">How the losses of the classes become one number.</param>
/// <param name="ignoreIndex">Positions with this index as target do not count.</param>
public sealed class DiceLoss(double smooth = 1, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : ClassificationLoss(nameof(DiceLoss), reduction)
{
    /// <inheritdoc/>
    public override bool IsPerRow => false;

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.Dice(logits, target, smooth, Reduction, ignoreIndex);
}
