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
    /// <summary>Computes a loss whose target is class indices, where a row's loss is the sum over the classes, or labels, where each element is a row of its own.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="target">Class indices, or zeros and ones (or shares between them) of the shape of the logits.</param>
    /// <param name="form">The loss.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="ignoreIndex">The index of rows that do not count.</param>
    /// <param name="normaliser">The total to divide by, if not that of this batch.</param>
    /// <param name="factors">Makes e of the shape of the (N, L) logits from these and either the labels (N, L) or the indices (N), without a gradient; ones if null.</param>
    public static Tensor Compute(
        Tensor logits, Tensor target, SigmoidForm form, Reduction reduction, long ignoreIndex, double? normaliser, Func<Tensor, Tensor, bool, Tensor>? factors = null)
    {
        bool indices = Arguments.AreIndices(logits, target);
        Arguments.Normaliser(normaliser, reduction);
        using var scope = NewDisposeScope();
        Tensor wide = logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32);
        long columns = logits.shape[logits.ndim == 1 ? 0 : 1];
        if (form.Ones is { Length: > 1 } ones && ones.Length != columns) throw new ArgumentException($"Logits of shape {Arguments.Shape(logits)} have {columns} classes, but {ones.Length} factors were given.", nameof(logits));
        Tensor rows = Arguments.Rows(wide), labels;
        Tensor? flat = null, kept = null;
        if (indices)
        {
            flat = target.to(ScalarType.Int64).reshape(-1).contiguous();
            if (flat.device_type == DeviceType.CPU)
            {
                (long count, _) = Arguments.Scan(flat, columns, ignoreIndex, null, logits);
                if (count < flat.numel()) kept = flat.ne(ignoreIndex).nonzero().reshape(-1);
            }
            else if (flat.eq(ignoreIndex).any().item<bool>()) kept = flat.ne(ignoreIndex).nonzero().reshape(-1);
            if (kept is not null) (rows, flat) = (rows.index_select(0, kept), flat.index_select(0, kept));
        }

        labels = indices && !Native.CanFuse(rows) ? nn.functional.one_hot(flat!, columns).to(rows.dtype) : indices ? rows : Arguments.Rows(target.to(rows.dtype));
        if (form.Offset is not null) rows = rows + torch.tensor(form.Offset, dtype: rows.dtype, device: rows.device);
        Tensor? e = null;
        if (factors is not null)
            using (no_grad()) e = factors(rows.detach(), indices ? flat! : labels, indices).contiguous();
        bool perElement = reduction == Reduction.None;
        Tensor loss = Native.CanFuse(rows) && rows.numel() > 0
            ? rows.dtype == ScalarType.Float32
                ? SigmoidFusedLoss<float>.Compute(rows.contiguous(), indices ? flat! : labels.contiguous(), indices, e, form, perElement)
                : SigmoidFusedLoss<double>.Compute(rows.contiguous(), indices ? flat! : labels.contiguous(), indices, e, form, perElement)
            : Composed(rows, labels, e, form, perElement);
        double count2 = indices ? rows.shape[0] : rows.numel();
        loss = reduction switch
        {
            Reduction.None when indices => Restore(loss.sum(1), kept, target),
            Reduction.None => Unrow(loss, logits),
            Reduction.Sum => loss,
            _ => (normaliser ?? count2) == 0 ? loss : loss / (normaliser ?? count2),
        };
        return (loss.dtype == logits.dtype ? loss : loss.to(logits.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The losses in tensor operations: one per element, or their sum.</summary>
    internal static Tensor Composed(Tensor rows, Tensor labels, Tensor? factors, SigmoidForm form, bool perElement)
    {
        Tensor Vector(double[] values) => torch.tensor(values, dtype: rows.dtype, device: rows.device);
        Tensor one = form.Term.One(rows) * labels, zero = form.Term.Zero(rows) * (1 - labels);
        if (form.Ones is not null) one = one * Vector(form.Ones);
        if (form.Zeros is not null) zero = zero * Vector(form.Zeros);
        Tensor loss = one + zero;
        if (factors is not null) loss = loss * factors;
        return perElement ? loss : loss.sum();
    }

    private static Tensor Restore(Tensor losses, Tensor? kept, Tensor target) =>
        (kept is null ? losses : torch.zeros([target.numel()], dtype: losses.dtype, device: losses.device).index_add(0, kept, losses, 1)).reshape(target.shape);

    /// <summary>Undoes <see cref="Arguments.Rows"/>.</summary>
    private static Tensor Unrow(Tensor rows, Tensor logits)
    {
        if (logits.ndim <= 2) return rows.reshape(logits.shape);
        long[] shape = logits.shape;
        return rows.reshape([shape[0], .. shape[2..], shape[1]]).movedim([-1], [1]);
    }
}

/// <summary>A loss over sigmoids that <see cref="SigmoidKernel{T}"/> computes; the gradient is computed with it and kept.</summary>
internal sealed unsafe class SigmoidFusedLoss<T>(SigmoidForm form, bool indices, bool perElement) : FusedLoss where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Computes one loss per element, or their sum.</summary>
    public static Tensor Compute(Tensor rows, Tensor target, bool indices, Tensor? factors, SigmoidForm form, bool perElement)
    {
        bool differentiates = rows.requires_grad && is_grad_enabled();
        using Tensor? gradient = differentiates ? torch.empty(rows.shape, dtype: rows.dtype) : null;
        Tensor? losses = perElement ? torch.empty(rows.shape, dtype: rows.dtype) : null;
        int columns = (int)rows.shape[1];
        T* ones = Native.Cyclic<T>(form.Ones, columns), zeros = Native.Cyclic<T>(form.Zeros, columns);
        Tensor value;
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
                Gradient = gradient is null ? null : Native.Pointer<T>(gradient),
                Losses = losses is null ? null : Native.Pointer<T>(losses),
                Rows = rows.shape[0],
                Columns = columns,
                Threads = get_num_threads(),
            };
            form.Term.Run(kernel);
            value = losses ?? torch.tensor(kernel.Sum, dtype: rows.dtype);
        }
        finally
        {
            NativeMemory.AlignedFree(ones);
            NativeMemory.AlignedFree(zeros);
        }

        return differentiates ? FusedFunction.Attach(rows, value, factors is null ? [gradient!, target] : [gradient!, target, factors], new SigmoidFusedLoss<T>(form, indices, perElement)) : value;
    }

    public override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream) => kept[1] * upstream;

    public override Tensor Composed(IReadOnlyList<Tensor> kept)
    {
        using var scope = NewDisposeScope();
        Tensor labels = indices ? nn.functional.one_hot(kept[2], kept[0].shape[1]).to(kept[0].dtype) : kept[2];
        return SigmoidLoss.Composed(kept[0], labels, kept.Count > 3 ? kept[3] : null, form, perElement).MoveToOuterDisposeScope();
    }
}
