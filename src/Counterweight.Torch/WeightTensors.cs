using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Weights as tensors.</summary>
public static class WeightTensors
{
    /// <summary>The class weights as a tensor.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="type">The type of the tensor: that of the logits.</param>
    /// <param name="device">The device; the CPU if null.</param>
    /// <returns>(K), owned by the caller.</returns>
    /// <example>
    /// <code>
    /// using Tensor weight = ClassWeights.Balanced(counts).ToTensor();
    /// using var loss = nn.CrossEntropyLoss(weight);
    /// </code>
    /// </example>
    public static Tensor ToTensor(this ClassWeights weights, ScalarType type = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        NativeTorch.EnsureLoaded();
        return torch.tensor(weights.ToArray(), dtype: type, device: device);
    }

    /// <summary>The weight of every row as a tensor.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="labels">A code per row, N values.</param>
    /// <param name="type">The type of the tensor.</param>
    /// <param name="device">The device; the CPU if null.</param>
    /// <returns>(N), owned by the caller.</returns>
    public static Tensor ToRowTensor(this ClassWeights weights, ReadOnlySpan<int> labels, ScalarType type = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        NativeTorch.EnsureLoaded();
        return torch.tensor(weights.PerRow(labels), dtype: type, device: device);
    }
}
