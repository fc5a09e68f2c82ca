using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A loss that a kernel has computed, with what it takes to compute its gradient.</summary>
internal abstract class FusedLoss
{
    /// <summary>The gradient by the logits; a tensor of its own or one of those kept, which then is freed by who asked.</summary>
    /// <param name="kept">The logits, contiguous, and the tensors given to <see cref="FusedFunction.Attach"/>.</param>
    /// <param name="upstream">The gradient by the loss, of the loss's shape.</param>
    public abstract Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream);

    /// <summary>The same loss in tensor operations, for derivatives of the gradient.</summary>
    /// <param name="kept">As for <see cref="Backward"/>.</param>
    public abstract Tensor Composed(IReadOnlyList<Tensor> kept);
}

/// <summary>
/// A loss whose kernel computes the gradient with it, for an upstream gradient of ones; it is kept as the tensor after the logits. The first backward pass
/// multiplies it by what comes from upstream, if that is not one, and hands it over; a further pass over the same graph computes it anew.
/// </summary>
internal abstract class EagerFusedLoss : FusedLoss
{
    private int handedOver;

    public sealed override Tensor Backward(IReadOnlyList<Tensor> kept, Tensor upstream)
    {
        Tensor gradient = Interlocked.Exchange(ref handedOver, 1) == 0 ? torch.empty([0], dtype: kept[1].dtype).set_(kept[1]) : Gradient(kept);
        Native.Scale(gradient, upstream);
        return gradient;
    }

    /// <summary>The gradient for an upstream gradient of ones, in a new tensor.</summary>
    /// <param name="kept">As for <see cref="FusedLoss.Backward"/>.</param>
    protected abstract Tensor Gradient(IReadOnlyList<Tensor> kept);
}

/// <summary>Puts a <see cref="FusedLoss"/> into the graph of automatic differentiation.</summary>
internal sealed class FusedFunction : autograd.SingleTensorFunction<FusedFunction>
{
    private const string Key = "loss";

    [ThreadStatic]
    private static Tensor? handedOver;

    public override string Name => nameof(FusedFunction);

    /// <summary>Whether a loss of these logits will be differentiated.</summary>
    public static bool Differentiates(Tensor logits) => logits.requires_grad && is_grad_enabled();

    /// <summary>Attaches a loss to the logits.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="value">The value of the loss; freed here, the result replaces it.</param>
    /// <param name="kept">Tensors for the backward pass; the graph holds them, the handles stay the caller's.</param>
    /// <param name="loss">How the gradient is computed.</param>
    public static Tensor Attach(Tensor logits, Tensor value, Tensor[] kept, FusedLoss loss)
    {
        using (value) return apply(logits, new Arguments(value, kept, loss));
    }

    /// <summary>Frees the gradient that was last handed over on this thread, so that its memory serves for the next one.</summary>
    public static void Release()
    {
        handedOver?.Dispose();
        handedOver = null;
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var arguments = (Arguments)vars[1];
        ctx.save_for_backward([(Tensor)vars[0], .. arguments.Kept]);
        ctx.save_data(Key, arguments.Loss);
        return arguments.Value;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        // The engine copies the handle after this method has returned, so it can be freed only when the next one is made.
        Release();
        List<Tensor> kept = ctx.get_saved_variables();
        var loss = (FusedLoss)ctx.get_data(Key);
        Tensor gradient;
        if (is_grad_enabled())
        {
            using var scope = NewDisposeScope();
            gradient = autograd.grad([loss.Composed(kept)], [kept[0]], [grad_output], retain_graph: true, create_graph: true)[0].MoveToOuterDisposeScope();
        }
        else gradient = loss.Backward(kept, grad_output);

        foreach (Tensor tensor in kept) tensor.Dispose();
        grad_output.Dispose();
        handedOver = gradient.DetachFromDisposeScope();
        return [gradient, null!];
    }

    private sealed record Arguments(Tensor Value, Tensor[] Kept, FusedLoss Loss);
}
