using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using Counterweight.Comparison;
using Counterweight.TestSupport;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Counterweight.Cli.Tests;

/// <summary>Runs by itself, since the code of pages reads and writes in the current folder, and prints.</summary>
[CollectionDefinition(nameof(InTheCurrentFolder), DisableParallelization = true)]
public class InTheCurrentFolder;

/// <summary>The code of the pages: every block of C# that no other test runs is run, and every command line is one that the tool takes.</summary>
[Collection(nameof(InTheCurrentFolder))]
public sealed partial class PageCodeTests : IDisposable
{
    /// <summary>Pages whose code other tests run: losses, metrics, testing, mlnet, models, comparison (<c>DocumentedExampleTests</c> and their like).</summary>
    private static readonly string[] Elsewhere = ["losses", "metrics", "testing", "mlnet", "models", "comparison"];

    /// <summary>What a page takes for given.</summary>
    private static readonly Dictionary<string, string> Given = new()
    {
        ["decisions"] = """
            internal static int[] labels = [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? 1 : 0)];
            internal static double[] scores = [.. labels.Select((y, i) => (y + (i % 7)) / 8.0)];
            internal static double[] probabilities =
                [.. Enumerable.Range(0, 60).SelectMany(i => (double[])[0.1 + (0.15 * (i % 4)), 0.2, 0.1, 0.6 - (0.15 * (i % 4))])];
            internal static int[] folds = [.. Enumerable.Range(0, 60).Select(i => i % 5)];
            internal static void Prepare() =>
                new Decision(DecisionRecipe.Parse("threshold:tuned").Fit(Predictions.FromScores(labels, scores), new DecisionContext()), ["good", "bad"], true)
                    .Save("decided/decision.json");
            """,
        ["lightgbm"] = """
            internal const int rows = 200, columns = 4;
            internal static string[] names = ["a", "b", "c", "d"];
            internal static double[] values = [.. Enumerable.Range(0, rows * columns).Select(i => (double)(i % 4 == 3 ? i / 4 % 3 : i * 37 % 101))];
            internal static double[] otherValues = values;
            internal static int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 5 == 0 ? 1 : 0)], otherLabels = labels;
            internal static CancellationToken cancellation;
            """,
        ["questions"] = "internal static int[] labels = [0, 0, 1];",
        ["report"] = """
            internal static void Prepare() =>
                File.WriteAllText("data.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * 37 % 101},{(i % 4 == 0 ? 1 : 0)}\n")));
            """,
        ["resampling"] = """
            internal static float[] values = [.. Enumerable.Range(0, 40 * 20).Select(i => (float)(i * 37 % 101))];
            internal static int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 4 == 0 ? 1 : 0)];
            internal static SampleMatrix<float> rows = new(values, columns: 20);
            """,
    };

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    /// <summary>What a console project has by itself, and the packages of the pages.</summary>
    private const string Implicit = """
        using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Threading; using System.Threading.Tasks;
        using Counterweight; using Counterweight.Comparison; using Counterweight.Data; using Counterweight.LightGbm; using Counterweight.Report;
        using Counterweight.Torch;

        """;

    private static readonly MetadataReference[] References = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Select(path => MetadataReference.CreateFromFile(path))];

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")
        .Append(Path.Combine(Repository.Root, "README.md")).Where(p => !Elsewhere.Contains(Path.GetFileNameWithoutExtension(p)) && Blocks(p).Length > 0)
        .Select(p => Path.GetRelativePath(Repository.Root, p))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_code_of_a_page_runs(string page)
    {
        string given = Given.GetValueOrDefault(Path.GetFileNameWithoutExtension(page), "");
        string[] blocks = Blocks(Path.Combine(Repository.Root, page));
        IEnumerable<string> usings = blocks.SelectMany(b => Using().Matches(b).Select(m => m.Value.Trim())).Distinct();
        if (!given.Contains("Prepare()", StringComparison.Ordinal)) given += "\ninternal static void Prepare() { }";
        string code = $"{Implicit}{string.Join('\n', usings)}\nusing static Given;\nPrepare();\n"
            + string.Concat(blocks.Select(b => $"{{\n{Statements(Using().Replace(b, ""))}\n}}\n")) + $"internal static class Given\n{{\n{given}\n}}\n";
        SyntaxTree tree = CSharpSyntaxTree.ParseText(code, cancellationToken: TestContext.Current.CancellationToken);
        var compiled = CSharpCompilation.Create("page", [tree], References,
            new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        string[] errors = [.. compiled.Emit(image, cancellationToken: TestContext.Current.CancellationToken).Diagnostics
            .Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString())];
        Assert.True(errors.Length == 0, $"{string.Join('\n', errors)}\n{code}");
        Directory.CreateSymbolicLink(files["samples"], Path.Combine(Repository.Root, "samples"));
        string before = Environment.CurrentDirectory;
        TextWriter output = Console.Out;
        try
        {
            Environment.CurrentDirectory = files.Folder;
            Console.SetOut(TextWriter.Null);
            Assembly.Load(image.ToArray()).EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = before;
            Directory.Delete(files["samples"]);
        }
    }

    /// <summary>The command lines of all pages that are whole, and not the form of one (with brackets, bars and dots).</summary>
    private static string[] CommandLines() => [.. Directory.GetFiles(Repository.Root, "*.md")
        .Concat(((string[])["docs", "bench", "samples", "src"]).SelectMany(f =>
            Directory.GetFiles(Path.Combine(Repository.Root, f), "*.md", SearchOption.AllDirectories)))
        .Where(f => !f.Contains("node_modules", StringComparison.Ordinal))
        .SelectMany(f => CommandLine().Matches(Continued().Replace(File.ReadAllText(f).ReplaceLineEndings("\n"), " ")))
        .Select(m => Comment().Replace(m.Groups[1].Value, "").Trim())
        .Where(l => l.IndexOfAny(['[', '|', '<', '>', '`']) < 0 && !l.Contains("...", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_command_line_of_the_pages_is_one_that_the_tool_takes()
    {
        string[] lines = CommandLines();
        Assert.True(lines.Length > 40, $"{lines.Length} command lines");
        foreach (string line in lines)
        {
            string[] words = [.. CommandWords.Split(line).Skip(1).Select(w => w == "N" ? "2" : w)];
            ParseResult parsed = Cli.CommandLine.Root().Parse(words);
            Assert.True(parsed.Errors.Count == 0 && parsed.UnmatchedTokens.Count == 0,
                $"{line}: {string.Join(' ', parsed.Errors.Select(e => e.Message).Concat(parsed.UnmatchedTokens))}");
        }
    }

    private static string[] Blocks(string page) => [.. Block().Matches(File.ReadAllText(page).ReplaceLineEndings("\n")).Select(m => m.Groups[1].Value)];

    /// <summary>A block may end in a value that a notebook shows.</summary>
    private static string Statements(string block) => block.TrimEnd().EndsWith(')') ? block.TrimEnd() + ";" : block;

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^using [A-Za-z.]+;\n?", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex("^(?:    |\\$ )(counterweight .*)$", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@" \\\n *")]
    private static partial Regex Continued();

    [GeneratedRegex("(?: +#|    ).*$")]
    private static partial Regex Comment();
}
