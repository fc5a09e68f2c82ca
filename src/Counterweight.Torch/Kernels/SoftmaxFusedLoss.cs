using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A loss over a softmax that <see cref="SoftmaxKernel{T}"/> computes.</summary>
internal sealed unsafe class SoftmaxFusedLoss<T> : FusedLoss where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SoftmaxForm form;
    private readonly double[]? weight;
    private readonly long ignoreIndex;
    private readonly double? divisor;

    private SoftmaxFusedLoss(SoftmaxForm form, double[]? weight, long ignoreIndex, double? divisor) =>
        (this.form, this.weight, this.ignoreIndex, this.divisor) = (form, weight, ignoreIndex, divisor);

    /// <summary>Computes the loss: one per row, or their sum divided by a number.</summary>
    /// <param name="logits">(N, K), contiguous.</param>
    /// <param name="target">(N), contiguous and checked.</param>
    /// <param name="form">The loss.</param>
    /// <param name="weight">K weights or null.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss.</param>
    /// <param name="divisor">What to divide the sum by, where zero gives a loss of zero; null for one loss per row.</param>
    public static Tensor Compute(Tensor logits, Tensor target, SoftmaxForm form, double[]? weight, long ignoreIndex, double? divisor)
    {
        long rows = target.numel();
        using Tensor? saved = logits.requires_grad && is_grad_enabled() ? torch.empty([SoftmaxKernel<T>.SavedRows, rows], dtype: logits.dtype) : null;
        Tensor? perRow = divisor is null ? torch.empty([rows], dtype: logits.dtype) : null;
        var loss = new SoftmaxFusedLoss<T>(form with { RowFactor = null }, weight, ignoreIndex, divisor);
        double sum = loss.Run(logits, target, form.RowFactor, new Pass { Saved = saved is null ? null : Native.Pointer<T>(saved), PerRow = perRow is null ? null : Native.Pointer<T>(perRow) });
        Tensor value = perRow ?? torch.tensor(divisor == 0 ? 0 : sum / divisor!.Value, dtype: logits.dtype);
        return saved is null ? value : FusedFunction.Attach(logits, value, form.RowFactor is null ? [saved, target] : [saved, target, form.RowFactor], loss);
    }

    public override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream)
    {
        Tensor gradient = torch.empty_like(kept[0]);
        using Tensor contiguous = upstream.contiguous();
        var pass = new Pass { Saved = Native.Pointer<T>(kept[1]), Upstream = Native.Pointer<T>(contiguous), Gradient = Native.Pointer<T>(gradient) };
        Run(kept[0], kept[2], kept.Count > 3 ? kept[3] : null, pass);
        return gradient;
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept)
    {
        using var scope = NewDisposeScope();
        Tensor perRow = (form with { RowFactor = kept.Count > 3 ? kept[3] : null }).PerRow(kept[0], kept[2], kept[2].eq(ignoreIndex));
        return (divisor switch { null => perRow, 0 => perRow.sum() * 0, _ => perRow.sum() / divisor.Value }).MoveToOuterDisposeScope();
    }

    private double Run(Tensor logits, Tensor target, Tensor? rowFactor, Pass pass)
    {
        int classes = (int)logits.shape[1];
        T* scale = null, offset = null, margin = null, smoothWeight = null;
        try
        {
            if (form.Smoothing is not null) smoothWeight = Native.Padded<T>(weight, classes, 1);
            T* factors = rowFactor is null ? null : Native.Pointer<T>(rowFactor);
            var kernel = new SoftmaxKernel<T>(Native.Pointer<T>(logits), Native.Pointer<long>(target), target.numel(), classes, form, weight, smoothWeight, factors, ignoreIndex, get_num_threads());
            if (form.Seesaw is (var logCounts, var mitigation, var compensation))
            {
                scale = Native.Padded<T>(logCounts, classes);
                return Run(kernel, new SeesawTransform<T>(scale, T.CreateTruncating(mitigation), T.CreateTruncating(compensation)), pass);
            }

            if (!form.Transforms) return Run(kernel, new NoTransform<T>(), pass);
            scale = Native.Padded<T>(form.Scale, classes, 1);
            offset = Native.Padded<T>(form.Offset, classes);
            if (form.Margin is not null) margin = Native.Padded<T>(form.Margin, classes);
            return Run(kernel, new AffineTransform<T>(scale, offset, margin), pass);
        }
        finally
        {
            NativeMemory.AlignedFree(scale);
            NativeMemory.AlignedFree(offset);
            NativeMemory.AlignedFree(margin);
            NativeMemory.AlignedFree(smoothWeight);
        }
    }

    private double Run<TTransform>(SoftmaxKernel<T> kernel, TTransform transform, Pass pass) where TTransform : struct, IRowTransform<T>
    {
        if (pass.Gradient == null) return kernel.Forward(transform, pass.Saved, pass.PerRow);
        kernel.Backward(transform, pass.Saved, pass.Upstream, divisor is null, divisor switch { null => 1, 0 => 0, _ => 1 / divisor.Value }, pass.Gradient);
        return 0;
    }

    private struct Pass
    {
        public T* Saved, PerRow, Upstream, Gradient;
    }
}
