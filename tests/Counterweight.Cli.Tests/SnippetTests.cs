using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;
using Counterweight.Torch;
using CsCheck;

namespace Counterweight.Cli.Tests;

/// <summary>
/// The C# that <c>--emit</c> prints stands, pasted, in Snippets/, where it is compiled and run; the other languages are compared with what
/// the same weights must look like there.
/// </summary>
public sealed class SnippetTests
{
    private static readonly string[] SchemesTried = ["inverse", "balanced", "max-ratio", "power(0.3)", "inverse-log"];

    private static string Emit(string framework, params string[] more)
    {
        ToolResult result = Tool.Run(["weights", "--counts", "900,100", "--labels", "ham,spam", "--scheme", "balanced", "--emit", framework, .. more]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return result.Output;
    }

    [Theory]
    [InlineData("torchsharp", "TorchSharpSnippet.cs")]
    [InlineData("mlnet", "MlNetSnippet.cs")]
    public void The_pasted_code_is_what_the_tool_prints(string framework, string file)
    {
        string[] source = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Counterweight.Cli.Tests", "Snippets", file));
        int from = Array.FindIndex(source, l => l.Trim() == "// <paste>") + 1, to = Array.FindIndex(source, l => l.Trim() == "// </paste>");
        IEnumerable<string> usings = source.TakeWhile(l => l.StartsWith("using ", StringComparison.Ordinal));
        string pasted = string.Join('\n', [.. usings, "", .. source[from..to].Select(l => l.Length > 8 ? l[8..] : ""), ""]);
        Assert.Equal(Emit(framework), pasted);
    }

    [Fact]
    public void The_torchsharp_code_runs()
    {
        NativeTorch.EnsureLoaded();
        (double crossEntropy, double binary) = TorchSharpSnippet.Run();
        double[] weights = [1000 / 1800.0, 5];
        double first = Math.Log(1 + Math.E), second = Math.Log(1 + Math.Exp(2));
        Assert.Equal(((weights[0] * first) + (weights[1] * second)) / weights.Sum(), crossEntropy, 1e-5);
        Assert.Equal(((9 * Math.Log(1 + Math.Exp(-1))) + Math.Log(1 + Math.Exp(-1))) / 2, binary, 1e-5);
    }

    [Fact]
    public void The_mlnet_code_runs()
    {
        MlNetSnippet.Row[] rows = [.. Enumerable.Range(0, 40).Select(i => new MlNetSnippet.Row { Label = i % 4 == 0 ? "spam" : "ham", Features = [i % 4] })];
        float[] weights = MlNetSnippet.Run(rows);
        Assert.Equal(rows.Select(r => r.Label == "spam" ? 5f : (float)(1000 / 1800.0)), weights);
    }

    [Fact]
    public void Python_snippets_have_the_weights_in_full()
    {
        Assert.Contains("class_weights = torch.tensor([0.5555555555555556, 5.0])\n", Emit("pytorch"), StringComparison.Ordinal);
        Assert.Contains("pos_weight = torch.tensor([9.0])\n", Emit("pytorch"), StringComparison.Ordinal);
        Assert.Contains("class_weight = {\"ham\": 0.5555555555555556, \"spam\": 5.0}\n", Emit("sklearn"), StringComparison.Ordinal);
        Assert.Contains("\"scale_pos_weight\": 9.0", Emit("lightgbm"), StringComparison.Ordinal);
        Assert.Contains("{-1: ", Tool.Run("weights", "--counts", "5,5", "--labels", "-1,1", "--emit", "sklearn").Output, StringComparison.Ordinal);
    }

    /// <summary>Every number of every snippet is the weight, or the ratio of the counts, to the last digit; and no digit of single precision is
    /// printed.</summary>
    [Fact]
    public void Ratios_come_from_the_counts_and_weights_keep_their_digits() =>
        Gen.Select(Gen.Long[1, 100_000], Gen.Long[1, 100_000], Gen.Int[0, 4].Select(i => SchemesTried[i])).Sample((a, b, name) =>
        {
            ClassWeights weights = ClassWeights.From(ClassCounts.From([a, b]), WeightScheme.Parse(name));
            int positive = a <= b ? 0 : 1;
            double ratio = (double)(positive == 0 ? b : a) / (positive == 0 ? a : b);
            foreach (string framework in Snippets.Frameworks)
            {
                string code = Snippets.For(framework, weights, positive);
                Assert.All(weights.ToArray(), w => Assert.Contains(w.ToString("R", CultureInfo.InvariantCulture), code, StringComparison.Ordinal));
                if (framework is not ("torchsharp" or "pytorch" or "lightgbm")) continue;
                if (name is "inverse" or "balanced" or "max-ratio")
                    Assert.Contains(ratio.ToString("R", CultureInfo.InvariantCulture), code, StringComparison.Ordinal);
            }
        }, iter: 300);

    [Fact]
    public void The_positive_weight_of_41000_to_9000_is_that() =>
        Assert.Contains(
            $"pos_weight = torch.tensor([{(41000.0 / 9000).ToString("R", CultureInfo.InvariantCulture)}])",
            Tool.Run("weights", "--counts", "9000,41000", "-s", "inverse", "--emit", "pytorch").Output, StringComparison.Ordinal);

    [Fact]
    public void Labels_are_quoted_whatever_they_hold()
    {
        string output = Tool.Run("weights", "--counts", "5,5", "--labels", "a\"b\\c,d\ne", "--emit", "sklearn").Output;
        Assert.Contains("{\"a\\\"b\\\\c\": 1.0, \"d\\u000ae\": 1.0}", output, StringComparison.Ordinal);
        Assert.All(output.Split('\n'),
            line => Assert.True(line.Length == 0 || line.StartsWith('#') || line.StartsWith("from") || line.StartsWith("class_weight")
                || line.StartsWith("model"), line));
    }

    [Fact]
    public void Several_frameworks_stand_under_headings_and_in_json()
    {
        Assert.Contains("# ---- sklearn, balanced ----\n", Emit("pytorch,sklearn"), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Emit("pytorch,sklearn", "--json"));
        Assert.Equal(["pytorch", "sklearn"], json.RootElement.GetProperty("snippets").EnumerateArray().Select(s => s.GetProperty("framework").GetString()));
    }
}
