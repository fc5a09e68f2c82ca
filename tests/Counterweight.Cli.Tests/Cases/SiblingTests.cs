using System.Text;

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
}
