using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary><c>--sample-weight</c> in every verb that reads a table, and weights that cannot be used.</summary>
public sealed class RowWeightTests
{
    [Theory]
    [InlineData("3", "-1", "row 2", "-1")]
    [InlineData("3", "", "row 2", "missing")]
    [InlineData("3", "many", "row 2", "many")]
    [InlineData("3", "inf", "row 2", "inf")]
    [InlineData("0", "0", "row 1", "zero")]
    [InlineData("0", "2", "row 1", "'a'")]
    public void Weights_that_cannot_be_used_are_refused_by_row(string first, string second, string place, string said)
    {
        using var files = new TempFiles();
        string zero = first == "0" ? "0" : "1";
        string path = files.Write("w.csv", $"x,n,y\n1,{first},a\n2,{second},{(first == "0" ? "b" : "a")}\n3,{zero},a\n4,{second},b\n");
        foreach (string verb in (string[])["weights", "explain", "compare"])
        {
            ToolResult run = Tool.Run(verb, path, "-t", "y", "--sample-weight", "n");
            Assert.True(run.Code == 3, $"{verb}: exit {run.Code}. {run.Error}");
            Assert.Contains(place, run.Error, StringComparison.Ordinal);
            Assert.Contains("'n'", run.Error, StringComparison.Ordinal);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Counts_and_shares_go_by_the_weights()
    {
        using var files = new TempFiles();
        string path = files.Write("w.csv", "x,n,y\n1,10.5,a\n2,19.5,a\n3,5,b\n4,1,b\n");
        ToolResult run = Tool.Run("weights", path, "-t", "y", "--sample-weight", "n", "--scheme", "balanced,max-ratio", "--json", "-q");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal([0.6, 3.0], document.RootElement.GetProperty("schemes")[0].GetProperty("weights").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(5, document.RootElement.GetProperty("imbalanceRatio").GetDouble(), 1e-12);
        JsonElement rare = document.RootElement.GetProperty("classes")[1];
        Assert.Equal((2, 1 / 6.0), (rare.GetProperty("count").GetInt32(), rare.GetProperty("share").GetDouble()));
        double sum = (30 * 0.6) + (6 * 3), squares = (((10.5 * 10.5) + (19.5 * 19.5)) * 0.36) + (26 * 9);
        Assert.Equal(sum * sum / squares, document.RootElement.GetProperty("schemes")[0].GetProperty("effectiveSampleSize").GetDouble(), 1e-9);
    }

    [Fact]
    public void Models_and_decisions_take_them_and_the_column_is_no_feature()
    {
        using var files = new TempFiles();
        var random = new SeededRandom(2);
        string rows = string.Concat(Enumerable.Range(0, 300).Select(i => FormattableString.Invariant(
            $"{random.NextGaussian() + (i % 5 == 0 ? 2 : 0):0.000},{(i % 2 == 0 ? 3 : 1)},{random.NextDouble():0.000},{(i % 5 == 0 ? "yes" : "no")}\n")));
        string path = files.Write("t.csv", "x,n,p_yes,y\n" + rows), model = files["model"];
        ToolResult trained = Tool.Run("train", path, "-t", "y", "--sample-weight", "n", "-l", "linear", "-r", "threshold:tuned", "-o", model, "-q");
        Assert.True(trained.Code == 0, trained.Error);
        Assert.DoesNotContain("\"n\"", File.ReadAllText(Path.Combine(model, "schema.json")), StringComparison.Ordinal);
        ToolResult plain = Tool.Run("decide", path, "-t", "y", "--scores", "p_yes", "--json", "-q");
        ToolResult weighted = Tool.Run("decide", path, "-t", "y", "--scores", "p_yes", "--sample-weight", "n", "--json", "-q");
        Assert.Equal((0, 0), (plain.Code, weighted.Code));
        Assert.NotEqual(plain.Output, weighted.Output);
        Assert.Contains("Kish", weighted.Output, StringComparison.Ordinal);
    }
}
