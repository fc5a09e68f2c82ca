using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>
/// Equalization loss v2: binary cross entropy per class whose ones weigh q_c = 1 + alpha (1 - f(g_c)) and whose zeros weigh r_c = f(g_c), where g_c is the
/// ratio of the gradients that the ones and the zeros of class c have had so far and f(g) = 1 / (1 + exp(-gamma (g - mu))) (Tan and others, 2021, equations 4
/// to 7).
/// </summary>
/// <remarks>With class indices a row's loss is the sum over the classes. The ratios are gathered while the module is in training mode and are part of its
/// state; until a class has had a gradient its ratio counts as large, which is plain binary cross entropy. The weights are constants for the
/// gradient.</remarks>
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
    public EqualizationV2Loss(
        int classes, double gamma = 12, double mu = 0.8, double alpha = 4, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
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
    public override double? InitialBias(int classes) => Prior(classes);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        Arguments.AreIndices(logits, target);
        if (logits.shape[logits.ndim == 1 ? 0 : 1] != classes)
            throw new ArgumentException($"Logits of shape {Arguments.Shape(logits)} do not have {classes} classes.", nameof(logits));
        (double[] of, double[] against) = Weights();
        double[]? residuals = training ? new double[2 * classes] : null;
        Tensor loss = SigmoidLoss.Compute(logits, target, new SigmoidForm { Ones = of, Zeros = against }, Reduction, IgnoreIndex, Normaliser, null, residuals);
        if (residuals is not null)
        {
            Add("gradients_of_ones", residuals.AsSpan(0, classes), of);
            Add("gradients_of_zeros", residuals.AsSpan(classes), against);
        }

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
        using Tensor onesHere = get_buffer("gradients_of_ones")!.to(ScalarType.Float64).cpu(),
            zerosHere = get_buffer("gradients_of_zeros")!.to(ScalarType.Float64).cpu();
        double[] positive = onesHere.data<double>().ToArray(), negative = zerosHere.data<double>().ToArray();
        for (int c = 0; c < classes; c++)
        {
            double ratio = positive[c] == 0 && negative[c] == 0 ? 100 : positive[c] / (negative[c] + 1e-10);
            against[c] = 1 / (1 + Math.Exp(-gamma * (ratio - mu)));
            of[c] = 1 + (alpha * (1 - against[c]));
        }

        return (of, against);
    }

    /// <summary>Adds weighted sums of this batch to those so far, on whatever device the module is.</summary>
    private void Add(string name, ReadOnlySpan<double> sums, double[] weights)
    {
        Tensor buffer = get_buffer(name)!;
        using Tensor before = buffer.to(ScalarType.Float64).cpu();
        double[] now = before.data<double>().ToArray();
        for (int c = 0; c < classes; c++) now[c] += Math.Max(0, sums[c]) * weights[c];
        using Tensor after = torch.tensor(now, dtype: ScalarType.Float64);
        using (no_grad()) buffer.copy_(after);
    }
}
