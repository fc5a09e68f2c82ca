using System.Text;

namespace Counterweight.Data;

/// <summary>The formats that can be read.</summary>
internal enum SourceFormat
{
    Csv,
    Parquet,
    Json,
}

/// <summary>A file, recognised by its content: its format, the names of its columns, and its bytes as they are unpacked. It is read once, from its start to
/// its end, so it may be a pipe.</summary>
internal sealed class SourceFile : IDisposable
{
    private const int HeadBytes = 1 << 16, LongestHeader = 1 << 27;

    private readonly DatasetOptions options;
    private readonly Stream stream;
    private readonly string path;
    private readonly List<(long Rows, long Lines)> blank = [];
    private string? temporary;
    private byte[] head = [];
    private int headLength, headUsed;
    private bool isGzip, headEnded;

    private SourceFile(string name, Stream rows, DatasetOptions options)
    {
        (Name, path, this.options, stream) = (name, name, options, rows);
        Format = SourceFormat.Json;
    }

    private SourceFile(string name, string path, Stream raw, bool patient, DatasetOptions options, CancellationToken cancellation)
    {
        (Name, this.path, this.options) = (name, path, options);
        stream = patient ? new PatientStream(raw, cancellation) : raw;
        try
        {
            stream = Unpacked(stream);
            FillHead(HeadBytes);
            if (!isGzip && Head.StartsWith("PAR1"u8))
            {
                Format = SourceFormat.Parquet;
                if (patient) Copy(stream);
                return;
            }

            stream = Decoded(stream);
            Recognise();
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>What to call the file in messages.</summary>
    internal string Name { get; }

    internal SourceFormat Format { get; private set; }

    internal char Delimiter { get; private set; } = ',';

    /// <summary>Whether a JSON file is one array rather than lines.</summary>
    internal bool IsArray { get; private set; }

    /// <summary>Whether the first row of a CSV file has the names of the columns.</summary>
    internal bool HasHeader => !options.NoHeader;

    /// <summary>Whether the rows are a part of a table.</summary>
    internal bool IsPart => options.IsPart;

    /// <summary>The column names of a CSV file as they stand in its first line; empty for other formats.</summary>
    internal IReadOnlyList<string> Header { get; private set; } = [];

    /// <summary>The column names of a CSV file, made distinct.</summary>
    internal IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>What was noticed on the way.</summary>
    internal List<DataNote> Notes { get; } = [];

    /// <summary>The path of a file that only Parquet's reader opens.</summary>
    internal string ParquetPath => temporary ?? path;

    private ReadOnlySpan<byte> Head => head.AsSpan(0, headLength);

    /// <summary>Opens a file, or standard input.</summary>
    /// <param name="path">A path, or <c>-</c>.</param>
    /// <param name="input">What <c>-</c> means; standard input if null.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="cancellation">Stops the reading, also while it waits for a pipe.</param>
    internal static SourceFile Open(string path, Stream? input, DatasetOptions options, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellation.ThrowIfCancellationRequested();
        if (options.Source is { } source && input is null) return TableSources.Open(source, source.ColumnNames, null, options, cancellation);
        Check(options);
        if (path == "-") return new("standard input", path, input ?? Console.OpenStandardInput(), true, options, cancellation);
        if (Directory.Exists(path)) throw new UnusableDataException("this is a folder. Name a CSV, Parquet or JSON lines file in it.", path);
        if (!File.Exists(path))
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
            string hint = !Directory.Exists(folder)
                ? $"There is no folder {folder} either."
                : NearestName.Find(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)!)) is string near
                    ? $"Did you mean '{near}'?"
                    : "Check the path.";
            throw new UnusableDataException($"there is no such file. {hint}", path);
        }

