using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight.Data;

/// <summary>Counts the tags of one token file, by parts of the file on several threads. A part begins and ends at an empty line, so no sentence is
/// cut.</summary>
internal sealed class ConllReading
{
    private const int PartBytes = 1 << 23, HeadBytes = 1 << 16;

    private readonly string file;
    private readonly LabelSourceOptions options;
    private readonly bool tabs, conllU;
    private readonly int columns, column;

    internal ConllReading(string file, LabelSourceOptions options)
    {
        (this.file, this.options) = (file, options);
        byte[] head;
        try
        {
            using FileStream stream = File.OpenRead(file);
            head = new byte[Math.Min(stream.Length, HeadBytes)];
            stream.ReadExactly(head);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"the file cannot be read: {problem.Message}", file, innerException: problem);
        }

        if (head.AsSpan().Contains((byte)0)) throw new UnusableDataException("this is no text: it has bytes of zero. A token file is UTF-8 text.", file);
        foreach (string raw in Encoding.UTF8.GetString(head).TrimStart('\uFEFF').Split('\n'))
        {
            string line = raw.TrimEnd('\r', ' ', '\t');
            if (line.Length == 0 || line.StartsWith("-DOCSTART-", StringComparison.Ordinal)) continue;
            if (line.StartsWith("# ", StringComparison.Ordinal) || line.StartsWith("#\u00A0", StringComparison.Ordinal)) continue;
            tabs = line.Contains('\t', StringComparison.Ordinal);
            columns = tabs ? line.Count(c => c == '\t') + 1 : line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            conllU = tabs && columns == 10 && line.Split('\t')[0] is { } first && (first == "1" || IsSpan(first));
            break;
        }

