using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>What <see cref="BinaryCrossEntropy"/> and <see cref="BinaryCrossEntropyWithLogits"/> share: weights and positive weights as buffers.</summary>
/// <remarks>The weights are buffers of the module: they move and are converted with it.</remarks>
public abstract class WeightedBinaryLoss : ClassificationLoss
{
    private const string WeightName = "weight", PositiveWeightName = "positiveWeight";

    private readonly Tensor? weight, positiveWeight;

    private protected WeightedBinaryLoss(string name, Tensor? weight, Tensor? positiveWeight, Reduction reduction) : base(name, reduction)
    {
        this.weight = weight?.detach().clone().DetachFromDisposeScope();
        this.positiveWeight = positiveWeight?.detach().clone().DetachFromDisposeScope();
        if (this.weight is not null) register_buffer(WeightName, this.weight);
        if (this.positiveWeight is not null) register_buffer(PositiveWeightName, this.positiveWeight);
    }

    private protected Tensor? Weight => weight is null ? null : get_buffer(WeightName);

    private protected Tensor? PositiveWeight => positiveWeight is null ? null : get_buffer(PositiveWeightName);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            weight?.Dispose();
            positiveWeight?.Dispose();
        }

        base.Dispose(disposing);
    }
}
