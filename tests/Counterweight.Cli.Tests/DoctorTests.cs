using System.Text.Json;

namespace Counterweight.Cli.Tests;

/// <summary>What <c>doctor</c> says from a checkout, which has every native library beside it.</summary>
public sealed class DoctorTests
{
    [Fact]
    public void What_comes_with_the_tool_works_and_the_rest_is_named()
    {
        ToolResult result = Tool.Run("doctor", "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement[] parts = [.. json.RootElement.GetProperty("parts").EnumerateArray()];
        string[] names = ["LightGBM", "DuckDB", "Skia", "ONNX Runtime", "LibTorch", "dotnet SDK", "Python", "a browser"];
        Assert.Equal(names, parts.Select(p => p.GetProperty("name").GetString()));
        Assert.All(parts.Take(5), p => Assert.True(p.GetProperty("works").GetBoolean(), p.ToString()));

        // each works or says what to do, and never both
        Assert.All(parts, p => Assert.Equal(p.GetProperty("works").GetBoolean(), p.GetProperty("problem").ValueKind == JsonValueKind.Null));
    }

    [Fact]
    public void Without_programs_on_the_path_it_says_what_to_do()
    {
        ToolResult result = Tool.RunWith(null, new Dictionary<string, string> { ["PATH"] = "/nowhere" }, ["doctor"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        string text = result.Output.ReplaceLineEndings(" ");
        Assert.Contains("There is no python3 on the PATH", text, StringComparison.Ordinal);
        Assert.Contains("dotnet.microsoft.com", text, StringComparison.Ordinal);
        Assert.Contains("copy it to", text, StringComparison.Ordinal);
        Assert.All(result.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }
}
