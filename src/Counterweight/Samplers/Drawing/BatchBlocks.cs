namespace Counterweight;

/// <summary>Makes one batch of an epoch; a batch depends on nothing but its number.</summary>
internal interface IBatchFiller
{
    /// <summary>Writes all rows of a batch.</summary>
    void Fill(long batch, Span<long> destination);
}

/// <summary>Cuts a request into batches and shares them among threads.</summary>
internal static class BatchBlocks
{
    private const int RowsPerTask = 8192;

    internal static unsafe void Run<T>(long position, Span<long> destination, long length, int batchSize, int threads, T filler) where T : IBatchFiller
    {
        int workers = Threads.Resolve(threads), count = destination.Length;
        if (count == 0) return;
        long first = position / batchSize, last = (position + count - 1) / batchSize, perTask = Math.Max(1, RowsPerTask / batchSize);
        long tasks = (last - first) / perTask + 1;
        if (workers == 1 || tasks == 1)
        {
            Range(first, last, position, destination, length, batchSize, filler);
            return;
        }

        fixed (long* start = destination)
        {
            long* pinned = start;
            Parallel.For(0L, tasks, Threads.Options(threads), task =>
            {
                long from = first + task * perTask;
                Range(from, Math.Min(from + perTask - 1, last), position, new Span<long>(pinned, count), length, batchSize, filler);
            });
        }
    }

    private static void Range<T>(long from, long to, long position, Span<long> destination, long length, int batchSize, T filler) where T : IBatchFiller
    {
        long[]? scratch = null;
        for (long batch = from; batch <= to; batch++)
        {
            long begin = batch * batchSize, end = Math.Min(begin + batchSize, length);
            if (begin >= position && end <= position + destination.Length)
            {
                filler.Fill(batch, destination.Slice((int)(begin - position), (int)(end - begin)));
                continue;
            }

            scratch ??= new long[batchSize];
            filler.Fill(batch, scratch.AsSpan(0, (int)(end - begin)));
            long wantedFrom = Math.Max(begin, position), wantedTo = Math.Min(end, position + destination.Length);
            scratch.AsSpan((int)(wantedFrom - begin), (int)(wantedTo - wantedFrom)).CopyTo(destination[(int)(wantedFrom - position)..]);
        }
    }
}
