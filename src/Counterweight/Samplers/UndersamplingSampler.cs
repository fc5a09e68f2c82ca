namespace Counterweight;

/// <summary>
/// Shows every epoch a part of the larger classes, a fresh one each time, so that the classes come near to the smallest one and no row is
/// lost for good.
/// </summary>
/// <remarks>
/// <para>Each class gives m_c = min(n_c, round(ratio x n_min)) rows per epoch, without replacement. A class goes through a random order of
/// its rows, the next m_c in the next epoch, so that no row comes back before floor(n_c / m_c) epochs have passed; then it
/// draws a new order. (Random undersampling: Japkowicz and Stephen, 2002, "The class imbalance problem"; in parts that cover the
/// majority, as in Liu, Wu and Zhou, 2009, "Exploratory undersampling".)</para>
/// <para>Memory: one 4-byte index per row; nothing per draw.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
/// var sampler = new UndersamplingSampler(labels, classes: 2, seed: 0);
/// long[] epoch = [.. sampler.Epoch(0)];                  // 4 rows: 2 of class 0, rows 8 and 9
/// </code>
/// </example>
public sealed class UndersamplingSampler : ISampler
{
    private readonly ClassRows rows;
    private readonly int[] sizes;
    private readonly long[] ends;
    private readonly long seed;
    private volatile EpochOrder? order;

    /// <summary>Creates the sampler.</summary>
    /// <param name="labels">The class of each row, 0..<paramref name="classes"/>-1.</param>
    /// <param name="classes">The number of classes K; each must have a row.</param>
    /// <param name="ratio">How many rows a larger class may give for each row of the smallest class; at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="UnusableDataException">A label is not a class, or a class has no rows.</exception>
    public UndersamplingSampler(ReadOnlySpan<int> labels, int classes, double ratio = 1, long seed = 0)
    {
        if (!(ratio >= 1 && double.IsFinite(ratio)))
            throw new ArgumentOutOfRangeException(nameof(ratio), ratio, "The ratio is a finite number of 1 or more.");
        rows = ClassRows.Of(labels, classes);
        this.seed = seed;
        int smallest = Enumerable.Range(0, classes).Min(rows.Count);
        sizes = new int[classes];
        ends = new long[classes];
        for (int c = 0; c < classes; c++)
        {
            sizes[c] = (int)Math.Min(rows.Count(c), Math.Round(ratio * smallest));
            ends[c] = (c == 0 ? 0 : ends[c - 1]) + sizes[c];
        }
    }

    /// <inheritdoc/>
    public long Rows => rows.Rows;

    /// <inheritdoc/>
    public long Length => ends[^1];

    /// <summary>The rows m_c that each class gives in an epoch.</summary>
    public IReadOnlyList<int> RowsPerClass => sizes;

    /// <inheritdoc/>
    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        if (order is not { } ready || ready.Epoch != epoch) order = ready = Order(epoch);
        SamplerBlocks.Run(position, destination, threads, new Places(this, ready));
    }

    private EpochOrder Order(long epoch)
    {
        var classes = new KeyedPermutation[sizes.Length];
        long[] offsets = new long[sizes.Length];
        for (int c = 0; c < classes.Length; c++)
        {
            long parts = rows.Count(c) / sizes[c];
            classes[c] = new KeyedPermutation(rows.Count(c), SamplerBlocks.EpochSeed(seed, epoch / parts), 1L + c);
            offsets[c] = epoch % parts * sizes[c];
        }

        return new EpochOrder(epoch, new KeyedPermutation(Length, SamplerBlocks.EpochSeed(seed, epoch), 0), classes, offsets);
    }

    private sealed record EpochOrder(long Epoch, KeyedPermutation Places, KeyedPermutation[] Classes, long[] Offsets);

    private readonly struct Places(UndersamplingSampler sampler, EpochOrder order) : IBlockFiller
    {
        public void Fill(long block, int skip, Span<long> destination)
        {
            long first = block * SamplerBlocks.Size + skip;
            for (int i = 0; i < destination.Length; i++)
            {
                long place = order.Places[first + i];
                int c = ClassRows.Find(sampler.ends, place);
                long inClass = place - (sampler.ends[c] - sampler.sizes[c]) + order.Offsets[c];
                destination[i] = sampler.rows.Row(c, (int)order.Classes[c][inClass]);
            }
        }
    }
}
