using static TorchSharp.torch;

namespace Counterweight.Torch;

public static partial class Losses
{
    /// <summary>
    /// Influence-balanced loss: alpha w_y (-log p_y) / (|p - onehot(y)| |h| + epsilon) with sums of absolute values, |p - onehot(y)| = 2 (1 - p_y): rows that
    /// push the decision boundary hard count less (Park and others, 2021, equations 6 and 8).
    /// </summary>
    /// <remarks>Equation 8 divides by the number of rows, so that is what the mean does here: dividing by the summed weights would make a step of a long tail
    /// several times as long. The authors' code has alpha 1000 and cuts the rate of learning to a hundredth where this loss begins; for gradient descent at
    /// one rate that is alpha 10.</remarks>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="features">(N, d), what the last linear layer is fed; no gradient flows into it. If null, |h| counts as alpha, so that the factor depends
    /// on the logits alone.</param>
    /// <param name="weight">w: class weights, K values of zero or more; ones if null. The paper takes inverse class counts.</param>
    /// <param name="alpha">The scale, above 0.</param>
    /// <param name="epsilon">What keeps the quotient finite, above 0.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor InfluenceBalanced(
        Tensor logits, Tensor target, Tensor? features, ClassVector? weight = null, double alpha = 10, double epsilon = 0.001,
        Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored, double? normaliser = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        ArgumentNullException.ThrowIfNull(logits);
        if (features is not null && (features.ndim != 2 || logits.ndim != 2 || features.shape[0] != logits.shape[0]))
            throw new ArgumentException($"Features of shape {Arguments.Shape(features)} do not fit logits of shape {Arguments.Shape(logits)}; give (N, d) "
                + $"for (N, K).", nameof(features));
        using var scope = NewDisposeScope();
        return SoftmaxLoss.Compute(
            logits, target, new SoftmaxForm { Term = new InfluenceTerm(alpha, epsilon), Weight = weight, Influence = features?.detach().abs().sum(1) },
            reduction, ignoreIndex, normaliser).MoveToOuterDisposeScope();
    }
}

/// <summary>Influence-balanced loss (Park and others, 2021): cross entropy first, then rows weighted by the inverse of their influence. See
/// <see cref="Losses.InfluenceBalanced"/>.</summary>
/// <example>
/// <code>
/// using var loss = new InfluenceBalancedLoss(counts);
/// loss.BeginEpoch(epoch, epochs);
/// loss.UseFeatures(h);
/// loss.call(last.call(h), target).backward();
/// </code>
/// </example>
public sealed class InfluenceBalancedLoss : ClassificationLoss
{
    private readonly ClassCounts counts;
    private readonly ClassVector weight;
    private readonly double alpha, epsilon, start;
    private readonly long ignoreIndex;
    private Tensor? features;
    private bool started;

    /// <summary>Creates the loss.</summary>
    /// <param name="counts">The class counts of the training rows; none zero. Classes weigh by their inverse, scaled to sum K.</param>
    /// <param name="alpha">The scale, above 0.</param>
    /// <param name="epsilon">What keeps the quotient finite, above 0.</param>
    /// <param name="start">The share of the epochs that train with plain cross entropy first, in [0, 1].</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    public InfluenceBalancedLoss(
        ClassCounts counts, double alpha = 10, double epsilon = 0.001, double start = 0.5, Reduction reduction = Reduction.BatchMean,
        long ignoreIndex = Losses.Ignored)
        : base(nameof(InfluenceBalancedLoss), reduction)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        Arguments.InRange(start, 0, 1, nameof(start));
        Arguments.NoneEmpty(counts);
        (this.counts, this.alpha, this.epsilon, this.start, this.ignoreIndex) = (counts, alpha, epsilon, start, ignoreIndex);
        weight = ClassWeights.From(counts, WeightScheme.Inverse, new WeightOptions { Normalisation = Normalisation.SumClasses });
        started = start == 0;
    }

    /// <inheritdoc/>
    public override bool NeedsFeatures => true;

    /// <inheritdoc/>
    public override double SettledAfter => start;

    /// <inheritdoc/>
    protected override void EnterEpoch(int epoch, int epochs) => started = epoch >= Math.Round(start * epochs);

    /// <inheritdoc/>
    public override void UseFeatures(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        this.features?.Dispose();
        this.features = features.detach().abs().sum(1, keepdim: true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        ThrowIfNotBegun();
        Arguments.Classes(logits, counts);
        using Tensor? norms = features;
        features = null;
        return started
            ? Losses.InfluenceBalanced(logits, target, norms, weight, alpha, epsilon, Reduction, ignoreIndex, Normaliser)
            : Losses.CrossEntropy(logits, target, null, Reduction, ignoreIndex, normaliser: Normaliser);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) features?.Dispose();
        base.Dispose(disposing);
    }
}
