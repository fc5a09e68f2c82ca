using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2) over the memory of parameters on the CPU.</summary>
/// <remarks>
/// One pass over memory instead of a dozen tensor operations per parameter. It also makes no native scalars: TorchSharp's are finalised while a native call
/// still reads them when a garbage collection falls into that call, which happens in long runs with several threads.
/// </remarks>
internal sealed class AdamW
{
    private const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;
    private readonly IReadOnlyList<Tensor> parameters;
    private readonly float[][] means, squares;
    private readonly float rate, decay;
    private int steps;

    internal AdamW(IReadOnlyList<Tensor> parameters, double learningRate, double weightDecay)
    {
        this.parameters = parameters;
        (rate, decay) = ((float)learningRate, (float)weightDecay);
        means = [.. parameters.Select(p => new float[p.numel()])];
        squares = [.. parameters.Select(p => new float[p.numel()])];
    }

    /// <summary>Moves the parameters by their gradients and clears these.</summary>
    internal void Step()
    {
        steps++;
        float correction1 = (float)(1 - Math.Pow(Beta1, steps)), correction2 = (float)Math.Sqrt(1 - Math.Pow(Beta2, steps));
        for (int p = 0; p < parameters.Count; p++)
        {
            using Tensor? gradient = parameters[p].grad;
            if (gradient is null) continue;
            using Tensor dense = gradient.contiguous();
            Update(MemoryMarshal.Cast<byte, float>(parameters[p].bytes), MemoryMarshal.Cast<byte, float>(dense.bytes), means[p], squares[p], correction1,
                correction2);
            gradient.bytes.Clear();
        }
    }

    private void Update(Span<float> weights, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> square, float correction1, float correction2)
    {
        float step = rate / correction1;
        int i = 0;
        for (; i + Vector<float>.Count <= weights.Length; i += Vector<float>.Count)
        {
            var w = new Vector<float>(weights[i..]);
            var g = new Vector<float>(gradient[i..]);
            Vector<float> m = (Beta1 * new Vector<float>(mean[i..])) + ((1 - Beta1) * g);
            Vector<float> v = (Beta2 * new Vector<float>(square[i..])) + ((1 - Beta2) * g * g);
            m.CopyTo(mean[i..]);
            v.CopyTo(square[i..]);
            Vector<float> size = (Vector.SquareRoot(v) * (1 / correction2)) + new Vector<float>(Epsilon);
            (w - (rate * decay * w) - (step * m / size)).CopyTo(weights[i..]);
        }

        for (; i < weights.Length; i++)
        {
            mean[i] = (Beta1 * mean[i]) + ((1 - Beta1) * gradient[i]);
            square[i] = (Beta2 * square[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            float size = (MathF.Sqrt(square[i]) * (1 / correction2)) + Epsilon;
            weights[i] = weights[i] - (rate * decay * weights[i]) - (step * mean[i] / size);
        }
    }
}
