using System.Collections;

namespace Counterweight;

/// <summary>One epoch as a sequence, read through a buffer.</summary>
internal sealed class SamplerSequence(ISampler sampler, long epoch, long position) : IEnumerable<long>
{
    public IEnumerator<long> GetEnumerator() => new Enumerator(sampler, epoch, position);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Enumerator(ISampler sampler, long epoch, long position) : IEnumerator<long>
    {
        private const int BufferSize = 2 * SamplerBlocks.Size;
        private readonly long[] buffer = new long[(int)Math.Min(BufferSize, Math.Max(sampler.Length - position, 1))];
        private long next = position;
        private int index = -1, filled;

        public long Current => buffer[index];

        object IEnumerator.Current => Current;

        public bool MoveNext() => ++index < filled || Refill();

        public void Reset() => throw new NotSupportedException();

        public void Dispose() { }

        private bool Refill()
        {
            filled = (int)Math.Min(buffer.Length, sampler.Length - next);
            index = 0;
            if (filled == 0) return false;
            sampler.Fill(epoch, next, buffer.AsSpan(0, filled), threads: 1);
            next += filled;
            return true;
        }
    }
}
