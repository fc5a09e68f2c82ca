using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

public static partial class Losses
{
    /// <summary>Binary cross entropy of logits, w (p y (-log s(x)) + (1 - y) (-log(1 - s(x)))) with the sigmoid s, element by element.</summary>
    /// <remarks>
    /// <para>Each element is a row of its own: one yes-or-no question. <see cref="Reduction.BatchMean"/> divides by the number of elements, which is PyTorch's
    /// mean and equals the BatchMean of <see cref="CrossEntropy"/> for the two logits (0, x) with the weights (1, p). <see cref="Reduction.WeightedMean"/>
    /// divides by the sum of the weights in force, w (p y + 1 - y), and equals that of <see cref="CrossEntropy"/> in the same way.</para>
    /// </remarks>
    /// <param name="logits">Any shape, for example (N), (N, L) or (N, 1, H, W).</param>
    /// <param name="target">Zeros and ones, or shares between them, of the shape and type of the logits.</param>
    /// <param name="weight">w, of a shape that broadcasts to that of the logits; ones if null.</param>
    /// <param name="positiveWeight">p, likewise: what the ones weigh more, one value or one per label; ones if null.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="BinaryTotal"/>.</param>
    /// <returns>A scalar, or a loss per element for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices that do not fit.</exception>
    public static Tensor BinaryCrossEntropyWithLogits(
        Tensor logits, Tensor target, Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.WeightedMean,
        double? normaliser = null)
    {
        BinaryLoss.Check(logits, target, weight, positiveWeight);
        using var scope = NewDisposeScope();
        Arguments.Normaliser(normaliser, reduction);
        if (BinaryLoss.Columns(logits, positiveWeight) is { } ones && Native.CanFuse(logits) && logits.numel() > 0)
            return BinaryLoss.Fused(
                logits, target, weight, ones, BinaryLoss.Divisor(reduction, target, weight is not null || positiveWeight is not null, normaliser))
                .MoveToOuterDisposeScope();
        Tensor losses = nn.functional.binary_cross_entropy_with_logits(logits, target, weight, nn.Reduction.None, positiveWeight);
        return BinaryLoss.Reduce(reduction == Reduction.None ? losses : losses.sum(), target, weight, positiveWeight, reduction, normaliser)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Binary cross entropy of probabilities, w (p y (-log q) + (1 - y) (-log(1 - q))), with the positive weight that PyTorch's own lacks.</summary>
    /// <remarks>As in PyTorch each logarithm is -100 at least, and the gradient is divided by 1e-12 at least. Where logits are at hand,
    /// <see cref="BinaryCrossEntropyWithLogits"/> is exact where probabilities have rounded to zero or one. Reductions are those of
    /// <see cref="BinaryCrossEntropyWithLogits"/>.</remarks>
    /// <param name="probabilities">q, any shape, each in 0..1.</param>
    /// <param name="target">Zeros and ones, or shares between them, of the same shape and type.</param>
    /// <param name="weight">w, of a shape that broadcasts; ones if null.</param>
    /// <param name="positiveWeight">p, likewise; ones if null.</param>
    /// <param name="reduction">How the losses become one number.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch, see <see cref="BinaryTotal"/>.</param>
    /// <returns>A scalar, or a loss per element for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices that do not fit.</exception>
    public static Tensor BinaryCrossEntropy(
        Tensor probabilities, Tensor target, Tensor? weight = null, Tensor? positiveWeight = null, Reduction reduction = Reduction.WeightedMean,
        double? normaliser = null)
    {
        BinaryLoss.Check(probabilities, target, weight, positiveWeight);
        using var scope = NewDisposeScope();
        Tensor shares = target;
        Tensor? factors = weight?.expand(target.shape);
        if (positiveWeight is not null)
        {
            // w (p y log q + (1 - y) log(1 - q)) is v (t log q + (1 - t) log(1 - q)) with v = w (p y + 1 - y) and t = w p y / v.
            Tensor ones = target * positiveWeight, both = ones.Sum(target.From(1));
            shares = (ones / both).nan_to_num(0);
            factors = factors is null ? both : both * factors;
        }

        Tensor losses = nn.functional.binary_cross_entropy(probabilities, shares, factors, nn.Reduction.None);
        return BinaryLoss.Reduce(reduction == Reduction.None ? losses : losses.sum(), target, weight, positiveWeight, reduction, normaliser)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The total that a mean of a binary cross entropy divides by, for a whole batch whose gradient is accumulated over micro-batches.</summary>
    /// <param name="target">The labels of the whole batch.</param>
    /// <param name="reduction">WeightedMean or BatchMean.</param>
    /// <param name="weight">w, of a shape that broadcasts to that of the target.</param>
    /// <param name="positiveWeight">p, likewise.</param>
    /// <returns>The sum of w (p y + 1 - y), or the number of elements.</returns>
    /// <exception cref="ArgumentException">The reduction divides by nothing.</exception>
    public static double BinaryTotal(Tensor target, Reduction reduction, Tensor? weight = null, Tensor? positiveWeight = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (reduction is not (Reduction.WeightedMean or Reduction.BatchMean))
            throw new ArgumentException($"The reduction {reduction} divides by nothing; a total belongs to WeightedMean and BatchMean.", nameof(reduction));
        if (reduction == Reduction.BatchMean || (weight is null && positiveWeight is null)) return target.numel();
        using var scope = NewDisposeScope();
        return BinaryLoss.Total(target, weight, positiveWeight).to(ScalarType.Float64).item<double>();
    }

    /// <summary>Focal loss over sigmoids: a (1 - s)^gamma (-log s) for ones and (1 - a) s^gamma (-log(1 - s)) for zeros (Lin and others, 2017, equation
    /// 5).</summary>
    /// <remarks>
    /// With class indices as target a row's loss is the sum over the classes; with labels each element counts by itself. RetinaNet divides the sum by the
    /// number of positive elements: give <see cref="CountPositives"/> as <paramref name="normaliser"/> with <see cref="Reduction.BatchMean"/>.
    /// </remarks>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K, or labels of the shape and type of the logits.</param>
    /// <param name="gamma">How much elements that are right already count less; 0 or more.</param>
    /// <param name="alpha">The weight of ones, in [0, 1], where zeros weigh 1 - alpha; null for no weights.</param>
    /// <param name="reduction">How the losses become one number; both means divide by the number of rows, or of elements.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    /// <param name="labelSmoothing">Moves labels by this share towards one half (labels only), in [0, 1].</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch.</param>
    /// <returns>A scalar, or one loss per row or element for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor SigmoidFocal(
        Tensor logits, Tensor target, double gamma = 2, double? alpha = 0.25, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored,
        double labelSmoothing = 0, double? normaliser = null)
    {
        SigmoidForm form = BinaryLoss.Focal(gamma, alpha);
        Arguments.InRange(labelSmoothing, 0, 1, nameof(labelSmoothing));
        if (labelSmoothing == 0) return SigmoidLoss.Compute(logits, target, form, reduction, ignoreIndex, normaliser);
        if (Arguments.AreIndices(logits, target))
            throw new ArgumentException("Label smoothing of sigmoids takes labels of the shape of the logits; class indices were given.",
                nameof(labelSmoothing));
        using var scope = NewDisposeScope();
        return SigmoidLoss.Compute(logits, target.Times(1 - labelSmoothing).Plus(labelSmoothing / 2), form, reduction, ignoreIndex, normaliser)
            .MoveToOuterDisposeScope();
    }

    /// <summary>How many elements are positive, and at least one: what RetinaNet divides its focal loss by (Lin and others, 2017, section 4.1).</summary>
    /// <param name="target">Class indices, each of which is one positive, or labels.</param>
    /// <param name="ignoreIndex">Indices that do not count.</param>
    public static double CountPositives(Tensor target, long ignoreIndex = Ignored)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        return Math.Max(1, (target.is_floating_point() ? target.to(ScalarType.Float64).sum()
            : target.IsNot(ignoreIndex).sum().to(ScalarType.Float64)).item<double>());
    }

