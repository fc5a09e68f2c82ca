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
        Assert.Contains("   counterweight weights --counts 1016,12852,12888,3380,296 --scheme \\\n     inverse-sqrt --normalise mean-one\n", run.Output,
            StringComparison.Ordinal);
        foreach (string part in (string[])["beyond 90/10", "20.0%", "a huge update", "summed weights", "counterweight compare"])
            Assert.Contains(part, run.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
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

    [Fact]
    public void What_a_comparison_measured_takes_the_place_of_the_model()
    {
        using var files = new TempFiles();
        string data = Reports.Table(files["rows.csv"], ["no", "yes"], 400, "class"), folder = files["compared"];
        ToolResult compared = Tool.Run("compare", data, "--target", "class", "--learners", "linear", "--remedies", "none,weights:balanced", "--folds", "3",
            "--repeats", "1", "--out", folder, "--json");
        Assert.True(compared.Code == 0, compared.Error);
        using JsonDocument comparison = JsonDocument.Parse(compared.Output);
        double Of(string remedy, string metric) =>
            comparison.RootElement.GetProperty("candidates").EnumerateArray().Single(c => c.GetProperty("remedy").GetString() == remedy).GetProperty("metrics")
            .GetProperty(metric).GetDouble();

        // 1 / count has the proportions of balanced weights, whose effect was measured.
        ToolResult run = Tool.Run("explain", data, "--target", "class", "--weights", "inverse", "--comparison", folder, "--json");
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument explained = JsonDocument.Parse(run.Output);
        JsonElement measured = explained.RootElement.GetProperty("measured");
        Assert.Equal(
            (Of("none", "accuracy"), Of("weights:balanced", "accuracy"), Of("none", "balanced-accuracy"), Of("weights:balanced", "balanced-accuracy")),
            (measured.GetProperty("accuracyBefore").GetDouble(), measured.GetProperty("accuracyAfter").GetDouble(),
                measured.GetProperty("balancedAccuracyBefore").GetDouble(), measured.GetProperty("balancedAccuracyAfter").GetDouble()));
        string text = explained.RootElement.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("code").GetString() == "accuracy")
            .GetProperty("text").GetString()!;
        Assert.Contains("Measured by linear on 3 folds, accuracy goes from", text, StringComparison.Ordinal);
        Assert.DoesNotContain("AUC", text, StringComparison.Ordinal);

        ToolResult other = Tool.Run("explain", data, "--target", "class", "--weights", "inverse-sqrt", "--comparison", folder);
        Assert.Equal(2, other.Code);
        Assert.Contains("it has weights:balanced", other.Error, StringComparison.Ordinal);
        ToolResult rows = Tool.Run("explain", "--counts", "9,1", "--batch-size", "2", "--comparison", folder);
        Assert.Equal(3, rows.Code);
        Assert.Contains("of other rows", rows.Error, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("explain", "--counts", "9,1", "--comparison", files["nowhere"]).Code);
        File.WriteAllText(files["comparison.json"], "{]");
        Assert.Equal(3, Tool.Run("explain", "--counts", "9,1", "--comparison", files["comparison.json"]).Code);
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
