using System.Text.Json;

namespace Counterweight.Cli.Tests;

public sealed class ExplainTests
{
    [Fact]
    public void The_discussions_case_fits_one_screen_of_80_columns()
    {
        ToolResult run = Tool.Run("explain", "--counts", "1016,12852,12888,3380,296", "--weights", "inverse");
        Assert.Equal((0, ""), (run.Code, run.Error));
        string[] lines = run.Output.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.InRange(lines.Length, 20, 48);
        Assert.All(lines, line => Assert.False(line.EndsWith(' ')));
        // A command that does not fit its line goes on after a backslash, ready to paste.
        Assert.Contains("   counterweight weights --counts 1016,12852,12888,3380,296 --scheme \\\n     inverse-sqrt --normalise mean-one\n", run.Output, StringComparison.Ordinal);
        foreach (string part in (string[])["beyond 90/10", "20.0%", "a huge update", "summed weights", "counterweight compare"]) Assert.Contains(part, run.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_every_figure()
    {
        ToolResult run = Tool.Run("explain", "--counts", "900,100", "--weights", "5,1", "--reduction", "batch-mean", "--batch-size", "10", "--json");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(4.6, document.RootElement.GetProperty("meanWeight").GetDouble(), 1e-12);
        Assert.Equal(4.6, document.RootElement.GetProperty("learningRateFactor").GetDouble(), 1e-12);
        Assert.Equal("batch-mean", document.RootElement.GetProperty("reduction").GetString());
        Assert.Equal(2, document.RootElement.GetProperty("classes").GetArrayLength());
    }

    [Theory]
    [InlineData("--weights", "balancd", "Did you mean 'balanced'?")]
    [InlineData("--weights", "1,2,3", "3 values, but there are 2 classes")]
    [InlineData("--reduction", "mean", "weighted-mean")]
    [InlineData("--batch-size", "0", "--batch-size is 1 or more")]
    [InlineData("--separability", "2", "between 0.5 and 1")]
    public void Wrong_options_end_with_code_2(string option, string value, string part)
    {
        ToolResult run = Tool.Run("explain", "--counts", "900,100", option, value);
        Assert.Equal(2, run.Code);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }
}
