namespace Counterweight.Torch;

/// <summary>Balanced softmax (Ren and others, 2020). See <see cref="Losses.BalancedSoftmax"/>.</summary>
/// <param name="counts">The class counts of the training rows; none zero.</param>
/// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
public sealed class BalancedSoftmaxLoss(
    ClassCounts counts, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored)
    : SoftmaxClassificationLoss(nameof(BalancedSoftmaxLoss), Forms.BalancedSoftmax(counts, weight), counts, reduction, ignoreIndex);
