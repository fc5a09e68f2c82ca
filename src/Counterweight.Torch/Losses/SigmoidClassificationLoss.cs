using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>A loss over one sigmoid per class: each class is a yes-or-no question of its own.</summary>
public abstract class SigmoidClassificationLoss : ClassificationLoss
{
    private protected SigmoidClassificationLoss(string name, Reduction reduction, long ignoreIndex) : base(name, reduction) => IgnoreIndex = ignoreIndex;

    /// <summary>Rows with this target have no loss and count nowhere.</summary>
    public long IgnoreIndex { get; }

    /// <summary>-log((1 - pi) / pi) for pi = 1/K.</summary>
    private protected static double? Prior(int classes) => classes > 1 ? -Math.Log(classes - 1) : null;

    /// <summary>The sigmoids of the logits, divided by their sum.</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <returns>Probabilities of the same shape that sum to one over the classes.</returns>
    public override Tensor Probabilities(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var scope = NewDisposeScope();
        int dimension = logits.ndim == 1 ? 0 : 1;
        // In logarithms, so that classes which are all most unlikely still have their shares.
        return nn.functional.softmax(nn.functional.logsigmoid(logits), dimension).MoveToOuterDisposeScope();
    }

    internal override (double Scale, bool Sigmoids) Link => (1, true);
}

/// <summary>Focal loss over sigmoids (Lin and others, 2017). See <see cref="Losses.SigmoidFocal"/>.</summary>
/// <param name="gamma">How much elements that are right already count less; 0 or more.</param>
/// <param name="alpha">The weight of ones, in [0, 1], where zeros weigh 1 - alpha; null for no weights.</param>
/// <param name="reduction">How the losses become one number; both means divide by the number of rows, or of elements.</param>
/// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
/// <param name="labelSmoothing">Moves labels by this share towards one half (labels only), in [0, 1].</param>
/// <param name="perPositive">Whether a mean divides by the number of positive elements instead, as RetinaNet does.</param>
public sealed class SigmoidFocalLoss(
    double gamma = 2, double? alpha = 0.25, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored, double labelSmoothing = 0,
    bool perPositive = false)
    : SigmoidClassificationLoss(nameof(SigmoidFocalLoss), reduction, ignoreIndex)
{
    /// <inheritdoc/>
    public override double? InitialBias(int classes) => Prior(classes);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) =>
        Losses.SigmoidFocal(logits, target, gamma, alpha, Reduction, IgnoreIndex, labelSmoothing,
            Normaliser ?? (perPositive && Reduction is Reduction.WeightedMean or Reduction.BatchMean ? Losses.CountPositives(target, IgnoreIndex) : null));
}

/// <summary>Asymmetric loss for several labels per row (Ridnik and others, 2021). See <see cref="Losses.Asymmetric"/>.</summary>
/// <param name="gammaPositive">The exponent of ones, 0 or more.</param>
/// <param name="gammaNegative">The exponent of zeros, 0 or more.</param>
/// <param name="clip">Zeros whose probability is below this have no loss; in [0, 1).</param>
/// <param name="reduction">How the losses become one number; both means divide by the number of rows, or of elements.</param>
/// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
public sealed class AsymmetricLoss(
    double gammaPositive = 1, double gammaNegative = 4, double clip = 0.05, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : SigmoidClassificationLoss(nameof(AsymmetricLoss), reduction, ignoreIndex)
{
    private readonly SigmoidForm form = BinaryLoss.Asymmetric(gammaPositive, gammaNegative, clip);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => SigmoidLoss.Compute(logits, target, form, Reduction, IgnoreIndex, Normaliser);
}

/// <summary>Distribution-balanced loss for several labels per row (Wu and others, 2020). See <see cref="Losses.DistributionBalanced"/>.</summary>
public sealed class DistributionBalancedLoss : SigmoidClassificationLoss
{
    private readonly ClassCounts counts;
    private readonly SigmoidForm form;
    private readonly RebalancedWeights weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="counts">How many rows carry each label; none zero.</param>
    /// <param name="rows">N, the number of training rows; the sum of the counts if zero, which is right for one label per row.</param>
    /// <param name="alpha">The least weight of an element, 0 or more.</param>
    /// <param name="beta">The steepness of the weights.</param>
    /// <param name="mu">The centre of the weights.</param>
    /// <param name="lambda">How tolerant the loss is of zeros, above 0.</param>
    /// <param name="kappa">The strength of the class-wise start, 0 or more.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    public DistributionBalancedLoss(
        ClassCounts counts, long rows = 0, double alpha = 0.1, double beta = 10, double mu = 0.2, double lambda = 2, double kappa = 0.05,
        Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
        : base(nameof(DistributionBalancedLoss), reduction, ignoreIndex)
    {
        this.counts = counts;
        (form, double[] inverse) = BinaryLoss.DistributionBalanced(counts, rows, alpha, lambda, kappa);
        weights = new(inverse, alpha, beta, mu);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        Arguments.Classes(logits, counts);
        return SigmoidLoss.Compute(logits, target, form, Reduction, IgnoreIndex, Normaliser, weights);
    }
}
