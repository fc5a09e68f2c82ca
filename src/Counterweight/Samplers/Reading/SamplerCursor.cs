using System.Collections;

namespace Counterweight;

/// <summary>
/// A reader that walks through a sampler epoch after epoch and knows where it is: what a data loader takes as its order of rows.
/// </summary>
/// <remarks>
/// Every enumeration is the rest of the current epoch, and the next enumeration is the next epoch; so a data loader that enumerates it once
/// per epoch gets a new order each time. <see cref="Position"/> moves with every index handed out; a new cursor from a saved position
/// goes on with the very next index. For one thread at a time.
/// </remarks>
/// <example>
/// <code>
/// SamplerCursor cursor = sampler.Epochs();
/// foreach (long row in cursor) { }                       // epoch 0
/// foreach (long row in cursor) { }                       // epoch 1
/// string saved = cursor.Position.ToString();             // "2:0"
/// SamplerCursor resumed = sampler.Epochs(SamplerPosition.Parse(saved));
/// </code>
/// </example>
public sealed class SamplerCursor : IEnumerable<long>
{
    private readonly int threads;
    private long epoch, index;

    internal SamplerCursor(ISampler sampler, SamplerPosition start, int threads)
    {
        SamplerBlocks.Check(sampler, start.Epoch, start.Index, 0);
        (Sampler, epoch, index, this.threads) = (sampler, start.Epoch, start.Index, threads);
    }

    /// <summary>The sampler that is read.</summary>
    public ISampler Sampler { get; }

    /// <summary>The next place to read.</summary>
    public SamplerPosition Position => index < Sampler.Length ? new(epoch, index) : new(epoch + 1, 0);

    /// <summary>Writes the next indices of the current epoch and returns how many: fewer than asked for only at the end of the epoch.</summary>
    /// <param name="destination">Takes the indices.</param>
    public int Fill(Span<long> destination)
    {
        (epoch, index) = Position;
        int count = (int)Math.Min(destination.Length, Sampler.Length - index);
        Sampler.Fill(epoch, index, destination[..count], threads);
        index += count;
        return count;
    }

    /// <summary>Reads the rest of the current epoch; at its end the position is the start of the next.</summary>
    public SamplerReader GetEnumerator()
    {
        (epoch, index) = Position;
        return new SamplerReader(Sampler, epoch, index, threads, this);
    }

    IEnumerator<long> IEnumerable<long>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void HandOut() => index++;
}
