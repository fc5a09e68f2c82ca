using System.Collections;

namespace Counterweight;

/// <summary>One epoch as a sequence, read through a buffer that grows with what is read.</summary>
internal sealed class SamplerSequence(ISampler sampler, long epoch, long position, int threads) : IEnumerable<long>
{
    public IEnumerator<long> GetEnumerator() => new Enumerator(sampler, epoch, position, threads);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Enumerator(ISampler sampler, long epoch, long position, int threads) : IEnumerator<long>
    {
        private const int FirstBuffer = SamplerBlocks.Size, LargestBuffer = 64 * SamplerBlocks.Size;
        private long[] buffer = [];
        private long next = position;
        private int index = -1, filled;

        public long Current => buffer[index];

        object IEnumerator.Current => Current;

        public bool MoveNext() => ++index < filled || Refill();

        public void Reset() => throw new NotSupportedException();

        public void Dispose() { }

        private bool Refill()
        {
            long left = sampler.Length - next;
            index = filled = 0;
            if (left <= 0) return false;
            if (buffer.Length < LargestBuffer) buffer = new long[Math.Min(left, buffer.Length == 0 ? FirstBuffer : 4L * buffer.Length)];
            filled = (int)Math.Min(buffer.Length, left);
            sampler.Fill(epoch, next, buffer.AsSpan(0, filled), threads);
            next += filled;
            return true;
        }
    }
}