    /// <summary>
    /// Asymmetric loss for several labels per row: (1 - s)^g+ (-log s) for ones and s_m^g- (-log(1 - s_m)) with s_m = max(s - clip, 0) for zeros (Ridnik and
    /// others, 2021, equations 5 to 7).
    /// </summary>
    /// <param name="logits">(N, K) or (N, K, d1, ...).</param>
    /// <param name="target">Class indices of the shape of the logits without K, or labels of the shape and type of the logits.</param>
    /// <param name="gammaPositive">g+, 0 or more.</param>
    /// <param name="gammaNegative">g-, 0 or more.</param>
    /// <param name="clip">Zeros whose probability is below this have no loss; in [0, 1).</param>
    /// <param name="reduction">How the losses become one number; both means divide by the number of rows, or of elements.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch.</param>
    /// <returns>A scalar, or one loss per row or element for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor Asymmetric(
        Tensor logits, Tensor target, double gammaPositive = 1, double gammaNegative = 4, double clip = 0.05, Reduction reduction = Reduction.BatchMean,
        long ignoreIndex = Ignored, double? normaliser = null) =>
        SigmoidLoss.Compute(logits, target, BinaryLoss.Asymmetric(gammaPositive, gammaNegative, clip), reduction, ignoreIndex, normaliser);

    /// <summary>
    /// Distribution-balanced loss: (1/K) sum over classes of r (y (-log s(x - v)) + (1 - y) (1/lambda) (-log(1 - s(lambda (x - v))))), where r evens out
    /// labels that come together and v starts each class at its share (Wu and others, 2020, equations 4 to 9).
    /// </summary>
    /// <remarks>r = alpha + sigmoid(beta (r' - mu)) with r' = (1/n_c) / sum over the row's labels of 1/n; v_c = kappa log(N/n_c - 1) / lambda.</remarks>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">Class indices (N), or labels of the shape and type of the logits.</param>
    /// <param name="counts">How many rows carry each label.</param>
    /// <param name="rows">N, the number of training rows; the sum of the counts if zero, which is right for one label per row.</param>
    /// <param name="alpha">The least weight of an element, 0 or more.</param>
    /// <param name="beta">The steepness of the weights.</param>
    /// <param name="mu">The centre of the weights.</param>
    /// <param name="lambda">How tolerant the loss is of zeros, above 0.</param>
    /// <param name="kappa">The strength of the class-wise start, 0 or more.</param>
    /// <param name="reduction">How the losses become one number; both means divide by the number of elements.</param>
    /// <param name="ignoreIndex">Rows with this index as target have no loss and count nowhere.</param>
    /// <param name="normaliser">The total to divide by instead of that of this batch.</param>
    /// <returns>A scalar, or one loss per row or element for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices, counts or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor DistributionBalanced(
        Tensor logits, Tensor target, ClassCounts counts, long rows = 0, double alpha = 0.1, double beta = 10, double mu = 0.2, double lambda = 2,
        double kappa = 0.05,
        Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored, double? normaliser = null)
    {
        (SigmoidForm form, double[] inverse) = BinaryLoss.DistributionBalanced(counts, rows, alpha, lambda, kappa);
        Arguments.Classes(logits, counts);
        return SigmoidLoss.Compute(logits, target, form, reduction, ignoreIndex, normaliser, new RebalancedWeights(inverse, alpha, beta, mu));
    }
}

