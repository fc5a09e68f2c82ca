using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Counterweight.LongTail;

/// <summary>Gradient descent with momentum and weight decay as PyTorch's SGD has it (b = m b + g + d w; w = w - rate b), over the memory of the
/// parameters.</summary>
internal sealed class MomentumDescent(IEnumerable<Parameter> parameters, double momentum = 0.9, double decay = 5e-4)
{
    private readonly (Parameter Weights, float[] Buffer)[] states = [.. parameters.Where(p => p.requires_grad).Select(p => (p, new float[p.numel()]))];

    /// <summary>Moves the parameters by their gradients and clears these.</summary>
    internal void Step(double rate)
    {
        foreach ((Parameter parameter, float[] buffer) in states)
        {
            using Tensor? gradient = parameter.grad;
            if (gradient is null) continue;
            using Tensor dense = gradient.contiguous();
            Span<float> weights = MemoryMarshal.Cast<byte, float>(parameter.bytes);
            ReadOnlySpan<float> slope = MemoryMarshal.Cast<byte, float>(dense.bytes);
            int i = 0;
            for (; i <= buffer.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var w = new Vector<float>(weights[i..]);
                Vector<float> b = (new Vector<float>(buffer, i) * (float)momentum) + new Vector<float>(slope[i..]) + (w * (float)decay);
                b.CopyTo(buffer, i);
                (w - (b * (float)rate)).CopyTo(weights[i..]);
            }

            for (; i < buffer.Length; i++)
            {
                buffer[i] = ((float)momentum * buffer[i]) + slope[i] + ((float)decay * weights[i]);
                weights[i] -= (float)rate * buffer[i];
            }

            gradient.bytes.Clear();
        }
    }
}
