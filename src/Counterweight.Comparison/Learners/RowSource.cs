using Counterweight.Torch;
using static TorchSharp.torch;

namespace Counterweight.Comparison;

/// <summary>What a neural learner needs of a plan: which rows come when, and what each class weighs.</summary>
internal sealed class RowSource
{
    private readonly ISampler? sampler;
    private readonly int rows;
    private readonly long seed;

    /// <summary>Reads a plan.</summary>
    /// <param name="labels">The class of each training row.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="epochs">The epochs of the fit and which of them stands for all, where a sampler changes with them.</param>
    internal RowSource(ReadOnlyMemory<int> labels, TrainingPlan plan, long seed, SampledEpochs epochs)
    {
        (rows, this.seed) = (labels.Length, seed);
        int classes = plan.Counts.Classes;
        sampler = plan.Sampler?.Value(labels, classes, seed, epochs.Count);
        ClassWeights = plan.Weights?.ToArray() ?? [.. Enumerable.Repeat(1.0, classes)];
        DrawnShare = sampler is null ? [.. Enumerable.Repeat(1.0, classes)] : Shares(labels.Span, classes, epochs.Typical);
    }

    /// <summary>The weight of each class in the loss, K values.</summary>
    internal double[] ClassWeights { get; }

    /// <summary>How much more often than its share each class is drawn, K values; ones without a sampler.</summary>
    internal double[] DrawnShare { get; }

    /// <summary>Refuses samplers that only act from batch to batch or from epoch to epoch, for learners that see all rows at once.</summary>
    internal void RefuseSteps(string learner)
    {
        if (sampler is IAdaptiveSampler)
            throw new RemedyRefusedException($"sampler:dynamic follows the results between epochs, and {learner} fits all rows at once; mlp takes it, and "
                + $"sampler:class-balanced is its form for {learner}.");
        if (sampler is StratifiedBatchSampler)
            throw new RemedyRefusedException($"sampler:stratified-batch shares the rows out among batches, and {learner} fits all rows at once, which is "
                + $"the same as none; mlp takes it.");
    }

    internal IBatchSampler? Batches => sampler as IBatchSampler;

    internal IAdaptiveSampler? Adaptive => sampler as IAdaptiveSampler;

    /// <summary>The rows of an epoch, in order.</summary>
    internal long[] Epoch(int epoch)
    {
        if (sampler is null)
        {
            long[] order = new long[rows];
            for (int i = 0; i < rows; i++) order[i] = i;
            SeededRandom random = Streams.Epoch(seed, epoch);
            random.Shuffle<long>(order);
            return order;
        }

        long[] drawn = new long[sampler.Length];
        sampler.Fill(epoch, 0, drawn, threads: 1);
        return drawn;
    }

    private double[] Shares(ReadOnlySpan<int> labels, int classes, int epoch)
    {
        double[] drawn = new double[classes], there = new double[classes];
        long[] order = Epoch(epoch);
        foreach (long row in order) drawn[labels[(int)row]] += 1.0 / order.Length;
        foreach (int label in labels) there[label] += 1.0 / labels.Length;
        return [.. drawn.Zip(there, (d, t) => t == 0 ? 1 : d / t)];
    }
}

/// <summary>The epochs of a fit, for samplers that change with them.</summary>
/// <param name="Count">How many there are at most.</param>
/// <param name="Typical">The one that stands for all: the last where a model is moved step by step, the middle one where all epochs are fitted
/// together.</param>
internal readonly record struct SampledEpochs(int Count, int Typical);

/// <summary>A learner that says which epochs of a sampler its fits see.</summary>
internal interface ISampledLearner
{
    /// <summary>The epochs of a fit of so many rows.</summary>
    SampledEpochs EpochsFor(int rows);
}

/// <summary>Small helpers around LibTorch that both neural learners share.</summary>
internal static class TorchRows
{
    /// <summary>Loads LibTorch where needed and bounds its threads on the calling thread.</summary>
    internal static void Begin(int threads)
    {
        NativeTorch.EnsureLoaded();
        set_num_threads(Math.Max(1, threads));
    }

    /// <summary>A copy in LibTorch's own memory. TorchSharp's tensor of an array lies where the array lies, and to what MKL rounds a product depends on how
    /// that is aligned: fits with one seed would differ in the last digit.</summary>
    internal static Tensor Owned(Tensor ofArray)
    {
        using (ofArray) return ofArray.clone();
    }

    /// <summary>Labels as a tensor of codes.</summary>
    internal static Tensor Codes(ReadOnlySpan<int> labels)
    {
        long[] codes = new long[labels.Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = labels[i];
        return tensor(codes);
    }
}
