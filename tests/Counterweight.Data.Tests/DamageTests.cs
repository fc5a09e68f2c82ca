using System.IO.Compression;
using System.Text;
using CsCheck;
using DuckDB.NET.Data;

namespace Counterweight.Data.Tests;

/// <summary>Random damage: a damaged file is refused by name, or read as a whole with all of its rows; never a half of it.</summary>
public sealed class DamageTests : IDisposable
{
    private const int Rows = 3000;

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private static byte[] Csv() => Encoding.UTF8.GetBytes("x,t,y\n" + string.Concat(Enumerable.Range(0, Rows).Select(i =>
        $"{i * 37 % 101},w{i % 13},{i % 3}\n")));

    private static byte[] Lines() => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Rows).Select(i =>
        $"{{\"x\":{i * 37 % 101},\"t\":\"w{i % 13}\",\"y\":{i % 3}}}\n")));

    /// <summary>Members whose ends fall on the ends of rows, with a flush at the end of some rows too: a cut there leaves whole rows.</summary>
    private static byte[] Gzip(byte[] text, int members)
    {
        using var packed = new MemoryStream();
        int part = (text.Length / members) + 1;
        for (int at = 0; at < text.Length;)
        {
            int end = at + part >= text.Length ? text.Length : at + part + text.AsSpan(at + part).IndexOf((byte)'\n') + 1;
            using var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true);
            int middle = at + ((end - at) / 2);
            middle += text.AsSpan(middle, end - middle).IndexOf((byte)'\n') + 1;
            gzip.Write(text.AsSpan(at, middle - at));
            gzip.Flush();
            gzip.Write(text.AsSpan(middle, end - middle));
            at = end;
        }

        return packed.ToArray();
    }

    /// <summary>Reads a file that may be damaged: null if it is refused, which must be by its name.</summary>
    private static int? Read(string path)
    {
        int? rows = null;
        try
        {
            rows = DatasetReader.Read(path, "y").Rows;
        }
        catch (UnusableDataException problem)
        {
            Assert.Contains(path, problem.Message, StringComparison.Ordinal);
        }

        try
        {
            LabelCounter.Count(path, "y");
        }
        catch (UnusableDataException problem)
        {
            Assert.Contains(path, problem.Message, StringComparison.Ordinal);
        }

        return rows;
    }

    [Theory]
    [InlineData("a.csv.gz", 1)]
    [InlineData("a.csv.gz", 4)]
    [InlineData("a.jsonl.gz", 1)]
    [InlineData("a.jsonl.gz", 3)]
    public void A_gzip_that_is_cut_anywhere_is_refused(string name, int members)
    {
        byte[] whole = Gzip(name.Contains("csv", StringComparison.Ordinal) ? Csv() : Lines(), members);
        Assert.Equal(Rows, Read(files.Write(name, whole)));
        // A cut between two members leaves a whole gzip file, of which nothing says that more was to come.
        HashSet<int> whole_members = [.. Enumerable.Range(1, whole.Length - 2).Where(i => whole[i] == 0x1F && whole[i + 1] == 0x8B)];
        Gen.Int[3, whole.Length - 1].Where(cut => !whole_members.Contains(cut))
            .Sample(cut => Assert.Null(Read(files.Write(name, whole[..cut]))), iter: 60, threads: 1);
        for (int cut = whole.Length - 9; cut < whole.Length; cut++) Assert.Null(Read(files.Write(name, whole[..cut])));
        Assert.Null(Read(files.Write(name, [.. whole, 1, 2, 3])));
    }

    [Fact]
    public void A_gzip_with_changed_bytes_is_refused_or_has_all_its_rows() => Changed("b.csv.gz", Gzip(Csv(), 2), 150);

    [Fact]
    public void A_parquet_file_with_changed_bytes_is_refused_or_has_all_its_rows()
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY (SELECT i * 37 % 101 AS x, 'w' || (i % 13) AS t, i % 3 AS y FROM range({Rows}) r(i)) TO '{files["c.parquet"]}' "
            + $"(FORMAT parquet)";
        command.ExecuteNonQuery();
        byte[] whole = File.ReadAllBytes(files["c.parquet"]);
        Changed("d.parquet", whole, 60);
        Gen.Int[4, whole.Length - 1].Sample(cut => Assert.Null(Read(files.Write("d.parquet", whole[..cut]))), iter: 30, threads: 1);
    }

    private void Changed(string name, byte[] whole, int times) =>
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[1, 3]).Sample((at, value, count) =>
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < count && at + i < damaged.Length; i++) damaged[at + i] ^= (byte)(value | 1);
            if (Read(files.Write(name, damaged)) is int rows) Assert.Equal(Rows, rows);
        }, iter: times, threads: 1);

    private static readonly Gen<(int Kind, int At, int Length, byte Value)> Damage =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 1 << 20], Gen.Int[1, 300], Gen.Byte, (kind, at, length, value) => (kind, at, length, value));

    /// <summary>Bits turned, blocks doubled, dropped or overwritten, or the end cut off; the first bytes stay.</summary>
    private static byte[] Damaged(byte[] whole, int first, (int Kind, int At, int Length, byte Value)[] damages)
    {
        List<byte> bytes = [.. whole];
        foreach ((int kind, int place, int size, byte value) in damages)
        {
            if (bytes.Count <= first) break;
            int at = first + (place % (bytes.Count - first)), length = Math.Min(size, bytes.Count - at);
            if (kind == 0) bytes[at] ^= (byte)(1 << (value & 7));
            else if (kind == 1) bytes.InsertRange(at, bytes.GetRange(at, length));
            else if (kind == 2) bytes.RemoveRange(at, length);
            else if (kind == 3) bytes.RemoveRange(at, bytes.Count - at);
            else bytes[at] = "\",\n\r{}:x"u8[value % 8];
        }

        return [.. bytes];
    }

    /// <summary>The cells of a file by RFC 4180, read letter by letter; null if it breaks the rules of quotes.</summary>
    private static List<string[]>? Cells(string text)
    {
        List<string[]> rows = [];
        List<string> row = [];
        var cell = new StringBuilder();
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && cell.Length == 0 && text[i] == '"')
            {
                for (i++; ; i++)
                {
                    if (i >= text.Length) return null;
                    if (text[i] == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[i++]);
                    else if (text[i] == '"') break;
                    else cell.Append(text[i]);
                }

                if (i + 1 < text.Length && text[i + 1] is not (',' or '\r' or '\n')) return null;
                continue;
            }

            if (i < text.Length && text[i] is not (',' or '\r' or '\n'))
            {
                cell.Append(text[i]);
                continue;
            }

            if (i == text.Length && row.Count == 0 && cell.Length == 0) break;
            row.Add(cell.ToString());
            cell.Clear();
            if (i < text.Length && text[i] == ',') continue;
            if (row.Count > 1 || row[0].Length > 0) rows.Add([.. row]);
            row.Clear();
        }

        return rows;
    }

    /// <summary>Reads rows, counts labels, and checks that both say the same; null if the file is refused, which must be by its name.</summary>
    private static string[]? Labels(string path)
    {
        try
        {
            Dataset read = DatasetReader.Read(path, "y");
            string[] labels = [.. read.Labels.ToArray().Select(code => read.ClassNames[code])];
            LabelCounts counted = LabelCounter.Count(path, "y");
            Assert.Equal(read.CountLabels().Labels, counted.Counts.Labels);
            for (int c = 0; c < read.Classes; c++) Assert.Equal(read.CountLabels()[c], counted.Counts[c]);
            return labels;
        }
        catch (UnusableDataException problem)
        {
            Assert.Contains(path, problem.Message, StringComparison.Ordinal);
            return null;
        }
    }

    /// <summary>A damaged text file is refused, or each of its rows is there with its own label: what a plain reading of the same bytes finds.</summary>
    [Fact]
    public void Damaged_csv_is_refused_or_read_to_the_cell()
    {
        byte[] whole = Encoding.UTF8.GetBytes("x,t,y\n" + string.Concat(Enumerable.Range(0, 120).Select(i =>
            $"{i * 37 % 101},{(i % 5 == 0 ? $"\"w, \"\"{i}\"\"\nand\"" : $"w{i % 13}")},{"abc"[i % 3]}{i % 2}\n")));
        int refused = 0, read = 0;
        Damage.Array[1, 3].Sample(damages =>
        {
            byte[] damaged = Damaged(whole, 6, damages);
            string[]? labels = Labels(files.Write("f.csv", damaged));
            if (labels is null)
            {
                refused++;
                return;
            }

            read++;
            List<string[]>? cells = Cells(Encoding.UTF8.GetString(damaged));
            Assert.NotNull(cells);
            Assert.Equal(cells.Skip(1).Select(row => row[2].Trim()), labels);
        }, iter: 300, threads: 1);
        Assert.True(refused > 30 && read > 30, $"{refused} refused, {read} read");
    }

    [Fact]
    public void Damaged_json_lines_are_refused_or_read_to_the_value()
    {
        byte[] whole = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 120).Select(i =>
            $"{{\"x\":{i * 37 % 101},\"t\":\"w \\\"{i % 13}\\n\",\"y\":\"{"abc"[i % 3]}{i % 2}\"}}\n")));
        int refused = 0, read = 0;
        Damage.Array[1, 2].Sample(damages =>
        {
            byte[] damaged = Damaged(whole, 1, damages);
            string[]? labels = Labels(files.Write("f.jsonl", damaged));
            if (labels is null)
            {
                refused++;
                return;
            }

            read++;
            string[] expected = [.. Encoding.UTF8.GetString(damaged).Split('\n').Where(line => line.Trim().Length > 0).Select(line =>
            {
                using var document = System.Text.Json.JsonDocument.Parse(line);
                return document.RootElement.GetProperty("y").GetString()!;
            })];
            Assert.Equal(expected, labels);
        }, iter: 300, threads: 1);
        Assert.True(refused > 30 && read > 5, $"{refused} refused, {read} read");
    }

    [Fact]
    public void Json_lines_that_are_cut_are_refused_with_the_line()
    {
        byte[] whole = Lines();
        Gen.Int[40, whole.Length - 1].Sample(cut =>
        {
            if (whole[cut - 1] == '\n' || whole[cut - 1] == '}') return;
            string path = files.Write("e.jsonl", whole[..cut]);
            long line = whole.AsSpan(0, cut).Count((byte)'\n') + 1;
            Assert.Equal(line, Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, "y")).Row);
            Assert.Equal(line, Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, "y")).Row);
        }, iter: 100, threads: 1);
    }
}
