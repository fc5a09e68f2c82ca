using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

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
        Tensor rest = wrong.Times(alpha).Sum(missed.Times(beta)), loss = rest / hits.Sum(rest).Plus(smooth);
        return gamma == 1 ? loss : loss.AtLeast(Least).ToPower(1 / gamma);
    }

    public override (double Loss, double Constant, double Label, double Probability) Of(in RegionSums sums)
    {
        double rest = (alpha * Math.Max(0, sums.Predicted - sums.Hits)) + (beta * Math.Max(0, sums.Targets - sums.Hits)), all = sums.Hits + rest + smooth,
            loss = rest / all;
        double byRest = (sums.Hits + smooth) / (all * all), constant = alpha * byRest, label = -((alpha + beta) * byRest) - (rest / (all * all));
        if (gamma == 1) return (loss, constant, label, 0);
        double power = Math.Pow(Math.Max(loss, Least), 1 / gamma), slope = loss < Least ? 0 : power / (gamma * loss);
        return (power, constant * slope, label * slope, 0);
    }
}

/// <summary>Sum of (p - y)^2 / (sum of p^2 + sum of y^2 + s).</summary>
internal sealed class DiceTerm(double smooth) : RegionTerm
{
    public override Tensor Of(Tensor p, Tensor y) => (p - y).Squared().sum(0L) / p.Squared().sum(0L).Sum(y.Squared().sum(0L)).Plus(smooth);

    public override (double Loss, double Constant, double Label, double Probability) Of(in RegionSums sums)
    {
        double all = sums.Squares + sums.Targets + smooth, loss = sums.Errors / all;
        return (loss, 0, -2 / all, 2 * (1 - loss) / all);
    }
}

