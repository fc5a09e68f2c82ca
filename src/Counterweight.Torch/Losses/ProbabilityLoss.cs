using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Cross entropy whose target is a distribution over the classes.</summary>
internal static class ProbabilityLoss
{
    public static Tensor CrossEntropy(Tensor logits, Tensor target, ClassVector? weight, Reduction reduction, double labelSmoothing, double? normaliser)
    {
        if (logits.ndim == 0) throw new ArgumentException("Logits have at least one dimension.", nameof(logits));
        long classes = logits.shape[logits.ndim == 1 ? 0 : 1];
        weight?.Check(logits, classes, nameof(weight));
        Arguments.Normaliser(normaliser, reduction);
        Arguments.InRange(labelSmoothing, 0, 1, nameof(labelSmoothing));

        using var scope = NewDisposeScope();
        bool narrow = logits.dtype is not (ScalarType.Float32 or ScalarType.Float64);
        Tensor rows = Arguments.Rows(narrow ? logits.to(ScalarType.Float32) : logits), shares = Arguments.Rows(narrow ? target.to(ScalarType.Float32) : target);
        Tensor? weights = weight?.Like(rows);
        Tensor perRow = nn.functional.cross_entropy(rows, shares, weights, reduction: nn.Reduction.None, label_smoothing: labelSmoothing);
        Tensor loss = reduction switch
        {
            Reduction.None => perRow.reshape(logits.ndim <= 1 ? [] : [logits.shape[0], .. logits.shape[2..]]),
            Reduction.Sum => perRow.sum(),
            _ when normaliser is not null => perRow.sum().Over(normaliser.Value),
            Reduction.BatchMean => perRow.numel() == 0 ? perRow.sum() : perRow.mean(),
            Reduction.WeightedMean => Means.Divide(perRow.sum(), (weights is null ? shares : shares * weights).sum()),
            _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown reduction."),
        };
        return (narrow ? loss.to(logits.dtype) : loss).MoveToOuterDisposeScope();
    }
}
