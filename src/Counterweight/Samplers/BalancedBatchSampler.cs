namespace Counterweight;

/// <summary>Batches with k rows of each of m classes.</summary>
/// <remarks>
/// <para>With m = K every class is in every batch with the same weight. With m below K (as for metric learning, Hermans, Beyer and Leibe,
/// 2017, "In defense of the triplet loss", section 2: P classes of K rows) the classes take turns: a random order of all classes is cut
/// into groups of m; the K mod m classes left over are others in every round. A class goes through its rows in a random order, and a
/// row is not in the same batch twice as long as its class has k rows.</para>
/// <para>Memory: one 4-byte index per row; nothing per draw.</para>
/// </remarks>
/// <example>
/// <code>
/// var sampler = new BalancedBatchSampler(labels, classes: 10, rowsPerClass: 8, seed: 0);
/// foreach (long[] batch in sampler.Batches(epoch: 0)) { }   // 80 rows each, 8 of every class
/// </code>
/// </example>
public sealed class BalancedBatchSampler : IBatchSampler
{
    private readonly ClassRows rows;
    private readonly long seed;
    private readonly Order?[] orders;                                        // the last order of each class that was used

    /// <summary>Creates the sampler.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="rowsPerClass">The rows k of a class in a batch; at least 1.</param>
    /// <param name="classesPerBatch">The classes m in a batch; 0 for all.</param>
    /// <param name="batches">The batches of an epoch; 0 for as many as it takes to draw as many rows as there are.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BalancedBatchSampler(ReadOnlySpan<int> labels, int classes, int rowsPerClass, int classesPerBatch = 0, long batches = 0, long seed = 0)
        : this(ClassRows.Of(labels, classes), rowsPerClass, classesPerBatch, batches, seed) { }

    /// <summary>Creates the sampler for rows with several labels: k rows that carry each of m labels.</summary>
    /// <param name="labels">The labels of each row; a row without labels is never drawn, and one with several can be drawn for each.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="rowsPerClass">The rows k of a class in a batch; at least 1.</param>
    /// <param name="classesPerBatch">The classes m in a batch; 0 for all.</param>
    /// <param name="batches">The batches of an epoch; 0 for as many as it takes to draw as many rows as there are.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BalancedBatchSampler(LabelSets labels, int classes, int rowsPerClass, int classesPerBatch = 0, long batches = 0, long seed = 0)
        : this(ClassRows.Of(labels, classes), rowsPerClass, classesPerBatch, batches, seed) { }

    private BalancedBatchSampler(ClassRows rows, int rowsPerClass, int classesPerBatch, long batches, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowsPerClass);
        ArgumentOutOfRangeException.ThrowIfNegative(batches);
        if (classesPerBatch < 0 || classesPerBatch > rows.Classes)
            throw new ArgumentOutOfRangeException(
                nameof(classesPerBatch), classesPerBatch, $"There are {rows.Classes} classes; give 1 to {rows.Classes}, or 0 for all.");
        (this.rows, this.seed, RowsPerClass, ClassesPerBatch) = (rows, seed, rowsPerClass, classesPerBatch == 0 ? rows.Classes : classesPerBatch);
        BatchSize = checked(ClassesPerBatch * rowsPerClass);
        Length = checked((batches == 0 ? (rows.Rows + BatchSize - 1) / BatchSize : batches) * BatchSize);
        orders = new Order?[rows.Classes];
    }

    /// <inheritdoc/>
    public long Rows => rows.Rows;

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public int BatchSize { get; }

    /// <summary>The rows k of a class in a batch.</summary>
    public int RowsPerClass { get; }

    /// <summary>The classes m in a batch.</summary>
    public int ClassesPerBatch { get; }

    /// <summary>Creates a sampler with all classes in each batch, as many rows of each as fit a batch size.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="batchSize">The largest batch size; a batch has the largest multiple of K that is not above it.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is smaller than the number of classes.</exception>
    public static BalancedBatchSampler OfSize(ReadOnlySpan<int> labels, int classes, int batchSize, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        return batchSize >= classes
            ? new(labels, classes, batchSize / classes, seed: seed)
            : throw new ArgumentOutOfRangeException(nameof(batchSize), batchSize,
                $"A batch of {batchSize} cannot hold a row of each of {classes} classes: give at least {classes}, or fewer classes per batch.");
    }

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        BatchBlocks.Run(position, destination, Length, BatchSize, threads, new Batches(this, SamplerBlocks.EpochSeed(seed, epoch)));
    }

    /// <summary>A class in its n-th order of rows, made once and then remembered.</summary>
    private Order OrderOf(int label, long epochSeed, long cycle)
    {
        if (orders[label] is { } known && known.EpochSeed == epochSeed && known.Cycle == cycle) return known;
        long classSeed = SamplerBlocks.EpochSeed(epochSeed, label);
        return orders[label] = new Order(epochSeed, cycle, new KeyedPermutation(rows.Count(label), classSeed, cycle));
    }

    private sealed record Order(long EpochSeed, long Cycle, KeyedPermutation Permutation);

    private readonly struct Batches(BalancedBatchSampler sampler, long epochSeed) : IBatchFiller
    {
        public void Fill(long batch, Span<long> destination)
        {
            int classes = sampler.rows.Classes, perBatch = sampler.ClassesPerBatch, k = sampler.RowsPerClass, groups = classes / perBatch;
            long round = batch / groups;
            int group = (int)(batch % groups);
            KeyedPermutation? turn = perBatch == classes ? null : new(classes, epochSeed, -2 - 2 * round);
            for (int i = 0; i < perBatch; i++)
            {
                int label = turn is null ? i : (int)turn[group * perBatch + i];
                Span<long> part = destination.Slice(i * k, k);
                Rows(label, round, part);
            }

            var random = new SeededRandom(epochSeed, -1 - 2 * batch);
            random.Shuffle(destination);
        }

        /// <summary>The k rows of a class in a round: the next k of its order; a class with fewer rows gives all of them, several times.</summary>
        private void Rows(int label, long round, Span<long> destination)
        {
            int count = sampler.rows.Count(label), k = destination.Length, perCycle = Math.Max(1, count / k);
            KeyedPermutation order = sampler.OrderOf(label, epochSeed, round / perCycle).Permutation;
            for (int i = 0; i < k; i++) destination[i] = sampler.rows.Row(label, (int)order[(round % perCycle * k + i) % count]);
        }
    }
}
