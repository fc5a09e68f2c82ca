using System.Globalization;
using System.Text;

namespace Counterweight.Cli.Tests;

/// <summary>A model reads files as the file of its training was read; nobody says it twice.</summary>
public sealed class PredictReadingTests : IDisposable
{
    private readonly CaseFolder files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void The_options_of_reading_go_with_the_model()
    {
        string[] lines = [.. Enumerable.Range(0, 80).Select(i => string.Join('|',
            i % 10 == 0 ? "?" : string.Create(CultureInfo.InvariantCulture, $"${1000 + (i * 37 % 101):#,0}"), i % 3 == 0 ? "süß" : "herb",
            i % 4 == 0 ? "ja" : "nein"))];
        byte[] rows = Encoding.Latin1.GetBytes(string.Join('\n', lines));
        files.Write("t.txt", rows);
        files.Write("twin.csv", string.Join('\n', lines.Select(l => string.Join(',', string.Concat(l.Where(sign => !",$?".Contains(sign))).Split('|')[..2]))));
        files.Done("train", "t.txt", "--no-header", "-t", "2", "--delimiter", "|", "--encoding", "latin1", "--missing", "?", "--numeric", "column0",
            "-l", "linear", "-r", "none", "-o", "m", "-q");
        ToolResult same = files.Done("predict", "m", "t.txt", "-p", "-o", "p.csv");
        Assert.DoesNotContain("unseen-category", same.Error, StringComparison.Ordinal);
        Assert.Equal(80, files.Rows("p.csv").Length);

        // Another way of reading may still be said: the same rows as a plain file are predicted the same.
        files.Done("predict", "m", "twin.csv", "--delimiter", ",", "--encoding", "utf-8", "-p", "-o", "q.csv", "-q");
        Assert.Equal(File.ReadAllText(files.Path("p.csv")), File.ReadAllText(files.Path("q.csv")));
    }

    [Fact]
    public void Lists_of_numbers_are_predicted_as_they_were_trained()
    {
        string Row(int i, string list) => string.Create(CultureInfo.InvariantCulture, $"{{\"v\":{list},\"z\":{i % 5},\"y\":\"{(i % 4 == 0 ? "a" : "b")}\"}}");
        string List(int i) => string.Create(CultureInfo.InvariantCulture, $"[{i % 7},{(i * 37 % 101) / 10.0},{(i % 4 == 0 ? 2 : -1)}]");
        files.Write("t.jsonl", CaseFolder.Lines(80, i => Row(i, i % 20 == 7 ? "null" : List(i))));
        files.Done("train", "t.jsonl", "-t", "y", "-l", "linear", "-r", "none", "-o", "m", "-q");
        files.Done("predict", "m", "t.jsonl", "-p", "-o", "p.csv", "-q");
        Dictionary<string, string>[] rows = files.Rows("p.csv");
        Assert.Equal(80, rows.Length);
        Assert.All(Enumerable.Range(0, 80).Where(i => i % 20 != 7), i => Assert.Equal(i % 4 == 0 ? "a" : "b", rows[i]["prediction"]));

        foreach ((string wrong, string part) in (ReadOnlySpan<(string, string)>)[
            ("[1,2]", "2 values"), ("[1,2,3,4]", "4 values"), ("5", "no list"), ("[1,\"x\",3]", "something else"), ("[1,1e999,2]", "v[1]")])
        {
            files.Write("w.jsonl", CaseFolder.Lines(3, i => Row(i, i == 1 ? wrong : List(i))));
            ToolResult refused = files.Ended(3, "predict", "m", "w.jsonl", "-q");
            Assert.Contains("w.jsonl, row 2, column 'v", refused.Error, StringComparison.Ordinal);
            Assert.Contains(part, refused.Error, StringComparison.Ordinal);
        }

        files.Write("n.jsonl", "{\"v\":[1,2,3]}\n");
        Assert.Contains("there is no column 'z'", files.Ended(3, "predict", "m", "n.jsonl", "-q").Error, StringComparison.Ordinal);
        // Rows of the training had no list; so may all of another file.
        files.Write("o.jsonl", "{\"z\":1}\n");
        files.Done("predict", "m", "o.jsonl", "-q");
    }

