using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>The sums of a class over a batch, of which its loss is a function.</summary>
/// <param name="Hits">Sum of p y.</param>
/// <param name="Predicted">Sum of p.</param>
/// <param name="Squares">Sum of p^2.</param>
/// <param name="Targets">Sum of y, and of y^2, y being zero or one.</param>
/// <param name="Errors">Sum of (p - y)^2.</param>
internal readonly record struct RegionSums(double Hits, double Predicted, double Squares, double Targets, double Errors);

/// <summary>A loss of a class that compares its region with its prediction.</summary>
internal abstract class RegionTerm
{
    /// <summary>The losses in tensor operations.</summary>
    /// <param name="p">(N, K) probabilities.</param>
    /// <param name="y">(N, K) labels.</param>
    public abstract Tensor Of(Tensor p, Tensor y);

    /// <summary>The loss of a class, and its derivative by p_i as constant + label y_i + probability p_i.</summary>
    public abstract (double Loss, double Constant, double Label, double Probability) Of(in RegionSums sums);
}

/// <summary>rest / (TP + rest + s) with rest = a FP + b FN, to the power 1 / gamma.</summary>
internal sealed class TverskyTerm(double alpha, double beta, double gamma, double smooth) : RegionTerm
{
    private const double Least = 1e-7;

    public override Tensor Of(Tensor p, Tensor y)
    {
        Tensor hits = (p * y).sum(0L), wrong = p.sum(0L) - hits, missed = y.sum(0L) - hits;
        Tensor rest = wrong.Times(alpha) + missed.Times(beta), loss = rest / (hits + rest).Plus(smooth);
        return gamma == 1 ? loss : loss.AtLeast(Least).ToPower(1 / gamma);
    }

    public override (double Loss, double Constant, double Label, double Probability) Of(in RegionSums sums)
    {
        double rest = (alpha * Math.Max(0, sums.Predicted - sums.Hits)) + (beta * Math.Max(0, sums.Targets - sums.Hits)), all = sums.Hits + rest + smooth, loss = rest / all;
        double byRest = (sums.Hits + smooth) / (all * all), constant = alpha * byRest, label = -((alpha + beta) * byRest) - (rest / (all * all));
        if (gamma == 1) return (loss, constant, label, 0);
        double power = Math.Pow(Math.Max(loss, Least), 1 / gamma), slope = loss < Least ? 0 : power / (gamma * loss);
        return (power, constant * slope, label * slope, 0);
    }
}

/// <summary>Sum of (p - y)^2 / (sum of p^2 + sum of y^2 + s).</summary>
internal sealed class DiceTerm(double smooth) : RegionTerm
{
    public override Tensor Of(Tensor p, Tensor y) => (p - y).square().sum(0L) / (p.square().sum(0L) + y.square().sum(0L)).Plus(smooth);

    public override (double Loss, double Constant, double Label, double Probability) Of(in RegionSums sums)
    {
        double all = sums.Squares + sums.Targets + smooth, loss = sums.Errors / all;
        return (loss, 0, -2 / all, 2 * (1 - loss) / all);
    }
}

