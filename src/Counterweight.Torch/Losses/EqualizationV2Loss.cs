using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>
/// Equalization loss v2: binary cross entropy per class whose ones weigh q_c = 1 + alpha (1 - f(g_c)) and whose zeros weigh r_c = f(g_c), where g_c is the ratio of the gradients
/// that the ones and the zeros of class c have had so far and f(g) = 1 / (1 + exp(-gamma (g - mu))) (Tan and others, 2021, equations 4 to 7).
/// </summary>
/// <remarks>With class indices a row's loss is the sum over the classes. The ratios are gathered while the module is in training mode and are part of its state; until a class has had a
/// gradient its ratio counts as large, which is plain binary cross entropy. The weights are constants for the gradient.</remarks>
public sealed class EqualizationV2Loss : SigmoidClassificationLoss
{
    private readonly int classes;
    private readonly double gamma, mu, alpha;
    private readonly Tensor ones, zeros;

    /// <summary>Creates the loss.</summary>
    /// <param name="classes">K.</param>
    /// <param name="gamma">The steepness of f, above 0.</param>
    /// <param name="mu">The centre of f.</param>
    /// <param name="alpha">How much more the ones of a class may weigh, 0 or more.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    public EqualizationV2Loss(int classes, double gamma = 12, double mu = 0.8, double alpha = 4, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
        : base(nameof(EqualizationV2Loss), reduction, ignoreIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gamma);
        Arguments.InRange(alpha, 0, double.PositiveInfinity, nameof(alpha));
        (this.classes, this.gamma, this.mu, this.alpha) = (classes, gamma, mu, alpha);
        NativeTorch.EnsureLoaded();
        ones = torch.zeros([classes], dtype: ScalarType.Float64).DetachFromDisposeScope();
        zeros = torch.zeros([classes], dtype: ScalarType.Float64).DetachFromDisposeScope();
        register_buffer("gradients_of_ones", ones);
        register_buffer("gradients_of_zeros", zeros);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        bool indices = Arguments.AreIndices(logits, target);
        if (logits.shape[logits.ndim == 1 ? 0 : 1] != classes) throw new ArgumentException($"Logits of shape {Arguments.Shape(logits)} do not have {classes} classes.", nameof(logits));
        (double[] of, double[] against) = Weights();
        Tensor loss = SigmoidLoss.Compute(logits, target, new SigmoidForm { Ones = of, Zeros = against }, Reduction, IgnoreIndex, Normaliser);
        if (training) Gather(logits, target, indices, of, against);
        return loss;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            ones.Dispose();
            zeros.Dispose();
        }

        base.Dispose(disposing);
    }

    private (double[] Ones, double[] Zeros) Weights()
    {
        double[] of = new double[classes], against = new double[classes];
        using Tensor onesHere = get_buffer("gradients_of_ones")!.to(ScalarType.Float64).cpu(), zerosHere = get_buffer("gradients_of_zeros")!.to(ScalarType.Float64).cpu();
        double[] positive = onesHere.data<double>().ToArray(), negative = zerosHere.data<double>().ToArray();
        for (int c = 0; c < classes; c++)
        {
            double ratio = positive[c] == 0 && negative[c] == 0 ? 100 : positive[c] / (negative[c] + 1e-10);
            against[c] = 1 / (1 + Math.Exp(-gamma * (ratio - mu)));
            of[c] = 1 + (alpha * (1 - against[c]));
        }

        return (of, against);
    }

    private void Gather(Tensor logits, Tensor target, bool indices, double[] of, double[] against)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        Tensor rows = Arguments.Rows(logits.detach()).to(ScalarType.Float32), positive, negative;
        if (indices)
        {
            Tensor flat = target.to(ScalarType.Int64).reshape(-1), kept = flat.ne(IgnoreIndex).nonzero().reshape(-1);
            if (kept.numel() < flat.numel()) (rows, flat) = (rows.index_select(0, kept), flat.index_select(0, kept));
            Tensor p = sigmoid(rows), own = p.gather(1, flat.unsqueeze(1)).squeeze(1), none = torch.zeros([classes], dtype: p.dtype, device: p.device);
            positive = none.index_add(0, flat, 1 - own, 1);
            negative = p.sum(0L) - none.index_add(0, flat, own, 1);
        }
        else
        {
            Tensor p = sigmoid(rows), labels = Arguments.Rows(target).to(p.dtype);
            positive = ((1 - p) * labels).sum(0L);
            negative = (p * (1 - labels)).sum(0L);
        }

        (positive, negative) = (positive.to(ScalarType.Float64), negative.clamp_min(0).to(ScalarType.Float64));
        get_buffer("gradients_of_ones")!.add_(positive * torch.tensor(of, device: rows.device));
        get_buffer("gradients_of_zeros")!.add_(negative * torch.tensor(against, device: rows.device));
    }
}
