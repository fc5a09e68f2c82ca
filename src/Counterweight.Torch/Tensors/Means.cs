using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Means that divide by what the rows weigh.</summary>
internal static class Means
{
    /// <summary>sum / total, and zero where the total is zero, without waiting for the device.</summary>
    internal static Tensor Divide(Tensor sum, Tensor total)
    {
        Tensor empty = total.Is(0);
        return (sum / total.Masked(empty, 1)).Masked(empty, 0);
    }
}
