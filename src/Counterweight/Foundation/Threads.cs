namespace Counterweight;

/// <summary>The one reading of a <c>threads</c> parameter: 0 means every processor, other values an upper bound.</summary>
internal static class Threads
{
    /// <summary>More workers than this per processor only wait for each other.</summary>
    private const int MostPerProcessor = 4;

    /// <summary>Turns a <c>threads</c> argument into a number of workers.</summary>
    /// <remarks>No more than <see cref="Most"/> and a small multiple of the processors, whatever the caller asks for.</remarks>
    internal static int Resolve(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        int asked = threads == 0 ? Environment.ProcessorCount : Math.Min(threads, Math.Max(16, MostPerProcessor * Environment.ProcessorCount));
        return Math.Min(asked, Most);
    }

    /// <summary>The most workers of the whole process; 1 where there must be no others, as in a process that was forked from one with workers.</summary>
    internal static int Most { get; set; } = int.MaxValue;

    /// <summary>The options of a parallel loop for a <c>threads</c> argument.</summary>
    internal static ParallelOptions Options(int threads, CancellationToken cancellation = default) =>
        new() { MaxDegreeOfParallelism = Resolve(threads), CancellationToken = cancellation };
}
