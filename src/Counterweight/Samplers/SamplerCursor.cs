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

    internal SamplerCursor(ISampler sampler, SamplerPosition start, int threads)
    {
        SamplerBlocks.Check(sampler, start.Epoch, start.Index, 0);
        (Sampler, Position, this.threads) = (sampler, start, threads);
    }

    /// <summary>The sampler that is read.</summary>
    public ISampler Sampler { get; }

    /// <summary>The next place to read.</summary>
    public SamplerPosition Position { get; private set; }

    /// <summary>Writes the next indices of the current epoch and returns how many: fewer than asked for only at the end of the epoch.</summary>
    /// <param name="destination">Takes the indices.</param>
    public int Fill(Span<long> destination)
    {
        int count = (int)Math.Min(destination.Length, Sampler.Length - Position.Index);
        Sampler.Fill(Position.Epoch, Position.Index, destination[..count], threads);
        Advance(count);
        return count;
    }

    /// <summary>Reads the rest of the current epoch; at its end the position is the start of the next.</summary>
    public IEnumerator<long> GetEnumerator()
    {
        SamplerPosition start = Position;
        foreach (long row in Sampler.Epoch(start.Epoch, start.Index, threads))
        {
            Advance(1);
            yield return row;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Advance(int count)
    {
        long index = Position.Index + count;
        Position = index < Sampler.Length ? Position with { Index = index } : new(Position.Epoch + 1, 0);
    }
}