/// <summary>Parts of the binary losses.</summary>
internal static class BinaryLoss
{
    public static void Check(Tensor input, Tensor target, Tensor? weight, Tensor? positiveWeight)
    {
        Arguments.FloatingPoint(input, "logits");
        ArgumentNullException.ThrowIfNull(target);
        Arguments.SameDevice(input, target, nameof(target));
        Arguments.SameType(input, target, nameof(target));
        if (!target.shape.AsSpan().SequenceEqual(input.shape))
            throw new ArgumentException($"A target of shape {Arguments.Shape(target)} does not fit an input of shape {Arguments.Shape(input)}; the shapes "
                + $"have to be equal.", nameof(target));
        Broadcasts(input, weight, nameof(weight));
        Broadcasts(input, positiveWeight, nameof(positiveWeight));
    }

    /// <summary>The positive weights as one value per column of the last dimension, an empty array for ones, or null if they vary otherwise.</summary>
    public static double[]? Columns(Tensor logits, Tensor? positiveWeight)
    {
        if (positiveWeight is null) return [];
        if (positiveWeight.numel() != 1 && (positiveWeight.ndim != 1 || logits.ndim == 0 || positiveWeight.numel() != logits.shape[^1])) return null;
        using Tensor flat = positiveWeight.reshape(-1);
        return ((ClassVector)flat).Values();
    }

    /// <summary>What a kernel divides by: null for nothing, NaN for the weights in force.</summary>
    public static double? Divisor(Reduction reduction, Tensor target, bool weighted, double? normaliser) => reduction switch
    {
        Reduction.None => null,
        Reduction.Sum => 1,
        Reduction.WeightedMean when weighted => normaliser ?? double.NaN,
        Reduction.WeightedMean or Reduction.BatchMean => normaliser ?? target.numel(),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown reduction."),
    };

