using System.Runtime.ExceptionServices;

namespace Counterweight.Comparison;

/// <summary>
/// Threads of their own for long fits. Pool threads would do the same work, but LibTorch keeps its number of threads per calling thread, and
/// that setting must not leak into the user's pool.
/// </summary>
internal static class Workers
{
    private const int StackSize = 16 << 20, MostPerProcessor = 4;

    /// <summary>How many threads are used where a number is asked for: 0 means one per processor, and more than a few per processor only wait.</summary>
    internal static int Number(int threads) => threads == 0 ? Environment.ProcessorCount : Math.Min(threads, MostPerProcessor * Environment.ProcessorCount);

    /// <summary>Runs the same body on several threads and waits; the first exception is rethrown.</summary>
    internal static void Run(int workers, Action body)
    {
        ExceptionDispatchInfo? first = null;
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(_ => new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception failed)
            {
                Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(failed), null);
            }
        }, StackSize) { IsBackground = true, Name = "counterweight fit" })];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        first?.Throw();
    }
}
