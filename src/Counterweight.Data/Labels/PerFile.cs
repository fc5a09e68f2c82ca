namespace Counterweight.Data;

/// <summary>Work on many files at once, with the error of the first file in order whatever the number of threads.</summary>
internal static class PerFile
{
    /// <summary>Does something with every file.</summary>
    /// <param name="files">The files.</param>
    /// <param name="threads">The most threads; 0 means every processor.</param>
    /// <param name="local">Makes what a thread keeps for itself.</param>
    /// <param name="body">What to do with a file, given the thread's own and the file's index.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>What the threads kept.</returns>
    internal static List<T> Run<T>(IReadOnlyList<string> files, int threads, Func<T> local, Action<T, int> body, CancellationToken cancellation)
    {
        int workers = Math.Max(1, Math.Min(threads == 0 ? Environment.ProcessorCount : threads, files.Count));
        List<T> kept = [];
        Exception? failure = null;
        int next = -1, failed = int.MaxValue;
        var gate = new Lock();
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ =>
        {
            T mine = local();
            lock (gate) kept.Add(mine);
            while (true)
            {
                int index = Interlocked.Increment(ref next);
                if (index >= files.Count || cancellation.IsCancellationRequested || index > Volatile.Read(ref failed)) return;
                try
                {
                    body(mine, index);
                }
                catch (Exception problem)
                {
                    lock (gate)
                        if (index < failed) (failed, failure) = (index, Located(problem, files[index]));
                }
            }
        });
        cancellation.ThrowIfCancellationRequested();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return kept;
    }

    private static Exception Located(Exception problem, string file) => problem switch
    {
        FileNotFoundException or DirectoryNotFoundException =>
            new UnusableDataException("there is no such file; a link to it leads nowhere. Restore it or remove the link.", file, innerException: problem),
        IOException or UnauthorizedAccessException => new UnusableDataException($"the file cannot be read: {problem.Message}", file, innerException: problem),
        _ => problem,
    };
}
