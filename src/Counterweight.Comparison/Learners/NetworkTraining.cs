using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>What <see cref="NetworkTraining"/> needs of a network.</summary>
internal interface ITrainedNetwork
{
    /// <summary>The parameters to move: 32-bit, contiguous, in the memory of the processor.</summary>
    IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>The n-grams it takes; null for a network of the dense columns alone.</summary>
    TextVocabulary? Texts { get; }

    /// <summary>N rows to (N, K) logits.</summary>
    Tensor Forward(NetworkRows inputs, TrainingLoss loss);

    /// <summary>Says whether batches are for training or only judged.</summary>
    void Training(bool on);

    /// <summary>Remembers the present state as the best so far.</summary>
    void Keep();
}

/// <summary>Rows as a network takes them.</summary>
/// <param name="Dense">(N, D) dense columns.</param>
/// <param name="Texts">The n-grams of the rows; null where there are none.</param>
internal readonly record struct NetworkRows(Tensor Dense, TextBatch? Texts);

/// <summary>How a network is trained.</summary>
internal sealed record NetworkSettings
{
    internal double LearningRate { get; init; } = 2e-3;

    internal double WeightDecay { get; init; } = 1e-3;

    /// <summary>The most epochs; null for as many as fit a fixed amount of work, at most 60.</summary>
    internal int? Epochs { get; init; }

    /// <summary>Rows of a batch; null for a number that grows with the rows.</summary>
    internal int? BatchSize { get; init; }

    internal required int Patience { get; init; }
}

/// <summary>
/// The training loop of all networks: AdamW on batches as the plan draws them, stopped early by the loss, weighted as in training, on a stratified
/// 15% of the training rows that is held out (Prechelt, 1998). Where the rows are resampled, the held-out ones are original rows that took no part in it,
/// weighted to the class shares of training.
/// </summary>
internal static class NetworkTraining
{
    private const int MostEpochs = 60;
    private const int SmallestHoldout = 10;
    private const double ValidationShare = 0.15;
    private const long DenseLimit = 100_000_000;

