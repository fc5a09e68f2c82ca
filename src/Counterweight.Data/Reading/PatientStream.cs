namespace Counterweight.Data;

/// <summary>A stream that may make its reader wait, as a terminal or a pipe does: a reader that waits can be stopped.</summary>
internal sealed class PatientStream(Stream inner, CancellationToken cancellation) : ReadingStream
{
    private readonly byte[] buffer = new byte[1 << 17];

    /// <summary>Reads into a buffer of this stream's own, so that a read that is given up writes into nobody else's.</summary>
    public override int Read(Span<byte> target)
    {
        cancellation.ThrowIfCancellationRequested();
        int wanted = Math.Min(target.Length, buffer.Length);
        int read = Task.Run(() => inner.Read(buffer, 0, wanted), CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();
        buffer.AsSpan(0, read).CopyTo(target);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !cancellation.IsCancellationRequested) inner.Dispose();
        base.Dispose(disposing);
    }
}
