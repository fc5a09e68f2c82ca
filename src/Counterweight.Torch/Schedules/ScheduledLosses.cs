using static TorchSharp.torch;

namespace Counterweight.Torch;

/// <summary>One loss for the first epochs and another from then on: deferred re-weighting is plain cross entropy followed by the weighted one (Cao and others,
/// 2019, algorithm 1).</summary>
/// <example>
/// <code>
/// using var drw = DeferredLoss.Reweighting(counts, beta: 0.9999, start: 0.8);
/// using var any = new DeferredLoss(new CrossEntropy(), new LogitAdjustedLoss(counts), start: 0.5);
/// </code>
/// </example>
public sealed class DeferredLoss : ClassificationLoss
{
    private readonly ClassificationLoss first, second;
    private bool started;

    /// <summary>Creates the schedule.</summary>
    /// <param name="first">The loss of the first epochs; owned by this.</param>
    /// <param name="second">The loss of the others; owned by this.</param>
    /// <param name="start">The share of the epochs after which the second loss acts, in [0, 1].</param>
    public DeferredLoss(ClassificationLoss first, ClassificationLoss second, double start = 0.8) : base(nameof(DeferredLoss), Checked(second).Reduction)
    {
        ArgumentNullException.ThrowIfNull(first);
        Arguments.InRange(start, 0, 1, nameof(start));
        (this.first, this.second, Start) = (first, second, start);
        started = start == 0;
        RegisterComponents();
    }

    /// <summary>The share of the epochs after which the second loss acts.</summary>
    public double Start { get; }

    /// <summary>The loss in force.</summary>
    public ClassificationLoss Current => started ? second : first;

    /// <inheritdoc/>
    public override double? Normaliser
    {
        get => Current.Normaliser;
        set => (first.Normaliser, second.Normaliser) = (value, value);
    }

    /// <inheritdoc/>
    public override bool NeedsFeatures => Current.NeedsFeatures;

    /// <inheritdoc/>
    public override bool PrefersCosineClassifier => first.PrefersCosineClassifier || second.PrefersCosineClassifier;

    /// <inheritdoc/>
    public override double? InitialBias(int classes) => first.InitialBias(classes);

    /// <inheritdoc/>
    public override double SettledAfter => Math.Max(Start, second.SettledAfter);

    /// <summary>Cross entropy, and after a share of the epochs cross entropy weighted by the effective number of samples.</summary>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="beta">The parameter of the effective number, in [0, 1).</param>
    /// <param name="start">The share of the epochs after which the weights act, in [0, 1].</param>
    public static DeferredLoss Reweighting(ClassCounts counts, double beta = 0.9999, double start = 0.8) =>
        new(new CrossEntropy(), new CrossEntropy(ClassBalancedLoss.Weights(counts, beta)), start);

    /// <inheritdoc/>
    public override bool IsPerRow => first.IsPerRow && second.IsPerRow;

    internal override void KeepRows()
    {
        base.KeepRows();
        first.KeepRows();
        second.KeepRows();
    }

    /// <inheritdoc/>
    protected override void EnterEpoch(int epoch, int epochs)
    {
        started = epoch >= Math.Round(Start * epochs);
        first.BeginEpoch(epoch, epochs);
        second.BeginEpoch(epoch, epochs);
    }

    /// <inheritdoc/>
    public override void UseFeatures(Tensor features) => Current.UseFeatures(features);

    /// <inheritdoc/>
    public override Tensor Probabilities(Tensor logits) => Current.Probabilities(logits);

    internal override (double Scale, bool Sigmoids) Link => Current.Link;

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        ThrowIfNotBegun();
        return Current.call(logits, target);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            first.Dispose();
            second.Dispose();
        }

        base.Dispose(disposing);
    }

    private static ClassificationLoss Checked(ClassificationLoss second)
    {
        ArgumentNullException.ThrowIfNull(second);
        return second;
    }
}

/// <summary>A linear move from one loss to another: (1 - t) first + t second, where t grows from 0 to 1 between two shares of the epochs.</summary>
public sealed class WarmUpLoss : ClassificationLoss
{
    private readonly ClassificationLoss first, second;

    /// <summary>Creates the schedule.</summary>
    /// <param name="first">The loss at the start; owned by this.</param>
    /// <param name="second">The loss at the end; owned by this.</param>
    /// <param name="from">The share of the epochs at which the move begins, in [0, 1].</param>
    /// <param name="to">The share at which it ends, in [from, 1].</param>
    public WarmUpLoss(ClassificationLoss first, ClassificationLoss second, double from = 0, double to = 0.5)
        : base(nameof(WarmUpLoss), (second ?? throw new ArgumentNullException(nameof(second))).Reduction)
    {
        ArgumentNullException.ThrowIfNull(first);
        Arguments.InRange(from, 0, 1, nameof(from));
        Arguments.InRange(to, from, 1, nameof(to));
        if (first.Reduction != second.Reduction)
            throw new ArgumentException($"The losses reduce differently, {first.Reduction} and {second.Reduction}; give both the same reduction.",
                nameof(first));
        (this.first, this.second, From, To, Share) = (first, second, from, to, to == 0 ? 1 : 0);
        RegisterComponents();
    }

    /// <summary>The share of the epochs at which the move begins.</summary>
    public double From { get; }

    /// <summary>The share of the epochs at which it ends.</summary>
    public double To { get; }

    /// <summary>The weight of the second loss now, in [0, 1].</summary>
    public double Share { get; private set; }

    /// <inheritdoc/>
    public override double? Normaliser
    {
        get => second.Normaliser;
        set => (first.Normaliser, second.Normaliser) = (value, value);
    }

