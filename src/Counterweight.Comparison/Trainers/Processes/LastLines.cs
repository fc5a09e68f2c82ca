using System.Text;

namespace Counterweight.Comparison;

/// <summary>The last lines of a stream of bytes, in bounded memory.</summary>
internal sealed class LastLines
{
    private const int Kept = 4096, MostLines = 5, LongestLine = 300;

    private readonly byte[] ring = new byte[Kept];
    private long written;

    internal void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Kept)
        {
            written += bytes.Length - Kept;
            bytes = bytes[^Kept..];
        }

        foreach (byte b in bytes) ring[written++ % Kept] = b;
    }

    /// <summary>The last lines that are not blank, without control characters.</summary>
    internal IReadOnlyList<string> Lines()
    {
        int count = (int)Math.Min(written, Kept);
        byte[] ordered = new byte[count];
        for (int i = 0; i < count; i++) ordered[i] = ring[(written - count + i) % Kept];
        string[] lines = [.. Encoding.UTF8.GetString(ordered).Split('\n', '\r').Select(Clean).Where(l => l.Length > 0)];
        return [.. lines.TakeLast(MostLines).Select(l => l.Length <= LongestLine ? l : $"{l[..LongestLine]}...")];
    }

    private static string Clean(string line) => new string([.. line.Where(c => !char.IsControl(c) || c == '\t')]).Trim();
}
