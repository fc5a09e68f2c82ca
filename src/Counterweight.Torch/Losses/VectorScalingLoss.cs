namespace Counterweight.Torch;

/// <summary>Vector scaling loss (Kini and others, 2021). See <see cref="Losses.VectorScaling"/>.</summary>
/// <param name="counts">The class counts of the training rows; none zero.</param>
/// <param name="gamma">The exponent of the factors, 0 or more.</param>
/// <param name="tau">The strength of the offsets, 0 or more.</param>
/// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
public sealed class VectorScalingLoss(
    ClassCounts counts, double gamma = 0.05, double tau = 1, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean,
    long ignoreIndex = Losses.Ignored)
    : SoftmaxClassificationLoss(nameof(VectorScalingLoss), Forms.VectorScaling(counts, gamma, tau, weight), counts, reduction, ignoreIndex);
