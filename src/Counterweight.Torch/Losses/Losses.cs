using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>Every loss as a pure function of logits, targets and parameters.</summary>
/// <remarks>
/// <para>Shapes: logits (N, K) or (N, K, d1, ...), targets of class indices (N) or (N, d1, ...) in 0..K-1; also (K) with a single index. Types: float32,
/// float64, float16 and bfloat16 (the last two are computed in float32). Any device; in the memory of the CPU the value and the gradient come from one fused
/// pass each, elsewhere from tensor operations. Losses are in nats.</para>
/// <para>In the formulas z are the logits, p = softmax(z), y the target, n_c the class counts, N their sum and K the number of classes.</para>
/// <para>Where no row counts (all are ignored, or all weights are zero), a mean is zero with a zero gradient.</para>
/// </remarks>
/// <example>
/// <code>
/// ClassCounts counts = ClassCounts.From([900, 100]);
/// Tensor a = Losses.CrossEntropy(logits, target, weight: ClassWeights.Balanced(counts));
/// Tensor b = Losses.LogitAdjusted(logits, target, counts, tau: 1);
/// Tensor c = Losses.Focal(logits, target, gamma: 2, reduction: Reduction.BatchMean);
/// </code>
/// </example>
public static partial class Losses
{
    /// <summary>The target that is ignored unless another is given, as in PyTorch.</summary>
    public const long Ignored = -100;

