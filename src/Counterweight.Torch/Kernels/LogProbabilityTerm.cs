using System.Numerics.Tensors;
using Tensor = TorchSharp.torch.Tensor;
using ScalarType = TorchSharp.torch.ScalarType;

namespace Counterweight.Torch;

/// <summary>A loss phi(log p) of the probability p that the model gives to the target, with its derivative by log p.</summary>
internal abstract class LogProbabilityTerm
{
    /// <summary>phi, element by element, in tensor operations: any device, any number of derivatives.</summary>
    /// <param name="logProbability">log p.</param>
    /// <param name="influence">What each row has besides, of the same shape; null for nothing.</param>
    public abstract Tensor Of(Tensor logProbability, Tensor? influence);

    /// <summary>phi and its derivative by log p for a block of rows.</summary>
    /// <param name="logProbability">log p, zero or less.</param>
    /// <param name="rest">1 - p with its digits, in 0..1.</param>
    /// <param name="loss">Takes phi.</param>
    /// <param name="slope">Takes d phi / d log p.</param>
    /// <param name="influence">What each row has besides; empty for nothing.</param>
    public abstract void Fill(
        ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope, ReadOnlySpan<double> influence);
}

/// <summary>-log p.</summary>
internal sealed class LogarithmTerm : LogProbabilityTerm
{
    public static LogarithmTerm Instance { get; } = new();

    public override Tensor Of(Tensor logProbability, Tensor? influence) => logProbability.neg();

    public override void Fill(
        ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope, ReadOnlySpan<double> influence)
    {
        TensorPrimitives.Negate(logProbability, loss);
        slope.Fill(-1);
    }
}

/// <summary>(1 - p)^gamma (-log p).</summary>
internal sealed class FocalTerm(double gamma) : LogProbabilityTerm
{
    public override Tensor Of(Tensor logProbability, Tensor? influence)
    {
        if (gamma == 0) return logProbability.neg();
        // A smallest positive number keeps the derivative of the power finite where p is one; the product with log p is then zero, as it should be.
        Tensor rest = logProbability.expm1().neg().AtLeast(logProbability.dtype == ScalarType.Float64 ? 1e-300 : 1e-37);
        return rest.ToPower(gamma).mul(logProbability).neg();
    }

    public override void Fill(
        ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope, ReadOnlySpan<double> influence)
    {
        if (gamma == 0)
        {
            LogarithmTerm.Instance.Fill(logProbability, rest, loss, slope, influence);
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
    public override Tensor Of(Tensor logProbability, Tensor? influence) => logProbability.expm1().Times(-epsilon).sub(logProbability);

    public override void Fill(
        ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope, ReadOnlySpan<double> influence)
    {
        for (int i = 0; i < loss.Length; i++)
        {
            loss[i] = (epsilon * rest[i]) - logProbability[i];
            slope[i] = -1 - (epsilon * (1 - rest[i]));
        }
    }
}

/// <summary>alpha (-log p) / (2 (1 - p) h + epsilon), where h is the influence of the row, or alpha if there is none.</summary>
internal sealed class InfluenceTerm(double alpha, double epsilon) : LogProbabilityTerm
{
    public override Tensor Of(Tensor logProbability, Tensor? influence)
    {
        Tensor residual = logProbability.expm1().Times(-2);
        return logProbability.Times(-alpha) / (influence is null ? residual.Times(alpha) : residual * influence).Plus(epsilon);
    }

    public override void Fill(
        ReadOnlySpan<double> logProbability, ReadOnlySpan<double> rest, Span<double> loss, Span<double> slope, ReadOnlySpan<double> influence)
    {
        for (int i = 0; i < loss.Length; i++)
        {
            // The derivative of 1 - p by log p is -p.
            double h = influence.IsEmpty ? alpha : influence[i], below = alpha / ((2 * rest[i] * h) + epsilon);
            loss[i] = -below * logProbability[i];
            slope[i] = -below - (below * below / alpha * 2 * h * (1 - rest[i]) * logProbability[i]);
        }
    }
}
