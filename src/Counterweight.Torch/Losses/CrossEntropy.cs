using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Cross entropy with class weights and label smoothing; targets are class indices or probabilities. See <see cref="Losses.CrossEntropy"/>.</summary>
/// <example>
/// <code>
/// using var loss = new CrossEntropy(ClassWeights.Balanced(counts), Reduction.BatchMean);
/// loss.call(logits, target).backward();
/// </code>
/// </example>
/// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
/// <param name="reduction">How row losses become one number.</param>
/// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
/// <param name="labelSmoothing">The share of the target that is spread over all classes, in [0, 1].</param>
public sealed class CrossEntropy(
    ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored, double labelSmoothing = 0)
    : SoftmaxClassificationLoss(nameof(CrossEntropy), Forms.CrossEntropy(weight, labelSmoothing), null, reduction, ignoreIndex)
{
    private readonly ClassVector? weight = weight?.Detached();

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) =>
        Arguments.AreIndices(logits, target) ? base.forward(logits, target)
        : ProbabilityLoss.CrossEntropy(logits, target, weight, Reduction, labelSmoothing, Normaliser);
}
