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

    /// <summary>The tool as its package has it, without LibTorch: a comparison goes on with what needs none, and what does need it says what to type.</summary>
    [Fact]
    public void Without_it_the_rest_works()
    {
        string from = Path.GetDirectoryName(Tool.Library)!, tool = Path.Combine(folder, "tool");
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetFileName(file), to = Path.Combine(tool, Path.GetRelativePath(from, file));
            bool native = name.Contains("torch", StringComparison.OrdinalIgnoreCase) || name.Contains("c10", StringComparison.OrdinalIgnoreCase);
            if ((native && !name.EndsWith(".dll", StringComparison.Ordinal)) || new FileInfo(file).Length > 50_000_000) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        string data = Path.Combine(folder, "few.csv");
        File.WriteAllText(data, CaseFolder.Base);
        Dictionary<string, string> nowhere = new() { ["COUNTERWEIGHT_LIBTORCH"] = Path.Combine(folder, "torch") };
        ToolResult compared = Tool.RunCopy(tool, nowhere, "compare", data, "-t", "y", "--folds", "2", "--repeats", "1", "--json");
        Assert.True(compared.Code == 0, compared.Error);
        using JsonDocument json = JsonDocument.Parse(compared.Output);
        ILookup<string, string> candidates = json.RootElement.GetProperty("candidates").EnumerateArray()
            .ToLookup(c => c.GetProperty("status").GetString()!, c => c.GetProperty("learner").GetString() + " / " + c.GetProperty("remedy").GetString());
        Assert.Contains("linear / weights:balanced", candidates["done"]);
        Assert.Contains("gbdt / loss:logit-adjusted(tau=1)", candidates["done"]);
        Assert.Equal(["linear / loss:logit-adjusted(tau=1)"], candidates["refused"]);
        Assert.Empty(candidates["failed"]);
        ToolResult mlp = Tool.RunCopy(tool, nowhere, "compare", data, "-t", "y", "-l", "mlp", "-r", "none");
        Assert.Equal(1, mlp.Code);
        Assert.Contains("counterweight libtorch --install", mlp.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
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
