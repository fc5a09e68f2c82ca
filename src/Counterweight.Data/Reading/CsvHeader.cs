using System.Text;

namespace Counterweight.Data;

/// <summary>The first row of a CSV file.</summary>
internal static class CsvHeader
{
    /// <summary>The one of comma, semicolon, tab and bar that is most often in the first line, outside quotes.</summary>
    internal static char FindDelimiter(ReadOnlySpan<byte> text)
    {
        Span<int> counts = stackalloc int[4];
        ReadOnlySpan<byte> candidates = ",;\t|"u8;
        bool quoted = false;
        foreach (byte b in text)
        {
            if (b == '"') quoted = !quoted;
            if (quoted) continue;
            if (b is (byte)'\n' or (byte)'\r') break;
            int which = candidates.IndexOf(b);
            if (which >= 0) counts[which]++;
        }

        int best = 0;
        for (int i = 1; i < counts.Length; i++)
            if (counts[i] > counts[best]) best = i;
        return (char)candidates[best];
    }

    /// <summary>The cells of the first line and its length with its end; null if more must be read, a negative length if a quote is never closed.</summary>
    internal static (List<string> Cells, int Length)? Split(ReadOnlySpan<byte> text, char delimiter, bool last)
    {
        List<string> names = [];
        List<byte> cell = [];
        bool quoted = false, wasQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if (quoted)
            {
                if (b != '"') cell.Add(b);
                else if (i + 1 == text.Length && !last) return null;
                else if (i + 1 < text.Length && text[i + 1] == '"') cell.Add(text[i++]);
                else quoted = false;
            }
            else if (b == '"' && !wasQuoted && cell.TrueForAll(c => c is (byte)' ' or (byte)'\t'))
            {
                (quoted, wasQuoted) = (true, true);
                cell.Clear();
            }
            else if (b is (byte)'\n' or (byte)'\r')
            {
                if (b == '\r' && i + 1 == text.Length && !last) return null;
                Next();
                return (names, b == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? i + 2 : i + 1);
            }
            else if (b == delimiter)
            {
                Next();
            }
            else
            {
                cell.Add(b);
            }
        }

        if (!last) return null;
        if (quoted) return (names, -1);
        Next();
        return (names, text.Length);

        void Next()
        {
            names.Add(Encoding.UTF8.GetString([.. cell]).Trim());
            cell.Clear();
            wasQuoted = false;
        }
    }

    /// <summary>Names for every column: an empty one is called after its index, and a second of a name gets a number.</summary>
    internal static List<string> Unique(IReadOnlyList<string> header)
    {
        HashSet<string> taken = new(header, StringComparer.Ordinal), used = new(StringComparer.Ordinal);
        List<string> names = [];
        for (int i = 0; i < header.Count; i++)
        {
            string wanted = header[i].Length == 0 ? $"column{i}" : header[i], name = wanted;
            for (int n = 1; used.Contains(name) || (name != header[i] && taken.Contains(name)); n++) name = $"{wanted}_{n}";
            used.Add(name);
            names.Add(name);
        }

        return names;
    }
}
