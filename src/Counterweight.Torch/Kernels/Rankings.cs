using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Parts of the ranking losses.</summary>
internal static class Rankings
{
    /// <summary>Computes a loss from the probabilities of the batch and of the rows in memory, to which the batch is added.</summary>
    public static Tensor Compute(Tensor logits, Tensor target, ScoreMemory? memory, Reduction reduction, long ignoreIndex, RankingTerm term)
    {
        if (!Arguments.AreIndices(logits, target) || logits.ndim == 1)
            throw new ArgumentException($"A ranking loss takes logits (N, K) and class indices (N); the shapes are {Arguments.Shape(logits)} and "
                + $"{Arguments.Shape(target)}.", nameof(target));
        using var scope = NewDisposeScope();
        Tensor rows = Arguments.Rows(logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32));
        Tensor flat = target.to(ScalarType.Int64).reshape(-1).contiguous();
        bool complete = flat.device_type == DeviceType.CPU && Arguments.Scan(flat, rows.shape[1], ignoreIndex, null, logits).Rows == flat.numel();
        if (!complete)
        {
            Tensor kept = flat.IsNot(ignoreIndex).nonzero().reshape(-1);
            if (kept.numel() < flat.numel()) (rows, flat) = (rows.index_select(0, kept), flat.index_select(0, kept));
        }

        Tensor loss;
        if (flat.numel() == 0) loss = Regions.Reduce(rows.sum(0L), torch.zeros([rows.shape[1]], dtype: rows.dtype, device: rows.device), reduction);
        else if (Native.CanFuse(rows))
            loss = rows.dtype == ScalarType.Float32
                ? RankingFusedLoss<float>.Compute(rows.contiguous(), flat, term, memory, reduction)
                : RankingFusedLoss<double>.Compute(rows.contiguous(), flat, term, memory, reduction);
        else
        {
            loss = Composed(rows, flat, memory?.Rows(rows), term, reduction);
            if (memory is not null)
                using (no_grad()) memory.Add(nn.functional.softmax(rows, 1), flat);
        }

        return (loss.dtype == logits.dtype ? loss : loss.to(logits.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss in tensor operations.</summary>
    public static Tensor Composed(Tensor rows, Tensor target, (Tensor Scores, Tensor Targets)? earlier, RankingTerm term, Reduction reduction)
    {
        Tensor scores = nn.functional.softmax(rows, 1);
        (Tensor all, Tensor every) = Behind(scores, target, earlier);
        (Tensor losses, Tensor counted) = term.Of(scores, target, all, every);
        return Regions.Reduce(losses, counted, reduction);
    }

    /// <summary>The rows of a batch followed by earlier ones.</summary>
    public static (Tensor Scores, Tensor Targets) Behind(Tensor scores, Tensor targets, (Tensor Scores, Tensor Targets)? earlier) =>
        earlier is { } old ? (torch.cat([scores, old.Scores], 0), torch.cat([targets, old.Targets], 0)) : (scores, targets);

    /// <summary>Averages values of rows by class.</summary>
    public static (Tensor Losses, Tensor Counted) PerClass(Tensor values, Tensor classes, long count)
    {
        Tensor zero = torch.zeros([count], dtype: values.dtype, device: values.device), rows = zero.PlusRows(classes, torch.ones_like(values));
        return (zero.PlusRows(classes, values) / rows.AtLeast(1), rows.IsAbove(0).to(values.dtype));
    }
}
