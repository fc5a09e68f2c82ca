using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Losses that compare a class's region with its prediction as a whole.</summary>
internal static class Regions
{
    public static Tensor Compute(Tensor logits, Tensor target, Reduction reduction, long ignoreIndex, RegionTerm term)
    {
        bool indices = Arguments.AreIndices(logits, target);
        using var scope = NewDisposeScope();
        Tensor rows = Arguments.Rows(logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32));
        Tensor flat = indices ? target.to(ScalarType.Int64).reshape(-1).contiguous() : Arguments.Rows(target).to(rows.dtype);
        if (indices && flat.device_type == DeviceType.CPU) Arguments.Scan(flat, rows.shape[1], ignoreIndex, null, logits);
        Tensor loss = indices && Native.CanFuse(rows) && rows.numel() > 0
            ? rows.dtype == ScalarType.Float32
                ? RegionFusedLoss<float>.Compute(rows.contiguous(), flat, term, reduction, ignoreIndex)
                : RegionFusedLoss<double>.Compute(rows.contiguous(), flat, term, reduction, ignoreIndex)
            : Composed(rows, flat, indices, term, reduction, ignoreIndex);
        return (loss.dtype == logits.dtype ? loss : loss.to(logits.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss in tensor operations.</summary>
    public static Tensor Composed(Tensor rows, Tensor target, bool indices, RegionTerm term, Reduction reduction, long ignoreIndex)
    {
        using var scope = NewDisposeScope();
        if (!indices) return Reduce(term.Of(sigmoid(rows), target), null, reduction).MoveToOuterDisposeScope();
        Tensor ignored = target.Is(ignoreIndex), kept = ignored.logical_not().to(rows.dtype).unsqueeze(1);
        Tensor p = nn.functional.softmax(rows, 1) * kept, y = nn.functional.one_hot(target.Masked(ignored, 0), rows.shape[1]).to(rows.dtype) * kept;
        return Reduce(term.Of(p, y), y.sum(0L).IsAbove(0).to(rows.dtype), reduction).MoveToOuterDisposeScope();
    }

    /// <summary>Reduces losses per class.</summary>
    /// <param name="losses">(K).</param>
    /// <param name="counts">(K), one for classes that count; all if null.</param>
    /// <param name="reduction">How.</param>
    public static Tensor Reduce(Tensor losses, Tensor? counts, Reduction reduction)
    {
        if (counts is not null) losses = losses * counts;
        return reduction switch
        {
            Reduction.None => losses,
            Reduction.Sum => losses.sum(),
            _ => counts is null ? losses.mean() : Means.Divide(losses.sum(), counts.sum()),
        };
    }
}
