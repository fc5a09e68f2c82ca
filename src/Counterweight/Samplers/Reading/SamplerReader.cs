using System.Collections;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>Reads one epoch index by index; comes from <see cref="SamplerEpoch"/> and <see cref="SamplerCursor"/>.</summary>
public sealed class SamplerReader : IEnumerator<long>
{
    // The largest leaves most of a processor's second cache to the tables that are drawn from; shared among threads, it has work for each
    // that takes longer than they take to begin.
    private const int FirstBuffer = SamplerBlocks.Size, LargestBuffer = 16 * SamplerBlocks.Size, LargestShared = 256 * SamplerBlocks.Size;
    private readonly ISampler sampler;
    private readonly SamplerCursor? cursor;
    private readonly long epoch;
    private readonly int threads;
    private long[] buffer = [];
    private long next;
    private int index = -1, filled;

    /// <summary>Reads an epoch from a position on, and tells a cursor of every index that is handed out if there is one.</summary>
    internal SamplerReader(ISampler sampler, long epoch, long position, int threads, SamplerCursor? cursor) =>
        (this.sampler, this.epoch, next, this.threads, this.cursor) = (sampler, epoch, position, threads, cursor);

    /// <summary>The index that the last <see cref="MoveNext"/> came to.</summary>
    public long Current => buffer[index];

    object IEnumerator.Current => Current;

    /// <summary>Goes to the next index.</summary>
    /// <returns>Whether there was one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext()
    {
        if (++index >= filled && !Refill()) return false;
        cursor?.HandOut();
        return true;
    }

    /// <summary>Not supported: begin anew with another reader.</summary>
    public void Reset() => throw new NotSupportedException("A reader of a sampler goes forwards only; begin anew with another reader.");

    /// <summary>Nothing to let go of.</summary>
    public void Dispose() { }

    [MethodImpl(MethodImplOptions.NoInlining)]
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
