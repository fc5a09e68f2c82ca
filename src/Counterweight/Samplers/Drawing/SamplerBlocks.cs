namespace Counterweight;

/// <summary>Fills one block of an epoch's sequence; a block has its own random stream, so any block can be filled by itself.</summary>
internal interface IBlockFiller
{
    /// <summary>Writes places skip, skip + 1, ... of a block.</summary>
    void Fill(long block, int skip, Span<long> destination);
}

/// <summary>Cuts a request into blocks and shares them among threads.</summary>
internal static class SamplerBlocks
{
    /// <summary>Draws per block: long enough to hide the start of its random stream, short enough to begin in the middle.</summary>
    internal const int Size = 1024;

    private const int BlocksPerTask = 32;

    /// <summary>The seed of one epoch of a sampler.</summary>
    internal static long EpochSeed(long seed, long epoch) => (long)new SeededRandom(seed, epoch).NextUInt64();

    /// <summary>Two random numbers for each place of a block of an epoch.</summary>
    internal static void RandomBits(long epochSeed, long block, Span<ulong> first, Span<ulong> second)
    {
        var random = new SeededLanes(epochSeed, block);
        random.Fill(first);
        random.Fill(second);
    }

    internal static void Check(ISampler sampler, long epoch, long position, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (count > sampler.Length - position)
            throw new ArgumentOutOfRangeException(nameof(position), position,
                $"An epoch of this sampler has {sampler.Length} positions; {count} from position {position} on are more than there are.");
    }

    internal static unsafe void Run<T>(long position, Span<long> destination, int threads, T filler) where T : struct, IBlockFiller
    {
        int workers = Threads.Resolve(threads), length = destination.Length;
        long first = position / Size, last = (position + length - 1) / Size;
        long tasks = (last - first) / BlocksPerTask + 1;
        if (length == 0) return;
        if (workers == 1 || tasks == 1)
        {
            Range(first, last, position, destination, filler);
            return;
        }

        fixed (long* start = destination)
        {
            long* pinned = start;
            Parallel.For(0L, tasks, Threads.Options(threads), task =>
            {
                long from = first + task * BlocksPerTask, to = Math.Min(from + BlocksPerTask - 1, last);
                Range(from, to, position, new Span<long>(pinned, length), filler);
            });
        }
    }

    private static void Range<T>(long from, long to, long position, Span<long> destination, T filler) where T : struct, IBlockFiller
    {
        for (long block = from; block <= to; block++)
        {
            long begin = Math.Max(block * Size, position), end = Math.Min((block + 1) * Size, position + destination.Length);
            filler.Fill(block, (int)(begin - block * Size), destination.Slice((int)(begin - position), (int)(end - begin)));
        }
    }
}
