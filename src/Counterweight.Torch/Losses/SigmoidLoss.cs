using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>What the losses over one sigmoid per class have in common: e (y a_c One(x_c + b_c) + (1 - y) d_c Zero(x_c + b_c)).</summary>
internal sealed record SigmoidForm
{
    /// <summary>One and Zero.</summary>
    public SigmoidTerm Term { get; init; } = BinaryLogarithmTerm.Instance;

    /// <summary>a: factors of the ones, one or L values; ones if null.</summary>
    public double[]? Ones { get; init; }

    /// <summary>d: factors of the zeros, one or L values; ones if null.</summary>
    public double[]? Zeros { get; init; }

    /// <summary>b: added to the logits, L values; zero if null.</summary>
    public double[]? Offset { get; init; }
}

/// <summary>Checks, shapes, reductions and the choice between kernel and tensor operations for every loss over sigmoids.</summary>
internal static class SigmoidLoss
{
    /// <summary>Computes a loss whose target is class indices, where a row's loss is the sum over the classes, or labels, where each element is a row of its
    /// own.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="target">Class indices, or zeros and ones (or shares between them) of the shape of the logits.</param>
    /// <param name="form">The loss.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="ignoreIndex">The index of rows that do not count.</param>
    /// <param name="normaliser">The total to divide by, if not that of this batch.</param>
    /// <param name="weights">e; ones if null.</param>
    /// <param name="residuals">Takes the sums by class of y (1 - s(x)) and of (1 - y) s(x), 2 L values; null if they are not wanted.</param>
    public static Tensor Compute(
        Tensor logits, Tensor target, SigmoidForm form, Reduction reduction, long ignoreIndex, double? normaliser, SigmoidWeights? weights = null,
        double[]? residuals = null)
    {
        bool indices = Arguments.AreIndices(logits, target);
        Arguments.Normaliser(normaliser, reduction);
        using var scope = NewDisposeScope();
        Tensor wide = logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32);
        long columns = logits.shape[logits.ndim == 1 ? 0 : 1];
        if (form.Ones is { Length: > 1 } ones && ones.Length != columns)
            throw new ArgumentException($"Logits of shape {Arguments.Shape(logits)} have {columns} classes, but {ones.Length} factors were given.",
                nameof(logits));
        Tensor rows = Arguments.Rows(wide), labels;
        Tensor? kept = null;
        if (indices)
        {
            labels = target.to(ScalarType.Int64).reshape(-1).contiguous();
            if (labels.device_type == DeviceType.CPU)
            {
                (long count, _) = Arguments.Scan(labels, columns, ignoreIndex, null, logits);
                if (count < labels.numel()) kept = labels.IsNot(ignoreIndex).nonzero().reshape(-1);
            }
            else if (labels.Is(ignoreIndex).any().item<bool>()) kept = labels.IsNot(ignoreIndex).nonzero().reshape(-1);
            if (kept is not null) (rows, labels) = (rows.index_select(0, kept), labels.index_select(0, kept));
        }
        else labels = Arguments.Rows(target.to(rows.dtype)).contiguous();

