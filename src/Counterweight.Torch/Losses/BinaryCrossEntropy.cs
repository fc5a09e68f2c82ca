using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Binary cross entropy of probabilities with weights and positive weights. See <see cref="Losses.BinaryCrossEntropy"/>.</summary>
/// <remarks>The weights are buffers of the module: they move and are converted with it.</remarks>
public sealed class BinaryCrossEntropy : WeightedBinaryLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="weight">w, of a shape that broadcasts to that of the input; copied. Ones if null.</param>
    /// <param name="positiveWeight">p, likewise: what the ones weigh more, one value or one per label. Ones if null.</param>
    /// <param name="reduction">How the losses become one number.</param>
    public BinaryCrossEntropy(Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.WeightedMean)
        : base(nameof(BinaryCrossEntropy), weight, positiveWeight, reduction)
    {
    }

    /// <summary>What the loss is given: they are probabilities already.</summary>
    /// <param name="logits">Probabilities.</param>
    public override Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return logits.alias();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) =>
        Losses.BinaryCrossEntropy(logits, target, Weight, PositiveWeight, Reduction, Normaliser);
}
