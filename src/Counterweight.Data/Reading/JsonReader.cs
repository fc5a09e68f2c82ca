using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Counterweight.Data;

/// <summary>Finds the values of JSON lines, or of the objects of one array, by key. A key that an object lacks is absent there, however many keys there
/// are.</summary>
internal sealed class JsonReader : BlockReader
{
    private readonly bool array;
    private readonly Utf8Codes keys = new();
    private readonly List<string> names = [];
    private readonly int? only;
    private readonly List<(int Place, int Row, int From, int To)> escaped = [];
    private readonly List<int> columnOf = [];
    private int[] seenIn = new int[16];
    private int stamp, expected;
    private bool opened, closed;
    private readonly HashSet<int> notNumbers = [];
    private string[] published = [];

    /// <param name="file">The file, for messages.</param>
    /// <param name="stream">Its bytes.</param>
    /// <param name="array">Whether it is one array of objects rather than lines.</param>
    /// <param name="only">The keys to take, in this order; null for all, in the order in which they come.</param>
    internal JsonReader(SourceFile file, Stream stream, bool array, IReadOnlyList<string>? only = null) : base(file, stream)
    {
        this.array = array;
        this.only = only?.Count;
        foreach (string name in only ?? []) Column(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>The keys of the first bytes of a file.</summary>
    internal IReadOnlyList<string> Names(ReadOnlySpan<byte> first, bool last)
    {
        var block = new CellBlock();
        block.GrowBytes(first.Length);
        first.CopyTo(block.Bytes);
        Start(block);
        Parse(block, first.Length, last);
        return names;
    }

    private protected override void Start(CellBlock block)
    {
        block.Reset(names.Count, withKinds: true);
        escaped.Clear();
    }

    private protected override void Finish(CellBlock block)
    {
        foreach ((int place, int row, int from, int to) in escaped) block.Set(place, row, from, Unescape(block.Bytes, from, to, row));
        if (published.Length != names.Count) published = [.. names];
        block.Names = published;
    }

    private protected override UnusableDataException TooLong(long row) =>
        File.Unusable("this line is longer than 256 MB. Is it one JSON object a line?", row);

    private protected override long RowAt(CellBlock block, int position)
    {
        if (array) return RowsBefore + 1;
        long row = RowsBefore + 1;
        foreach (Range line in block.Bytes.AsSpan(0, position).Split((byte)'\n'))
            if (line.End.Value < position && block.Bytes.AsSpan(line).IndexOfAnyExcept(" \t\r"u8) >= 0) row++;
        return row;
    }

    private protected override int Parse(CellBlock block, int length, bool last) => array ? ParseArray(block, length, last) : ParseLines(block, length, last);

    private int ParseLines(CellBlock block, int length, bool last)
    {
        int start = 0;
        while (start < length)
        {
            int end = block.Bytes.AsSpan(start, length - start).IndexOf((byte)'\n');
            if (end < 0 && !last) break;
            end = end < 0 ? length : start + end;
            if (block.Bytes.AsSpan(start, end - start).IndexOfAnyExcept(" \t\r"u8) < 0) File.Blank(RowsBefore + block.Rows);
            else Line(block, start, end);
            start = Math.Min(end + 1, length);
        }

        return start;
    }

    private void Line(CellBlock block, int start, int end)
    {
        block.Reserve(block.Rows + 1);
        int keysBefore = escaped.Count;
        try
        {
            var reader = new Utf8JsonReader(block.Bytes.AsSpan(start, end - start));
            reader.Read();
            Object(block, ref reader, start);
            if (reader.Read()) throw Broken(block, "something follows the object");
        }
        catch (JsonException problem)
        {
            if (!PlainNumbers(block.Bytes, start, end)) throw Broken(block, Reason(problem));
            escaped.RemoveRange(keysBefore, escaped.Count - keysBefore);
            for (int c = 0; c < block.Columns; c++) block.Set(c, block.Rows, 0, 0, CellKind.Absent);
            Line(block, start, end);
            return;
        }

        notNumbers.Clear();
        block.Rows++;
    }

    private int ParseArray(CellBlock block, int length, bool last)
    {
        int position = 0;
        while (true)
        {
            while (position < length && block.Bytes[position] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') position++;
            if (position == length)
            {
                if (last && !closed) throw Broken(block, "the array has no end");
                return position;
            }

            byte next = block.Bytes[position];
            if (closed) throw Broken(block, "something follows the array");
            if (!opened || next == ',')
            {
                (opened, position) = (true, position + 1);
                continue;
            }

            if (next == ']')
            {
                (closed, position) = (true, position + 1);
                continue;
            }

            int end = ObjectEnd(block, position, length, last);
            if (end < 0) return position;
            Line(block, position, end);
            position = end;
        }
    }

    private int ObjectEnd(CellBlock block, int start, int length, bool last)
    {
        try
        {
            var reader = new Utf8JsonReader(block.Bytes.AsSpan(start, length - start), last, default);
            return reader.Read() && reader.TrySkip() ? start + (int)reader.BytesConsumed : last ? throw Broken(block, "it has no end") : -1;
        }
        catch (JsonException problem)
        {
            throw Broken(block, Reason(problem));
        }
    }

    private void Object(CellBlock block, ref Utf8JsonReader reader, int offset)
    {
        int row = block.Rows;
        if (reader.TokenType != JsonTokenType.StartObject) throw Broken(block, "it starts no object");
        stamp++;
        expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int column = Key(block, ref reader);
            reader.Read();
            int start = offset + (int)reader.TokenStartIndex;
            CellKind kind = reader.TokenType switch
            {
                JsonTokenType.String => CellKind.Text,
                JsonTokenType.Number => CellKind.Number,
                JsonTokenType.True or JsonTokenType.False => CellKind.Boolean,
                JsonTokenType.StartArray => CellKind.List,
                JsonTokenType.StartObject => CellKind.Structure,
                _ => CellKind.Null,
            };
            bool withEscapes = kind == CellKind.Text && reader.ValueIsEscaped;
            if (kind is CellKind.List or CellKind.Structure) reader.Skip();
            if (column < 0) continue;
            if (column >= block.Columns) block.AddColumns(column + 1);
            int end = offset + (int)reader.BytesConsumed;
            if (kind == CellKind.Text) (start, end) = (start + 1, end - 1);
            if (notNumbers.Count > 0 && kind == CellKind.Number && notNumbers.Contains(start)) kind = CellKind.NotANumber;
            block.Set(column, row, start, end - start, kind);
            if (withEscapes) escaped.Add((column, row, start, end));
        }
    }

    /// <summary>The column of a key, which may come only once in an object.</summary>
    private int Key(CellBlock block, ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> name = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            try
            {
                name = Encoding.UTF8.GetBytes(reader.GetString()!);
            }
            catch (InvalidOperationException)
            {
                throw Broken(block, "a key has half of a surrogate pair");
            }
        }

        int code = expected < keys.Count && name.SequenceEqual(keys.Bytes(expected)) ? expected : Column(name);
        expected = code + 1;
        if (seenIn[code] == stamp)
            throw File.Unusable($"the key '{Encoding.UTF8.GetString(name)}' comes twice in this line. Name each key once.", Row(block));
        seenIn[code] = stamp;
        return columnOf[code];
    }

    private int Column(ReadOnlySpan<byte> name)
    {
        int code = keys.GetOrAdd(name);
        if (code < columnOf.Count) return code;
        if (code >= seenIn.Length) Array.Resize(ref seenIn, seenIn.Length * 2);
        bool taken = only is null || code < only;
        columnOf.Add(taken ? names.Count : -1);
        if (taken) names.Add(Encoding.UTF8.GetString(name));
        return code;
    }

    /// <summary>The row of the object that is being read; for lines it is the line.</summary>
    private long Row(CellBlock block) => RowsBefore + block.Rows + 1;

    private UnusableDataException Broken(CellBlock block, string reason) =>
        File.Unusable($"this line is not one complete JSON object: {reason}. Each line is one object, as in {{\"age\": 31, \"class\": \"yes\"}}.", Row(block));

    private static string Reason(JsonException problem)
    {
        string message = problem.Message;
        int end = message.IndexOf(" LineNumber", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }

    private int Unescape(byte[] bytes, int from, int to, int row)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(to - from + 2);
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(from - 1, to - from + 2));
            reader.Read();
            int written = reader.CopyString(rented);
            rented.AsSpan(0, written).CopyTo(bytes.AsSpan(from));
            return written;
        }
        catch (InvalidOperationException)
        {
            throw File.Unusable("a text has half of a surrogate pair (\\ud800 to \\udfff alone), which is no character.", RowsBefore + row + 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Puts numbers in the place of <c>NaN</c> and <c>Infinity</c>, which are no JSON but which programs write: one beyond every range, and one that is
    /// noted as none.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    private bool PlainNumbers(byte[] bytes, int start, int end)
    {
        bool quoted = false, found = false;
        for (int i = start; i < end; i++)
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(i, end - i);
            if (quoted && bytes[i] == '\\') i++;
            else if (bytes[i] == '"') quoted = !quoted;
            else if (!quoted && rest.StartsWith("NaN"u8)) found = Put(i, "0e0"u8, notNumbers.Add(i));
            else if (!quoted && rest.StartsWith("Infinity"u8)) found = Put(i, "1e999999"u8, true);
        }

        return found;

        bool Put(int at, ReadOnlySpan<byte> number, bool noted)
        {
            number.CopyTo(bytes.AsSpan(at));
            return noted;
        }
    }
}
