using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Counterweight.Cli.Tests;

/// <summary>A folder of a stranger's files, in which the built tool is run.</summary>
internal sealed class CaseFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight-case-").FullName;

    /// <summary>120 rows: three features, class 1 every sixth row.</summary>
    internal const string BaseHeader = "a,b,c,y\n";

    internal static string Base => BaseHeader + Lines(120, i =>
        Invariant($"{i % 7},{i * 37 % 101 / 10.0:0.0},{"uvw"[i % 3]},{(i % 6 == 0 ? 1 : 0)}"));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    internal static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    internal static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(i => line(i) + "\n"));

    internal string Path(string name) => System.IO.Path.Combine(folder, name);

    internal string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    internal string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllBytes(Path(name), content);
        return name;
    }

    /// <summary>Runs the tool in the folder; no run ends with a stack trace.</summary>
    internal ToolResult Run(params string[] arguments) => Checked(Tool.RunIn(folder, null, arguments));

    internal ToolResult Run(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Checked(Tool.RunIn(folder, environment, arguments));

    internal ToolResult Done(params string[] arguments) => Ended(0, arguments);

    internal ToolResult Ended(int code, params string[] arguments)
    {
        ToolResult result = Run(arguments);
        Assert.True(result.Code == code, $"exit {result.Code}, wanted {code}: {result.Error}{result.Output}");
        return result;
    }

    /// <summary>The counts by label that <c>weights --json</c> gives.</summary>
    internal Dictionary<string, long> Counts(params string[] arguments) => Counts(null, arguments);

    internal Dictionary<string, long> Counts(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        ToolResult result = Run(environment ?? new Dictionary<string, string>(), ["weights", .. arguments, "--json", "-q"]);
        Assert.True(result.Code == 0, result.Error);
        return Json(result).GetProperty("classes").EnumerateArray()
            .ToDictionary(c => c.GetProperty("label").GetString()!, c => c.GetProperty("count").GetInt64());
    }

    internal static JsonElement Json(ToolResult result)
    {
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    /// <summary>The candidates of <c>compare --json</c> by learner and remedy.</summary>
    internal static Dictionary<(string Learner, string Remedy), JsonElement> Candidates(JsonElement document) =>
        document.GetProperty("candidates").EnumerateArray()
            .ToDictionary(c => (c.GetProperty("learner").GetString()!, c.GetProperty("remedy").GetString()!), c => c);

    /// <summary>The rows of a simple CSV file, by column.</summary>
    internal Dictionary<string, string>[] Rows(string name)
    {
        string[] lines = File.ReadAllLines(Path(name));
        string[] header = lines[0].Split(',');
        return [.. lines.Skip(1).Select(l => header.Zip(l.Split(',')).ToDictionary(p => p.First, p => p.Second))];
    }

    internal static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static ToolResult Checked(ToolResult result)
    {
        Assert.DoesNotContain("Unhandled exception", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\n   at ", result.Error, StringComparison.Ordinal);
        return result;
    }
}
