using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A loss over a softmax that <see cref="SoftmaxKernel{T}"/> computes.</summary>
internal sealed unsafe class SoftmaxFusedLoss<T> : EagerFusedLoss where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
        FusedFunction.Release();
        using Tensor? gradient = FusedFunction.Differentiates(logits) ? torch.empty_like(logits) : null;
        Tensor? perRow = divisor is null ? torch.empty([target.numel()], dtype: logits.dtype) : null;
        var loss = new SoftmaxFusedLoss<T>(form with { Influence = null }, weight, ignoreIndex, divisor);
        double sum = loss.Run(logits, target, form.Influence, gradient, perRow);
        Tensor value = perRow ?? Native.Scalar(divisor == 0 ? 0 : sum / divisor!.Value, logits.dtype);
        return gradient is null ? value
            : FusedFunction.Attach(logits, value, form.Influence is null ? [gradient, target] : [gradient, target, form.Influence], loss);
    }

    public override Tensor Composed(IReadOnlyList<Tensor> kept)
    {
        using var scope = NewDisposeScope();
        Tensor perRow = (form with { Influence = kept.Count > 3 ? kept[3] : null }).PerRow(kept[0], kept[2], kept[2].Is(ignoreIndex));
        return (divisor is null ? perRow : perRow.sum().Times(divisor == 0 ? 0 : 1 / divisor.Value)).MoveToOuterDisposeScope();
    }

    protected override Tensor Gradient(IReadOnlyList<Tensor> kept)
    {
        Tensor gradient = torch.empty_like(kept[0]);
        Run(kept[0], kept[2], kept.Count > 3 ? kept[3] : null, gradient, null);
        return gradient;
    }

    private double Run(Tensor logits, Tensor target, Tensor? influence, Tensor? gradient, Tensor? perRow)
    {
        int classes = (int)logits.shape[1];
        T* scale = null, offset = null, margin = null, smoothWeight = null;
        T* slopes = gradient is null ? null : Native.Pointer<T>(gradient), losses = perRow is null ? null : Native.Pointer<T>(perRow);
        double factor = divisor switch { null => 1, 0 => 0, _ => 1 / divisor.Value };
        try
        {
            if (form.Smoothing is not null) smoothWeight = Native.Padded<T>(weight, classes, 1);
            var kernel = new SoftmaxKernel<T>(
                Native.Pointer<T>(logits), Native.Pointer<long>(target), target.numel(), classes, form, weight, smoothWeight,
                influence is null ? null : Native.Pointer<T>(influence), ignoreIndex, get_num_threads());
            if (form.Seesaw is (var logCounts, var mitigation, var compensation))
            {
                scale = Native.Padded<T>(logCounts, classes);
                return kernel.Run(new SeesawTransform<T>(scale, T.CreateTruncating(mitigation), T.CreateTruncating(compensation)), slopes, factor, losses);
            }

            if (!form.Transforms) return kernel.Run(new NoTransform<T>(), slopes, factor, losses);
            scale = Native.Padded<T>(form.Scale, classes, 1);
            offset = Native.Padded<T>(form.Offset, classes);
            if (form.Margin is not null) margin = Native.Padded<T>(form.Margin, classes);
            return kernel.Run(new AffineTransform<T>(scale, offset, margin), slopes, factor, losses);
        }
        finally
        {
            NativeMemory.AlignedFree(scale);
            NativeMemory.AlignedFree(offset);
            NativeMemory.AlignedFree(margin);
            NativeMemory.AlignedFree(smoothWeight);
        }
    }
}
