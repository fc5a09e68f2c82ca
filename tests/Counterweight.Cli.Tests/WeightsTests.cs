using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

public sealed class WeightsTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("weights-lending-club.txt", "samples/lending-club.csv", "--target", "Class")]
    [InlineData("weights-hpc-jobs.txt", "samples/hpc-jobs.csv", "--target", "class")]
    [InlineData("weights-two-schemes.txt", "--counts", "900,100", "--labels", "ham,spam", "--scheme", "balanced,power(0.25)", "--normalise", "mean-one",
        "--cap", "4")]
    [InlineData("weights-five-long-names.txt", "--counts", "2741,37919,22858,31235,5499", "--labels",
        "a class with a long name,another class,c,d,the last of them")]
    [InlineData("weights-twelve-classes.txt", "--counts", "5000,4000,3000,2000,1000,500,400,300,200,100,50,40")]
    public void Text_fits_80_columns_and_is_as_expected(string golden, params string[] arguments)
    {
        ToolResult result = Tool.Run(["weights", .. arguments]);
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain('\e', result.Output);
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        TextGolden.Check(golden, result.Output);
    }

    [Fact]
    public void A_thousand_classes_are_abridged_in_the_text_and_complete_in_json()
    {
        string counts = string.Join(',', Enumerable.Range(1, 1000).Select(i => i * i));
        ToolResult text = Tool.Run("weights", "--counts", counts, "--scheme", "balanced");
        Assert.Contains("The 20 rarest and the 20 most frequent of 1,000 classes", text.Output, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Tool.Run("weights", "--counts", counts, "--json").Output);
        Assert.Equal(1000, json.RootElement.GetProperty("classes").GetArrayLength());
        Assert.All(json.RootElement.GetProperty("schemes").EnumerateArray(), s => Assert.Equal(1000, s.GetProperty("weights").GetArrayLength()));
    }

    [Fact]
    public void Json_is_the_contract()
    {
        ToolResult result = Tool.Run("weights", "--counts", "2741,37919,22858,31235,5499", "--json", "--scheme", "max-ratio", "--quiet");
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.Equal(["classes", "rows", "unit", "imbalanceRatio", "schemes", "warnings"], json.RootElement.EnumerateObject().Select(p => p.Name));
        JsonElement first = json.RootElement.GetProperty("classes")[0], scheme = json.RootElement.GetProperty("schemes")[0];
        Assert.Equal(["label", "count", "share"], first.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["name", "normalisation", "weights", "priorAfter", "effectiveSampleSize"], scheme.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("0", 2741L, 2741.0 / 100252),
            (first.GetProperty("label").GetString(), first.GetProperty("count").GetInt64(), first.GetProperty("share").GetDouble()));
        Assert.Equal((100252L, 37919.0 / 2741), (json.RootElement.GetProperty("rows").GetInt64(), json.RootElement.GetProperty("imbalanceRatio").GetDouble()));
        Assert.Equal(("max-ratio", "none"), (scheme.GetProperty("name").GetString(), scheme.GetProperty("normalisation").GetString()));
        long[] counts = [2741, 37919, 22858, 31235, 5499];
        Close.All([.. counts.Select(n => 37919.0 / n)], Golden.Vector(scheme.GetProperty("weights")), 1e-15, "weights");
        Close.All([0.2, 0.2, 0.2, 0.2, 0.2], Golden.Vector(scheme.GetProperty("priorAfter")), 1e-14, "priorAfter");
        double sum = 5 * 37919.0, squares = counts.Sum(n => 37919.0 / n * 37919.0);
        Close.One(sum * sum / squares, scheme.GetProperty("effectiveSampleSize").GetDouble(), 1e-12, "effectiveSampleSize");
        Assert.Equal(["beyond-90-10"], json.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("900,100", false)]
    [InlineData("901,100", true)]
    public void Ninety_to_ten_itself_is_not_warned_about(string counts, bool warned) =>
        Assert.Equal(warned, Tool.Run("weights", "--counts", counts).Error.Contains("[beyond-90-10]", StringComparison.Ordinal));

    [Fact]
    public void Two_classes_have_a_positive_weight()
    {
        static (string?, double) Positive(params string[] arguments)
        {
            using JsonDocument json = JsonDocument.Parse(Tool.Run(["weights", "--json", .. arguments]).Output);
            JsonElement entry = json.RootElement.GetProperty("positiveWeight");
            return (entry.GetProperty("positiveClass").GetString(), entry.GetProperty("value").GetDouble());
        }

        Assert.Equal(("1", 9), Positive("--counts", "900,100"));
        Assert.Equal(("bad", 9340.0 / 517), Positive("samples/lending-club.csv", "--target", "Class"));
        Assert.Equal(("good", 517 / 9340.0), Positive("samples/lending-club.csv", "--target", "Class", "--positive", "good"));
    }

    [Theory]
    [InlineData("0,2\n1,1\n")]
    [InlineData("class,cost\n1,1\n0,2\n")]
    [InlineData("0,2\n1,0\n")]
    [InlineData(",0,1\n0,0,2\n1,1,0\n")]
    public void Costs_become_weights(string text)
    {
        using JsonDocument json = JsonDocument.Parse(
            Tool.Run("weights", "--counts", "900,100", "--costs", files.Write("costs.csv", text), "--scheme", "costs", "--json").Output);
        double[] expected = text == "0,2\n1,0\n" ? [2, 1] : [2, 1];
        Assert.Equal(expected, Golden.Vector(json.RootElement.GetProperty("schemes")[0].GetProperty("weights")));
    }

    [Fact]
    public void Costs_that_do_not_fit_are_3()
    {
        ToolResult result = Tool.Run("weights", "--counts", "900,100", "--costs", files.Write("costs.csv", "0,1\n1,0\n1,2\n4,5\n"));
        Assert.Equal((3, ""), (result.Code, result.Output));
        Assert.Contains("2 classes", result.Error, StringComparison.Ordinal);
        Assert.Equal(3, Tool.Run("weights", "--counts", "900,100", "--costs", files["none.csv"]).Code);
    }

    [Fact]
    public void Without_a_scheme_every_scheme_is_shown()
    {
        using JsonDocument json = JsonDocument.Parse(Tool.Run("weights", "--counts", "900,100", "--json").Output);
        Assert.Equal(
            WeightScheme.Catalogue.Where(m => m.Name != "costs").Select(m => WeightScheme.Parse(m.Name).Name),
            json.RootElement.GetProperty("schemes").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
    }

    [Fact]
    public void Parquet_and_json_lines_count_like_csv()
    {
        string lines = files.Write("a.jsonl",
            string.Concat(Enumerable.Range(0, 50).Select(i => $"{{\"x\": {i}, \"y\": {(i % 5 == 0 ? "true" : "false")}}}\n")));
        using JsonDocument json = JsonDocument.Parse(Tool.Run("weights", lines, "-t", "y", "--json").Output);
        Assert.Equal(["false 40", "true 10"],
            json.RootElement.GetProperty("classes").EnumerateArray().Select(c => $"{c.GetProperty("label")} {c.GetProperty("count")}"));
    }

    [Fact]
    public void An_empty_class_can_have_a_policy()
    {
        using JsonDocument json = JsonDocument.Parse(
            Tool.Run("weights", "--counts", "90,10,0", "--scheme", "max-ratio", "--empty-class", "largest", "--json").Output);
        Assert.Equal([1, 9, 9], Golden.Vector(json.RootElement.GetProperty("schemes")[0].GetProperty("weights")));
        Assert.Contains("empty-class", json.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()));
    }
}