        column = options.Column ?? columns - 1;
        if (columns > 0 && column >= columns)
            throw new UnusableDataException($"there is no column {column}: its lines have {columns}, numbered from 0.", file);
        if (columns == 1 && options.Column is null)
            throw new UnusableDataException("its first line has one column, so that a token has no tag. A line is a token with its tag, as in 'London B-LOC'.",
                file);
    }

    /// <summary>Adds the tokens and sentences of each class; the number of sentences.</summary>
    internal long Count(Dictionary<string, (long Tokens, long Sentences)> sums, CancellationToken cancellation)
    {
        long length = new FileInfo(file).Length;
        int parts = (int)((length + PartBytes - 1) / PartBytes);
        string[] numbers = new string[Math.Max(1, parts)];
        Array.Fill(numbers, file);
        List<Counter> counters = PerFile.Run(numbers, options.Threads, () => new Counter(this), (counter, part) => counter.Count(part, length), cancellation);
        long sentences = 0;
        foreach (Counter counter in counters)
        {
            sentences += counter.Sentences;
            foreach ((string tag, long tokens, long inSentences) in counter.Tags())
            {
                ref (long Tokens, long Sentences) sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, tag, out _);
                sum = (sum.Tokens + tokens, sum.Sentences + inSentences);
            }
        }

        return sentences;
    }

    private static bool IsSpan(string id) => id.Split('-', '.') is [string a, string b] && a.All(char.IsAsciiDigit) && b.All(char.IsAsciiDigit);

    /// <summary>The line of a byte, counted from 1.</summary>
    private long LineAt(long offset)
    {
        using FileStream stream = File.OpenRead(file);
        byte[] buffer = new byte[1 << 20];
        long lines = 1;
        while (offset > 0)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, offset));
            if (read == 0) break;
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            offset -= read;
        }

        return lines;
    }

    /// <summary>What one thread counts.</summary>
    private sealed class Counter(ConllReading reading)
    {
        private readonly Dictionary<string, int> codes = new(StringComparer.Ordinal), classes = new(StringComparer.Ordinal);
        private readonly List<(long Tokens, long Sentences, long Last)> counts = [];
        private byte[] buffer = [];
        private byte[] lastTag = new byte[64];
        private int lastLength = -1, lastCode;
        private long sentence;

        internal long Sentences { get; private set; }

        internal IEnumerable<(string Tag, long Tokens, long Sentences)> Tags() =>
            classes.Select(p => (p.Key, counts[p.Value].Tokens, counts[p.Value].Sentences));

        /// <summary>Counts the sentences that begin in a part: from its first empty line (the first part: from its start) past its end to the next.</summary>
        internal void Count(int part, long length)
        {
            long from = (long)part * PartBytes, to = Math.Min(length, from + PartBytes);
            int have = Load(from, (int)(to - from), length);
            int start = 0;
            if (part > 0)
            {
                start = AfterEmptyLine(buffer.AsSpan(0, have));
                if (start < 0) return;
            }
            else if (buffer.AsSpan(0, have).StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF]))
            {
                start = 3;
            }

            int end = (int)(to - from);
            while (to < length)
            {
                // The part ends after the first empty line that a next part starts from.
                int empty = AfterEmptyLine(buffer.AsSpan(end, have - end));
                if (empty >= 0)
                {
                    have = end + empty;
                    break;
                }

                if (from + have >= length) break;
                have = Load(from, 2 * have, length);
            }

            Lines(buffer.AsSpan(start, have - start), from + start);
        }

        private int Load(long from, int wanted, long length)
        {
            // A little more than the part, in which its last sentence usually ends.
            wanted = (int)Math.Min(length - from, (long)wanted + (1 << 16));
            if (buffer.Length < wanted) buffer = new byte[wanted];
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(reading.file);
            int have = 0;
            while (have < wanted)
            {
                int read = RandomAccess.Read(handle, buffer.AsSpan(have, wanted - have), from + have);
                if (read == 0) break;
                have += read;
            }

            return have;
        }

        /// <summary>
        /// Where the line after the first empty line starts, given text that starts anywhere; -1 if there is none. An empty line that the text starts within
        /// does not count: the part before looks for it from the same place.
        /// </summary>
        private static int AfterEmptyLine(ReadOnlySpan<byte> text)
        {
            int at = 0;
            while (true)
            {
                int next = text[at..].IndexOf((byte)'\n');
                if (next < 0) return -1;
                at += next + 1;
                int after = at;
                while (after < text.Length && text[after] is (byte)' ' or (byte)'\t' or (byte)'\r') after++;
                if (after >= text.Length) return -1;
                if (text[after] == '\n') return after + 1;
            }
        }

        private void Lines(ReadOnlySpan<byte> text, long offset)
        {
            int at = 0;
            bool inside = false;
            while (at < text.Length)
            {
                int end = text[at..].IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = end < 0 ? text[at..] : text.Slice(at, end);
                long place = offset + at;
                at += line.Length + 1;
                int length = line.Length;
                while (length > 0 && line[length - 1] is (byte)' ' or (byte)'\r' or (byte)'\t') length--;
                line = line[..length];
                if (line.IsEmpty || line.StartsWith("-DOCSTART-"u8))
                {
                    inside = false;
                    continue;
                }

                if (!Tag(line, inside, place, out ReadOnlySpan<byte> tag)) continue;
                if (!inside) (inside, sentence, Sentences) = (true, sentence + 1, Sentences + 1);
                int code = Code(tag, place);
                (long tokens, long sentences, long last) = counts[code];
                counts[code] = (tokens + 1, last == sentence ? sentences : sentences + 1, sentence);
            }
        }

        /// <summary>Finds the tag of a line; false for a line that is no token.</summary>
        private bool Tag(ReadOnlySpan<byte> line, bool inside, long place, out ReadOnlySpan<byte> tag)
        {
            int found = 0;
            tag = default;
            if (reading.tabs)
            {
                found = line.Count((byte)'\t') + 1;
                if (found == reading.columns)
                {
                    if (reading.column == found - 1)
                    {
                        tag = line[(line.LastIndexOf((byte)'\t') + 1)..];
                    }
                    else
                    {
                        ReadOnlySpan<byte> rest = line;
                        for (int c = 0; c < reading.column; c++) rest = rest[(rest.IndexOf((byte)'\t') + 1)..];
                        tag = rest[..rest.IndexOf((byte)'\t')];
                    }
                }
            }
            else
            {
                int i = 0;
                while (i < line.Length)
                {
                    while (i < line.Length && line[i] is (byte)' ' or (byte)'\t') i++;
                    if (i == line.Length) break;
                    int start = i;
                    while (i < line.Length && line[i] is not ((byte)' ' or (byte)'\t')) i++;
                    if (found++ == reading.column) tag = line[start..i];
                }
            }

            if (line[0] == '#' && !inside && (found != reading.columns || line.StartsWith("# id "u8) || line.Contains((byte)'='))) return false;
            if (line[0] == '#' && found != reading.columns && line.Length > 1 && line[1] == ' ') return false;
            if (found != reading.columns)
                throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                    $"at line {reading.LineAt(place)}: it has {found} column{(found == 1 ? "" : "s")}, and the first token has {reading.columns}. Complete "
                    + $"the line, or "
                    + $"remove it; sentences are separated by empty lines."), reading.file);
            if (tag.IsEmpty)
                throw new UnusableDataException($"at line {reading.LineAt(place)}: column {reading.column} is empty, and a token needs a tag. Add it.",
                    reading.file);
            return !reading.conllU || !IsSpanOf(line);
        }

        private static bool IsSpanOf(ReadOnlySpan<byte> line)
        {
            int id = line.IndexOf((byte)'\t');
            return line[..id].IndexOfAny((byte)'-', (byte)'.') > 0 && IsSpan(Encoding.UTF8.GetString(line[..id]));
        }

        private int Code(ReadOnlySpan<byte> tag, long place)
        {
            if (lastLength == tag.Length && tag.SequenceEqual(lastTag.AsSpan(0, lastLength))) return lastCode;
            Span<char> text = stackalloc char[256];
            int length = tag.Length <= text.Length ? Encoding.UTF8.GetChars(tag, text) : -1;
            int code;
            if (length >= 0 && codes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out int known))
            {
                code = known;
            }
            else
            {
                string name = Encoding.UTF8.GetString(tag);
                if (!codes.TryGetValue(name, out code))
                {
                    Check(name, place);
                    if (!classes.TryGetValue(Class(name), out code))
                    {
                        code = counts.Count;
                        classes.Add(Class(name), code);
                        counts.Add((0, 0, 0));
                    }

                    codes.Add(name, code);
                }
            }

            if (lastTag.Length < tag.Length) lastTag = new byte[tag.Length];
            tag.CopyTo(lastTag);
            lastLength = tag.Length;
            return lastCode = code;
        }

        private void Check(string tag, long place)
        {
            if (codes.Count >= reading.options.Table.MaxClasses)
                throw new UnusableDataException($"column {reading.column} has more than {reading.options.Table.MaxClasses} different values: it is no "
                    + $"tag. Name the "
                    + "tag's column with --column.", reading.file);
            if (reading.options.Tags == TagScheme.Bio && tag != "O"
                && !(tag.Length > 2 && tag[1] == '-' && tag[0] is 'B' or 'I' or 'E' or 'S' or 'L' or 'U' or 'M'))
                throw new UnusableDataException($"at line {reading.LineAt(place)}: '{tag}' is no tag of the scheme bio, which are O, B-TYPE and I-TYPE. "
                + $"Repair it, or give "
                    + "--scheme-of-tags none.", reading.file);
        }

        private string Class(string tag) => reading.options.Tags == TagScheme.Bio && tag != "O" ? tag[2..] : tag;
    }
}
