namespace Counterweight;

/// <summary>Batches that carry the proportions of the data: every row once per epoch, and no batch without its share of the rare class by bad luck.</summary>
/// <remarks>
/// <para>The rows, class by class and each class in a random order, are dealt to the full batches like cards, so that the counts of a
/// class in any two full batches differ by at most one. The last, smaller batch gets the whole part of each class's share or one more.
/// (Proportional allocation: Neyman, 1934, "On the two different aspects of the representative method", within whole rows.)</para>
/// <para>Memory: one 4-byte index per row; nothing per draw.</para>
/// </remarks>
/// <example>
/// <code>
/// var sampler = new StratifiedBatchSampler(labels, classes: 2, batchSize: 64, seed: 0);
/// foreach (long[] batch in sampler.Batches(epoch: 0)) { }   // 64 rows each; with 5 % positives 3 or 4 of them
/// </code>
/// </example>
public sealed class StratifiedBatchSampler : IBatchSampler
{
    private readonly ClassRows rows;
    private readonly long seed, fullBatches;
    private volatile EpochOrder? order;

    /// <summary>Creates the sampler.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="batchSize">The rows of a batch; at least K.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is smaller than the number of classes.</exception>
    public StratifiedBatchSampler(ReadOnlySpan<int> labels, int classes, int batchSize, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (batchSize < classes)
            throw new ArgumentOutOfRangeException(nameof(batchSize), batchSize,
                $"A batch of {batchSize} cannot hold a share of each of {classes} classes: give at least {classes}.");
        rows = ClassRows.Of(labels, classes);
        (this.seed, BatchSize, fullBatches) = (seed, batchSize, rows.Rows / batchSize);
    }

    /// <inheritdoc/>
    public long Rows => rows.Rows;

    /// <inheritdoc/>
    public long Length => rows.Rows;

    /// <inheritdoc/>
    public int BatchSize { get; }

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        if (order is not { } ready || ready.Epoch != epoch) order = ready = Order(epoch);
        BatchBlocks.Run(position, destination, Length, BatchSize, threads, new Batches(this, ready));
    }

    private EpochOrder Order(long epoch)
    {
        long epochSeed = SamplerBlocks.EpochSeed(seed, epoch), last = rows.Rows - fullBatches * BatchSize;
        double shift = new SeededRandom(epochSeed, -1).NextDouble();
        long[] fullEnds = new long[rows.Classes], lastEnds = new long[rows.Classes];
        var permutations = new KeyedPermutation[rows.Classes];
        long before = 0;
        for (int c = 0; c < permutations.Length; c++)
        {
            // Systematic rounding, as one sum: every class gets the whole part of its share of the last batch or one more.
            before += rows.Count(c);
            lastEnds[c] = c == permutations.Length - 1 ? last : Math.Min(last, (long)Math.Floor((double)before * last / rows.Rows + shift));
            fullEnds[c] = before - lastEnds[c];
            permutations[c] = new KeyedPermutation(rows.Count(c), epochSeed, 1L + c);
        }

        return new EpochOrder(epoch, epochSeed, new KeyedPermutation(fullBatches, epochSeed, 0), permutations, fullEnds, lastEnds);
    }

    private sealed record EpochOrder(long Epoch, long EpochSeed, KeyedPermutation Batches, KeyedPermutation[] Classes, long[] FullEnds, long[] LastEnds);

    private readonly struct Batches(StratifiedBatchSampler sampler, EpochOrder order) : IBatchFiller
    {
        public void Fill(long batch, Span<long> destination)
        {
            bool full = batch < sampler.fullBatches;
            long[] ends = full ? order.FullEnds : order.LastEnds;
            long first = full ? order.Batches[batch] : 0, step = full ? sampler.fullBatches : 1;
            int label = 0;
            for (int i = 0; i < destination.Length; i++)
            {
                long place = first + i * step;
                while (place >= ends[label]) label++;
                long inClass = place - (label == 0 ? 0 : ends[label - 1]);
                if (!full) inClass += order.FullEnds[label] - (label == 0 ? 0 : order.FullEnds[label - 1]);
                destination[i] = sampler.rows.Row(label, (int)order.Classes[label][inClass]);
            }

            var random = new SeededRandom(order.EpochSeed, -2 - batch);
            random.Shuffle(destination);
        }
    }
}
