using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>The checks of what users hand to a loss, in one place. They read shapes and, in the memory of the CPU, targets; nothing waits for a
/// device.</summary>
internal static class Arguments
{
    /// <summary>(1, 2, 3)</summary>
    public static string Shape(Tensor tensor) => $"({string.Join(", ", tensor.shape)})";

    public static void FloatingPoint(Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (!tensor.is_floating_point()) throw new ArgumentException($"{name} has the type {tensor.dtype}; it takes floating-point numbers.", name);
    }

    public static void SameDevice(Tensor logits, Tensor other, string name)
    {
        if (other.device_type != logits.device_type || other.device_index != logits.device_index)
            throw new ArgumentException($"{name} of shape {Shape(other)} is on {other.device} and the logits of shape {Shape(logits)} are on "
                + $"{logits.device}; move one of them.", name);
    }

    public static void SameType(Tensor logits, Tensor other, string name)
    {
        if (other.dtype != logits.dtype)
            throw new ArgumentException($"{name} of shape {Shape(other)} has the type {other.dtype} and the logits of shape {Shape(logits)} the type "
                + $"{logits.dtype}; convert one of them.", name);
    }

    /// <summary>Whether the target holds class indices; throws if it fits the logits neither as indices nor as values of the logits' shape.</summary>
    public static bool AreIndices(Tensor logits, Tensor target)
    {
        FloatingPoint(logits, nameof(logits));
        ArgumentNullException.ThrowIfNull(target);
        SameDevice(logits, target, nameof(target));
        long[] shape = logits.shape, other = target.shape;
        if (target.dtype is ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Byte or ScalarType.Int8)
        {
            long[] expected = shape.Length <= 1 ? [] : [shape[0], .. shape[2..]];
            if (shape.Length > 0 && other.AsSpan().SequenceEqual(expected)) return true;
            throw new ArgumentException(
                $"A target of class indices of shape {Shape(target)} does not fit logits of shape {Shape(logits)}; its shape is that of the logits without "
                + $"the class dimension, ({string.Join(", ", expected)}).", nameof(target));
        }

        if (!target.is_floating_point())
            throw new ArgumentException($"The target has the type {target.dtype}; it takes class indices (int64) or values of the type of the logits.",
                nameof(target));
        SameType(logits, target, nameof(target));
        if (!other.AsSpan().SequenceEqual(shape))
            throw new ArgumentException($"A target of values of shape {Shape(target)} does not fit logits of shape {Shape(logits)}; the shapes have "
                + $"to be equal.", nameof(target));
        return false;
    }

    /// <summary>Brings the class dimension of logits (K), (N, K) or (N, K, d1, ...) to the end and makes the rest one: (M, K).</summary>
    public static Tensor Rows(Tensor logits)
    {
        long classes = logits.shape[logits.ndim == 1 ? 0 : 1];
        return (logits.ndim switch
        {
            1 or 2 => logits,
            _ => logits.movedim([1], [-1]),
        }).reshape(-1, classes);
    }

    /// <summary>Counts the rows that are not ignored and sums their weights; throws where a target, contiguous and in the memory of the CPU, is no
    /// class.</summary>
    public static (long Rows, double Weight) Scan(Tensor target, long classes, long ignoreIndex, double[]? weight, Tensor logits)
    {
        long rows = 0;
        double sum = 0;
        unsafe
        {
            long* values = Native.Pointer<long>(target);
            for (long i = 0, n = target.numel(); i < n; i++)
            {
                long y = values[i];
                if (y == ignoreIndex) continue;
                if ((ulong)y >= (ulong)classes)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                        $"The target at position {i} is {y}; logits of shape {Shape(logits)} have classes "
                        + $"0..{classes - 1}{(ignoreIndex < 0 ? $", and {ignoreIndex} is ignored" : "")}."), nameof(target));
                rows++;
                if (weight is not null) sum += weight[y];
            }
        }

        return (rows, weight is null ? rows : sum);
    }

    public static void Normaliser(double? normaliser, Reduction reduction)
    {
        if (normaliser is null) return;
        if (!(normaliser > 0 && double.IsFinite(normaliser.Value)))
            throw new ArgumentOutOfRangeException(nameof(normaliser), normaliser, "The total to divide by is a finite number above zero.");
        if (reduction is not (Reduction.WeightedMean or Reduction.BatchMean))
            throw new ArgumentException($"A total to divide by goes with the reductions WeightedMean and BatchMean, not with {reduction}.", nameof(normaliser));
    }

    public static void InRange(double value, double minimum, double maximum, string name, bool maximumExcluded = false)
    {
        if (!(value >= minimum && (maximumExcluded ? value < maximum : value <= maximum)) || double.IsInfinity(value))
            throw new ArgumentOutOfRangeException(name, value, string.Create(CultureInfo.InvariantCulture,
                $"{name} is a number {(double.IsInfinity(maximum) ? $"of {minimum} or more" : $"in [{minimum}, {maximum}{(maximumExcluded ? ')' : ']')}")}."));
    }

    /// <summary>Checks that counts fit the logits.</summary>
    public static void Classes(Tensor logits, ClassCounts counts)
    {
        ArgumentNullException.ThrowIfNull(logits);
        long classes = logits.ndim == 0 ? 0 : logits.shape[logits.ndim == 1 ? 0 : 1];
        if (classes != counts.Classes)
            throw new ArgumentException($"Logits of shape {Shape(logits)} have {classes} classes, but counts of shape ({counts.Classes}) were given.",
                nameof(counts));
    }

    /// <summary>Checks that no class is empty.</summary>
    public static void NoneEmpty(ClassCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        for (int c = 0; c < counts.Classes; c++)
            if (counts[c] == 0)
                throw new ArgumentException($"Class '{counts.Labels[c]}' has no rows, and the loss needs the logarithm or a power of its count. Remove the "
                    + $"class or count it as one row.", nameof(counts));
    }
}
