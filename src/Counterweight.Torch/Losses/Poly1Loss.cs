namespace Counterweight.Torch;

/// <summary>Poly-1 loss (Leng and others, 2022). See <see cref="Losses.Poly1"/>.</summary>
/// <param name="epsilon">What is added to the first coefficient of the series; -1 or more.</param>
/// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
public sealed class Poly1Loss(
    double epsilon = 1, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored)
    : SoftmaxClassificationLoss(nameof(Poly1Loss), Forms.Poly1(epsilon, weight), null, reduction, ignoreIndex);