    public static Tensor Fused(Tensor logits, Tensor target, Tensor? weight, double[] ones, double? divisor)
    {
        long columns = logits.ndim == 0 ? 1 : logits.shape[^1];
        Tensor rows = logits.reshape(-1, columns).contiguous(), labels = target.reshape(-1, columns).contiguous();
        Tensor? factors = weight?.expand(logits.shape).reshape(-1, columns).contiguous();
        var form = new SigmoidForm { Ones = ones.Length == 0 ? null : ones };
        Tensor loss = logits.dtype == ScalarType.Float32
            ? SigmoidFusedLoss<float>.Compute(rows, labels, false, factors, form, null, divisor)
            : SigmoidFusedLoss<double>.Compute(rows, labels, false, factors, form, null, divisor);
        return divisor is null ? loss.reshape(logits.shape) : loss;
    }

    public static Tensor Reduce(Tensor loss, Tensor target, Tensor? weight, Tensor? positiveWeight, Reduction reduction, double? normaliser)
    {
        Arguments.Normaliser(normaliser, reduction);
        return reduction switch
        {
            Reduction.None or Reduction.Sum => loss,
            _ when normaliser is not null => loss.Over(normaliser.Value),
            Reduction.WeightedMean when weight is not null || positiveWeight is not null => Means.Divide(loss, Total(target, weight, positiveWeight)),
            Reduction.WeightedMean or Reduction.BatchMean => target.numel() == 0 ? loss : loss.Over(target.numel()),
            _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown reduction."),
        };
    }

    /// <summary>The sum of w (p y + 1 - y).</summary>
    public static Tensor Total(Tensor target, Tensor? weight, Tensor? positiveWeight)
    {
        using (no_grad())
        {
            Tensor both = positiveWeight is null ? torch.ones_like(target) : (target * positiveWeight).Sum(target.From(1));
            return (weight is null ? both : both * weight).sum();
        }
    }

    public static SigmoidForm Focal(double gamma, double? alpha)
    {
        Arguments.InRange(gamma, 0, double.PositiveInfinity, nameof(gamma));
        if (alpha is { } share) Arguments.InRange(share, 0, 1, nameof(alpha));
        return new()
        {
            Term = gamma == 0 ? BinaryLogarithmTerm.Instance : new AsymmetricTerm(gamma, gamma, 0),
            Ones = alpha is null ? null : [alpha.Value],
            Zeros = alpha is null ? null : [1 - alpha.Value]
        };
    }

    public static SigmoidForm Asymmetric(double gammaPositive, double gammaNegative, double clip)
    {
        Arguments.InRange(gammaPositive, 0, double.PositiveInfinity, nameof(gammaPositive));
        Arguments.InRange(gammaNegative, 0, double.PositiveInfinity, nameof(gammaNegative));
        Arguments.InRange(clip, 0, 1, nameof(clip), maximumExcluded: true);
        return new() { Term = new AsymmetricTerm(gammaPositive, gammaNegative, clip) };
    }

    public static (SigmoidForm Form, double[] Inverse) DistributionBalanced(ClassCounts counts, long rows, double alpha, double lambda, double kappa)
    {
        Arguments.NoneEmpty(counts);
        Arguments.InRange(alpha, 0, double.PositiveInfinity, nameof(alpha));
        Arguments.InRange(kappa, 0, double.PositiveInfinity, nameof(kappa));
        if (!(lambda > 0 && double.IsFinite(lambda))) throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "lambda is a number above 0.");
        double total = rows == 0 ? counts.Rows : rows;
        double[] inverse = new double[counts.Classes], offset = new double[counts.Classes];
        for (int c = 0; c < inverse.Length; c++)
        {
            if (counts[c] >= total && inverse.Length > 1)
                throw new ArgumentException($"Label '{counts.Labels[c]}' is on {counts[c]} of {total} rows; the start of the loss needs rows without it.",
                    nameof(counts));
            inverse[c] = 1.0 / counts[c];
            offset[c] = inverse.Length == 1 ? 0 : -kappa * Math.Log((total / counts[c]) - 1) / lambda;
        }

        return (new() { Term = new TolerantTerm(lambda), Offset = offset }, inverse);
    }

    private static void Broadcasts(Tensor input, Tensor? other, string name)
    {
        if (other is null) return;
        Arguments.SameDevice(input, other, name);
        Arguments.SameType(input, other, name);
        long[] shape = input.shape, shorter = other.shape;
        bool fits = shorter.Length <= shape.Length;
        for (int i = 1; fits && i <= shorter.Length; i++) fits = shorter[^i] == 1 || shorter[^i] == shape[^i];
        if (!fits) throw new ArgumentException($"{name} of shape {Arguments.Shape(other)} does not broadcast to an input of shape {Arguments.Shape(input)}.",
            name);
    }
}
