using System.Collections;

namespace Counterweight;

/// <summary>One epoch as a sequence, read through a buffer that grows with what is read.</summary>
/// <remarks>A <c>foreach</c> over it calls the reader without an interface in between, which saves some nanoseconds an index.</remarks>
/// <example>
/// <code>
/// var sampler = new ClassBalancedSampler([0, 0, 0, 1], 2, seed: 0);
/// foreach (long row in sampler.Epoch(0)) { }             // four draws, about half of them row 3
/// </code>
/// </example>
public sealed class SamplerEpoch : IEnumerable<long>
{
    private readonly ISampler sampler;
    private readonly long epoch, position;
    private readonly int threads;

    internal SamplerEpoch(ISampler sampler, long epoch, long position, int threads) =>
        (this.sampler, this.epoch, this.position, this.threads) = (sampler, epoch, position, threads);

    /// <summary>Reads the epoch from its position on.</summary>
    public SamplerReader GetEnumerator() => new(sampler, epoch, position, threads, null);

    IEnumerator<long> IEnumerable<long>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
