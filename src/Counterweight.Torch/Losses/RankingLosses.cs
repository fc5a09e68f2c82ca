using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

public static partial class Losses
{
    /// <summary>
    /// Smooth average precision: 1 minus the mean over the classes of the average precision of p_c, with a sigmoid of the score differences in place of the
    /// step (Brown and others, 2020, equations 5 and 6).
    /// </summary>
    /// <remarks>Time grows with N x (N + rows in memory). Scores are softmax probabilities. Classes without a row in the batch do not count.
    /// <see cref="Reduction.None"/> gives one loss per class.</remarks>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="temperature">The width of the sigmoid in units of probability, above 0.</param>
    /// <param name="memory">Earlier rows to rank against; the batch is added to it. None if null.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Rows with this target do not count.</param>
    /// <returns>A scalar, or one loss per class for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor SmoothAveragePrecision(
        Tensor logits, Tensor target, double temperature = 0.01, ScoreMemory? memory = null, Reduction reduction = Reduction.BatchMean,
        long ignoreIndex = Ignored)
    {
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, new SmoothPrecisionTerm(Width(temperature)));
    }

    /// <summary>
    /// Partial area under the ROC curve over false-positive rates from <paramref name="low"/> to <paramref name="high"/>, one class against the rest: the mean
    /// of (1 - (p_i - p_j))^2 over positives i and the negatives j that are ranked inside the band (Narasimhan and Agarwal, 2013; with the squared hinge of
    /// Yang and others, 2021).
    /// </summary>
    /// <remarks>Which negatives are inside is a constant for the gradient. Classes with no positive or no negative row do not count.</remarks>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="low">The lower end of the band, in [0, 1).</param>
    /// <param name="high">The upper end of the band, in (low, 1].</param>
    /// <param name="memory">Earlier rows to rank against; the batch is added to it. None if null.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Rows with this target do not count.</param>
    /// <returns>A scalar, or one loss per class for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor PartialAuc(
        Tensor logits, Tensor target, double low = 0, double high = 0.3, ScoreMemory? memory = null, Reduction reduction = Reduction.BatchMean,
        long ignoreIndex = Ignored)
    {
        (low, high) = Band(low, high);
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, new PartialAreaTerm(low, high));
    }

    /// <summary>
    /// Recall at a quantile, one class against the rest: 1 minus the share of the positives whose p_c is above the threshold that a share
    /// <paramref name="quantile"/> of all rows exceeds, with a sigmoid in place of the step (Eban and others, 2017; Mackey, Luo and Eban, 2018, section 3: the
    /// threshold is a quantile of the scores and moves with them).
    /// </summary>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="quantile">The share of all rows that may be predicted positive, in (0, 1).</param>
    /// <param name="temperature">The width of the sigmoid in units of probability, above 0.</param>
    /// <param name="memory">Earlier rows to rank against; the batch is added to it. None if null.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Rows with this target do not count.</param>
    /// <returns>A scalar, or one loss per class for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor RecallAtQuantile(
        Tensor logits, Tensor target, double quantile = 0.1, double temperature = 0.05, ScoreMemory? memory = null, Reduction reduction = Reduction.BatchMean,
        long ignoreIndex = Ignored)
    {
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, new QuantileRecallTerm(Share(quantile), Width(temperature)));
    }

    internal static double Width(double temperature) => temperature is > 0 and < double.PositiveInfinity ? temperature
        : throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "temperature is a number above 0.");

    internal static double Share(double quantile) => quantile is > 0 and < 1 ? quantile
        : throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "quantile is a number in (0, 1).");

    internal static (double Low, double High) Band(double low, double high)
    {
        Arguments.InRange(low, 0, 1, nameof(low), maximumExcluded: true);
        return high > low && high <= 1 ? (low, high) : throw new ArgumentOutOfRangeException(nameof(high), high, $"high is a number in ({low}, 1].");
    }
}

/// <summary>A ranking loss with its own memory.</summary>
public abstract class RankingLoss : ClassificationLoss
{
    private protected RankingLoss(string name, int memory, Reduction reduction, long ignoreIndex) : base(name, reduction)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memory);
        Memory = memory == 0 ? null : new ScoreMemory(memory);
        IgnoreIndex = ignoreIndex;
    }

    /// <inheritdoc/>
    public override bool IsPerRow => false;

    /// <summary>Rows with this target do not count.</summary>
    public long IgnoreIndex { get; }

    /// <summary>Earlier rows; null if the loss keeps none.</summary>
    public ScoreMemory? Memory { get; }

    /// <summary>The memory in training mode; validation neither reads nor fills it.</summary>
    private protected ScoreMemory? InUse => training ? Memory : null;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Memory?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Smooth average precision. See <see cref="Losses.SmoothAveragePrecision"/>.</summary>
/// <param name="temperature">The width of the sigmoid in units of probability, above 0.</param>
/// <param name="memory">How many earlier rows to rank against; 0 for none.</param>
/// <param name="reduction">How the losses of the classes become one number.</param>
/// <param name="ignoreIndex">Rows with this target do not count.</param>
public sealed class SmoothAveragePrecisionLoss(
    double temperature = 0.01, int memory = 0, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : RankingLoss(nameof(SmoothAveragePrecisionLoss), memory, reduction, ignoreIndex)
{
    private readonly double width = Losses.Width(temperature);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.SmoothAveragePrecision(logits, target, width, InUse, Reduction, IgnoreIndex);
}

/// <summary>Partial area under the ROC curve. See <see cref="Losses.PartialAuc"/>.</summary>
/// <param name="low">The lower end of the band of false-positive rates, in [0, 1).</param>
/// <param name="high">The upper end, in (low, 1].</param>
/// <param name="memory">How many earlier rows to rank against; 0 for none.</param>
/// <param name="reduction">How the losses of the classes become one number.</param>
/// <param name="ignoreIndex">Rows with this target do not count.</param>
public sealed class PartialAucLoss(
    double low = 0, double high = 0.3, int memory = 0, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : RankingLoss(nameof(PartialAucLoss), memory, reduction, ignoreIndex)
{
    private readonly (double Low, double High) band = Losses.Band(low, high);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.PartialAuc(logits, target, band.Low, band.High, InUse, Reduction, IgnoreIndex);
}

/// <summary>Recall at a quantile. See <see cref="Losses.RecallAtQuantile"/>.</summary>
/// <param name="quantile">The share of all rows that may be predicted positive, in (0, 1).</param>
/// <param name="temperature">The width of the sigmoid in units of probability, above 0.</param>
/// <param name="memory">How many earlier rows to rank against; 0 for none.</param>
/// <param name="reduction">How the losses of the classes become one number.</param>
/// <param name="ignoreIndex">Rows with this target do not count.</param>
public sealed class RecallAtQuantileLoss(
    double quantile = 0.1, double temperature = 0.05, int memory = 0, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : RankingLoss(nameof(RecallAtQuantileLoss), memory, reduction, ignoreIndex)
{
    private readonly double share = Losses.Share(quantile), width = Losses.Width(temperature);

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) =>
        Losses.RecallAtQuantile(logits, target, share, width, InUse, Reduction, IgnoreIndex);
}
