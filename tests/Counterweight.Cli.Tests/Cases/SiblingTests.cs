using System.Text;
using System.Text.Json;

namespace Counterweight.Cli.Tests;

/// <summary>Siblings of the cases: other verbs, formats and values of the same kinds of faults.</summary>
public sealed class SiblingTests : IDisposable
{
    private readonly CaseFolder files = new();

    public void Dispose() => files.Dispose();

    /// <summary>A message names the encoding, whatever file of text has another than UTF-8.</summary>
    [Theory]
    [InlineData("weights", "d.csv", "-t", "y", "--costs", "k.csv")]
    [InlineData("decide", "d.csv", "-t", "y", "--scores", "x", "--costs", "k.csv")]
    [InlineData("weights", "yolo/data.yaml")]
    public void Small_files_that_are_not_Utf8_are_called_that(params string[] arguments)
    {
        files.Write("d.csv", "x,y\n" + CaseFolder.Lines(20, i => CaseFolder.Invariant($"0.{i % 9},{(i % 4 == 0 ? "\u00e9" : "b")}")));
        files.Write("k.csv", Encoding.Latin1.GetBytes("class,cost\n\u00e9,1\nb,2\n"));
        files.Write("yolo/data.yaml", Encoding.Latin1.GetBytes("path: .\ntrain: images/train\nnames: [caf\u00e9, b]\n"));
        files.Write("yolo/labels/train/a.txt", "0 0.5 0.5 0.1 0.1\n");
        files.Write("yolo/images/train/a.jpg", "");
        Assert.Contains("not UTF-8", files.Ended(3, arguments).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zz", "--sample-weight: there is no column 'zz'")]
    [InlineData("y", "--sample-weight: 'y' is the label column")]
    public void A_column_of_weights_that_is_none_is_told_by_the_option(string column, string says)
    {
        files.Write("w.csv", "x,y\n" + CaseFolder.Lines(20, i => $"{i},{(i % 4 == 0 ? "a" : "b")}"));
        foreach (string[] verb in (string[][])[["weights", "w.csv"], ["resample", "w.csv", "-m", "random-over", "-o", "o.csv"]])
            Assert.Contains(says, files.Ended(2, [.. verb, "-t", "y", "--sample-weight", column]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_databases_beside_a_file_are_told()
    {
        files.Write("b.csv", CaseFolder.Base);
        foreach (string[] option in (string[][])[["--table", "loans"], ["--query", "SELECT 1"], ["--dialect", "postgres"], ["--max-rows", "50"]])
            Assert.Contains(option[0], files.Ended(2, ["weights", "b.csv", "-t", "y", .. option]).Error, StringComparison.Ordinal);
        files.Done("weights", "b.csv", "-t", "y", "--emit", "sql", "--dialect", "postgres", "-q");
    }

    /// <summary>Numbers that 64 bits do not hold go into every format and back, or are refused by the column.</summary>
    [Fact]
    public void Numbers_of_thirty_digits_go_through_every_format()
    {
        const string front = "1234567890123456789012345678";
        files.Write("a.csv", "id,x,y\n" + CaseFolder.Lines(20, i => $"{front}{i:00},{i},{(i % 3 == 0 ? 1 : 0)}"));
        foreach (string ending in (string[])["parquet", "jsonl", "csv"])
        {
            files.Done("resample", "a.csv", "-t", "y", "-m", "random-over", "-o", "o." + ending, "-q");
            files.Done("resample", "o." + ending, "-t", "y", "-m", "random-under", "-o", "p.csv", "-q");
            Assert.All(files.Rows("p.csv"), row => Assert.StartsWith(front, row["id"], StringComparison.Ordinal));
        }

        files.Write("b.csv", "id,y\n" + CaseFolder.Lines(20, i => $"{front}{front}{i:00},{(i % 3 == 0 ? 1 : 0)}"));
        Assert.Contains("'id'", files.Ended(3, "resample", "b.csv", "-t", "y", "-m", "random-over", "-o", "b.parquet").Error, StringComparison.Ordinal);
    }

    /// <summary>A tilde is a letter in whatever is read or written, and the home folder is not touched.</summary>
    [Fact]
    public void A_tilde_is_a_letter_for_every_verb()
    {
        Dictionary<string, string> home = new() { ["HOME"] = files.Path("home") };
        files.Write("home/q.csv", "a,y\n1,5\n2,6\n");
        files.Write("~b.csv", CaseFolder.Base);
        files.Write("~k.csv", "class,cost\n0,1\n1,3\n");
        string[] one = ["-l", "linear", "-r", "none", "-q"];
        foreach (string[] line in (string[][])[
            ["weights", "~b.csv", "-t", "y", "--costs", "~k.csv", "-q"],
            ["resample", "~b.csv", "-t", "y", "-m", "random-over", "-o", "~o.parquet", "-q"],
            ["resample", "~o.parquet", "-t", "y", "-m", "random-under", "-o", "~o.jsonl", "-q"],
            ["compare", "~b.csv", "-t", "y", "--folds", "2", "--repeats", "1", "--out", "~c", .. one],
            ["train", "~b.csv", "-t", "y", "--comparison", "~c", "-o", "~m", "-q"],
            ["predict", "~m", "~b.csv", "-o", "~p.csv", "-q"],
            ["explain", "~o.jsonl", "-t", "y", "--plots", "~plots", "-q"]])
        {
            ToolResult result = files.Run(home, line);
            Assert.True(result.Code == 0, $"{string.Join(' ', line)}: {result.Error}");
        }

        foreach (string made in (string[])["~o.parquet", "~o.jsonl", "~c/comparison.json", "~p.csv", "~plots"])
            Assert.True(Path.Exists(files.Path(made)), made);
        Assert.Equal([files.Path("home/q.csv")], Directory.GetFileSystemEntries(files.Path("home")));
    }

    /// <summary>Keys of any kind are told by name, and no row that is made has one.</summary>
    [Theory]
    [InlineData("order_id", "A-{0:00000}")]
    [InlineData("uuid", "{0:x8}-0000-4000-a000-000000000000")]
    [InlineData("phone", "4917{0:000}55522")]
    [InlineData("patient number", "{0}")]
    public void Identifiers_of_any_kind_are_left_empty(string name, string format)
    {
        files.Write("i.csv", $"{name},x,y\n" + CaseFolder.Lines(160, i => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, 100 + i)
            + CaseFolder.Invariant($",{i * 37 % 101 / 10.0:0.0},{(i % 8 == 0 ? 1 : 0)}")));
        string told = files.Done("resample", "i.csv", "-t", "y", "-m", "smote", "-o", "o.csv").Error;
        Assert.Contains("identifier", told, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", told, StringComparison.Ordinal);
        Assert.All(files.Rows("o.csv").Skip(160), row => Assert.Equal(("", true), (row[name], row["x"].Length > 0)));
    }

    /// <summary>Booleans go through every format and back, missing ones too, and a class that is one is predicted as one.</summary>
    [Fact]
    public void Booleans_go_through_every_format()
    {
        string Word(bool value) => value ? "true" : "false";
        files.Write("a.jsonl", CaseFolder.Lines(60, i =>
            $"{{\"b\":{Word(i % 2 == 0)},\"n\":{(i % 3 == 2 ? "null" : Word(i % 3 == 0))},\"x\":{i},\"out\":{Word(i % 5 == 0)}}}"));
        string from = "a.jsonl";
        foreach (string to in (string[])["b.parquet", "c.jsonl", "d.csv", "e.jsonl"])
        {
            files.Done("resample", from, "-t", "out", "-m", from == "a.jsonl" ? "random-over" : "random-under", "-o", to, "-q");
            from = to;
        }

        foreach (string line in File.ReadAllLines(files.Path("c.jsonl")))
        {
            Assert.Matches("\"b\":(true|false)", line);
            Assert.Matches("\"out\":(true|false)", line);
            Assert.DoesNotMatch("\"n\":[^tfn]", line);
        }

        Assert.Equal(["false", "true"], files.Rows("d.csv").Select(r => r["b"]).Distinct().Order());
        files.Done("train", "a.jsonl", "-t", "out", "-l", "linear", "-r", "none", "-o", "m", "-q");
        files.Done("predict", "m", "a.jsonl", "-o", "p.csv", "-q");
        Assert.All(files.Rows("p.csv"), row => Assert.Contains(row["prediction"], (string[])["false", "true"]));
    }

    /// <summary>A file without a header is one for every verb, and a model made from one predicts one.</summary>
    [Fact]
    public void Every_verb_reads_a_file_without_a_header()
    {
        files.Write("n.csv", CaseFolder.Lines(100, i => CaseFolder.Invariant($"{i * 37 % 101 / 10.0:0.0},{i % 3},{(i % 4 == 0 ? 1 : 0)}")));
        string[] read = ["n.csv", "--no-header", "-t", "2", "-q"];
        files.Done(["explain", .. read]);
        files.Done(["compare", .. read, "-l", "linear", "-r", "none", "--folds", "2", "--repeats", "1"]);
        files.Done(["resample", .. read, "-m", "random-over", "-o", "o.csv"]);
        Assert.Equal(new() { ["0"] = 75, ["1"] = 75 }, files.Counts("o.csv", "-t", "column2"));
        files.Done(["train", .. read, "-l", "linear", "-r", "none", "-o", "m"]);
        files.Done("predict", "m", "n.csv", "-o", "p.csv", "-q");
        Assert.Equal(100, files.Rows("p.csv").Length);
        files.Write("s.csv", CaseFolder.Lines(40, i => CaseFolder.Invariant($"{(i % 4 == 0 ? 1 : 0)},0.{1 + (i * 7 % 9)}")));
        files.Done("decide", "s.csv", "--no-header", "-t", "0", "--scores", "1", "-q");
    }

    /// <summary>What a comparison was asked goes into training, whatever it was.</summary>
    [Theory]
    [InlineData("-m", "expected-cost", "--costs", "k.csv", "--drop", "id,group")]
    [InlineData("-m", "recall", "--positive", "high", "--drop", "id,group")]
    [InlineData("-m", "mcc", "--group", "group", "--drop", "id")]
    public void Training_keeps_whatever_the_comparison_was_asked(params string[] asked)
    {
        files.Write("d.csv", "x,id,group,y\n" + CaseFolder.Lines(600, i =>
            CaseFolder.Invariant($"{(i * 7919 % 1000 / 400.0) + (i / 4 % 12 == 0 ? 0.8 : 0) + (i % 12 == 0 ? 0.8 : 0):0.000},{i},{i / 4},")
                + (i % 12 == 0 ? "high" : "low")));
        files.Write("k.csv", "class,cost\nlow,1\nhigh,8\n");
        string[] tuned = ["-l", "linear", "-r", "threshold:tuned", "-q"];
        JsonElement compared = CaseFolder.Json(files.Done(
            ["compare", "d.csv", "-t", "y", .. asked, .. tuned, "--folds", "3", "--repeats", "1", "--out", "c", "--json"]));
        string remedy = compared.GetProperty("recommendation").GetProperty("remedy").GetString()!;
        files.Done("train", "d.csv", "-t", "y", "--comparison", "c", "-o", "m1", "-q");
        files.Done(["train", "d.csv", "-t", "y", .. asked, "-l", "linear", "-r", remedy, "-o", "m2", "-q"]);
        foreach (string model in (string[])["m1", "m2"]) files.Done("predict", model, "d.csv", "-p", "-o", model + ".csv", "-q");
        Assert.Equal(File.ReadAllText(files.Path("m2.csv")), File.ReadAllText(files.Path("m1.csv")));
    }
}