        double elements = normaliser ?? (indices ? rows.shape[0] : rows.numel());
        double? divisor = reduction switch { Reduction.None => null, Reduction.Sum => 1, _ => elements == 0 ? 1 : elements };
        Tensor loss = Native.CanFuse(rows) && rows.numel() > 0
            ? rows.dtype == ScalarType.Float32
                ? SigmoidFusedLoss<float>.Compute(rows.contiguous(), labels, indices, null, form, weights, divisor, residuals)
                : SigmoidFusedLoss<double>.Compute(rows.contiguous(), labels, indices, null, form, weights, divisor, residuals)
            : Composed(rows, labels, indices, null, form, weights, divisor, residuals);
        if (reduction == Reduction.None) loss = indices ? Restore(loss.sum(1), kept, target) : Unrow(loss, logits);
        return (loss.dtype == logits.dtype ? loss : loss.to(logits.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The losses in tensor operations: one per element, or their sum by a divisor.</summary>
    internal static Tensor Composed(
        Tensor rows, Tensor target, bool indices, Tensor? factors, SigmoidForm form, SigmoidWeights? weights, double? divisor, double[]? residuals)
    {
        Tensor Vector(double[] values) => torch.tensor(values, dtype: rows.dtype, device: rows.device);
        if (form.Offset is not null) rows = rows.Sum(Vector(form.Offset));
        Tensor labels = indices ? nn.functional.one_hot(target, rows.shape[1]).to(rows.dtype) : target;
        Tensor one = form.Term.One(rows) * labels, zero = form.Term.Zero(rows) * labels.From(1);
        if (form.Ones is not null) one = one * Vector(form.Ones);
        if (form.Zeros is not null) zero = zero * Vector(form.Zeros);
        Tensor loss = one.Sum(zero);
        if (factors is not null) loss = loss * factors;
        if (weights is not null || residuals is not null)
        {
            using var constant = no_grad();
            Tensor values = rows.detach();
            if (weights is not null) factors = weights.Of(values, target, indices);
            if (residuals is not null)
            {
                Tensor p = sigmoid(values), both = torch.cat([(p.From(1) * labels).sum(0L), (p * labels.From(1)).sum(0L)], 0).to(ScalarType.Float64).cpu();
                both.data<double>().ToArray().CopyTo(residuals, 0);
            }
        }

        if (weights is not null) loss = loss * factors!;
        return divisor is null ? loss : loss.sum().Over(divisor.Value);
    }

    private static Tensor Restore(Tensor losses, Tensor? kept, Tensor target) =>
        (kept is null ? losses : torch.zeros([target.numel()], dtype: losses.dtype, device: losses.device).PlusRows(kept, losses)).reshape(target.shape);

    /// <summary>Undoes <see cref="Arguments.Rows"/>.</summary>
    private static Tensor Unrow(Tensor rows, Tensor logits)
    {
        if (logits.ndim <= 2) return rows.reshape(logits.shape);
        long[] shape = logits.shape;
        return rows.reshape([shape[0], .. shape[2..], shape[1]]).movedim([-1], [1]);
    }
}

/// <summary>A loss over sigmoids that <see cref="SigmoidKernel{T}"/> computes.</summary>
internal sealed unsafe class SigmoidFusedLoss<T>(SigmoidForm form, bool indices, SigmoidWeights? weights, double? divisor) : EagerFusedLoss
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Computes one loss per element, or their sum divided by a number.</summary>
    /// <param name="rows">(N, L), contiguous.</param>
    /// <param name="target">Labels (N, L) or checked indices (N), contiguous.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="factors">(N, L) factors of the elements; ones if null.</param>
    /// <param name="form">The loss.</param>
    /// <param name="weights">More factors, if there are no <paramref name="factors"/>.</param>
    /// <param name="divisor">What to divide the sum by; null for one loss per element, and NaN for the sum of the factors that are in force.</param>
    /// <param name="residuals">Takes the sums by class of y (1 - s(x)) and of (1 - y) s(x), 2 L values; null if they are not wanted.</param>
    public static Tensor Compute(
        Tensor rows, Tensor target, bool indices, Tensor? factors, SigmoidForm form, SigmoidWeights? weights, double? divisor, double[]? residuals = null)
    {
        FusedFunction.Release();
        using Tensor? gradient = FusedFunction.Differentiates(rows) ? torch.empty_like(rows) : null;
        Tensor? losses = divisor is null ? torch.empty_like(rows) : null;
        if (divisor is double.NaN) divisor = Run(rows, target, indices, factors, form, null, null, null, null, null, k => k.Weight());
        double factor = divisor switch { null => 1, 0 => 0, _ => 1 / divisor.Value },
            sum = Run(rows, target, indices, factors, form, weights, gradient, losses, residuals, factor);
        Tensor value = losses ?? Native.Scalar(sum * factor, rows.dtype);
        return gradient is null ? value
            : FusedFunction.Attach(rows, value, factors is null ? [gradient, target] : [gradient, target, factors],
                new SigmoidFusedLoss<T>(form, indices, weights, divisor));
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept)
    {
        using var scope = NewDisposeScope();
        return SigmoidLoss.Composed(kept[0], kept[2], indices, kept.Count > 3 ? kept[3] : null, form, weights, divisor, null).MoveToOuterDisposeScope();
    }

    protected override Tensor Gradient(IReadOnlyList<Tensor> kept)
    {
        Tensor gradient = torch.empty_like(kept[0]);
        Run(kept[0], kept[2], indices, kept.Count > 3 ? kept[3] : null, form, weights, gradient, null, null,
            divisor switch { null => 1, 0 => 0, _ => 1 / divisor.Value });
        return gradient;
    }

    private static double Run(
        Tensor rows, Tensor target, bool indices, Tensor? factors, SigmoidForm form, SigmoidWeights? weights, Tensor? gradient, Tensor? losses,
        double[]? residuals, double? scale,
        Func<SigmoidKernel<T>, double>? instead = null)
    {
        int columns = (int)rows.shape[1];
        T* ones = Native.Cyclic<T>(form.Ones, columns), zeros = Native.Cyclic<T>(form.Zeros, columns),
            offset = form.Offset is null ? null : Native.Cyclic<T>(form.Offset, columns);
        try
        {
            var kernel = new SigmoidKernel<T>
            {
                Logits = Native.Pointer<T>(rows),
                Labels = indices ? null : Native.Pointer<T>(target),
                Indices = indices ? Native.Pointer<long>(target) : null,
                Factors = factors is null ? null : Native.Pointer<T>(factors),
                Ones = ones,
                Zeros = zeros,
                Offset = offset,
                Gradient = gradient is null ? null : Native.Pointer<T>(gradient),
                Scale = scale ?? 1,
                Losses = losses is null ? null : Native.Pointer<T>(losses),
                Residuals = residuals,
                Rows = rows.shape[0],
                Columns = columns,
                Threads = get_num_threads(),
            };
            if (instead is not null) return instead(kernel);
            if (weights is not null) weights.Run(kernel, form.Term);
            else if (factors is not null) form.Term.Run(kernel, default(GivenFactor<T>));
            else form.Term.Run(kernel, default(NoFactor<T>));
            return kernel.Sum;
        }
        finally
        {
            NativeMemory.AlignedFree(ones);
            NativeMemory.AlignedFree(zeros);
            NativeMemory.AlignedFree(offset);
        }
    }
}