/// <summary>A region loss of class indices: the probabilities and their sums by class in one pass, the gradient in another.</summary>
internal sealed unsafe class RegionFusedLoss<T> : FusedLoss where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RegionTerm term;
    private readonly Reduction reduction;
    private readonly long ignoreIndex;
    private readonly T[] factors;
    private readonly int classes;

    private RegionFusedLoss(RegionTerm term, Reduction reduction, long ignoreIndex, int classes)
    {
        (this.term, this.reduction, this.ignoreIndex, this.classes) = (term, reduction, ignoreIndex, classes);
        factors = new T[3 * Padded];
    }

    private int Padded => classes + Vector512<T>.Count;

    /// <summary>Computes the loss.</summary>
    /// <param name="logits">(N, K), contiguous.</param>
    /// <param name="target">(N), contiguous and checked.</param>
    /// <param name="term">The loss of a class.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Rows with this target do not count.</param>
    public static Tensor Compute(Tensor logits, Tensor target, RegionTerm term, Reduction reduction, long ignoreIndex)
    {
        FusedFunction.Release();
        int classes = (int)logits.shape[1];
        var loss = new RegionFusedLoss<T>(term, reduction, ignoreIndex, classes);
        using Tensor probabilities = torch.empty_like(logits);
        RegionSums[] sums = loss.Sums(Native.Pointer<T>(logits), Native.Pointer<long>(target), Native.Pointer<T>(probabilities), target.numel());
        double[] losses = new double[classes];
        double counted = 0;
        for (int c = 0; c < classes; c++)
        {
            // Classes that no target has do not count.
            if (sums[c].Targets == 0) continue;
            counted++;
            (losses[c], double constant, double label, double probability) = term.Of(sums[c]);
            loss.factors[c] = T.CreateTruncating(constant);
            loss.factors[loss.Padded + c] = T.CreateTruncating(label);
            loss.factors[(2 * loss.Padded) + c] = T.CreateTruncating(probability);
        }

        double divisor = reduction is Reduction.None or Reduction.Sum ? 1 : Math.Max(1, counted);
        for (int i = 0; i < loss.factors.Length; i++) loss.factors[i] /= T.CreateTruncating(divisor);
        Tensor value = reduction == Reduction.None ? torch.tensor(losses, dtype: logits.dtype) : Native.Scalar(losses.Sum() / divisor, logits.dtype);
        return FusedFunction.Differentiates(logits) ? FusedFunction.Attach(logits, value, [probabilities, target], loss) : value;
    }

    public override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream)
    {
        Tensor gradient = torch.empty_like(kept[0]);
        using Tensor contiguous = upstream.contiguous();
        bool perClass = contiguous.numel() > 1;
        T* given = Native.Pointer<T>(contiguous), mine = (T*)NativeMemory.AllocZeroed((nuint)(3 * Padded), (nuint)sizeof(T));
        for (int kind = 0; kind < 3; kind++)
            for (int c = 0; c < classes; c++) mine[(kind * Padded) + c] = factors[(kind * Padded) + c] * given[perClass ? c : 0];
        ProbabilityKernel<T>.Backward(
            Native.Pointer<T>(kept[1]), Native.Pointer<T>(gradient), kept[0].shape[0], classes, get_num_threads(), new Slope(mine, Padded, Native.Pointer<long>(kept[2]), ignoreIndex));
        NativeMemory.Free(mine);
        return gradient;
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept) => Regions.Composed(kept[0], kept[2], true, term, reduction, ignoreIndex);

    private RegionSums[] Sums(T* logits, long* target, T* probabilities, long rows)
    {
        int chunkRows = ProbabilityKernel<T>.ChunkRows(classes), chunks = (int)((rows + chunkRows - 1) / chunkRows), width = Vector512<T>.Count;
        RegionSums[] parts = new RegionSums[chunks * classes];
        ProbabilityKernel<T>.Loop(rows, classes, get_num_threads(), (chunk, first, end) =>
        {
            T* sum = (T*)NativeMemory.AllocZeroed((nuint)(2 * Padded), (nuint)sizeof(T)), squares = sum + Padded;
            Span<RegionSums> mine = parts.AsSpan(chunk * classes, classes);
            int whole = classes - (classes % width), rest = classes - whole;
            for (long row = first; row < end; row++)
            {
                T* p = probabilities + (row * classes);
                long y = target[row];
                if (y == ignoreIndex)
                {
                    // Probabilities of zero take no part in the sums, and no gradient passes them.
                    new Span<T>(p, classes).Clear();
                    continue;
                }

                ProbabilityKernel<T>.Softmax(logits + (row * classes), p, classes);
                for (int c = 0; c < whole; c += width) Add(Vector512.Load(p + c), c);
                if (rest > 0) Add(ProbabilityKernel<T>.Load(p + whole, rest, T.Zero), whole);
                double hit = double.CreateTruncating(p[y]);
                RegionSums before = mine[(int)y];
                mine[(int)y] = before with { Hits = before.Hits + hit, Targets = before.Targets + 1, Errors = before.Errors + ((1 - hit) * (1 - hit)) - (hit * hit) };
            }

            for (int c = 0; c < classes; c++)
            {
                double all = double.CreateTruncating(squares[c]);
                mine[c] = mine[c] with { Predicted = double.CreateTruncating(sum[c]), Squares = all, Errors = mine[c].Errors + all };
            }

            NativeMemory.Free(sum);

            void Add(Vector512<T> p, int c)
            {
                (Vector512.Load(sum + c) + p).Store(sum + c);
                (Vector512.Load(squares + c) + (p * p)).Store(squares + c);
            }
        });
        RegionSums[] sums = new RegionSums[classes];
        for (int i = 0; i < parts.Length; i++)
        {
            RegionSums a = sums[i % classes], b = parts[i];
            sums[i % classes] = new(a.Hits + b.Hits, a.Predicted + b.Predicted, a.Squares + b.Squares, a.Targets + b.Targets, a.Errors + b.Errors);
        }

        return sums;
    }

    private readonly struct Slope(T* factors, int padded, long* target, long ignoreIndex) : IProbabilitySlope<T>
    {
        public Vector512<T> At(long row, int column, Vector512<T> p) => Vector512.Load(factors + column) + (Vector512.Load(factors + (2 * padded) + column) * p);

        public (int Class, T Slope) Extra(long row)
        {
            long y = target[row];
            return y == ignoreIndex ? (0, T.Zero) : ((int)y, factors[padded + y]);
        }
    }
}
