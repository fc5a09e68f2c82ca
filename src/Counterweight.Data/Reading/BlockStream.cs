namespace Counterweight.Data;

/// <summary>The blocks of a file in order; while one is used, the next is read.</summary>
internal static class BlockStream
{
    /// <param name="reader">What cuts the file into blocks.</param>
    /// <param name="ahead">Whether to read ahead on another thread.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>Blocks, each valid until the next is asked for.</returns>
    internal static IEnumerable<CellBlock> Read(BlockReader reader, bool ahead, CancellationToken cancellation)
    {
        CellBlock present = new(), next = new();
        bool any = reader.Fill(present);
        while (any)
        {
            cancellation.ThrowIfCancellationRequested();
            CellBlock target = next;
            Task<bool>? filling = ahead ? Task.Run(() => reader.Fill(target), CancellationToken.None) : null;
            try
            {
                yield return present;
            }
            finally
            {
                // Whoever stops early frees the file next, so nothing may still read it.
                if (filling is not null && !cancellation.IsCancellationRequested) ((IAsyncResult)filling).AsyncWaitHandle.WaitOne();
            }

            any = filling is null ? reader.Fill(next) : filling.GetAwaiter().GetResult();
            (present, next) = (next, present);
        }
    }
}
