using System.IO.Compression;
using System.Text.Json;

namespace Counterweight.Cli.Tests;

/// <summary>What <c>libtorch</c> does from a checkout; that it fetches the package is tried with the tool's own package (build/try-packages.sh).</summary>
public sealed class LibTorchTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight-libtorch-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ToolResult Run(params string[] arguments) =>
        Tool.RunWith(null, new Dictionary<string, string> { ["COUNTERWEIGHT_LIBTORCH"] = Path.Combine(folder, "torch") }, ["libtorch", .. arguments]);

    [Fact]
    public void A_checkout_has_it_beside_the_tool()
    {
        ToolResult result = Run("--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.True(json.RootElement.GetProperty("works").GetBoolean());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("folder").ValueKind);
    }

    [Fact]
    public void A_source_needs_an_installation()
    {
        ToolResult result = Run("--from", "x.nupkg");
        Assert.Equal(2, result.Code);
        Assert.Contains("--install", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", 2, "there is no such file or folder")]
    [InlineData("broken", 3, "is no package")]
    [InlineData("empty", 3, "has no")]
    public void A_source_that_will_not_do_leaves_nothing_behind(string kind, int code, string says)
    {
        string source = Path.Combine(folder, "source.nupkg");
        if (kind == "broken") File.WriteAllText(source, "no zip");
        if (kind == "empty")
        {
            using ZipArchive zip = ZipFile.Open(source, ZipArchiveMode.Create);
            zip.CreateEntry("runtimes/none/native/readme.txt");
        }

        ToolResult result = Run("--install", "--from", source);
        Assert.Equal(code, result.Code);
        Assert.Contains(says, result.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal(kind == "missing" ? [] : [source], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void A_folder_of_something_else_is_left_alone()
    {
        string other = Path.Combine(folder, "torch", "mine.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.WriteAllText(other, "mine");
        ToolResult result = Run("--install", "--from", folder);
        Assert.Equal(1, result.Code);
        Assert.Contains("holds something else", result.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(other));
    }
}
