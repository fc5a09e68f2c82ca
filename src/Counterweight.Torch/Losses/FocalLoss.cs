namespace Counterweight.Torch;

/// <summary>Focal loss over a softmax (Lin and others, 2017). See <see cref="Losses.Focal"/>.</summary>
/// <param name="gamma">How much rows that are right already count less; 0 or more.</param>
/// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
/// <param name="labelSmoothing">The share of the target that is spread over all classes, in [0, 1].</param>
public sealed class FocalLoss(
    double gamma = 2, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored, double labelSmoothing = 0)
    : SoftmaxClassificationLoss(nameof(FocalLoss), Forms.Focal(gamma, weight, labelSmoothing), null, reduction, ignoreIndex);
