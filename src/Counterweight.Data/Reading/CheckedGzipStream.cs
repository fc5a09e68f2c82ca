using System.IO.Compression;
using System.Security.Cryptography;

namespace Counterweight.Data;

/// <summary>Unpacks gzip, several members in a row too, and fails unless the last one is whole: its deflate data ended, its check sum right.</summary>
/// <remarks>
/// The platform's stream takes the end of a file for the end of the data wherever it comes. So a member of our own, a random mark of 32 bytes, follows the
/// file: what comes out ends with the mark only if the unpacking was between two members when it came to it.
/// </remarks>
internal sealed class CheckedGzipStream : ReadingStream
{
    private readonly byte[] mark = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] buffer = new byte[1 << 16];
    private readonly Stream source;
    private readonly GZipStream unpacked;
    private int start, length;
    private bool ended;

    internal CheckedGzipStream(Stream source)
    {
        this.source = source;
        using var member = new MemoryStream();
        using (var packed = new GZipStream(member, CompressionLevel.NoCompression, leaveOpen: true)) packed.Write(mark);
        unpacked = new GZipStream(new Followed(source, member.ToArray()), CompressionMode.Decompress);
    }

    public override int Read(Span<byte> target)
    {
        while (length <= mark.Length && !ended) Fill();
        int ready = Math.Min(target.Length, length - mark.Length);
        if (ready <= 0) return 0;
        buffer.AsSpan(start, ready).CopyTo(target);
        (start, length) = (start + ready, length - ready);
        return ready;
    }

    private void Fill()
    {
        buffer.AsSpan(start, length).CopyTo(buffer);
        start = 0;
        int read = unpacked.Read(buffer, length, buffer.Length - length);
        length += read;
        if (read > 0) return;
        ended = true;
        if (length < mark.Length || !buffer.AsSpan(length - mark.Length, mark.Length).SequenceEqual(mark))
            throw new InvalidDataException("the data break off, or something that is not gzip follows them");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            unpacked.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A stream with some bytes behind its end.</summary>
    private sealed class Followed(Stream first, byte[] last) : ReadingStream
    {
        private int used;
        private bool firstEnded;

        public override int Read(Span<byte> target)
        {
            if (target.Length == 0) return 0;
            int read = firstEnded ? 0 : first.Read(target);
            if (read > 0) return read;
            firstEnded = true;
            read = Math.Min(target.Length, last.Length - used);
            last.AsSpan(used, read).CopyTo(target);
            used += read;
            return read;
        }
    }
}
