using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Counterweight.Data;

/// <summary>The formats that can be read.</summary>
internal enum SourceFormat
{
    Csv,
    Parquet,
    Json,
}

/// <summary>
/// A file, recognised by its content: its format, its column names, and the SQL that reads it. Standard input (<c>-</c>) is first copied
/// to a temporary file, which this owns.
/// </summary>
internal sealed partial class SourceFile : IDisposable
{
    private const int HeadBytes = 1 << 20;

    private readonly string path;
    private readonly string? temporary;
    private readonly bool jsonArray;
    private readonly int blankLines;
    private List<(string Name, string Type)>? described;

    private SourceFile(string name, string path, string? temporary)
    {
        (Name, this.path, this.temporary) = (name, path, temporary);
        byte[] head = ReadHead();
        int signature = head.AsSpan().StartsWith("\xEF\xBB\xBF"u8) || head.AsSpan().StartsWith([(byte)0xEF, (byte)0xBB, (byte)0xBF]) ? 3 : 0;
        ReadOnlySpan<byte> text = head.AsSpan(signature);
        if (text.StartsWith("PAR1"u8))
        {
            Format = SourceFormat.Parquet;
            Header = [];
            return;
        }

        Refuse(text);
        byte first = text[text.IndexOfAnyExcept(" \t\r\n"u8)];
        bool json = Path.GetExtension(path[..^(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? 3 : 0)])
            is ".json" or ".jsonl" or ".ndjson" or ".JSON" or ".JSONL" or ".NDJSON";
        if (first == '{' || (json && first == '['))
        {
            Format = SourceFormat.Json;
            jsonArray = first == '[';
            Header = [];
            return;
        }

        if (json) throw Unusable("this is not JSON lines: the first line starts no object. Each line is one object, as in {\"age\": 31, \"class\": \"yes\"}.");
        Format = SourceFormat.Csv;
        while (text.Length > 0 && text[0] is (byte)'\n' or (byte)'\r')
        {
            if (text[0] == '\n') blankLines++;
            text = text[1..];
        }

        Delimiter = FindDelimiter(text);
        Header = SplitHeader(text);
    }

    /// <summary>What to call the file in messages.</summary>
    internal string Name { get; }

    internal SourceFormat Format { get; }

    internal char Delimiter { get; } = ',';

    /// <summary>The column names of a CSV file as they stand in its first line; empty for other formats.</summary>
    internal IReadOnlyList<string> Header { get; }

