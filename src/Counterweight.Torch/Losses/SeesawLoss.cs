namespace Counterweight.Torch;

/// <summary>Seesaw loss (Wang and others, 2021). See <see cref="Losses.Seesaw"/>.</summary>
/// <param name="counts">The class counts of the training rows; none zero.</param>
/// <param name="mitigation">The exponent p, 0 or more.</param>
/// <param name="compensation">The exponent q, 0 or more.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
public sealed class SeesawLoss(
    ClassCounts counts, double mitigation = 0.8, double compensation = 2, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored)
    : SoftmaxClassificationLoss(nameof(SeesawLoss), Forms.Seesaw(counts, mitigation, compensation), counts, reduction, ignoreIndex);
