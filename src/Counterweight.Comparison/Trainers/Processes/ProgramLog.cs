using System.Globalization;
using System.Text;

namespace Counterweight.Comparison;

/// <summary>
/// What a program printed, as a file of bounded size: its beginning, and its end if the whole is longer. A program may print a gigabyte; neither the disk nor
/// memory fills up.
/// </summary>
internal sealed class ProgramLog : IDisposable
{
    /// <summary>How many bytes of the beginning, and as many of the end, are kept.</summary>
    internal const int Kept = 4 << 20;

    private readonly FileStream file;
    private readonly Lock gate = new();
    private byte[]? end;
    private long written;

    internal ProgramLog(string path, bool append)
    {
        Path = path;
        file = new FileStream(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 1);
    }

    internal string Path { get; }

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            int whole = (int)Math.Min(bytes.Length, Math.Max(0, Kept - written));
            if (whole > 0) Put(bytes[..whole]);
            written += whole;
            bytes = bytes[whole..];
            if (bytes.Length == 0) return;
            end ??= new byte[Kept];
            while (bytes.Length > 0)
            {
                int at = (int)((written - Kept) % Kept), part = Math.Min(bytes.Length, Kept - at);
                bytes[..part].CopyTo(end.AsSpan(at));
                written += part;
                bytes = bytes[part..];
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (end is not null)
            {
                long tail = Math.Min(written - Kept, Kept), left = written - Kept - tail;
                if (left > 0)
                    Put(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n[... {left} bytes are left out here ...]\n")));
                int start = left > 0 ? (int)((written - Kept) % Kept) : 0;
                Put(end.AsSpan(start, (int)Math.Min(tail, Kept - start)));
                if (left > 0) Put(end.AsSpan(0, start));
            }

            end = null;
            file.Dispose();
        }
    }

    /// <summary>A full disk shall not end a program that could go on: what does not fit is lost.</summary>
    private void Put(ReadOnlySpan<byte> bytes)
    {
        try
        {
            file.Write(bytes);
        }
        catch (IOException)
        {
        }
    }
}
