using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Checks, shapes, reductions and the choice between kernel and tensor operations for every loss over a softmax.</summary>
internal static class SoftmaxLoss
{
    /// <summary>Computes a loss whose target is class indices.</summary>
    public static Tensor Compute(Tensor logits, Tensor target, SoftmaxForm form, Reduction reduction, long ignoreIndex, double? normaliser)
    {
        if (!Arguments.AreIndices(logits, target))
            throw new ArgumentException($"The target of shape {Arguments.Shape(target)} holds values; this loss takes class indices (int64).", nameof(target));
        long classes = logits.shape[logits.ndim == 1 ? 0 : 1];
        if (classes > int.MaxValue / 2)
            throw new ArgumentException($"Logits of shape {Arguments.Shape(logits)} have more classes than this loss takes.", nameof(logits));
        form.Weight?.Check(logits, classes, "weight");
        Arguments.Normaliser(normaliser, reduction);

        using var scope = NewDisposeScope();
        Tensor rows = Arguments.Rows(logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32));
        Tensor flat = target.to(ScalarType.Int64).reshape(-1).contiguous();
        if (form.Influence is not null) form = form with { Influence = form.Influence.to(rows.dtype).contiguous() };
        Tensor loss = target.device_type == DeviceType.CPU
            ? OnCpu(rows, flat, form, reduction, ignoreIndex, normaliser, logits)
            : Elsewhere(rows, flat, form, reduction, ignoreIndex, normaliser);
        if (reduction == Reduction.None) loss = loss.reshape(target.shape);
        return (loss.dtype == logits.dtype ? loss : loss.to(logits.dtype)).MoveToOuterDisposeScope();
    }

    private static Tensor OnCpu(Tensor rows, Tensor target, SoftmaxForm form, Reduction reduction, long ignoreIndex, double? normaliser, Tensor logits)
    {
        double[]? weight = form.Weight?.Values();
        (long count, double sum) = Arguments.Scan(target, rows.shape[1], ignoreIndex, weight, logits);
        double? divisor = reduction switch
        {
            Reduction.None => null,
            Reduction.Sum => 1,
            Reduction.WeightedMean => normaliser ?? sum,
            Reduction.BatchMean => normaliser ?? count,
            _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown reduction."),
        };
        if (Native.CanFuse(rows) && rows.shape[1] > 0)
            return rows.dtype == ScalarType.Float32
                ? SoftmaxFusedLoss<float>.Compute(rows.contiguous(), target, form, weight, ignoreIndex, divisor)
                : SoftmaxFusedLoss<double>.Compute(rows.contiguous(), target, form, weight, ignoreIndex, divisor);
        Tensor perRow = form.PerRow(rows, target, target.Is(ignoreIndex));
        return divisor is null ? perRow : perRow.sum().Times(divisor == 0 ? 0 : 1 / divisor.Value);
    }

    private static Tensor Elsewhere(Tensor rows, Tensor target, SoftmaxForm form, Reduction reduction, long ignoreIndex, double? normaliser)
    {
        Tensor ignored = target.Is(ignoreIndex), perRow = form.PerRow(rows, target, ignored);
        return reduction switch
        {
            Reduction.None => perRow,
            Reduction.Sum => perRow.sum(),
            _ when normaliser is not null => perRow.sum().Over(normaliser.Value),
            Reduction.WeightedMean when form.Weight is not null =>
                Means.Divide(perRow.sum(), form.Weight.Like(rows).index_select(0, target.Masked(ignored, 0)).Masked(ignored, 0).sum()),
            Reduction.WeightedMean or Reduction.BatchMean => Means.Divide(perRow.sum(), ignored.logical_not().sum(type: rows.dtype)),
            _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown reduction."),
        };
    }
}
