using TorchSharp;
using static TorchSharp.torch;

namespace Counterweight.Torch;

public static partial class Losses
{
    /// <summary>
    /// Smooth average precision: 1 minus the mean over the classes of the average precision of p_c, with a sigmoid of the score differences in place of the step (Brown and others, 2020,
    /// equations 5 and 6).
    /// </summary>
    /// <remarks>Time and memory grow with N x (N + rows in memory). Scores are softmax probabilities. Classes without a row in the batch do not count. <see cref="Reduction.None"/> gives one loss per
    /// class.</remarks>
    /// <param name="logits">(N, K).</param>
    /// <param name="target">Class indices (N).</param>
    /// <param name="temperature">The width of the sigmoid in units of probability, above 0.</param>
    /// <param name="memory">Earlier rows to rank against; the batch is added to it. None if null.</param>
    /// <param name="reduction">How the losses of the classes become one number.</param>
    /// <param name="ignoreIndex">Rows with this target do not count.</param>
    /// <returns>A scalar, or one loss per class for <see cref="Reduction.None"/>.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or targets that do not fit, or a parameter out of range.</exception>
    public static Tensor SmoothAveragePrecision(
        Tensor logits, Tensor target, double temperature = 0.01, ScoreMemory? memory = null, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, (batch, classes, all, every) =>
        {
            // Row i of each matrix belongs to the anchor i: the scores of its class, and who shares it.
            Tensor column = classes.unsqueeze(1), own = batch.gather(1, column);
            Tensor above = sigmoid((all.index_select(1, classes).t() - own) / temperature);
            Tensor same = every.unsqueeze(0).eq(column).to(batch.dtype), self = torch.eye(batch.shape[0], all.shape[0], dtype: batch.dtype, device: batch.device);
            Tensor others = above * (1 - self), rank = 1 + others.sum(1), among = 1 + (others * same).sum(1);
            return Rankings.PerClass(1 - (among / rank), classes, batch.shape[1]);
        });
    }

    /// <summary>
    /// Partial area under the ROC curve over false-positive rates from <paramref name="low"/> to <paramref name="high"/>, one class against the rest: the mean of (1 - (p_i - p_j))^2 over
    /// positives i and the negatives j that are ranked inside the band (Narasimhan and Agarwal, 2013; with the squared hinge of Yang and others, 2021).
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
        Tensor logits, Tensor target, double low = 0, double high = 0.3, ScoreMemory? memory = null, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored)
    {
        Arguments.InRange(low, 0, 1, nameof(low), maximumExcluded: true);
        if (!(high > low && high <= 1)) throw new ArgumentOutOfRangeException(nameof(high), high, $"high is a number in ({low}, 1].");
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, (_, classes, all, every) =>
        {
            long count = all.shape[1];
            Tensor positive = nn.functional.one_hot(every, count).to(ScalarType.Bool), positives = positive.sum(0L), negatives = positive.logical_not().sum(0L);
            Tensor losses = torch.zeros([count], dtype: all.dtype, device: all.device), counted = torch.zeros([count], dtype: all.dtype, device: all.device);
            long[] up = positives.cpu().data<long>().ToArray(), down = negatives.cpu().data<long>().ToArray();
            for (long c = 0; c < count; c++)
            {
                if (up[c] == 0 || down[c] == 0) continue;
                Tensor scores = all.select(1, c), mine = scores.masked_select(positive.select(1, c)), rest = scores.masked_select(positive.select(1, c).logical_not());
                int first = (int)Math.Floor(low * down[c]), last = Math.Max(first + 1, (int)Math.Ceiling(high * down[c]));
                (Tensor sorted, _) = rest.sort(descending: true);
                Tensor inside = sorted.narrow(0, first, last - first);

                // The mean over all pairs of (1 - a + b)^2 without the pairs: of a, b and their squares.
                Tensor a = 1 - mine, loss = a.square().mean() + inside.square().mean() + (2 * a.mean() * inside.mean());
                Tensor place = nn.functional.one_hot(torch.tensor(c, device: all.device), count).to(all.dtype);
                (losses, counted) = (losses + (loss * place), counted + place);
            }

            return (losses, counted);
        });
    }

    /// <summary>
    /// Recall at a quantile, one class against the rest: 1 minus the share of the positives whose p_c is above the threshold that a share <paramref name="quantile"/> of all rows exceeds, with a
    /// sigmoid in place of the step (Eban and others, 2017; Mackey, Luo and Eban, 2018, section 3: the threshold is a quantile of the scores and moves with them).
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
        Tensor logits, Tensor target, double quantile = 0.1, double temperature = 0.05, ScoreMemory? memory = null, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Ignored)
    {
        if (!(quantile is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "quantile is a number in (0, 1).");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        return Rankings.Compute(logits, target, memory, reduction, ignoreIndex, (batch, classes, all, _) =>
        {
            // The order statistics on both sides of the quantile, interpolated: the gradient flows into these rows.
            (Tensor sorted, _) = all.sort(0);
            double position = (1 - quantile) * (all.shape[0] - 1);
            long floor = (long)Math.Floor(position);
            Tensor threshold = sorted.select(0, floor);
            if (floor + 1 < all.shape[0]) threshold = threshold + ((sorted.select(0, floor + 1) - threshold) * (position - floor));
            Tensor missed = sigmoid((threshold.index_select(0, classes) - batch.gather(1, classes.unsqueeze(1)).squeeze(1)) / temperature);
            return Rankings.PerClass(missed, classes, batch.shape[1]);
        });
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

    /// <summary>The rows of the batch followed by those in memory.</summary>
    internal (Tensor Scores, Tensor Targets) Behind(Tensor batch, Tensor classes)
    {
        if (scores is null || targets is null) return (batch, classes);
        if (scores.shape[1] != batch.shape[1]) throw new ArgumentException($"The memory holds scores of {scores.shape[1]} classes; logits of shape {Arguments.Shape(batch)} do not fit.");
        return (torch.cat([batch, scores.to(batch.dtype).to(batch.device)], 0), torch.cat([classes, targets.to(classes.device)], 0));
    }

    /// <summary>Puts a batch in front and drops the oldest rows.</summary>
    internal void Add(Tensor batch, Tensor classes)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        (Tensor all, Tensor every) = Behind(batch.detach(), classes);
        long keep = Math.Min(Capacity, every.numel());
        Tensor newScores = all.narrow(0, 0, keep).clone().DetachFromDisposeScope(), newTargets = every.narrow(0, 0, keep).clone().DetachFromDisposeScope();
        Clear();
        (scores, targets) = (newScores, newTargets);
    }
}

