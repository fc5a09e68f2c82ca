using System.Text.Json;

namespace Counterweight.Cli.Tests;

public sealed class RemediesTests
{
    [Fact]
    public void The_catalogue_names_every_scheme_with_its_source()
    {
        ToolResult result = Tool.Run("remedies");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        foreach (MethodDefinition method in WeightScheme.Catalogue) Assert.Contains($"  weights:{method.Signature}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_parameter()
    {
        using JsonDocument json = JsonDocument.Parse(Tool.Run("remedies", "--json").Output);
        JsonElement power = json.RootElement.GetProperty("remedies").EnumerateArray().Single(r => r.GetProperty("name").GetString() == "weights:power");
        JsonElement tau = power.GetProperty("parameters")[0];
        Assert.Equal(("tau", 0.5), (tau.GetProperty("name").GetString(), tau.GetProperty("default").GetDouble()));
        Assert.All(json.RootElement.GetProperty("remedies").EnumerateArray(), r => Assert.NotEqual("", r.GetProperty("source").GetString()));
    }
}