    /// <summary>Opens a file, or standard input.</summary>
    /// <param name="path">A path, or <c>-</c>.</param>
    /// <param name="input">What <c>-</c> means; standard input if null.</param>
    /// <param name="cancellation">Stops the copying of standard input, also while it waits.</param>
    internal static SourceFile Open(string path, Stream? input, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path == "-")
        {
            string copy = Path.Combine(Path.GetTempPath(), $"counterweight-{Guid.NewGuid():N}.csv");
            try
            {
                using (Stream source = input ?? Console.OpenStandardInput())
                using (var target = new FileStream(copy, FileMode.CreateNew))
                    source.CopyToAsync(target, cancellation).WaitAsync(cancellation).GetAwaiter().GetResult();
                return new SourceFile("standard input", copy, copy);
            }
            catch
            {
                File.Delete(copy);
                throw;
            }
        }

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
            return new SourceFile(path, path, null);
        }
        catch (Exception problem) when (problem is UnauthorizedAccessException or IOException)
        {
            throw new UnusableDataException($"the file cannot be opened: {problem.Message}", path, innerException: problem);
        }
    }

    /// <summary>The table expression that reads the file, every CSV cell as text.</summary>
    /// <param name="typed">For JSON: the columns to read as text; null to let the engine find names and types in all rows.</param>
    internal string Table(IReadOnlyList<string>? typed = null)
    {
        string file = Sql.Path(path);
        string columns = string.Join(", ", (Format == SourceFormat.Csv ? Unique(Header) : typed ?? []).Select(n => $"{Sql.Text(n)}: 'VARCHAR'"));
        string layout = jsonArray ? "array" : "newline_delimited";
        string compression = IsGzip ? ", compression='gzip'" : "";
        return Format switch
        {
            SourceFormat.Parquet => $"read_parquet({file})",
            SourceFormat.Json when typed is not null => $"read_json({file}, format='{layout}', columns={{{columns}}}{compression})",
            SourceFormat.Json => $"read_json({file}, format='{layout}', sample_size=-1, maximum_object_size=67108864{compression})",
            _ => $"read_csv({file}, auto_detect=false, header=true, skip={blankLines}, delim={Sql.Text(Delimiter.ToString())}, quote='\"', escape='\"', "
            + $"nullstr='', "
                + $"strict_mode=true, max_line_size=4000000, buffer_size=16000000, columns={{{columns}}}{compression})",
        };
    }

    /// <summary>The columns with their DuckDB types; every CSV column is VARCHAR.</summary>
    internal List<(string Name, string Type)> Columns(DuckSession session)
    {
        if (described is not null) return described;
        if (Format == SourceFormat.Csv) return described = [.. Unique(Header).Select(n => (n, "VARCHAR"))];
        try
        {
            return described = session.Describe(Table());
        }
        catch (Exception problem) when (problem is EngineException or DuckDB.NET.Data.DuckDBException)
        {
            throw Translate(problem);
        }
    }

    /// <summary>The chunks of some columns of the file, in order; what goes wrong is told with its place.</summary>
    /// <param name="session">The engine.</param>
    /// <param name="expressions">What to select, separated by commas.</param>
    /// <param name="table">A table expression of this file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    internal IEnumerable<Chunk> Stream(DuckSession session, string expressions, string table, CancellationToken cancellation)
    {
        using IEnumerator<Chunk> chunks = session.Stream($"SELECT {expressions} FROM {table}", cancellation).GetEnumerator();
        while (true)
        {
            try
            {
                if (!chunks.MoveNext()) yield break;
            }
            catch (EngineException problem)
            {
                throw Translate(FindCause(problem, table, cancellation));
            }

            yield return chunks.Current;
        }
    }

    /// <summary>
    /// DuckDB 1.5 fails internally when it words the error of a CSV cell while it reads only some columns; reading all of them gives the
    /// true message.
    /// </summary>
    private static EngineException FindCause(EngineException problem, string table, CancellationToken cancellation)
    {
        if (!problem.Message.StartsWith("INTERNAL", StringComparison.Ordinal)) return problem;
        using var session = new DuckSession(1);
        try
        {
            foreach (Chunk _ in session.Stream($"SELECT * FROM {table}", cancellation)) { }
        }
        catch (EngineException cause)
        {
            return cause;
        }

        return problem;
    }

    /// <summary>Turns what the engine says into a message that names the row and what to do.</summary>
    internal UnusableDataException Translate(Exception problem)
    {
        string message = problem.Message;
        long? row = LinePattern().Match(message) is { Success: true } line
            ? long.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) - (Format == SourceFormat.Csv ? 1 + blankLines : 0)
            : null;
        if (row < 1) row = null;
        if (CellsPattern().Match(message) is { Success: true } cells)
            return Unusable($"this row has {Cells(cells.Groups[2].Value)} and the header has {cells.Groups[1].Value}. "
                + "Quote cells that contain the delimiter, or complete the row.", row);
        if (message.Contains("unicode", StringComparison.OrdinalIgnoreCase) || message.Contains("utf-8 encoded", StringComparison.OrdinalIgnoreCase))
            return Unusable("this is not UTF-8 text. Save the file as UTF-8 (iconv -f latin1 -t utf-8), or use Parquet.", row);
        if (message.Contains("quote", StringComparison.OrdinalIgnoreCase) && Format == SourceFormat.Csv
            && message.Contains("CSV Error", StringComparison.Ordinal))
            return Unusable("a quoted cell does not end as it should. Close the quote; inside a quoted cell write \"\" for a quote.", row);
        if (Format == SourceFormat.Json && message.Contains("alformed JSON", StringComparison.Ordinal))
            return Unusable($"this line is not one complete JSON object: {FirstLine(message)}", row);
        return Unusable(
            (Format == SourceFormat.Parquet ? "the Parquet file cannot be read, it may be cut short or damaged" : "the file cannot be read")
            + $": {FirstLine(message)}", row);
    }

    internal UnusableDataException Unusable(string problem, long? row = null, string? column = null) => new(problem, Name, row, column);

    public void Dispose()
    {
        if (temporary is not null) File.Delete(temporary);
    }

    private bool IsGzip { get; set; }

    private static string Cells(string number) => number == "1" ? "1 cell" : $"{number} cells";

    private static string FirstLine(string message)
    {
        string line = message.Split('\n')[0].Trim();
        int colon = line.IndexOf("Error: ", StringComparison.Ordinal);
        return colon >= 0 ? line[(colon + 7)..] : line;
    }

    private byte[] ReadHead()
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        IsGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
        file.Position = 0;
        using Stream stream = IsGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        byte[] head = new byte[HeadBytes];
        try
        {
            int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return head.AsSpan(0, length).ToArray();
        }
        catch (InvalidDataException problem)
        {
            throw new UnusableDataException("the file starts like gzip but does not unpack.", Name, innerException: problem);
        }
    }

    private void Refuse(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAnyExcept(" \t\r\n"u8) < 0) throw Unusable("the file is empty. A header and rows are needed.");
        if (text.StartsWith([(byte)0xFF, (byte)0xFE]) || text.StartsWith([(byte)0xFE, (byte)0xFF]))
            throw Unusable("this is UTF-16 text. Save the file as UTF-8, or use Parquet.");
        if (text.StartsWith("PK\x03\x04"u8)) throw Unusable("this is a zip or Excel file. Save the sheet as CSV (UTF-8), or use Parquet.");
        if (text.StartsWith("ARROW1"u8)) throw Unusable("this is an Arrow or Feather file. Save it as Parquet.");
        if (text.Contains((byte)0)) throw Unusable("this is a binary file. CSV (UTF-8), Parquet and JSON lines can be read.");
    }

    private static char FindDelimiter(ReadOnlySpan<byte> text)
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

    private List<string> SplitHeader(ReadOnlySpan<byte> text)
    {
        List<string> names = [];
        List<byte> cell = [];
        bool quoted = false, ended = false;
        for (int i = 0; i < text.Length && !ended; i++)
        {
            byte b = text[i];
            if (b == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"') cell.Add(text[i++]);
            else if (b == '"') quoted = !quoted;
            else if (!quoted && b is (byte)'\n' or (byte)'\r') ended = true;
            else if (!quoted && b == Delimiter) Next();
            else cell.Add(b);
        }

        if (quoted) throw Unusable("a quote in the header is never closed. Close it, or check that this is a CSV file.");
        Next();
        return names;

        void Next()
        {
            names.Add(Encoding.UTF8.GetString([.. cell]).Trim());
            cell.Clear();
        }
    }

    /// <summary>Names for every column: an empty one is called after its index, and a second of a name gets a number.</summary>
    private static List<string> Unique(IReadOnlyList<string> header)
    {
        HashSet<string> taken = new(header, StringComparer.OrdinalIgnoreCase), used = new(StringComparer.OrdinalIgnoreCase);
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

    [GeneratedRegex(@"(?:on Line:|in line|at line) ?(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex LinePattern();

    [GeneratedRegex(@"Expected Number of Columns: (\d+) Found: (\d+)")]
    private static partial Regex CellsPattern();
}