/// <summary>
/// A region loss of class indices: the probabilities and their sums by class in one pass, the gradient in another. The gradient takes the place of the
/// probabilities; a further backward pass over the same graph computes these anew.
/// </summary>
internal sealed unsafe class RegionFusedLoss<T> : FusedLoss where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // So many rows are summed in the type of the logits before their sum goes to the doubles.
    private const int Stretch = 512, Kinds = 4, Hits = 0, Predicted = 1, Squares = 2, Targets = 3;

    private readonly RegionTerm term;
    private readonly Reduction reduction;
    private readonly long ignoreIndex;
    private readonly T[] factors;
    private readonly int classes;
    private int handedOver;

    private RegionFusedLoss(RegionTerm term, Reduction reduction, long ignoreIndex, int classes)
    {
        (this.term, this.reduction, this.ignoreIndex, this.classes) = (term, reduction, ignoreIndex, classes);
        factors = new T[3 * Padded];
    }

    private int Padded => classes + Vector256<T>.Count;

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
        double[] sums = loss.Sums(logits, target, probabilities);
        double[] losses = new double[classes];
        double counted = 0;
        for (int c = 0; c < classes; c++)
        {
            // Classes that no target has do not count.
            double targets = sums[(Targets * classes) + c], hits = sums[(Hits * classes) + c], squares = sums[(Squares * classes) + c];
            if (targets == 0) continue;
            counted++;
            (losses[c], double constant, double label, double probability) = term.Of(
                new(hits, sums[(Predicted * classes) + c], squares, targets, Math.Max(0, squares + targets - (2 * hits))));
            loss.factors[c] = T.CreateTruncating(constant);
            loss.factors[loss.Padded + c] = T.CreateTruncating(label);
            loss.factors[(2 * loss.Padded) + c] = T.CreateTruncating(probability);
        }

        double share = reduction is Reduction.None or Reduction.Sum ? 1 : 1 / Math.Max(1, counted);
        for (int i = 0; i < loss.factors.Length; i++) loss.factors[i] *= T.CreateTruncating(share);
        Tensor value = reduction == Reduction.None ? torch.tensor(losses, dtype: logits.dtype) : Native.Scalar(losses.Sum() * share, logits.dtype);
        return FusedFunction.Differentiates(logits) ? FusedFunction.Attach(logits, value, [probabilities, target], loss) : value;
    }

    public override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream)
    {
        Tensor gradient;
        if (Interlocked.Exchange(ref handedOver, 1) == 0) gradient = torch.empty([0], dtype: kept[1].dtype).set_(kept[1]);
        else
        {
            gradient = torch.empty_like(kept[0]);
            _ = Sums(kept[0], kept[2], gradient);
        }

        using Tensor contiguous = upstream.contiguous();
        bool perClass = contiguous.numel() > 1;
        T* given = Native.Pointer<T>(contiguous), mine = (T*)NativeMemory.AllocZeroed((nuint)(3 * Padded), (nuint)sizeof(T)), p = Native.Pointer<T>(gradient);
        for (int kind = 0; kind < 3; kind++)
            for (int c = 0; c < classes; c++) mine[(kind * Padded) + c] = factors[(kind * Padded) + c] * given[perClass ? c : 0];
        ProbabilityKernel<T>.Backward(p, p, kept[0].shape[0], classes, get_num_threads(), new Slope(mine, Padded, Native.Pointer<long>(kept[2]), ignoreIndex));
        NativeMemory.Free(mine);
        return gradient;
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept) => Regions.Composed(kept[0], kept[2], true, term, reduction, ignoreIndex);

    /// <summary>Fills the probabilities and sums them by class: K sums of each kind, kind after kind.</summary>
    private double[] Sums(Tensor logits, Tensor target, Tensor probabilities)
    {
        long rows = target.numel();
        T* z = Native.Pointer<T>(logits), p = Native.Pointer<T>(probabilities);
        long* y = Native.Pointer<long>(target);
        int pieces = ProbabilityKernel<T>.Pieces(rows, classes), each = Kinds * classes;
        double[] parts = ArrayPool<double>.Shared.Rent(pieces * each), sums = new double[each];
        ProbabilityKernel<T>.InPieces(pieces, rows, get_num_threads(), (piece, first, end) =>
        {
            Span<double> mine = parts.AsSpan(piece * each, each);
            mine.Clear();
            T* sum = (T*)NativeMemory.AlignedAlloc((nuint)(2 * Padded * sizeof(T)), 64);
            for (long start = first; start < end; start += Stretch)
            {
                new Span<T>(sum, 2 * Padded).Clear();
                for (long row = start, stop = Math.Min(end, start + Stretch); row < stop; row++)
                {
                    T* to = p + (row * classes);
                    int label = (int)y[row];
                    if (y[row] == ignoreIndex)
                    {
                        // Probabilities of zero take no part in the sums, and no gradient passes them.
                        new Span<T>(to, classes).Clear();
                        continue;
                    }

                    Row(z + (row * classes), to, sum, sum + Padded);
                    mine[(Hits * classes) + label] += double.CreateTruncating(to[label]);
                    mine[(Targets * classes) + label]++;
                }

                for (int c = 0; c < classes; c++)
                {
                    mine[(Predicted * classes) + c] += double.CreateTruncating(sum[c]);
                    mine[(Squares * classes) + c] += double.CreateTruncating(sum[Padded + c]);
                }
            }

            NativeMemory.AlignedFree(sum);
        });
        for (int piece = 0; piece < pieces; piece++) TensorPrimitives.Add(sums, parts.AsSpan(piece * each, each), sums);
        ArrayPool<double>.Shared.Return(parts);
        return sums;
    }

    /// <summary>The softmax of a row, added to the sums.</summary>
    private void Row(T* z, T* p, T* sum, T* squares)
    {
        int width = Vector256<T>.Count, last = classes - width, c = 0;
        if (last < 0)
        {
            ProbabilityKernel<T>.Softmax(z, p, classes);
            Add(ProbabilityKernel<T>.Load(p, classes, T.Zero), 0);
            return;
        }

        Vector256<T> inverse = Vector256.Create(T.One / ProbabilityKernel<T>.Exponentials(z, p, classes)), tail = Vector256.Load(p + last) * inverse;
        for (; c < last; c += width)
        {
            Vector256<T> at = Vector256.Load(p + c) * inverse;
            at.Store(p + c);
            Add(at, c);
        }

        tail.Store(p + last);
        Add(ProbabilityKernel<T>.From(tail, c - last), last);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Add(Vector256<T> at, int c)
        {
            (Vector256.Load(sum + c) + at).Store(sum + c);
            (Vector256.Load(squares + c) + (at * at)).Store(squares + c);
        }
    }

    private readonly struct Slope(T* factors, int padded, long* target, long ignoreIndex) : IProbabilitySlope<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<T> At(long row, int column, Vector256<T> p) =>
            Vector256.Load(factors + column) + (Vector256.Load(factors + (2 * padded) + column) * p);

        public (int Class, T Slope) Extra(long row)
        {
            long y = target[row];
            return y == ignoreIndex ? (0, T.Zero) : ((int)y, factors[padded + y]);
        }
    }
}
