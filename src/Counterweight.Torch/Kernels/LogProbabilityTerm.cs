using System.Numerics.Tensors;
using Tensor = TorchSharp.torch.Tensor;
using ScalarType = TorchSharp.torch.ScalarType;

namespace Counterweight.Torch;

/// <summary>A loss phi(log p) of the probability p that the model gives to the target, with its derivative by log p.</summary>
internal abstract class LogProbabilityTerm
{
    /// <summary>phi, element by element, in tensor operations: any device, any number of derivatives.</summary>
    public abstract Tensor Of(Tensor logProbability);

    /// <summary>phi and its derivative by log p for a block of rows.</summary>
    /// <param name="logProbability">log p, zero or less.</param>
    /// <param name="rest">1 - p with its digits, in 0..1.</param>
    /// <param name="loss">Takes phi.</param>
    /// <param name="slope">Takes d phi / d log p.</param>
    public abstract void Fill(ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope);
}

/// <summary>-log p.</summary>
internal sealed class LogarithmTerm : LogProbabilityTerm
{
    public static LogarithmTerm Instance { get; } = new();

    public override Tensor Of(Tensor logProbability) => -logProbability;

    public override void Fill(ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope)
    {
        TensorPrimitives.Negate(logProbability, loss);
        slope.Fill(-1);
    }
}

/// <summary>(1 - p)^gamma (-log p).</summary>
internal sealed class FocalTerm(double gamma) : LogProbabilityTerm
{
    public override Tensor Of(Tensor logProbability)
    {
        if (gamma == 0) return -logProbability;
        // A smallest positive number keeps the derivative of the power finite where p is one; the product with log p is then zero, as it should be.
        Tensor rest = logProbability.expm1().neg().clamp_min(logProbability.dtype == ScalarType.Float64 ? 1e-300 : 1e-37);
        return rest.pow(gamma).mul(logProbability).neg();
    }

    public override void Fill(ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope)
    {
        if (gamma == 0)
        {
            LogarithmTerm.Instance.Fill(logProbability, rest, loss, slope);
            return;
        }

        if (gamma == 2) rest.CopyTo(slope);
        else TensorPrimitives.Pow(rest, gamma - 1, slope);
        for (int i = 0; i < loss.Length; i++)
        {
            double log = logProbability[i], q = rest[i], below = q == 0 ? 0 : slope[i], power = below * q;
            loss[i] = -power * log;
            slope[i] = (gamma * below * (1 - q) * log) - power;
        }
    }
}

/// <summary>-log p + epsilon (1 - p).</summary>
internal sealed class PolyTerm(double epsilon) : LogProbabilityTerm
{
    public override Tensor Of(Tensor logProbability) => logProbability.expm1().mul(-epsilon).sub(logProbability);

    public override void Fill(ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope)
    {
        for (int i = 0; i < loss.Length; i++)
        {
            loss[i] = (epsilon * rest[i]) - logProbability[i];
            slope[i] = -1 - (epsilon * (1 - rest[i]));
        }
    }
}
