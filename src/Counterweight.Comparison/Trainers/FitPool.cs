namespace Counterweight.Comparison;

/// <summary>
/// Runs fits on a fixed number of threads. Those that are asked for go first; those that will probably be asked for next use the threads that would be idle
/// otherwise, so that the machine is busy across folds, too.
/// </summary>
/// <typeparam name="T">What a fit gives.</typeparam>
internal sealed class FitPool<T> : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim work = new(0);
    private readonly LinkedList<Entry> wanted = new(), expected = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();
    private readonly Thread[] threads;

    internal FitPool(int size)
    {
        threads = [.. Enumerable.Range(0, size).Select(_ => new Thread(Work) { IsBackground = true, Name = "counterweight program" })];
        foreach (Thread thread in threads) thread.Start();
    }

    /// <summary>Runs a fit, or waits for it if it runs already, and forgets its result.</summary>
    /// <param name="key">Which fit it is.</param>
    /// <param name="fit">Runs it.</param>
    /// <param name="cancellation">Stops the fit.</param>
    internal T Run(string key, Func<CancellationToken, T> fit, CancellationToken cancellation)
    {
        Entry entry = Place(key, fit, wanted);
        using CancellationTokenRegistration cancelled = cancellation.Register(() => Cancel(entry));
        try
        {
            return entry.Result.Task.GetAwaiter().GetResult();
        }
        finally
        {
            lock (gate) entries.Remove(key);
        }
    }

    /// <summary>Says that a fit will probably be asked for.</summary>
    internal void Expect(string key, Func<CancellationToken, T> fit) => Place(key, fit, expected);

    /// <summary>Takes back what was expected and has not begun.</summary>
    internal void ForgetExpected()
    {
        lock (gate)
        {
            foreach (Entry entry in expected) entries.Remove(entry.Key);
            expected.Clear();
        }
    }

    public void Dispose()
    {
        stop.Cancel();
        foreach (Thread thread in threads) thread.Join();
        work.Dispose();
        stop.Dispose();
    }

    /// <summary>Stops a fit that runs, or takes it out of the queue.</summary>
    private void Cancel(Entry entry)
    {
        lock (gate)
        {
            if (wanted.Remove(entry)) entry.Result.TrySetException(new OperationCanceledException());
        }

        entry.Stop.Cancel();
    }

    private Entry Place(string key, Func<CancellationToken, T> fit, LinkedList<Entry> queue)
    {
        lock (gate)
        {
            if (entries.TryGetValue(key, out Entry? known))
            {
                if (queue == wanted && expected.Remove(known)) wanted.AddLast(known);
                return known;
            }

            var entry = new Entry(key, fit, stop.Token);
            entries.Add(key, entry);
            queue.AddLast(entry);
            work.Release();
            return entry;
        }
    }

    private void Work()
    {
        while (true)
        {
            try
            {
                work.Wait(stop.Token);
            }
            catch (OperationCanceledException)
            {
                lock (gate)
                    foreach (Entry entry in wanted.Concat(expected)) entry.Result.TrySetException(new OperationCanceledException());
                return;
            }

            Entry? next;
            lock (gate)
            {
                LinkedList<Entry> queue = wanted.Count > 0 ? wanted : expected;
                next = queue.First?.Value;
                if (next is not null) queue.RemoveFirst();
            }

            if (next is null) continue;
            try
            {
                next.Result.TrySetResult(next.Fit(next.Stop.Token));
            }
            catch (Exception failed)
            {
                next.Result.TrySetException(failed);
            }
        }
    }

    private sealed class Entry(string key, Func<CancellationToken, T> fit, CancellationToken all)
    {
        internal string Key => key;

        internal Func<CancellationToken, T> Fit => fit;

        internal CancellationTokenSource Stop { get; } = CancellationTokenSource.CreateLinkedTokenSource(all);

        internal TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
