using System.Text.Json;
using Counterweight.Comparison;

namespace Counterweight.Cli.Tests;

public sealed class RemediesTests
{
    [Fact]
    public void The_catalogue_names_every_remedy_in_80_columns()
    {
        ToolResult result = Tool.Run("remedies");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        string unbroken = string.Join(' ', result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All(Remedy.Catalogue, method => Assert.Contains(method.Signature, unbroken, StringComparison.Ordinal));
    }

    [Fact]
    public void Json_has_every_parameter()
    {
        using JsonDocument json = JsonDocument.Parse(Tool.Run("remedies", "--json").Output);
        JsonElement power = json.RootElement.GetProperty("remedies").EnumerateArray().Single(r => r.GetProperty("name").GetString() == "weights:power");
        JsonElement tau = power.GetProperty("parameters")[0];
        Assert.Equal(("tau", 0.5), (tau.GetProperty("name").GetString(), tau.GetProperty("default").GetDouble()));
        Assert.Equal(Remedy.Catalogue.Select(m => m.Name),
            json.RootElement.GetProperty("remedies").EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        Assert.All(json.RootElement.GetProperty("remedies").EnumerateArray(), r => Assert.NotEqual("", r.GetProperty("source").GetString()));
    }
}
