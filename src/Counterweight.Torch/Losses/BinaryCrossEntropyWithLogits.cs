using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Binary cross entropy of logits with weights and positive weights. See <see cref="Losses.BinaryCrossEntropyWithLogits"/>.</summary>
/// <remarks>The weights are buffers of the module: they move and are converted with it.</remarks>
public sealed class BinaryCrossEntropyWithLogits : WeightedBinaryLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="weight">w, of a shape that broadcasts to that of the input; copied. Ones if null.</param>
    /// <param name="positiveWeight">p, likewise: what the ones weigh more, one value or one per label. Ones if null.</param>
    /// <param name="reduction">How the losses become one number.</param>
    public BinaryCrossEntropyWithLogits(Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.WeightedMean)
        : base(nameof(BinaryCrossEntropyWithLogits), weight, positiveWeight, reduction)
    {
    }

    /// <summary>The probability of a one, element by element.</summary>
    /// <param name="logits">Logits of any shape.</param>
    public override Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return sigmoid(logits);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) =>
        Losses.BinaryCrossEntropyWithLogits(logits, target, Weight, PositiveWeight, Reduction, Normaliser);
}
