using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>The loss of every row, before the weights of a plan; cross entropy unless the plan names another.</summary>
internal class TrainingLoss : IDisposable
{
    internal static TrainingLoss For(TrainingPlan plan) => new();

    /// <summary>Tells a loss with a schedule which epoch begins.</summary>
    internal virtual void BeginEpoch(int epoch, int epochs) { }

    /// <summary>N losses for (N, K) logits and N codes.</summary>
    internal virtual Tensor PerRow(Tensor logits, Tensor target) => nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.None);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}
