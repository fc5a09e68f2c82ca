using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>LDAM loss (Cao and others, 2019), optionally with deferred re-weighting. See <see cref="Losses.Ldam"/>.</summary>
/// <remarks>With deferred re-weighting (LDAM-DRW, Cao and others, 2019, algorithm 1) the class weights of the effective number of samples come into force only
/// after a share of the epochs, once the representation has formed.</remarks>
/// <example>
/// <code>
/// using var loss = LdamLoss.WithDeferredReweighting(counts, beta: 0.9999, start: 0.8);
/// loss.BeginEpoch(epoch: 160, epochs: 200);   // from here on the weights act
/// </code>
/// </example>
public sealed class LdamLoss : ClassificationLoss
{
    private readonly ClassCounts counts;
    private readonly SoftmaxForm first, second;
    private readonly double start;
    private bool started;

    /// <summary>Creates the loss.</summary>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="maxMargin">The margin of the rarest class; 0 or more.</param>
    /// <param name="scale">s, above 0.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    public LdamLoss(ClassCounts counts, double maxMargin = 0.5, double scale = 30, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean,
        long ignoreIndex = Losses.Ignored)
        : this(counts, maxMargin, scale, weight, weight, 1, reduction, ignoreIndex) { }

    private LdamLoss(ClassCounts counts, double maxMargin, double scale, ClassVector? before, ClassVector? after, double start, Reduction reduction,
        long ignoreIndex) : base(nameof(LdamLoss), reduction)
    {
        this.counts = counts;
        this.start = start;
        Scale = scale;
        IgnoreIndex = ignoreIndex;
        first = Forms.Ldam(counts, maxMargin, scale, before?.Detached());
        second = Forms.Ldam(counts, maxMargin, scale, after?.Detached());
    }

    /// <summary>s.</summary>
    public double Scale { get; }

    /// <summary>Rows with this target have no loss and count nowhere.</summary>
    public long IgnoreIndex { get; }

    /// <inheritdoc/>
    public override bool PrefersCosineClassifier => true;

    /// <inheritdoc/>
    public override double SettledAfter => start < 1 ? start : 0;

    /// <summary>LDAM whose class weights, (1 - beta) / (1 - beta^n) scaled to sum K, act from a share of the epochs on.</summary>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="maxMargin">The margin of the rarest class; 0 or more.</param>
    /// <param name="scale">s, above 0.</param>
    /// <param name="beta">The parameter of the effective number, in [0, 1).</param>
    /// <param name="start">The share of the epochs after which the weights act, in [0, 1].</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    public static LdamLoss WithDeferredReweighting(
        ClassCounts counts, double maxMargin = 0.5, double scale = 30, double beta = 0.9999, double start = 0.8, Reduction reduction = Reduction.WeightedMean,
        long ignoreIndex = Losses.Ignored)
    {
        Arguments.InRange(start, 0, 1, nameof(start));
        return new(counts, maxMargin, scale, null, ClassBalancedLoss.Weights(counts, beta), start, reduction, ignoreIndex);
    }

    /// <inheritdoc/>
    protected override void EnterEpoch(int epoch, int epochs) => started = epoch >= Math.Round(start * epochs);

    /// <inheritdoc/>
    public override Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using Tensor scaled = logits.Times(Scale);
        return base.Probabilities(scaled);
    }

    internal override (double Scale, bool Sigmoids) Link => (Scale, false);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        ThrowIfNotBegun();
        Arguments.Classes(logits, counts);
        return SoftmaxLoss.Compute(logits, target, started ? second : first, Reduction, IgnoreIndex, Normaliser);
    }
}