    /// <summary>
    /// The total that a mean divides by, for a whole batch whose gradient is accumulated over micro-batches: give it as <c>normaliser</c> to the loss of each
    /// micro-batch, and the losses and gradients add up to those of the whole batch.
    /// </summary>
    /// <param name="target">The class indices of the whole batch, any shape.</param>
    /// <param name="reduction">WeightedMean or BatchMean.</param>
    /// <param name="weight">Class weights, K values.</param>
    /// <param name="ignoreIndex">Targets that do not count.</param>
    /// <returns>The sum of the weights of the targets, or their number.</returns>
    /// <exception cref="ArgumentException">The reduction divides by nothing.</exception>
    /// <example>
    /// <code>
    /// double total = Losses.Total(target, Reduction.WeightedMean, weight);
    /// for (long start = 0; start &lt; rows; start += 32)
    ///     Losses.CrossEntropy(model.call(x.narrow(0, start, 32)), target.narrow(0, start, 32), weight, normaliser: total).backward();
    /// </code>
    /// </example>
    public static double Total(Tensor target, Reduction reduction, ClassVector? weight = null, long ignoreIndex = Ignored)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (reduction is not (Reduction.WeightedMean or Reduction.BatchMean))
            throw new ArgumentException($"The reduction {reduction} divides by nothing; a total belongs to WeightedMean and BatchMean.", nameof(reduction));
        using var scope = NewDisposeScope();
        Tensor counted = target.IsNot(ignoreIndex);
        if (reduction == Reduction.BatchMean || weight is null) return counted.sum().item<long>();
        Tensor values = torch.tensor(weight.Values(), device: target.device), kept = target.masked_select(counted).to(ScalarType.Int64);
        return kept.numel() == 0 ? 0 : values.index_select(0, kept).sum().item<double>();
    }

    /// <summary>Cross entropy, -w_y log p_y, of class indices or of class probabilities.</summary>
    /// <remarks>
    /// With label smoothing e: (1 - e) w_y (-log p_y) + (e / K) sum over c of w_c (-log p_c) (Szegedy and others, 2016, section 7, with weights as PyTorch has
    /// them). For probabilities q of the shape of the logits: sum over c of w_c q'_c (-log p_c) with q' = (1 - e) q + e / K.
    /// <see cref="Reduction.WeightedMean"/> divides by the sum of w_y, or of q_c w_c, so that a target of probabilities zero and one gives the same as its
    /// index; PyTorch's mean for probabilities is <see cref="Reduction.BatchMean"/>.
    /// </remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K, or probabilities of the shape and type of the logits.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere; does not apply to probabilities.</param>
    /// <param name="labelSmoothing">e, in [0, 1].</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit.</exception>
    public static Tensor CrossEntropy(
        Tensor logits, Tensor target, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored,
        double labelSmoothing = 0, double? normaliser = null) =>
        Arguments.AreIndices(logits, target)
            ? SoftmaxLoss.Compute(logits, target, Forms.CrossEntropy(weight, labelSmoothing), reduction, ignoreIndex, normaliser)
            : ProbabilityLoss.CrossEntropy(logits, target, weight, reduction, labelSmoothing, normaliser);

    /// <summary>Focal loss over a softmax, -w_y (1 - p_y)^gamma log p_y (Lin and others, 2017, equation 5, with alpha as class weights).</summary>
    /// <remarks>Gamma 0 is cross entropy. With label smoothing e every class has its share: sum over c of w_c q_c (1 - p_c)^gamma (-log p_c) with q_c = (1 -
    /// e)[c = y] + e / K.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="gamma">How much rows that are right already count less; 0 or more.</param>
    /// <param name="weight">alpha: class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="labelSmoothing">e, in [0, 1].</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or gamma below zero.</exception>
    public static Tensor Focal(
        Tensor logits, Tensor target, double gamma = 2, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored,
        double labelSmoothing = 0, double? normaliser = null) =>
        SoftmaxLoss.Compute(logits, target, Forms.Focal(gamma, weight, labelSmoothing), reduction, ignoreIndex, normaliser);

    /// <summary>Poly-1 loss, w_y (-log p_y + epsilon (1 - p_y)) (Leng and others, 2022, equation 5).</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="epsilon">What is added to the first coefficient of the series of the logarithm; -1 or more. 0 is cross entropy.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or epsilon below -1.</exception>
    public static Tensor Poly1(
        Tensor logits, Tensor target, double epsilon = 1, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored,
        double? normaliser = null) =>
        SoftmaxLoss.Compute(logits, target, Forms.Poly1(epsilon, weight), reduction, ignoreIndex, normaliser);

    /// <summary>LDAM loss: cross entropy of s (z - m_y [c = y]) with the margin m_c = C / n_c^(1/4) (Cao and others, 2019, equations 11 and 13).</summary>
    /// <remarks>Meant for logits that are cosines (<see cref="CosineClassifier"/>), whence the scale s.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="maxMargin">The margin of the rarest class, which settles C; 0 or more.</param>
    /// <param name="scale">s, above 0.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor Ldam(
        Tensor logits, Tensor target, ClassCounts counts, double maxMargin = 0.5, double scale = 30, ClassVector? weight = null,
        Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored, double? normaliser = null) =>
        OfCounts(logits, target, counts, Forms.Ldam(counts, maxMargin, scale, weight), reduction, ignoreIndex, normaliser);

    /// <summary>The margins of LDAM, m_c = C / n_c^(1/4) with C such that the largest is <paramref name="maxMargin"/> (Cao and others, 2019, equation
    /// 11).</summary>
    /// <param name="counts">The class counts; none zero.</param>
    /// <param name="maxMargin">The margin of the rarest class.</param>
    /// <returns>K margins.</returns>
    public static double[] LdamMargins(ClassCounts counts, double maxMargin = 0.5) => Forms.Margins(counts, maxMargin);

    /// <summary>Balanced softmax: cross entropy of z_c + log n_c (Ren and others, 2020, equation 4).</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit.</exception>
    public static Tensor BalancedSoftmax(
        Tensor logits, Tensor target, ClassCounts counts, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored,
        double? normaliser = null) =>
        OfCounts(logits, target, counts, Forms.BalancedSoftmax(counts, weight), reduction, ignoreIndex, normaliser);

    /// <summary>Logit-adjusted cross entropy: cross entropy of z_c + tau log(n_c / N) (Menon and others, 2021, equation 10).</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="tau">How strongly the class shares are taken out of the logits, 0 or more; 1 is consistent for the balanced error, 0 is cross
    /// entropy.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit, or tau below zero.</exception>
    public static Tensor LogitAdjusted(
        Tensor logits, Tensor target, ClassCounts counts, double tau = 1, ClassVector? weight = null, Reduction reduction = Reduction.WeightedMean,
        long ignoreIndex = Ignored, double? normaliser = null) =>
        OfCounts(logits, target, counts, Forms.LogitAdjusted(counts, tau, weight), reduction, ignoreIndex, normaliser);

    /// <summary>Logits of a model trained with plain cross entropy, adjusted afterwards: z_c - tau log(n_c / N) (Menon and others, 2021, equation 9).</summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="tau">How strongly the class shares are taken out, 0 or more.</param>
    /// <returns>Logits of the same shape.</returns>
    /// <exception cref="ArgumentException">Counts that do not fit the logits.</exception>
    public static Tensor AdjustLogits(Tensor logits, ClassCounts counts, double tau = 1)
    {
        Arguments.FloatingPoint(logits, nameof(logits));
        Arguments.Classes(logits, counts);
        using var scope = NewDisposeScope();
        Tensor offset = torch.tensor(Forms.LogitAdjusted(counts, tau, null).Offset!, dtype: logits.dtype, device: logits.device);
        return (logits - (logits.ndim <= 2 ? offset : offset.reshape([-1, .. Enumerable.Repeat(1L, (int)logits.ndim - 2)]))).MoveToOuterDisposeScope();
    }

    /// <summary>Vector scaling loss: cross entropy of Delta_c z_c + iota_c with Delta_c = (n_c / n_max)^gamma and iota_c = tau log(n_c / N) (Kini and others,
    /// 2021, equation 3 and section 4).</summary>
    /// <remarks>Both correct while training errors remain, so that in full strength they over-correct a short training; the defaults are those that Wang and
    /// others (2023) use for this loss on CIFAR-10 and CIFAR-100 with a ratio of 100. The authors' own for CIFAR-10, gamma 0.2 and tau 1.2, are for 200
    /// epochs.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="gamma">The exponent of the factors, 0 or more.</param>
    /// <param name="tau">The strength of the offsets, 0 or more.</param>
    /// <param name="weight">Class weights, K values of zero or more; ones if null.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor VectorScaling(
        Tensor logits, Tensor target, ClassCounts counts, double gamma = 0.05, double tau = 1, ClassVector? weight = null,
        Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored, double? normaliser = null) =>
        OfCounts(logits, target, counts, Forms.VectorScaling(counts, gamma, tau, weight), reduction, ignoreIndex, normaliser);

    /// <summary>
    /// Label-aware smoothing: cross entropy with the targets 1 - e_y for class y and e_y / (K - 1) for the others, where e_y grows with the count of y from
    /// <paramref name="tail"/> to <paramref name="head"/> (Zhong and others, 2021, equations 8 to 11).
    /// </summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...), K of two or more.</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="counts">The class counts of the training rows.</param>
    /// <param name="head">e of the largest class, in [0, 1).</param>
    /// <param name="tail">e of the smallest class, in [0, head].</param>
    /// <param name="shape">How e grows between them.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor LabelAwareSmoothing(
        Tensor logits, Tensor target, ClassCounts counts, double head = 0.4, double tail = 0.1, SmoothingShape shape = SmoothingShape.Concave,
        Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Ignored, double? normaliser = null) =>
        OfCounts(logits, target, counts, Forms.LabelAwareSmoothing(counts, head, tail, shape), reduction, ignoreIndex, normaliser);

    /// <summary>
    /// Seesaw loss: cross entropy of z_c + log S_yc, where S_yc = min(1, n_c / n_y)^p max(1, p_c / p_y)^q is a constant for the gradient
    /// (Wang and others, 2021, equations 4 to 6).
    /// </summary>
    /// <remarks>The first factor spares rare classes the push from frequent ones, the second restores it where the rare class is the likelier one by
    /// mistake.</remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K.</param>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="mitigation">p, 0 or more.</param>
    /// <param name="compensation">q, 0 or more.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="Total"/>.</param>
    /// <returns>A scalar, or one loss per row for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor Seesaw(
        Tensor logits, Tensor target, ClassCounts counts, double mitigation = 0.8, double compensation = 2, Reduction reduction = Reduction.WeightedMean,
        long ignoreIndex = Ignored, double? normaliser = null) =>
        OfCounts(logits, target, counts, Forms.Seesaw(counts, mitigation, compensation), reduction, ignoreIndex, normaliser);

    private static Tensor OfCounts(
        Tensor logits, Tensor target, ClassCounts counts, SoftmaxForm form, Reduction reduction, long ignoreIndex, double? normaliser)
    {
        Arguments.Classes(logits, counts);
        return SoftmaxLoss.Compute(logits, target, form, reduction, ignoreIndex, normaliser);
    }
}

/// <summary>How the smoothing of <see cref="Losses.LabelAwareSmoothing"/> grows with the class count.</summary>
public enum SmoothingShape
{
    /// <summary>Fast at first: a quarter of a sine.</summary>
    Concave,

    /// <summary>In proportion to the count.</summary>
    Linear,

    /// <summary>Slowly at first.</summary>
    Convex,
}
