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
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, new SmoothPrecisionTerm(temperature));
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
        Arguments.InRange(low, 0, 1, nameof(low), maximumExcluded: true);
        if (!(high > low && high <= 1)) throw new ArgumentOutOfRangeException(nameof(high), high, $"high is a number in ({low}, 1].");
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
        if (!(quantile is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "quantile is a number in (0, 1).");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, new QuantileRecallTerm(quantile, temperature));
    }
}

/// <summary>The class probabilities and targets of the last rows, for losses that rank rows and need more of them than a batch has.</summary>
/// <remarks>First in, first out. Holds capacity x (K + 1) numbers; no gradient flows into it.</remarks>
public sealed class ScoreMemory : IDisposable
{
    private Tensor? scores, targets;

    /// <summary>Creates an empty memory.</summary>
    /// <param name="capacity">How many rows it holds, 1 or more.</param>
    public ScoreMemory(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
    }

    /// <summary>How many rows it holds at most.</summary>
    public int Capacity { get; }

    /// <summary>How many rows it holds.</summary>
    public long Count => targets?.numel() ?? 0;

    /// <summary>Forgets every row.</summary>
    public void Clear()
    {
        scores?.Dispose();
        targets?.Dispose();
        (scores, targets) = (null, null);
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>The rows in memory, in the type and on the device of a batch; null if there are none.</summary>
    internal (Tensor Scores, Tensor Targets)? Rows(Tensor batch)
    {
        if (scores is null || targets is null) return null;
        if (scores.shape[1] != batch.shape[1])
            throw new ArgumentException($"The memory holds scores of {scores.shape[1]} classes; logits of shape {Arguments.Shape(batch)} do not fit.");
        return (scores.to(batch.dtype).to(batch.device).alias(), targets.to(batch.device).alias());
    }

    /// <summary>Puts a batch in front and drops the oldest rows.</summary>
    internal void Add(Tensor batch, Tensor classes)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        (Tensor all, Tensor every) = Rankings.Behind(batch.detach(), classes, Rows(batch));
        long keep = Math.Min(Capacity, every.numel());
        Tensor newScores = all.narrow(0, 0, keep).clone().DetachFromDisposeScope(), newTargets = every.narrow(0, 0, keep).clone().DetachFromDisposeScope();
        Clear();
        (scores, targets) = (newScores, newTargets);
    }
}

/// <summary>Parts of the ranking losses.</summary>
internal static class Rankings
{
    /// <summary>Computes a loss from the probabilities of the batch and of the rows in memory, to which the batch is added.</summary>
    public static Tensor Compute(Tensor logits, Tensor target, ScoreMemory? memory, Reduction reduction, long ignoreIndex, RankingTerm term)
    {
        if (!Arguments.AreIndices(logits, target) || logits.ndim == 1)
            throw new ArgumentException($"A ranking loss takes logits (N, K) and class indices (N); the shapes are {Arguments.Shape(logits)} and "
                + $"{Arguments.Shape(target)}.", nameof(target));
        using var scope = NewDisposeScope();
        Tensor rows = Arguments.Rows(logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32));
        Tensor flat = target.to(ScalarType.Int64).reshape(-1).contiguous();
        bool complete = flat.device_type == DeviceType.CPU && Arguments.Scan(flat, rows.shape[1], ignoreIndex, null, logits).Rows == flat.numel();
        if (!complete)
        {
            Tensor kept = flat.IsNot(ignoreIndex).nonzero().reshape(-1);
            if (kept.numel() < flat.numel()) (rows, flat) = (rows.index_select(0, kept), flat.index_select(0, kept));
        }

        Tensor loss;
        if (flat.numel() == 0) loss = Regions.Reduce(rows.sum(0L), torch.zeros([rows.shape[1]], dtype: rows.dtype, device: rows.device), reduction);
        else if (Native.CanFuse(rows))
            loss = rows.dtype == ScalarType.Float32
                ? RankingFusedLoss<float>.Compute(rows.contiguous(), flat, term, memory, reduction)
                : RankingFusedLoss<double>.Compute(rows.contiguous(), flat, term, memory, reduction);
        else
        {
            loss = Composed(rows, flat, memory?.Rows(rows), term, reduction);
            if (memory is not null)
                using (no_grad()) memory.Add(nn.functional.softmax(rows, 1), flat);
        }

        return (loss.dtype == logits.dtype ? loss : loss.to(logits.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss in tensor operations.</summary>
    public static Tensor Composed(Tensor rows, Tensor target, (Tensor Scores, Tensor Targets)? earlier, RankingTerm term, Reduction reduction)
    {
        Tensor scores = nn.functional.softmax(rows, 1);
        (Tensor all, Tensor every) = Behind(scores, target, earlier);
        (Tensor losses, Tensor counted) = term.Of(scores, target, all, every);
        return Regions.Reduce(losses, counted, reduction);
    }

    /// <summary>The rows of a batch followed by earlier ones.</summary>
    public static (Tensor Scores, Tensor Targets) Behind(Tensor scores, Tensor targets, (Tensor Scores, Tensor Targets)? earlier) =>
        earlier is { } old ? (torch.cat([scores, old.Scores], 0), torch.cat([targets, old.Targets], 0)) : (scores, targets);

    /// <summary>Averages values of rows by class.</summary>
    public static (Tensor Losses, Tensor Counted) PerClass(Tensor values, Tensor classes, long count)
    {
        Tensor zero = torch.zeros([count], dtype: values.dtype, device: values.device), rows = zero.PlusRows(classes, torch.ones_like(values));
        return (zero.PlusRows(classes, values) / rows.AtLeast(1), rows.IsAbove(0).to(values.dtype));
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
    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.SmoothAveragePrecision(logits, target, temperature, InUse, Reduction, IgnoreIndex);
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
    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.PartialAuc(logits, target, low, high, InUse, Reduction, IgnoreIndex);
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
    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) =>
        Losses.RecallAtQuantile(logits, target, quantile, temperature, InUse, Reduction, IgnoreIndex);
}
