using System.Runtime.InteropServices;

namespace Counterweight.Torch;

/// <summary>
/// Runs numbered pieces of work on several threads: those of LibTorch where they can be had (<see cref="OpenMp"/>), else the calling thread and helpers of the
/// thread pool, of which one that comes late finds nothing left to do and is not waited for.
/// </summary>
internal sealed unsafe class ChunkLoop : IThreadPoolWorkItem
{
    private readonly Action<int> body;
    private readonly int chunks;
    private int next, done;
    private Exception? failure;

    private ChunkLoop(int chunks, Action<int> body) => (this.chunks, this.body) = (chunks, body);

    /// <summary>Runs the pieces 0..chunks-1, in any order.</summary>
    /// <param name="chunks">How many there are.</param>
    /// <param name="threads">How many may run at a time.</param>
    /// <param name="body">Runs one.</param>
    public static void Run(int chunks, int threads, Action<int> body)
    {
        threads = Math.Min(threads, chunks);
        if (threads <= 1)
        {
            for (int i = 0; i < chunks; i++) body(i);
            return;
        }

        var loop = new ChunkLoop(chunks, body);
        if (OpenMp.IsAvailable)
        {
            GCHandle handle = GCHandle.Alloc(loop);
            OpenMp.Run(&Member, (void*)GCHandle.ToIntPtr(handle), threads);
            handle.Free();
        }
        else
        {
            for (int i = 1; i < threads; i++) ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
            loop.Execute();
            var wait = default(SpinWait);
            while (Volatile.Read(ref loop.done) < chunks) wait.SpinOnce(sleep1Threshold: -1);
        }

        if (loop.failure is not null) throw new AggregateException(loop.failure);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        for (int i = Interlocked.Increment(ref next) - 1; i < chunks; i = Interlocked.Increment(ref next) - 1)
        {
            try
            {
                body(i);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }

            Interlocked.Increment(ref done);
        }
    }

    [UnmanagedCallersOnly]
    private static void Member(void* data) => ((ChunkLoop)GCHandle.FromIntPtr((IntPtr)data).Target!).Execute();
}
