namespace Counterweight.Torch;

/// <summary>Logit-adjusted cross entropy (Menon and others, 2021). See <see cref="Losses.LogitAdjusted"/>.</summary>
/// <param name="counts">The class counts of the training rows; none zero.</param>
/// <param name="tau">How strongly the class shares are taken out, 0 or more.</param>
/// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
public sealed class LogitAdjustedLoss(
    ClassCounts counts, double tau = 1, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored)
    : SoftmaxClassificationLoss(nameof(LogitAdjustedLoss), Forms.LogitAdjusted(counts, tau, weight), counts, reduction, ignoreIndex);
