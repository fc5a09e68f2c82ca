namespace Counterweight;

/// <summary>The catalogue of samplers, and what every sampler offers: epochs to iterate, parts for ranks, batches.</summary>
public static partial class Sampler
{
    /// <summary>Every sampler by name: what <c>sampler:NAME</c> accepts.</summary>
    /// <example>
    /// <code>
    /// ISampler sampler = Sampler.Catalogue.Create("power(0.5)")(labels, 10, 0);
    /// </code>
    /// </example>
    public static Catalogue<SamplerFactory> Catalogue { get; } = new("sampler")
    {
        {
            new("class-balanced", "Draws every class equally often.", "Kang et al., 2020, Decoupling representation and classifier, eq. 1 with q = 0", [])
            { Prior = AsDrawn },
            _ => (labels, classes, seed, _) => new ClassBalancedSampler(labels.Span, classes, seed: seed)
        },
        {
            new("sqrt", "Draws classes in proportion to the square root of their counts.",
                "Mahajan et al., 2018, Exploring the limits of weakly supervised pretraining", []) { Prior = AsDrawn },
            _ => (labels, classes, seed, _) => ClassBalancedSampler.SquareRoot(labels.Span, classes, seed: seed)
        },
        {
            new("power", "Draws classes in proportion to a power of their counts.", "Kang et al., 2020, Decoupling representation and classifier, eq. 1",
                [ParameterDefinition.Number("q", 0.5, 0, 1, "The exponent: 0 draws every class equally often, 1 every row.")
                    with { UsualRange = "0..0.75" }]) { Prior = AsDrawn },
            call => (labels, classes, seed, _) => ClassBalancedSampler.Power(labels.Span, classes, call["q"], seed: seed)
        },
        {
            new("progressive", "Moves from drawing every row equally often to drawing every class equally often.",
                "Kang et al., 2020, Decoupling representation and classifier, eq. 2",
                [ParameterDefinition.Integer("epochs", 0, 0, 1_000_000, "The epochs until classes are balanced; 0 for those of the training.")])
            { Prior = AsDrawn },
            call => (labels, classes, seed, epochs) => new ProgressivelyBalancedSampler(
                labels.Span, classes, call.Integer("epochs") > 0 ? call.Integer("epochs") : epochs > 0 ? epochs : 20, seed: seed)
        },
        {
            new("repeat-factor", "Shows rows of classes with a share below t several times.", "Gupta, Dollar and Girshick, 2019, LVIS, section 5.1",
                [ParameterDefinition.Number("t", 0.1, 0, 1, "The share of the rows below which a class is repeated.", minimumExcluded: true)
                    with { UsualRange = "0.05..1" }]) { Prior = AsDrawn },
            call => (labels, classes, seed, _) => new RepeatFactorSampler(labels.Span, classes, call["t"], seed)
        },
        {
            new("balanced-batch", "Batches with the same number of rows of each class.",
                "Hermans, Beyer and Leibe, 2017, In defense of the triplet loss, section 2",
                [
                    ParameterDefinition.Integer("rows", 8, 1, int.MaxValue, "The rows of a class in a batch."),
                    ParameterDefinition.Integer("classes", 0, 0, int.MaxValue, "The classes in a batch; 0 for all."),
                ]) { Prior = AsDrawn },
            call => (labels, classes, seed, _) => new BalancedBatchSampler(labels.Span, classes, call.Integer("rows"), call.Integer("classes"), seed: seed)
        },
        {
            new("stratified-batch", "Batches that carry the proportions of the data.",
                "Neyman, 1934, On the two different aspects of the representative method",
                [ParameterDefinition.Integer("size", 256, 1, int.MaxValue, "The rows of a batch.")]) { Prior = AsDrawn },
            call => (labels, classes, seed, _) => new StratifiedBatchSampler(labels.Span, classes, call.Integer("size"), seed)
        },
        {
            new("undersample", "A fresh part of the larger classes each epoch.",
                "Japkowicz and Stephen, 2002; Liu, Wu and Zhou, 2009, Exploratory undersampling",
                [ParameterDefinition.Number("ratio", 1, 1, double.MaxValue, "The rows of a larger class for each row of the smallest.")
                    with { UsualRange = "1..10" }]) { Prior = AsDrawn },
            call => (labels, classes, seed, _) => new UndersamplingSampler(labels.Span, classes, call["ratio"], seed)
        },
        {
            new("dynamic", "Draws the classes more often that the model gets wrong.",
                "Pouyanfar et al., 2018, Dynamic sampling in convolutional neural networks",
                [ParameterDefinition.Number("floor", 0.1, 0, 1, "The share of the draws that stays balanced.")
                    with { UsualRange = "0.1..0.9" }])
            { Prior = (_, _) => PriorEffect.Unknown("what it draws follows the results of the model from epoch to epoch") },
            call => (labels, classes, seed, _) => new DynamicSampler(labels.Span, classes, call["floor"], seed: seed)
        },
    };

