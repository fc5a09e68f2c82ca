using System.Globalization;
using System.Text;

namespace Counterweight.Fuzz;

/// <summary>Changes inputs of a corpus as files get damaged, and as people who mean harm change them; the same seed gives the same inputs.</summary>
internal sealed class Mutator(byte[][] corpus, string[] tokens, long seed)
{
    private static readonly string[] Numbers =
        ["0", "-1", "1", "255", "256", "65535", "2147483647", "-2147483648", "4294967296", "9223372036854775807", "-9223372036854775808", "1e308", "1e-320",
            "NaN", "Infinity", "-0", "0.5", "00", "1e999", "99999999999999999999"];

    private static readonly byte[] Bytes = [0, 1, 0x7F, 0x80, 0xFF, (byte)'"', (byte)'\n', (byte)'\r', (byte)',', (byte)'{', (byte)'[', (byte)' ', 0xC3];

    private readonly byte[][] words = [.. tokens.Concat(Numbers).Select(Encoding.UTF8.GetBytes)];
    private SeededRandom random = new(seed, 0);

    /// <summary>The next input: one of the corpus, changed in one to six places.</summary>
    internal byte[] Next()
    {
        List<byte> bytes = [.. corpus[random.NextInt32(corpus.Length)]];
        int changes = 1 + (random.NextInt32(3) == 0 ? random.NextInt32(6) : 0);
        for (int i = 0; i < changes; i++) Change(bytes);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        int at = bytes.Count == 0 ? 0 : random.NextInt32(bytes.Count);
        int length = Math.Min(1 + random.NextInt32(random.NextInt32(4) == 0 ? 400 : 12), bytes.Count - at);
        switch (random.NextInt32(11))
        {
            case 0 when bytes.Count > 0: bytes[at] ^= (byte)(1 << random.NextInt32(8)); break;
            case 1 when bytes.Count > 0: bytes[at] = (byte)random.NextInt32(256); break;
            case 2 when bytes.Count > 0: bytes[at] = Bytes[random.NextInt32(Bytes.Length)]; break;
            case 3: bytes.RemoveRange(at, length); break;
            case 4: bytes.InsertRange(random.NextInt32(bytes.Count + 1), bytes.GetRange(at, length)); break;
            case 5 when bytes.Count > 0: // a block moves
                List<byte> block = bytes.GetRange(at, length);
                bytes.RemoveRange(at, length);
                bytes.InsertRange(random.NextInt32(bytes.Count + 1), block);
                break;
            case 6: bytes.RemoveRange(at, bytes.Count - at); break;
            case 7: // the rest of another
                byte[] other = corpus[random.NextInt32(corpus.Length)];
                bytes.RemoveRange(at, bytes.Count - at);
                if (other.Length > 0) bytes.AddRange(other[random.NextInt32(other.Length)..]);
                break;
            case 8: bytes.InsertRange(at, words[random.NextInt32(words.Length)]); break;
            case 9: Number(bytes, at); break;
            case 10: // a word in the place of bytes
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, words[random.NextInt32(words.Length)]);
                break;
        }
    }

    /// <summary>Puts another number in the place of the next one.</summary>
    private void Number(List<byte> bytes, int at)
    {
        int first = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
        if (first < 0) return;
        int end = bytes.FindIndex(first, b => b is not ((>= (byte)'0' and <= (byte)'9') or (byte)'.' or (byte)'e' or (byte)'-'));
        bytes.RemoveRange(first, (end < 0 ? bytes.Count : end) - first);
        string number = random.NextInt32(3) == 0 ? random.NextInt32(1000).ToString(CultureInfo.InvariantCulture) : Numbers[random.NextInt32(Numbers.Length)];
        bytes.InsertRange(first, Encoding.ASCII.GetBytes(number));
    }
}