    /// <summary>Trains the network; its best epoch is what it was last told to keep.</summary>
    internal static void Run(
        ITrainedNetwork network, TrainingLoss loss, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, NetworkSettings settings,
        FitOptions options)
    {
        int classes = plan.Counts.Classes;
        (FeatureTable trainFeatures, int[] trainLabels, FeatureTable heldFeatures, int[] heldLabels) = HoldOut(features, labels, classes, options);
        SampledEpochs sampled = EpochsFor(trainLabels.Length, settings.Epochs);
        int epochs = sampled.Count, settled = loss.SettledFrom(epochs), worse = 0;
        var source = new RowSource(trainLabels, plan, options.Seed, sampled);
        var inputs = new Inputs(trainFeatures, network.Texts);
        Tensor targets = TorchRows.Codes(trainLabels);
        Tensor classWeights = tensor(source.ClassWeights).to(ScalarType.Float32);
        NetworkRows? heldInputs = heldLabels.Length == 0 ? null : new Inputs(heldFeatures, network.Texts).All();
        Tensor? heldTargets = heldLabels.Length == 0 ? null : TorchRows.Codes(heldLabels);
        Tensor? ownWeights = trainFeatures.MeanOneWeights() is double[] own ? tensor(Array.ConvertAll(own, w => (float)w)) : null,
            heldOwn = heldLabels.Length > 0 && heldFeatures.MeanOneWeights() is double[] judging ? tensor(Array.ConvertAll(judging, w => (float)w)) : null;
        double[] shares = options.Original is null ? [.. Enumerable.Repeat(1.0, classes)] : SharesOfTraining(trainLabels, heldLabels, classes);
        Tensor heldWeights = tensor([.. Enumerable.Range(0, classes).Select(c => (float)(source.ClassWeights[c] * source.DrawnShare[c] * shares[c]))]);
        foreach (Tensor parameter in network.Parameters) parameter.requires_grad_(true);
        var optimiser = new AdamW(network.Parameters, settings.LearningRate, settings.WeightDecay);
        int batchSize = source.Batches?.BatchSize ?? settings.BatchSize ?? (trainLabels.Length <= 2000 ? 64 : trainLabels.Length <= 50_000 ? 256 : 1024);
        double best = double.PositiveInfinity;
        network.Keep();
        for (int epoch = 0; epoch < epochs && worse < settings.Patience; epoch++)
        {
            loss.BeginEpoch(epoch, epochs);
            network.Training(true);
            long[] order = source.Epoch(epoch);
            for (int from = 0; from < order.Length; from += batchSize)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                using var step = NewDisposeScope();
                long[] rows = order.AsSpan(from, Math.Min(batchSize, order.Length - from)).ToArray();
                Tensor index = tensor(rows), target = targets.index_select(0, index);
                Tensor logits = network.Forward(inputs.Rows(index, rows), loss);
                Tensor? weights = plan.Weights is null ? null : classWeights.index_select(0, target);
                if (ownWeights is not null) weights = weights is null ? ownWeights.index_select(0, index) : weights * ownWeights.index_select(0, index);
                loss.Mean(logits, target, weights).backward();
                optimiser.Step();
            }

            if (heldInputs is null)
            {
                network.Keep();
                continue;
            }

            network.Training(false);
            (double judged, double[] recalls) = Judge(network, heldInputs.Value, heldTargets!, heldLabels, heldWeights, heldOwn, loss, classes);
            source.Adaptive?.Update(epoch, recalls);
            if (epoch < settled) continue;                                   // a schedule that has not come to its end: what counts is still to begin
            if (judged < best - 1e-4 * Math.Abs(best) || double.IsPositiveInfinity(best))
            {
                (best, worse) = (judged, 0);
                network.Keep();
            }
            else
            {
                worse++;
            }
        }
    }

    /// <summary>The epochs of a training of so many rows; its end is shaped by the last.</summary>
    internal static SampledEpochs EpochsFor(int rows, int? stated)
    {
        int epochs = stated ?? Math.Clamp(60_000_000 / Math.Max(1, rows * 10), 8, MostEpochs);
        return new(epochs, epochs - 1);
    }

    /// <summary>The rows to train on and those to stop by; of too few rows, none to stop by.</summary>
    private static (FeatureTable Features, int[] Labels, FeatureTable HeldFeatures, int[] HeldLabels) HoldOut(
        FeatureTable features, ReadOnlyMemory<int> labels, int classes, FitOptions options)
    {
        SeededRandom random = Streams.HeldOut(options.Seed);
        if (options.Original is { } original)
        {
            (int[] larger, int[] without) = StratifiedFolds.Holdout(original.Labels.Span, classes, ValidationShare, original.Groups, ref random);
            if (without.Length >= SmallestHoldout && original.Resample(larger) is var (made, codes))
                return (made, codes, original.Features.Select(without), Array.ConvertAll(without, i => original.Labels.Span[i]));
            return (features, labels.ToArray(), features.Select(Array.Empty<int>()), []);
        }

        (int[] train, int[] held) = StratifiedFolds.Holdout(labels.Span, classes, ValidationShare, options.Groups, ref random);
        if (held.Length < SmallestHoldout) return (features, labels.ToArray(), features.Select(Array.Empty<int>()), []);
        return (features.Select(train), Array.ConvertAll(train, i => labels.Span[i]), features.Select(held), Array.ConvertAll(held, i => labels.Span[i]));
    }

    /// <summary>What the held-out rows of each class weigh, so that together they have the class shares of training, K values.</summary>
    private static double[] SharesOfTraining(int[] train, int[] held, int classes)
    {
        double[] there = new double[classes], wanted = new double[classes];
        foreach (int label in train) wanted[label] += 1.0 / train.Length;
        foreach (int label in held) there[label] += 1.0 / held.Length;
        return [.. wanted.Zip(there, (w, t) => t == 0 ? 0 : w / t)];
    }

    private static (double Loss, double[] Recalls) Judge(
        ITrainedNetwork network, NetworkRows inputs, Tensor targets, ReadOnlySpan<int> labels, Tensor weights, Tensor? own, TrainingLoss loss, int classes)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor logits = network.Forward(inputs, loss), rowWeights = weights.index_select(0, targets);
        if (own is not null) rowWeights *= own;
        loss.Judging(true);
        double value = loss.Mean(logits, targets, rowWeights).item<float>();
        loss.Judging(false);
        long[] chosen = logits.argmax(1).data<long>().ToArray();
        double[] hits = new double[classes], rows = new double[classes];
        for (int i = 0; i < chosen.Length; i++)
        {
            rows[labels[i]]++;
            if (chosen[i] == labels[i]) hits[labels[i]]++;
        }

        return (value, [.. hits.Zip(rows, (h, r) => r == 0 ? 1 : h / r)]);
    }

    /// <summary>Dense inputs: one tensor while that is small, else each batch expanded when it is needed. N-grams are gathered batch by batch.</summary>
    private sealed class Inputs
    {
        private readonly FeatureTable features;
        private readonly TextVocabulary? texts;
        private readonly Tensor? all;

        internal Inputs(FeatureTable features, TextVocabulary? texts)
        {
            (this.features, this.texts) = (features, texts);
            if ((long)features.Rows * features.DenseWidth <= DenseLimit) all = Dense();
        }

        internal NetworkRows All() => new(all ?? Dense(), texts?.Of(features, [.. Enumerable.Range(0, features.Rows).Select(i => (long)i)]));

        internal NetworkRows Rows(Tensor index, long[] rows)
        {
            TextBatch? grams = texts?.Of(features, rows);
            if (all is not null) return new(all.index_select(0, index), grams);
            FeatureTable part = (features with { Texts = [] }).Select(Array.ConvertAll(rows, r => (int)r));
            return new(TorchRows.Owned(tensor(part.ToDense(), [rows.Length, part.DenseWidth])), grams);
        }

        private Tensor Dense() => TorchRows.Owned(tensor(features.ToDense(), [features.Rows, features.DenseWidth]));
    }
}
