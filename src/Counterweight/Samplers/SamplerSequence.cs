using System.Collections;

namespace Counterweight;

/// <summary>One epoch as a sequence, read through a buffer that grows with what is read.</summary>
internal sealed class SamplerSequence(ISampler sampler, long epoch, long position, int threads) : IEnumerable<long>
{
    public IEnumerator<long> GetEnumerator() => new SamplerReader(sampler, epoch, position, threads, null);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Reads one epoch, and tells the cursor of every index it hands out if there is one.</summary>
internal sealed class SamplerReader(ISampler sampler, long epoch, long position, int threads, SamplerCursor? cursor) : IEnumerator<long>
{
    // The largest leaves most of a processor's second cache to the tables that are drawn from.
    private const int FirstBuffer = SamplerBlocks.Size, LargestBuffer = 16 * SamplerBlocks.Size, LargestShared = 64 * SamplerBlocks.Size;
    private long[] buffer = [];
    private long next = position;
    private int index = -1, filled;

    public long Current => buffer[index];

    object IEnumerator.Current => Current;

    public bool MoveNext()
    {
        if (++index >= filled && !Refill()) return false;
        cursor?.HandOut();
        return true;
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose() { }

    private bool Refill()
    {
        long left = sampler.Length - next;
        index = filled = 0;
        if (left <= 0) return false;
        int largest = threads == 1 ? LargestBuffer : LargestShared;
        if (buffer.Length < largest) buffer = new long[Math.Min(left, Math.Min(largest, Math.Max(FirstBuffer, 4L * buffer.Length)))];
        filled = (int)Math.Min(buffer.Length, left);
        sampler.Fill(epoch, next, buffer.AsSpan(0, filled), threads);
        next += filled;
        return true;
    }
}
