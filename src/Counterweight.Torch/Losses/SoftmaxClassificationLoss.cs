using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A loss that is a function of softmax probabilities and class counts alone.</summary>
public abstract class SoftmaxClassificationLoss : ClassificationLoss
{
    private readonly SoftmaxForm form;
    private readonly ClassCounts? counts;

    private protected SoftmaxClassificationLoss(string name, SoftmaxForm form, ClassCounts? counts, Reduction reduction, long ignoreIndex)
        : base(name, reduction)
    {
        this.form = form with { Weight = form.Weight?.Detached() };
        this.counts = counts;
        IgnoreIndex = ignoreIndex;
        if (counts is not null && form.Weight is { } weight && weight.Length != counts.Classes)
            throw new ArgumentException($"weight of shape ({weight.Length}) does not fit counts of shape ({counts.Classes}).", nameof(form));
    }

    /// <summary>Rows with this target have no loss and count nowhere.</summary>
    public long IgnoreIndex { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        if (counts is not null) Arguments.Classes(logits, counts);
        return SoftmaxLoss.Compute(logits, target, form, Reduction, IgnoreIndex, Normaliser);
    }
}