    /// <inheritdoc/>
    public override bool NeedsFeatures => (Share < 1 && first.NeedsFeatures) || (Share > 0 && second.NeedsFeatures);

    /// <inheritdoc/>
    public override bool PrefersCosineClassifier => first.PrefersCosineClassifier || second.PrefersCosineClassifier;

    /// <inheritdoc/>
    public override double? InitialBias(int classes) => first.InitialBias(classes);

    /// <inheritdoc/>
    public override double SettledAfter => Math.Max(To, second.SettledAfter);

    /// <inheritdoc/>
    public override bool IsPerRow => first.IsPerRow && second.IsPerRow;

    internal override void KeepRows()
    {
        base.KeepRows();
        first.KeepRows();
        second.KeepRows();
    }

    /// <inheritdoc/>
    protected override void EnterEpoch(int epoch, int epochs)
    {
        double begin = From * epochs, end = To * epochs;
        Share = epoch < begin ? 0 : epoch >= end ? 1 : (epoch - begin) / (end - begin);
        first.BeginEpoch(epoch, epochs);
        second.BeginEpoch(epoch, epochs);
    }

    /// <inheritdoc/>
    public override void UseFeatures(Tensor features)
    {
        if (first.NeedsFeatures) first.UseFeatures(features);
        if (second.NeedsFeatures) second.UseFeatures(features);
    }

    /// <inheritdoc/>
    public override Tensor Probabilities(Tensor logits) => (Share < 0.5 ? first : second).Probabilities(logits);

    internal override (double Scale, bool Sigmoids) Link => (Share < 0.5 ? first : second).Link;

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        ThrowIfNotBegun();
        if (Share == 0) return first.call(logits, target);
        if (Share == 1) return second.call(logits, target);
        using var scope = NewDisposeScope();
        return first.call(logits, target).Times(1 - Share).Sum(second.call(logits, target).Times(Share)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            first.Dispose();
            second.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>
/// Progressive balancing as weights: in epoch t of T the classes weigh as if drawn with probability (1 - t/T) n_c / N + (t/T) / K, which is what progressively
/// balanced sampling draws (Kang and others, 2020, equation 2), divided by their share: w_c = (1 - t/T) + (t/T) N / (K n_c).
/// </summary>
public sealed class ProgressiveBalancingLoss : ClassificationLoss
{
    private readonly ClassCounts counts;
    private readonly long ignoreIndex;
    private double[] weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="counts">The class counts of the training rows; none zero.</param>
    /// <param name="reduction">How row losses become one number.</param>
    /// <param name="ignoreIndex">Rows with this target have no loss and count nowhere.</param>
    public ProgressiveBalancingLoss(ClassCounts counts, Reduction reduction = Reduction.WeightedMean, long ignoreIndex = Losses.Ignored)
        : base(nameof(ProgressiveBalancingLoss), reduction)
    {
        Arguments.NoneEmpty(counts);
        (this.counts, this.ignoreIndex) = (counts, ignoreIndex);
        weights = [.. Enumerable.Repeat(1.0, counts.Classes)];
    }

    /// <summary>The class weights of the current epoch, K values.</summary>
    public IReadOnlyList<double> Weights => weights;

    /// <inheritdoc/>
    public override double SettledAfter => 1;

    /// <inheritdoc/>
    protected override void EnterEpoch(int epoch, int epochs)
    {
        double share = epochs <= 1 ? 1 : Math.Clamp((double)epoch / (epochs - 1), 0, 1);
        double[] now = new double[counts.Classes];
        for (int c = 0; c < now.Length; c++) now[c] = 1 - share + (share * counts.Rows / ((double)counts.Classes * counts[c]));
        weights = now;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor logits, Tensor target)
    {
        ThrowIfNotBegun();
        Arguments.Classes(logits, counts);
        return Losses.CrossEntropy(logits, target, weights, Reduction, ignoreIndex, normaliser: Normaliser);
    }
}

/// <summary>One sampler for the first epochs and another from then on: deferred re-sampling is the rows as they are followed by class-balanced ones (Cao and
/// others, 2019, section 3.3).</summary>
/// <example>
/// <code>
/// ISampler sampler = new DeferredSampler(plain, new ClassBalancedSampler(labels, classes, seed: 0), fromEpoch: 160);
/// </code>
/// </example>
public sealed class DeferredSampler : ISampler
{
    private readonly ISampler first, second;

    /// <summary>Creates the schedule.</summary>
    /// <param name="first">The sampler of the first epochs.</param>
    /// <param name="second">The sampler of the others, over the same rows.</param>
    /// <param name="fromEpoch">The first epoch of the second sampler.</param>
    /// <exception cref="ArgumentException">The samplers have other rows or lengths.</exception>
    public DeferredSampler(ISampler first, ISampler second, long fromEpoch)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentOutOfRangeException.ThrowIfNegative(fromEpoch);
        if (first.Rows != second.Rows || first.Length != second.Length)
            throw new ArgumentException($"The samplers draw {first.Length} of {first.Rows} and {second.Length} of {second.Rows} rows; both draw as many of "
                + $"the same rows.", nameof(second));
        (this.first, this.second, FromEpoch) = (first, second, fromEpoch);
    }

    /// <summary>The first epoch of the second sampler.</summary>
    public long FromEpoch { get; }

    /// <inheritdoc/>
    public long Rows => first.Rows;

    /// <inheritdoc/>
    public long Length => first.Length;

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0) =>
        (epoch < FromEpoch ? first : second).Fill(epoch, position, destination, threads);
}
