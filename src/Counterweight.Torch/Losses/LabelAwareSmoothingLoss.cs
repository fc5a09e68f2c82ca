namespace Counterweight.Torch;

/// <summary>Label-aware smoothing (Zhong and others, 2021). See <see cref="Losses.LabelAwareSmoothing"/>.</summary>
/// <param name="counts">The class counts of the training rows.</param>
/// <param name="head">The smoothing of the largest class, in [0, 1).</param>
/// <param name="tail">That of the smallest, in [0, head].</param>
/// <param name="shape">How it grows between them.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
public sealed class LabelAwareSmoothingLoss(
    ClassCounts counts, double head = 0.4, double tail = 0.1, SmoothingShape shape = SmoothingShape.Concave, Reduction reduction = Reduction.WeightedMean,
    long ignoreIndex = Losses.Ignored)
    : SoftmaxClassificationLoss(nameof(LabelAwareSmoothingLoss), Forms.LabelAwareSmoothing(counts, head, tail, shape), counts, reduction, ignoreIndex);
