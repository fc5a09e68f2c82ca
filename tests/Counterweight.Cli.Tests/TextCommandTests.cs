using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>The commands of docs/text.md on the sample of messages.</summary>
public sealed class TextCommandTests : IDisposable
{
    private const string Sample = "samples/messages.csv";
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Explain_says_what_tells_of_each_class()
    {
        ToolResult run = Tool.Run("explain", Sample, "-t", "label", "--text", "text");
        Assert.Equal(0, run.Code);
        Assert.Matches("'spam' in text: call \\([0-9]+ %, elsewhere", run.Output);
        Assert.All(run.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        using JsonDocument json = JsonDocument.Parse(Tool.Run("explain", Sample, "-t", "label", "--text", "text", "--json").Output);
        Assert.Equal(2, json.RootElement.GetProperty("telling").GetArrayLength());
        Assert.True(Tool.Run("explain", "--counts", "90,10", "--text", "text") is { Code: 2 });
    }

    [Theory, InlineData("random-under", 376), InlineData("random-over", 2624)]
    public void Resample_carries_texts_along(string method, int rows)
    {
        ToolResult run = Tool.Run("resample", Sample, "-t", "label", "-m", method, "-o", files["out.csv"]);
        Assert.True(run.Code == 0, run.Error);
        HashSet<string> before = [.. File.ReadLines(Path.Combine(Repository.Root, Sample)).Select(WithoutQuotes)];
        string[] after = [.. File.ReadLines(files["out.csv"]).Select(WithoutQuotes)];
        Assert.Equal(rows + 1, after.Length);
        Assert.All(after, line => Assert.Contains(line, before));
        ToolResult made = Tool.Run("resample", Sample, "-t", "label", "-m", "smote", "-o", files["made.csv"]);
        Assert.Equal(3, made.Code);
        Assert.Contains("texts have no such thing", made.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(files["made.csv"]));
    }

    private static string WithoutQuotes(string line) => line.Replace("\"", "", StringComparison.Ordinal);

    [Fact]
    public void A_model_of_texts_predicts_and_beats_guessing_by_far()
    {
        Assert.True(Tool.Run("train", Sample, "-t", "label", "-l", "linear", "-r", "weights:balanced", "-o", files["model"]) is { Code: 0 });
        Assert.True(Tool.Run("predict", files["model"], Sample, "-o", files["predictions.csv"]) is { Code: 0 });
        string[] labels = [.. File.ReadLines(Path.Combine(Repository.Root, Sample)).Skip(1).Select(l => l[..l.IndexOf(',')])];
        string[] predicted = [.. File.ReadLines(files["predictions.csv"]).Skip(1)];
        Assert.Equal(labels.Length, predicted.Length);
        Assert.True(labels.Zip(predicted).Count(p => p.First == p.Second) > 0.98 * labels.Length);
    }
}
