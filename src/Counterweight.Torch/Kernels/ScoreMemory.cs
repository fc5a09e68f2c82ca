using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>The class probabilities and targets of the last rows, for losses that rank rows and need more of them than a batch has.</summary>
/// <remarks>First in, first out. Holds capacity x (K + 1) numbers; no gradient flows into it.</remarks>
public sealed class ScoreMemory : IDisposable
{
    private Tensor? scores, targets;

    /// <summary>Creates an empty memory.</summary>
    /// <param name="capacity">How many rows it holds, 1 or more.</param>
    public ScoreMemory(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
    }

    /// <summary>How many rows it holds at most.</summary>
    public int Capacity { get; }

    /// <summary>How many rows it holds.</summary>
    public long Count => targets?.numel() ?? 0;

    /// <summary>Forgets every row.</summary>
    public void Clear()
    {
        scores?.Dispose();
        targets?.Dispose();
        (scores, targets) = (null, null);
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>The rows in memory, in the type and on the device of a batch; null if there are none.</summary>
    internal (Tensor Scores, Tensor Targets)? Rows(Tensor batch)
    {
        if (scores is null || targets is null) return null;
        if (scores.shape[1] != batch.shape[1])
            throw new ArgumentException($"The memory holds scores of {scores.shape[1]} classes; logits of shape {Arguments.Shape(batch)} do not fit.");
        return (scores.to(batch.dtype).to(batch.device).alias(), targets.to(batch.device).alias());
    }

    /// <summary>Puts a batch in front and drops the oldest rows.</summary>
    internal void Add(Tensor batch, Tensor classes)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        (Tensor all, Tensor every) = Rankings.Behind(batch.detach(), classes, Rows(batch));
        long keep = Math.Min(Capacity, every.numel());
        Tensor newScores = all.narrow(0, 0, keep).clone().DetachFromDisposeScope(), newTargets = every.narrow(0, 0, keep).clone().DetachFromDisposeScope();
        Clear();
        (scores, targets) = (newScores, newTargets);
    }
}