        try
        {
            // A pipe may be opened only by waiting for its writer, so this waits where it can be given up.
            FileStream file = Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1),
                CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();
            return new SourceFile(path, path, file, !file.CanSeek, options, cancellation);
        }
        catch (Exception problem) when (problem is UnauthorizedAccessException or IOException)
        {
            throw new UnusableDataException($"the file cannot be opened: {problem.Message}", path, innerException: problem);
        }
    }

    /// <summary>Rows that are in no file, as lines of JSON.</summary>
    internal static SourceFile OfRows(string name, Stream rows, DatasetOptions options) => new(name, rows, options);

    /// <summary>The first bytes behind the header, which are still to be read.</summary>
    internal ReadOnlySpan<byte> Peek(int size, out bool ended)
    {
        FillHead(size);
        ended = headEnded;
        return Head[headUsed..];
    }

    /// <summary>The bytes behind the header, to be read once.</summary>
    internal Stream Body() => new Rest(this);

    /// <summary>Reads from a stream of this file; what goes wrong is told with the file's name.</summary>
    internal int Read(Stream source, Span<byte> target)
    {
        try
        {
            return source.Read(target);
        }
        catch (InvalidDataException problem)
        {
            throw new UnusableDataException(
                $"the gzip file does not unpack to its end, it is cut short or damaged: {problem.Message.TrimEnd('.')}. Copy or make it again ('gzip "
                    + $"-t' tests it).", Name,
                innerException: problem);
        }
        catch (DecoderFallbackException problem)
        {
            throw new UnusableDataException($"this is not text in {options.Encoding}. Name the encoding that it is in (--encoding).", Name,
                innerException: problem);
        }
        catch (IOException problem)
        {
            throw new UnusableDataException($"the file cannot be read: {problem.Message}", Name, innerException: problem);
        }
    }

    /// <summary>Notes a line without anything, which is no row.</summary>
    /// <param name="rowsBefore">The rows before it.</param>
    internal void Blank(long rowsBefore)
    {
        if (blank.Count > 0 && blank[^1].Rows == rowsBefore) blank[^1] = (rowsBefore, blank[^1].Lines + 1);
        else blank.Add((rowsBefore, 1));
    }

    /// <summary>The number of a row as a person counts it: of JSON lines it is the line, of other files the row.</summary>
    /// <param name="row">The row, counted from 1.</param>
    internal long Line(long row)
    {
        long line = row;
        foreach ((long before, long lines) in blank)
            if (before < row) line += lines;
        return line;
    }

    internal void Note(DataNote note)
    {
        lock (Notes) Notes.Add(note);
    }

    internal UnusableDataException Unusable(string problem, long? row = null, string? column = null) =>
        new(problem, Name, row is long number ? Line(number) : null, column);

    internal UnusableDataException NotUtf8(long? row) => Unusable("this is not UTF-8 text; it may be Latin-1 (Windows-1252). Say --encoding latin1, or the "
        + "encoding that it is in, or save the file as UTF-8 (iconv -f latin1 -t utf-8), or use Parquet.", row);

    /// <summary>Turns what DuckDB says of a Parquet file into a message that says what to do.</summary>
    internal UnusableDataException Translate(Exception problem)
    {
        string line = problem.Message.Split('\n')[0].Trim();
        int colon = line.IndexOf("Error: ", StringComparison.Ordinal);
        return Unusable($"the Parquet file cannot be read, it may be cut short or damaged: {(colon >= 0 ? line[(colon + 7)..] : line)}");
    }

    public void Dispose()
    {
        stream.Dispose();
        if (temporary is not null) File.Delete(temporary);
    }

    private static void Check(DatasetOptions options)
    {
        if (options.Delimiter is char delimiter && (delimiter is '"' or '\n' or '\r' or ' ' || delimiter >= 128 || char.IsLetterOrDigit(delimiter)))
            throw new ArgumentException($"'{delimiter}' cannot separate cells; a comma, a semicolon, a tab, a bar or another sign is accepted.",
                nameof(options));
    }

    private Stream Unpacked(Stream raw)
    {
        byte[] magic = new byte[2];
        int length = 0;
        while (length < 2 && Read(raw, magic.AsSpan(length)) is int read and > 0) length += read;
        isGzip = length == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
        Stream whole = new Prefixed(magic.AsSpan(0, length).ToArray(), raw);
        return isGzip ? new CheckedGzipStream(whole) : whole;
    }

    private Stream Decoded(Stream bytes)
    {
        if (options.Encoding is not string name) return bytes;
        Encoding encoding;
        try
        {
            string known = name.ToUpperInvariant() switch { "LATIN1" or "LATIN-1" or "ISO-8859-1" => "windows-1252", _ => name };
            encoding = CodePagesEncodingProvider.Instance.GetEncoding(known, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(known, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            throw new ArgumentException($"There is no encoding '{name}'; utf-8, latin1, windows-1252, utf-16, shift_jis and others are accepted.");
        }

        if (encoding.CodePage == Encoding.UTF8.CodePage) return bytes;
        Stream whole = new Prefixed(head.AsSpan(0, headLength).ToArray(), bytes);
        Stream decoded = Encoding.CreateTranscodingStream(whole, encoding, new UTF8Encoding(false));
        (head, headLength, headEnded) = ([], 0, false);
        return decoded;
    }

    private void Recognise()
    {
        FillHead(HeadBytes);
        ReadOnlySpan<byte> text = Head;
        headUsed = text.StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF]) ? 3 : 0;
        while (headUsed < LongestHeader && Head[headUsed..].IndexOfAnyExcept(" \t\r\n"u8) < 0 && !headEnded) FillHead(headLength * 2);
        text = Head[headUsed..];
        Refuse(text);
        byte first = text[text.IndexOfAnyExcept(" \t\r\n"u8)];
        string plainPath = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        bool json = Path.GetExtension(plainPath).ToUpperInvariant() is ".JSON" or ".JSONL" or ".NDJSON";
        if (first == '{' || (json && first == '['))
        {
            Format = SourceFormat.Json;
            IsArray = first == '[';
            return;
        }

        if (json) throw Unusable("this is not JSON lines: the first line starts no object. Each line is one object, as in {\"age\": 31, \"class\": \"yes\"}.");
        Format = SourceFormat.Csv;
        while (headUsed < headLength && head[headUsed] is (byte)'\n' or (byte)'\r') headUsed++;
        while (true)
        {
            Delimiter = options.Delimiter ?? CsvHeader.FindDelimiter(Head[headUsed..]);
            if (CsvHeader.Split(Head[headUsed..], Delimiter, headEnded) is var (names, length))
            {
                if (length < 0) throw Unusable("a quote in the header is never closed. Close it, or check that this is a CSV file.");
                if (!System.Text.Unicode.Utf8.IsValid(Head.Slice(headUsed, length))) throw NotUtf8(null);
                Header = options.NoHeader ? [.. names.Select((_, i) => $"column{i}")] : names;
                if (!options.NoHeader) headUsed += length;
                Names = CsvHeader.Unique(Header);
                return;
            }

            if (headLength >= LongestHeader) throw Unusable("the first line is longer than 128 MB. Is there a quote that is never closed?");
            FillHead(headLength * 2);
        }
    }

    private void FillHead(int size)
    {
        if (head.Length < size) Array.Resize(ref head, size);
        while (!headEnded && headLength < head.Length)
        {
            int read = Read(stream, head.AsSpan(headLength));
            if (read == 0) headEnded = true;
            headLength += read;
        }
    }

    private void Copy(Stream rest)
    {
        temporary = Path.Combine(Path.GetTempPath(), $"counterweight-{Guid.NewGuid():N}.parquet");
        try
        {
            using var target = new FileStream(temporary, FileMode.CreateNew);
            target.Write(Head);
            byte[] buffer = new byte[1 << 17];
            for (int read = Read(rest, buffer); read > 0; read = Read(rest, buffer)) target.Write(buffer, 0, read);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void Refuse(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) || text.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
            throw Unusable("this is UTF-32 text. Say --encoding utf-32, save the file as UTF-8, or use Parquet.");
        if (text.StartsWith([(byte)0xFF, (byte)0xFE]) || text.StartsWith([(byte)0xFE, (byte)0xFF]))
            throw Unusable("this is UTF-16 text. Say --encoding utf-16, save the file as UTF-8, or use Parquet.");
        if (text.IndexOfAnyExcept(" \t\r\n"u8) < 0) throw Unusable("the file is empty. A header and rows are needed.");
        if (text.StartsWith("PK\x03\x04"u8)) throw Unusable("this is a zip or Excel file. Save the sheet as CSV (UTF-8), or use Parquet.");
        if (text.StartsWith("PAR1"u8)) throw Unusable("this is a Parquet file in gzip. Unpack it first; Parquet is compressed inside.");
        if (text.StartsWith("ARROW1"u8)) throw Unusable("this is an Arrow or Feather file. Save it as Parquet.");
        if (text.StartsWith([(byte)0x1F, (byte)0x8B])) throw Unusable("this is gzip in gzip. Unpack it once.");
        (byte[] Signature, string What)[] packed =
        [
            ([0xFD, .. "7zXZ"u8, 0], "an xz file"), ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file"), ([0x04, 0x22, 0x4D, 0x18], "an LZ4 file"),
            ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "a 7-zip file"), ([.. "Rar!"u8, 0x1A, 7], "a RAR file"),
        ];
        foreach ((byte[] signature, string what) in packed)
            if (text.StartsWith(signature)) throw Unusable($"this is {what}. Unpack it first; gzip is read as it is.");
        if (text.StartsWith("BZh"u8) && text.Length > 10 && text[4..].StartsWith("1AY&SY"u8))
            throw Unusable("this is a bzip2 file. Unpack it first; gzip is read as it is.");

        if (text.StartsWith("SQLite format 3\0"u8)) throw Unusable("this is an SQLite database. Save the table as CSV (UTF-8) or Parquet.");
        if (Wide(text) is string wide) throw Unusable($"this is UTF-16 text. Say --encoding {wide}, save the file as UTF-8, or use Parquet.");
        if (text.Contains((byte)0)) throw Unusable("this is a binary file. CSV (UTF-8), Parquet and JSON lines can be read.");
    }

    /// <summary>The name of the UTF-16 that a text without a mark is in: its first letters are ASCII, each beside a zero. Null if it is none.</summary>
    private static string? Wide(ReadOnlySpan<byte> text)
    {
        int pairs = Math.Min(text.Length / 2, 32), little = 0, big = 0;
        for (int i = 0; i < pairs; i++)
        {
            (byte first, byte second) = (text[2 * i], text[(2 * i) + 1]);
            if (first != 0 && second == 0) little++;
            if (first == 0 && second != 0) big++;
        }

        return pairs < 4 ? null : little > 0.8 * pairs ? "utf-16" : big > 0.8 * pairs ? "utf-16BE" : null;
    }

    /// <summary>Some bytes, and a stream behind them.</summary>
    private sealed class Prefixed(byte[] first, Stream rest) : ReadingStream
    {
        private int used;

        public override int Read(Span<byte> target)
        {
            if (used == first.Length) return rest.Read(target);
            int read = Math.Min(target.Length, first.Length - used);
            first.AsSpan(used, read).CopyTo(target);
            used += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>What of the file is behind its header.</summary>
    private sealed class Rest(SourceFile file) : ReadingStream
    {
        public override int Read(Span<byte> target)
        {
            if (file.headUsed == file.headLength) return file.headEnded ? 0 : file.stream.Read(target);
            int read = Math.Min(target.Length, file.headLength - file.headUsed);
            file.head.AsSpan(file.headUsed, read).CopyTo(target);
            file.headUsed += read;
            return read;
        }
    }
}
