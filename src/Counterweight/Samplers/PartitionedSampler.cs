namespace Counterweight;

/// <summary>The part of a sampler's epoch that one rank reads: a run of consecutive positions (of whole batches for a batch sampler).</summary>
internal class PartitionedSampler : ISampler
{
    private readonly ISampler whole;
    private readonly long start;

    internal PartitionedSampler(ISampler whole, int rank, int worldSize, PartitionRemainder remainder, int unit = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(worldSize);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
        if (!Enum.IsDefined(remainder)) throw new ArgumentOutOfRangeException(nameof(remainder), remainder, "The remainder is Uneven, Drop or Repeat.");
        this.whole = whole;
        long units = (whole.Length + unit - 1) / unit, each = units / worldSize, left = units % worldSize;
        (long first, long count) = remainder switch
        {
            PartitionRemainder.Uneven => (rank * each + Math.Min(rank, left), each + (rank < left ? 1 : 0)),
            PartitionRemainder.Drop => (rank * each, each),
            _ => (rank * (each + (left > 0 ? 1 : 0)), each + (left > 0 ? 1 : 0)),
        };
        start = first * unit;
        Length = remainder == PartitionRemainder.Repeat ? count * unit : Math.Min(count * unit, Math.Max(whole.Length - start, 0));
    }

    public long Rows => whole.Rows;

    public long Length { get; }

    public void Fill(long epoch, long position, Span<long> destination, int threads = 0)
    {
        SamplerBlocks.Check(this, epoch, position, destination.Length);
        for (long at = start + position; destination.Length > 0;)
        {
            at %= whole.Length;
            int count = (int)Math.Min(destination.Length, whole.Length - at);
            whole.Fill(epoch, at, destination[..count], threads);
            destination = destination[count..];
            at += count;
        }
    }
}

/// <summary>The batches of a batch sampler that one rank reads.</summary>
internal sealed class PartitionedBatchSampler(IBatchSampler whole, int rank, int worldSize, PartitionRemainder remainder)
    : PartitionedSampler(whole, rank, worldSize, remainder, whole.BatchSize), IBatchSampler
{
    public int BatchSize { get; } = whole.BatchSize;
}