    /// <summary>Rows of a class stay what they are, and come more or less often: the shares are those of the draws.</summary>
    private static PriorEffect AsDrawn(MethodCall call, ClassCounts counts) => PriorEffect.AsCounted;

    /// <summary>The indices of one epoch, one after another, from a position on.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="position">Where to begin, from 0; a saved position to resume from.</param>
    /// <param name="threads">The number of threads that read ahead; 0 for every processor. One keeps ahead of any training. The result is the same for
    /// any.</param>
    /// <remarks>Reads ahead by a buffer of at most 2^14 indices, 2^18 for several threads, and holds nothing else.</remarks>
    public static SamplerEpoch Epoch(this ISampler sampler, long epoch, long position = 0, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        SamplerBlocks.Check(sampler, epoch, position, 0);
        return new SamplerEpoch(sampler, epoch, position, threads);
    }

    /// <summary>A reader that gives the next epoch with every enumeration: what a data loader takes as its order of rows.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="start">Where to begin: the start of epoch 0, or a saved position to resume from.</param>
    /// <param name="threads">The number of threads that read ahead; 0 for every processor. The result is the same for any.</param>
    public static SamplerCursor Epochs(this ISampler sampler, SamplerPosition start = default, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return new SamplerCursor(sampler, start, threads);
    }

    /// <summary>The part of every epoch that one of several ranks reads: a run of consecutive positions, no index for two ranks and none for no one.</summary>
    /// <param name="sampler">The sampler, the same with the same seed on every rank.</param>
    /// <param name="rank">The rank r, 0..<paramref name="worldSize"/>-1.</param>
    /// <param name="worldSize">The number of ranks W; at least 1.</param>
    /// <param name="remainder">What to do with what does not divide; ranks that must take equally many steps want Drop or Repeat.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rank is not a rank of the world.</exception>
    /// <remarks>A rank computes its own part only. The part of a batch sampler is one of whole batches, and a batch sampler again.</remarks>
    public static ISampler Partition(this ISampler sampler, int rank, int worldSize, PartitionRemainder remainder = PartitionRemainder.Uneven)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return sampler is IBatchSampler batches ? batches.Partition(rank, worldSize, remainder) : new PartitionedSampler(sampler, rank, worldSize, remainder);
    }

    /// <summary>The batches of every epoch that one of several ranks reads.</summary>
    /// <inheritdoc cref="Partition(ISampler, int, int, PartitionRemainder)"/>
    public static IBatchSampler Partition(this IBatchSampler sampler, int rank, int worldSize, PartitionRemainder remainder = PartitionRemainder.Uneven)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return new PartitionedBatchSampler(sampler, rank, worldSize, remainder);
    }

    /// <summary>The batches of an epoch of a batch sampler.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="batch">The batch to begin with, from 0.</param>
    public static IEnumerable<long[]> Batches(this IBatchSampler sampler, long epoch, long batch = 0)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return sampler.Batches(sampler.BatchSize, epoch, batch);
    }

    /// <summary>The indices of an epoch in batches of a size.</summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="batchSize">The indices of a batch; the last of the epoch may have fewer.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="batch">The batch to begin with, from 0.</param>
    public static IEnumerable<long[]> Batches(this ISampler sampler, int batchSize, long epoch, long batch = 0)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        SamplerBlocks.Check(sampler, epoch, 0, 0);
        return Read();

        IEnumerable<long[]> Read()
        {
            for (long position = batch * batchSize; position < sampler.Length; position += batchSize)
            {
                long[] rows = new long[Math.Min(batchSize, sampler.Length - position)];
                sampler.Fill(epoch, position, rows);
                yield return rows;
            }
        }
    }
}
