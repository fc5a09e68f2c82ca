namespace Counterweight;

/// <summary>The one reading of a <c>threads</c> parameter: 0 means every processor, other values an upper bound.</summary>
internal static class Threads
{
    /// <summary>Turns a <c>threads</c> argument into a number of workers.</summary>
    internal static int Resolve(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return threads == 0 ? Environment.ProcessorCount : threads;
    }

    /// <summary>The options of a parallel loop for a <c>threads</c> argument.</summary>
    internal static ParallelOptions Options(int threads, CancellationToken cancellation = default) =>
        new() { MaxDegreeOfParallelism = Resolve(threads), CancellationToken = cancellation };
}