    [Fact]
    public void The_order_of_day_and_month_goes_with_the_model()
    {
        // Each date of the new file has two meanings; the training tells which.
        files.Write("t.csv", "when;price;y\n" + CaseFolder.Lines(60, i => $"{1 + (i % 28)}/{1 + (i % 12)}/2024;1.{100 + i},5;{(i % 4 == 0 ? "a" : "b")}"));
        files.Done("train", "t.csv", "-t", "y", "--dates", "when", "--numeric", "price", "-l", "linear", "-r", "none", "-o", "m", "-q");
        files.Write("n.csv", "when;price\n2/3/2024;1.101,5\n");
        files.Write("iso.csv", "when,price\n2024-03-02,1101.5\n");
        files.Done("predict", "m", "n.csv", "-p", "-o", "n.out.csv", "-q");
        files.Done("predict", "m", "iso.csv", "-p", "-o", "iso.out.csv", "-q");
        Assert.Equal(File.ReadAllText(files.Path("iso.out.csv")), File.ReadAllText(files.Path("n.out.csv")));
    }

    [Fact]
    public void A_key_that_rows_of_the_training_lacked_may_be_absent()
    {
        files.Write("t.jsonl", CaseFolder.Lines(60, i =>
            $"{{{(i % 4 == 0 ? "" : $"\"k\":{i % 5},")}{(i % 3 == 0 ? "" : "\"t\":\"u\",")}\"x\":{i % 7},\"y\":{i % 2}}}"));
        files.Done("train", "t.jsonl", "-t", "y", "-l", "linear", "-r", "none", "-o", "m", "-q");
        files.Write("n.jsonl", CaseFolder.Lines(3, i => $"{{\"x\":{i}}}"));
        files.Write("null.jsonl", CaseFolder.Lines(3, i => $"{{\"x\":{i},\"k\":null,\"t\":null}}"));
        Assert.Equal(files.Done("predict", "m", "null.jsonl", "-p", "-q").Output, files.Done("predict", "m", "n.jsonl", "-p", "-q").Output);
        files.Write("x.jsonl", "{\"k\":1}\n");
        Assert.Contains("there is no column 'x'", files.Ended(3, "predict", "m", "x.jsonl", "-q").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UTF-16", "utf-16LE")]
    [InlineData("UTF-16", "utf-16BE")]
    [InlineData("UTF-32", "utf-32")]
    public void Text_of_two_or_four_bytes_is_called_that_and_read_when_it_is_named(string word, string encoding)
    {
        Encoding known = Encoding.GetEncoding(encoding);
        foreach (bool mark in (bool[])[true, false])
        {
            if (!mark && word == "UTF-32") continue;
            byte[] text = known.GetBytes("x,y\n1,a\n2,b\n3,a\n");
            files.Write("w.csv", mark ? [.. known.GetPreamble(), .. text] : text);
            Assert.Contains(word, files.Ended(3, "weights", "w.csv", "-t", "y").Error, StringComparison.Ordinal);
            Assert.Equal(new() { ["a"] = 2, ["b"] = 1 }, files.Counts("w.csv", "-t", "y", "--encoding", encoding));
        }
    }

    [Theory]
    [InlineData("bzip2", "425A683931415926535900000000")]
    [InlineData("xz", "FD377A585A000004E6D6B446")]
    [InlineData("Zstandard", "28B52FFD2400010000")]
    [InlineData("7-zip", "377ABCAF271C0004")]
    [InlineData("SQLite", "53514C69746520666F726D6174203300")]
    [InlineData("zip", "504B030414000000")]
    public void Packed_files_are_called_by_their_name(string word, string bytes)
    {
        files.Write("p.csv", Convert.FromHexString(bytes));
        Assert.Contains(word, files.Ended(3, "weights", "p.csv", "-t", "y").Error, StringComparison.Ordinal);
    }
}
