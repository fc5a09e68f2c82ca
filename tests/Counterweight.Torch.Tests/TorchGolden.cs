using System.Text.Json;
using Counterweight.TestSupport;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch.Tests;

/// <summary>Golden values as tensors, and comparisons of losses with them.</summary>
internal static class TorchGolden
{
    public static Tensor Values(JsonElement element, bool differentiable = false)
    {
        (long[] shape, double[] data) = Golden.Array(element);
        Tensor tensor = torch.tensor(data, dtype: ScalarType.Float64).reshape(shape);
        return differentiable ? tensor.detach().requires_grad_() : tensor;
    }

    public static Tensor Indices(JsonElement element)
    {
        using Tensor values = Values(element);
        return values.to(ScalarType.Int64);
    }

    public static Tensor? Optional(JsonElement inputs, string name) =>
        inputs.TryGetProperty(name, out JsonElement element) && !Golden.IsNull(element) ? Values(element) : null;

    public static double? OptionalNumber(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out JsonElement element) && !Golden.IsNull(element) ? Golden.Number(element) : null;

    public static double[] Data(Tensor tensor)
    {
        using Tensor wide = tensor.detach().to(ScalarType.Float64).contiguous();
        return wide.data<double>().ToArray();
    }

    /// <summary>Compares the loss and the gradient of its sum.</summary>
    public static void Same(JsonElement expected, Tensor loss, Tensor input, double tolerance, string what)
    {
        Close.All(Golden.Array(expected.GetProperty("loss")).Data, Data(loss), tolerance, what + " loss");
        loss.sum().backward();
        Close.All(Golden.Array(expected.GetProperty("grad")).Data, Data(input.grad!), tolerance, what + " gradient");
        input.grad!.Dispose();
        input.grad = null;
    }

    /// <summary>Runs a computation once with kernels and once in tensor operations.</summary>
    public static void BothWays(Action<string> run)
    {
        run("fused");
        Native.Composed(() =>
        {
            run("composed");
            return 0;
        });
    }
}
