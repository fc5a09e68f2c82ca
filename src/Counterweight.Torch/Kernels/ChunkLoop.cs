namespace Counterweight.Torch;

/// <summary>
/// Runs numbered pieces of work on the calling thread and helpers of the thread pool. A helper that comes late finds nothing left to do and is not waited for, so
/// that short loops do not pay for waking threads.
/// </summary>
internal sealed class ChunkLoop : IThreadPoolWorkItem
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
        var loop = new ChunkLoop(chunks, body);
        for (int i = 1; i < Math.Min(threads, chunks); i++) ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
        loop.Execute();
        var wait = default(SpinWait);
        while (Volatile.Read(ref loop.done) < chunks) wait.SpinOnce(sleep1Threshold: -1);
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
}
