using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Any loss with the class weights of the effective number of samples, w_c in proportion to (1 - beta) / (1 - beta^n_c) (Cui and others, 2019,
/// section 4).</summary>
/// <remarks>The weights are scaled to sum K, as in the paper. Beta 0 is the loss itself; beta towards 1 weighs by inverse frequency.</remarks>
/// <example>
/// <code>
/// using var loss = new ClassBalancedLoss(counts, beta: 0.999, new FocalLoss(gamma: 2, reduction: Reduction.None));
/// </code>
/// </example>
public sealed class ClassBalancedLoss : ClassificationLoss
{
    private readonly ClassificationLoss inner;
    private readonly ClassCounts counts;
    private readonly double[] weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="beta">How much new rows overlap old ones, in [0, 1).</param>
    /// <param name="inner">The loss of a row, with <see cref="Counterweight.Reduction.None"/>; owned by this. Cross entropy if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere; also that of the inner loss.</param>
    /// <exception cref="ArgumentException">A parameter is out of range, a class is empty, or the inner loss reduces.</exception>
    public ClassBalancedLoss(
        ClassCounts counts, double beta = 0.999, ClassificationLoss? inner = null, Reduction reduction = Reduction.WeightedMean,
        long ignoreIndex = Losses.Ignored)
        : base(nameof(ClassBalancedLoss), reduction)
    {
        weights = Weights(counts, beta);
        this.counts = counts;
        this.inner = inner ?? new CrossEntropy(reduction: Reduction.None, ignoreIndex: ignoreIndex);
        if (this.inner.Reduction != Reduction.None)
            throw new ArgumentException($"The inner loss gives one loss per row, so its reduction is None; it is {this.inner.Reduction}.", nameof(inner));
        IgnoreIndex = ignoreIndex;
        RegisterComponents();
    }

    /// <summary>Rows with this target have no loss and count nowhere.</summary>
    public long IgnoreIndex { get; }

    /// <inheritdoc/>
    public override bool NeedsFeatures => inner.NeedsFeatures;

    /// <inheritdoc/>
    public override bool PrefersCosineClassifier => inner.PrefersCosineClassifier;

    /// <inheritdoc/>
    public override double? InitialBias(int classes) => inner.InitialBias(classes);

    /// <inheritdoc/>
    public override double SettledAfter => inner.SettledAfter;

    /// <summary>The class weights, K values that sum to K.</summary>
    /// <param name="counts">The class counts; none zero.</param>
    /// <param name="beta">In [0, 1).</param>
    public static double[] Weights(ClassCounts counts, double beta)
    {
        Arguments.NoneEmpty(counts);
        return ClassWeights.From(counts, WeightScheme.EffectiveNumber(beta), new WeightOptions { Normalisation = Normalisation.SumClasses }).ToArray();
    }

    /// <inheritdoc/>
    protected override void EnterEpoch(int epoch, int epochs) => inner.BeginEpoch(epoch, epochs);

    /// <inheritdoc/>
    public override void UseFeatures(Tensor features) => inner.UseFeatures(features);

    /// <inheritdoc/>
    public override Tensor Probabilities(Tensor logits) => inner.Probabilities(logits);

    internal override (double Scale, bool Sigmoids) Link => inner.Link;

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        Arguments.Classes(logits, counts);
        using var scope = NewDisposeScope();
        return RowReduction.Reduce(inner.call(logits, target), target, weights, Reduction, IgnoreIndex, Normaliser).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
