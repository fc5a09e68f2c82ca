using System.Runtime.InteropServices;

namespace Counterweight.LightGbm;

/// <summary>One stretch of native calls: the log is taken care of and the number of OpenMP threads stays what the caller asked for.</summary>
/// <remarks>
/// LightGBM's number of threads is one variable of the whole process, read again in every parallel loop, while its buffers are sized when an object is
/// made. Two trainings with different numbers of threads at the same time would therefore write past the ends of buffers. Calls with equal numbers run
/// side by side; a call with another number waits, in order of arrival, until the calls before it have returned.
/// </remarks>
internal sealed class NativeCall : IDisposable
{
    private static readonly NativeCall Admitted = new();
    private static readonly Lock Guard = new();
    private static readonly Queue<Waiter> Waiting = new();
    private static int active, current = -1;

    private sealed class Waiter(int threads)
    {
        internal int Threads => threads;

        internal TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private NativeCall() { }

    /// <summary>Waits until calls with this number of threads may run, and sets it. Never to be nested: a call that waits holds up the one outside.</summary>
    internal static NativeCall Enter(int threads)
    {
        NativeLog.Register();
        int wanted = Resolve(threads);
        Waiter? waiter = null;
        lock (Guard)
        {
            if (Waiting.Count == 0 && (active == 0 || current == wanted)) Admit(wanted);
            else Waiting.Enqueue(waiter = new Waiter(wanted));
        }

        waiter?.Ready.Task.Wait();
        return Admitted;
    }

    /// <summary>The number of threads that an argument stands for; 0 is every processor.</summary>
    internal static int Resolve(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return threads == 0 ? Environment.ProcessorCount : Math.Min(threads, Environment.ProcessorCount);
    }

    /// <summary>Throws LightGBM's own message if a call failed. To be called on the thread of the call, before any other call.</summary>
    internal static void Check(int result)
    {
        if (result == 0) return;
        string? text = Marshal.PtrToStringUTF8(NativeMethods.LGBM_GetLastError());
        throw new LightGbmException(string.IsNullOrEmpty(text) ? "LightGBM failed without a message." : text);
    }

    /// <summary>Ends the stretch and lets the next ones in.</summary>
    public void Dispose()
    {
        lock (Guard)
        {
            active--;
            while (Waiting.TryPeek(out Waiter? next) && (active == 0 || current == next.Threads))
            {
                Admit(next.Threads);
                Waiting.Dequeue().Ready.SetResult();
            }
        }
    }

    /// <summary>Ends the stretch of a call that will never return.</summary>
    internal static void Leave() => Admitted.Dispose();

    private static void Admit(int threads)
    {
        active++;
        if (current == threads) return;
        current = threads;
        _ = NativeMethods.LGBM_SetMaxThreads(threads);
    }
}
