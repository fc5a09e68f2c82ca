using System.Diagnostics;
using System.Globalization;
using System.Text;
using CsCheck;

namespace Counterweight.Data.Tests;

/// <summary>Files as others make them: their names, their shape, the notation of their numbers.</summary>
public sealed class StrangerTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private static long[] Counts(string path, string target = "y", DatasetOptions? options = null)
    {
        Dataset read = DatasetReader.Read(path, target, options);
        ClassCounts counts = LabelCounter.Count(path, target, options).Counts;
        Assert.Equal(read.ClassNames, counts.Labels);
        Assert.Equal(read.CountLabels().AsSpan().ToArray(), counts.AsSpan().ToArray());
        return counts.AsSpan().ToArray();
    }

    [Theory]
    [InlineData("\"a\nb\",y\r\n1,p\r\n2,q\r\n", 1, 1)]
    [InlineData("\"a\r\nb\",y\n1,p\n2,q\n", 1, 1)]
    [InlineData("a,y\r1,p\r2,q\r", 1, 1)]
    [InlineData("a,y\n5\" pipe,p\n6\" pipe,q\n", 1, 1)]
    [InlineData("a,y\n \"x,1\" ,p\n\t\"x\n2\",q\n", 1, 1)]
    [InlineData("a,y\n\n\n1,p\n\n2,q\n\n", 1, 1)]
    [InlineData("a,y\n\"\",p\n,q", 1, 1)]
    [InlineData("a,y\n\"he said \"\"no\"\"\",p\n\"\"\"\",q\n", 1, 1)]
    public void Csv_as_others_write_it(string text, long first, long second)
    {
        Assert.Equal([first, second], Counts(files.Write("a.csv", text)));
        Assert.Equal([first, second], Counts(files.Write("b.csv", "\uFEFF" + text)));
    }

    [Fact]
    public void Tables_are_read_cell_by_cell_whatever_their_quotes_and_line_ends()
    {
        Gen<string> cell = Gen.OneOf(Gen.Char["ab,;\"\n\r\t| é"].Array[0, 6].Select(c => new string(c)), Gen.Const(new string('z', 70)));
        Gen.Select(cell.Array[3].Array[1, 40], Pick.Of("\n", "\r\n", "\r"), Pick.Of(',', ';', '\t', '|'), Gen.Bool).Sample((rows, end,
            sign, last) =>
        {
            var text = new StringBuilder($"a{sign}b{sign}c{sign}y{end}");
            for (int i = 0; i < rows.Length; i++)
            {
                text.AppendJoin(sign, rows[i].Select(c => $"\"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")).Append(sign).Append($"k{i % 2}");
                text.Append(i < rows.Length - 1 || last ? end : "");
            }

            text.Append(last ? "" : end).Append(CultureInfo.InvariantCulture, $"x{sign}x{sign}x{sign}k0{end}x{sign}x{sign}x{sign}k1");
            Dataset read = DatasetReader.Read(files.Write($"{Guid.NewGuid():N}.csv", text.ToString()), "y",
                new() { Categorical = ["a", "b", "c"], MissingWords = [] });
            Assert.Equal(rows.Length + 2, read.Rows);
            for (int i = 0; i < rows.Length; i++)
                for (int c = 0; c < 3; c++)
                    Assert.Equal(rows[i][c].Trim(' ', '\t').TrimEnd('\r', ' ', '\t'), read[((char)('a' + c)).ToString()].Text(i));
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void The_row_of_an_error_is_exact_whatever_stands_before_it() => Gen.Select(Gen.Int[0, 300], Gen.Int[0, 5], Gen.Bool).Sample((before, kind,
        breaks) =>
    {
        string row = breaks ? "\"line\nbreak\",0\n\n" : "1,0\n";
        string[] bad = ["1\n", "1,2,3\n", "\"open,0", "1,\"0\"x\n", "1,\u0001\n", "1,\n"];
        string text = "a,y\n" + string.Concat(Enumerable.Repeat(row, before)) + bad[kind] + (kind == 2 ? "" : "1,1\n");
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (kind == 4) bytes[Array.IndexOf(bytes, (byte)1)] = 0xE9;
        string path = files.Write($"{Guid.NewGuid():N}.csv", bytes);
        Assert.Equal(before + 1, Assert.Throws<UnusableDataException>(() => DatasetReader.Read(path, "y")).Row);
        Assert.Equal(before + 1, Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, "y")).Row);
    }, iter: 200, threads: 1);

    [Theory]
    [InlineData("c=zzz/a.csv")]
    [InlineData("y=7/a.jsonl")]
    [InlineData("lr=0.1/a.parquet")]
    [InlineData("~a.csv")]
    [InlineData("md:x.csv")]
    [InlineData("s3:/x.parquet")]
    [InlineData("a*[b]?{c,d}'.parquet")]
    [InlineData("file:x.jsonl")]
    public void Names_of_files_and_folders_are_only_names(string name)
    {
        Dataset written = new("a", "y", [0, 1, 1], ["0", "1"], [new CategoricalColumn("c", [0, 1, 2], ["u", "v", "w"])]);
        Directory.CreateDirectory(Path.GetDirectoryName(files[name])!);
        DatasetWriter.Write(written, files[name]);
        Assert.Equal([1L, 2], Counts(files[name]));
        Dataset read = DatasetReader.Read(files[name], "y");
        Assert.Equal(["c"], read.Columns.Select(c => c.Name));
        Assert.Equal(["u", "v", "w"], ((CategoricalColumn)read["c"]).Levels);
    }

    [Fact]
    public async Task A_pipe_is_read_once_from_its_start_to_its_end()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no named pipes in the file system.");
        string csv = files.Write("a.csv", "a,y\n" + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{(i == 49_999 ? "late" : "1.50")},{i % 2}\n")));
        DatasetWriter.Write(DatasetReader.Read(csv, "y"), files["a.parquet"]);
        foreach (string source in new[] { csv, files["a.parquet"] })
        {
            string pipe = files[$"pipe{Path.GetExtension(source)}"];
            using (Process made = Process.Start("mkfifo", [pipe])) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Task feeding = Task.Run(() =>
            {
                using FileStream to = new(pipe, FileMode.Open, FileAccess.Write);
                using FileStream from = File.OpenRead(source);
                from.CopyTo(to);
            }, TestContext.Current.CancellationToken);
            Dataset read = DatasetReader.Read(pipe, names => (names[^1], new DatasetOptions()), cancellation: TestContext.Current.CancellationToken);
            await feeding;
            Assert.Equal((50_000, "late"), (read.Rows, read["a"].Text(49_999)));
        }
    }

    [Fact]
    public void A_row_of_20_MB_is_a_row_and_so_is_the_last_without_an_end()
    {
        string path = files.Write("a.csv", "t,y\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"a{i},{i % 2}\n")) + new string('x',
            20_000_000) + ",1");
        Assert.Equal([25L, 26], Counts(path));
        Assert.Equal(20_000_000, DatasetReader.Read(path, "y")["t"].Text(50).Length);
    }

    [Fact]
    public void Ten_thousand_columns_are_read_from_and_written_to_every_format()
    {
        const int columns = 10_000, rows = 30;
        var text = new StringBuilder(string.Join(',', Enumerable.Range(0, columns).Select(i => $"g{i}")) + ",y\n");
        for (int r = 0; r < rows; r++) text.AppendJoin(',', Enumerable.Range(0, columns).Select(i =>
            (r * i) % 97)).Append(CultureInfo.InvariantCulture, $",{r % 2}\n");
        string path = files.Write("a.csv", text.ToString());
        foreach (string made in new[] { "b.jsonl", "c.parquet", "d.csv" })
        {
            DatasetWriter.Write(DatasetReader.Read(path, "y"), files[made]);
            path = files[made];
        }

        Assert.Equal(text.ToString(), File.ReadAllText(path));
    }

    [Fact]
    public void Json_lines_with_any_keys_are_rows()
    {
        Assert.Equal([12L, 7], Counts(files.Write("a.jsonl", string.Concat(Enumerable.Range(0, 19).Select(i =>
            $"{{\"k{i}\":1,\"y\":{(i % 3 == 0 ? 1 : 0)}}}\n")))));
        Assert.Equal([5L, 5], Counts(files.Write("b.jsonl", string.Concat(Enumerable.Range(0, 10).Select(i =>
            "{" + string.Concat(Enumerable.Range(0, 200).Select(k => $"\"k{k}\":{k * i},")) + $"\"y\":{i % 2}}}\n")))));
        Dataset late = DatasetReader.Read(files.Write("c.jsonl", string.Concat(Enumerable.Range(0, 50_000).Select(i =>
            $"{{\"a\":\"{new string('x', 40)}\",\"y\":{i % 2}{(i > 49_990 ? $",\"late\":{i}" : "")}}}\n"))), "y");
        Assert.Equal((49_991, "49999"), (late["late"].MissingCount, late["late"].Text(49_999)));
    }

    [Theory]
    [InlineData("{\"a\":1,\"y\":0}\n\n{\"a\":2,\"y\":1}\n{\"a\":,\"y\":1}\n", 4, "not one complete JSON object")]
    [InlineData("{\"a\":1,\"y\":0}\n{\"a\":\"x\",\"y\":1}\n", 2, "is a text, and that of row 1 is a number")]
    [InlineData("{\"a\":1,\"y\":0}\n{\"a\":2,\"a\":3,\"y\":1}\n", 2, "comes twice")]
    [InlineData("{\"a\":1,\"y\":0}\n{\"a\":{\"b\":2},\"y\":1}\n", 2, "an object")]
    [InlineData("{\"a\":{\"b\":2},\"y\":1}\n{\"a\":{\"b\":2},\"y\":0}\n", 1, "holds objects")]
    [InlineData("{\"a\":1,\"y\":0}\n{\"a\":2,\"y\":\"0\"}\n", 2, "the label is a text, and that of row 1 is a number")]
    [InlineData("{\"a\":1,\"y\":0}\n{\"a\":NaN,\"y\":1}\n", 2, "the cell is NaN")]
    [InlineData("{\"a\":1,\"y\":0}\n[1]\n", 2, "it starts no object")]
    [InlineData("{\"a\":1,\"y\":0} x\n", 1, "not one complete JSON object")]
    [InlineData("{\"a\":\"\\ud800\",\"y\":0}\n{\"a\":\"b\",\"y\":1}\n", 1, "surrogate")]
    [InlineData("{\"a\":[1,2],\"y\":0}\n{\"a\":[1],\"y\":1}\n", 2, "the list has 1 values, and that of row 1 has 2")]
    [InlineData("{\"a\":[1,2],\"y\":0}\n{\"a\":[\"u\",1],\"y\":1}\n", 2, "something else than numbers")]
    public void Json_that_cannot_be_used_is_told_by_its_line(string text, long line, string part)
    {
        UnusableDataException problem = Assert.Throws<UnusableDataException>(() => DatasetReader.Read(files.Write("a.jsonl", text), "y"));
        Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        Assert.Equal(line, problem.Row);
    }

    [Fact]
    public void Lists_of_numbers_of_one_length_are_columns()
    {
        string lines = files.Write("a.jsonl", "{\"e\":[0.5,1],\"y\":0}\n{\"y\":1}\n{\"e\":[2.25,null],\"y\":1}\n");
        Dataset read = DatasetReader.Read(lines, "y");
        Assert.Equal(["e[0]", "e[1]"], read.Columns.Select(c => c.Name));
        Assert.Equal([0.5, double.NaN, 2.25], ((NumericColumn)read["e[0]"]).Values.ToArray());
        Assert.Equal([1, double.NaN, double.NaN], ((NumericColumn)read["e[1]"]).Values.ToArray());
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY (SELECT [i::FLOAT, (i + 0.1)::FLOAT] AS e, i % 2 AS y FROM range(10) r(i)) TO '{files["a.parquet"]}' (FORMAT parquet)";
        command.ExecuteNonQuery();
        Dataset vectors = DatasetReader.Read(files["a.parquet"], "y");
        Assert.Equal(("FLOAT", "3.1"), (vectors["e[1]"].StoredType, vectors["e[1]"].Text(3)));
        DatasetBatch batch = DatasetReader.ReadBatches(files["a.parquet"], vectors.Schema).Single();
        Assert.True(((NumericColumn)batch.Columns[1]).Values.SequenceEqual(((NumericColumn)vectors["e[1]"]).Values));
    }

    [Fact]
    public void A_file_may_have_no_header_another_delimiter_and_another_encoding()
    {
        string path = files.Write("a.csv", "5;ä;1\n6;ö;0\n7;ä;0\n");
        Dataset read = DatasetReader.Read(path, "2", new() { NoHeader = true });
        Assert.Equal(["column0", "column1", "column2"], read.ColumnOrder);
        Assert.Equal(3, read.Rows);
        Assert.Equal([2L, 1], Counts(files.Write("b.csv", "a:b:y\n1,5:x:0\n2:x:0\n3:x:1\n"), options: new() { Delimiter = ':' }));
        byte[] latin = Encoding.Latin1.GetBytes("Qualität,y\ngrün,a\nrot,b\n");
        foreach (string target in new[] { "y", "Qualität" })
            Assert.Contains("--encoding latin1", Assert.Throws<UnusableDataException>(() => LabelCounter.Count(files.Write("c.csv", latin), target)).Message,
                StringComparison.Ordinal);
        Assert.Equal("grün", DatasetReader.Read(files["c.csv"], "y", new() { Encoding = "latin1" })["Qualität"].Text(0));
        Assert.Equal([1L, 1], Counts(files.Write("d.csv", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a,y\n1,a\n2,b\n")).ToArray()),
            options: new() { Encoding = "utf-16" }));
        Assert.Contains("no encoding 'klingon'", Assert.Throws<ArgumentException>(() => LabelCounter.Count(path, "2", new() { Encoding = "klingon" })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_is_a_missing_word_says_so()
    {
        string path = files.Write("a.csv", "x,y\n1,NA\n2,EU\n3,NA\n");
        Assert.Contains("'NA' counts as missing", Assert.Throws<UnusableDataException>(() => LabelCounter.Count(path, "y")).Message, StringComparison.Ordinal);
        Assert.Equal([1L, 2], Counts(path, options: new() { MissingWords = [] }));
    }

    [Theory]
    [InlineData("1,234.50", 1234.5)]
    [InlineData("45%", 45)]
    [InlineData("$12.50", 12.5)]
    [InlineData("-€ 3", -3)]
    [InlineData("(1,000)", -1000)]
    [InlineData("1.234.567,5", 1234567.5)]
    [InlineData("12 345", 12345)]
    [InlineData("0,5", 0.5)]
    public void Numbers_in_another_notation_are_told_and_read_if_asked(string cell, double value)
    {
        string path = files.Write("a.csv", "price,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"\"{(i == 0 ? cell : $"${i}")}\",{i % 2}\n")));
        DataNote note = Assert.Single(DatasetReader.Read(path, "y").Notes);
        Assert.Equal(("number-in-disguise", "price"), (note.Code, note.Column));
        Assert.Contains("--numeric price", note.Message, StringComparison.Ordinal);
        Dataset read = DatasetReader.Read(path, "y", new() { Numeric = ["price"] });
        Assert.Empty(read.Notes);
        Assert.Equal(value, ((NumericColumn)read["price"]).Values[0]);
        DatasetWriter.Write(read, files["b.csv"]);
        Assert.Equal(cell, DatasetReader.Read(files["b.csv"], "y", new() { Categorical = ["price"] })["price"].Text(0));
        UnusableDataException problem = Assert.Throws<UnusableDataException>(
            () => DatasetReader.Read(files.Write("c.csv", "price,y\n$1,0\nsoon,1\n"), "y", new() { Numeric = ["price"] }));
        Assert.Equal((2, "price"), ((int)problem.Row!, problem.Column));
    }

    [Theory]
    [InlineData("31/01/2024", "01/02/2024", 19753, 19754)]
    [InlineData("01/31/2024", "02/01/2024", 19753, 19754)]
    [InlineData("31.1.24 12:00", "1.2.24 00:00", 19753.5, 19754)]
    public void Dates_in_another_notation_are_told_and_read_if_asked(string first, string second, double day, double next)
    {
        string path = files.Write("a.csv", $"when,y\n{first},0\n{second},1\n{first.Replace("31", "30", StringComparison.Ordinal)},1\n");
        Assert.Equal("date-in-disguise", Assert.Single(DatasetReader.Read(path, "y").Notes).Code);
        var when = (NumericColumn)DatasetReader.Read(path, "y", new() { Dates = ["when"] })["when"];
        Assert.Equal([day, next, day - 1], when.Values.ToArray());
        Assert.Equal(first, when.Text(0));
        Assert.Contains("whether the day or the month", Assert.Throws<UnusableDataException>(
            () => DatasetReader.Read(files.Write("b.csv", "when,y\n01/02/2024,0\n03/04/2024,1\n"), "y", new() { Dates = ["when"] })).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Identifiers_are_told_from_features()
    {
        var text = new StringBuilder("id,row,uuid,customer_id,phone,case_no,age,amount,bytes,seen,note,day,y\n");
        for (int i = 0; i < 200; i++)
            text.Append(CultureInfo.InvariantCulture,
                $"{i * 7919 % 9973},{i},u{i},{i / 2 * 13},{491700000000 + (i * 7919L)},{17 + (3 * i)},{20 + (i % 60)},"
                + $"{i * 7907 % 100_003},{1L << (i / 4)},{1_700_000_000 + (i * 7919)},{(i % 5 == 0 ? "a" : "b")},"
                + $"{new DateOnly(2024, 1, 1).AddDays(i):yyyy-MM-dd},{i % 2}\n");
        Dataset read = DatasetReader.Read(files.Write("a.csv", text.ToString()), "y");
        Assert.Equal(["id", "row", "uuid", "customer_id", "phone", "case_no"], read.FindIdentifiers());
        Dataset aside = read.SetAside(["id", "row"]);
        Assert.Equal((10, 2), (aside.Columns.Count, aside.Aside.Count));
        Assert.Equal(read.ColumnOrder, aside.ColumnOrder);
    }
}