/// <summary>Parts of the ranking losses.</summary>
internal static class Rankings
{
    /// <summary>Computes a loss per class from the probabilities of the batch and of all rows.</summary>
    public static Tensor Compute(
        Tensor logits, Tensor target, ScoreMemory? memory, Reduction reduction, long ignoreIndex, Func<Tensor, Tensor, Tensor, Tensor, (Tensor Losses, Tensor Counted)> perClass)
    {
        if (!Arguments.AreIndices(logits, target) || logits.ndim == 1)
            throw new ArgumentException($"A ranking loss takes logits (N, K) and class indices (N); the shapes are {Arguments.Shape(logits)} and {Arguments.Shape(target)}.", nameof(target));
        using var scope = NewDisposeScope();
        Tensor rows = Arguments.Rows(logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32));
        Tensor flat = target.to(ScalarType.Int64).reshape(-1).contiguous();
        if (flat.device_type == DeviceType.CPU) Arguments.Scan(flat, rows.shape[1], ignoreIndex, null, logits);
        Tensor kept = flat.ne(ignoreIndex).nonzero().reshape(-1);
        if (kept.numel() < flat.numel()) (rows, flat) = (rows.index_select(0, kept), flat.index_select(0, kept));
        if (flat.numel() == 0) return Regions.Reduce(rows.sum(0L), torch.zeros([rows.shape[1]], dtype: rows.dtype, device: rows.device), reduction, logits).MoveToOuterDisposeScope();
        Tensor scores = nn.functional.softmax(rows, 1);
        (Tensor all, Tensor every) = memory?.Behind(scores, flat) ?? (scores, flat);
        (Tensor losses, Tensor counted) = perClass(scores, flat, all, every);
        memory?.Add(scores, flat);
        return Regions.Reduce(losses, counted, reduction, logits).MoveToOuterDisposeScope();
    }

    /// <summary>Averages values of rows by class.</summary>
    public static (Tensor Losses, Tensor Counted) PerClass(Tensor values, Tensor classes, long count)
    {
        Tensor zero = torch.zeros([count], dtype: values.dtype, device: values.device), rows = zero.index_add(0, classes, torch.ones_like(values), 1);
        return (zero.index_add(0, classes, values, 1) / rows.clamp_min(1), rows.gt(0).to(values.dtype));
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
public sealed class SmoothAveragePrecisionLoss(double temperature = 0.01, int memory = 0, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
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
public sealed class PartialAucLoss(double low = 0, double high = 0.3, int memory = 0, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
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
public sealed class RecallAtQuantileLoss(double quantile = 0.1, double temperature = 0.05, int memory = 0, Reduction reduction = Reduction.BatchMean, long ignoreIndex = Losses.Ignored)
    : RankingLoss(nameof(RecallAtQuantileLoss), memory, reduction, ignoreIndex)
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target) => Losses.RecallAtQuantile(logits, target, quantile, temperature, InUse, Reduction, IgnoreIndex);
}
