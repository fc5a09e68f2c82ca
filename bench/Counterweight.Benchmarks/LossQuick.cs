namespace Counterweight.Benchmarks;

/// <summary>Prints each loss, forward and backward, as a ratio to LibTorch's cross entropy, the two taken in turns; arguments are names of losses.</summary>
internal sealed class LossQuick : IQuickBenchmark
{
    public string Name => "losses";

    public void Run(string[] args) => LossCases.Quick(args);
}
