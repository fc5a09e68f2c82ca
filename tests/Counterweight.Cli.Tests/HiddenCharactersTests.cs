using CsCheck;

namespace Counterweight.Cli.Tests;

/// <summary>Labels, column names and file names come from strangers; none of them may steer the terminal.</summary>
public sealed class HiddenCharactersTests : IDisposable
{
    private const string Red = "\e[31mred\e[0m", Title = "\e]0;title\a", Turned = "ab\u202edc";

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void No_text_keeps_a_control_character() => Gen.String.Sample(text =>
    {
        Assert.DoesNotContain(Visible.Line(text), char.IsControl);
        Assert.DoesNotContain(Visible.Lines(text), c => char.IsControl(c) && c != '\n');
        if (!text.Any(c => Visible.IsHidden(c))) Assert.Equal(text, Visible.Line(text));
        Assert.DoesNotContain(Tables.Short(text, 12), char.IsControl);
    });

    [Theory]
    [InlineData("\e[2J", @"\e[2J")]
    [InlineData("a\r\nb\tc", @"a\r\nb\tc")]
    [InlineData("\u009b1m\0", @"\x9b1m\x00")]
    [InlineData("a\u202eb", @"a\u202eb")]
    [InlineData("Qualität 猫 🐈", "Qualität 猫 🐈")]
    public void What_is_hidden_is_written_as_in_code(string text, string shown) => Assert.Equal(shown, Visible.Line(text));

    [Fact]
    public void Every_verb_shows_labels_and_columns_without_their_escape_codes()
    {
        string[] labels = [Red, Title, Turned];
        var rows = new System.Text.StringBuilder($"x,\"{Red} column\",\"{Title} target\",p_1,p_2,p_3\n");
        var random = new SeededRandom(3);
        for (int i = 0; i < 240; i++)
            rows.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"{random.NextDouble() + (i % 3):0.000},{(i % 4 == 0 ? Red : Title)},\"{labels[i % 7 == 0 ? 1 : i % 2 == 0 ? 0 : 2]}\",0.2,0.5,0.3\n");
        string path = files.Write("a\e[1mb.csv", rows.ToString()), model = files["model"];
        string target = $"{Title} target", scores = "p_1,p_2,p_3";
        string[][] commands =
        [
            ["weights", path, "-t", target],
            ["weights", path, "-t", target, "--emit", "torchsharp,pytorch,sklearn,lightgbm,mlnet"],
            ["explain", path, "-t", target],
            ["compare", path, "-t", target, "-l", "linear", "-r", "none,weights:balanced", "--folds", "3", "--repeats", "1", "--drop", scores],
            ["train", path, "-t", target, "-l", "linear", "-r", "none", "-o", model],
            ["predict", model, path, "-o", files["p.csv"]],
            ["decide", path, "-t", target, "--scores", scores],
            ["resample", path, "-t", target, "-m", "random-over", "-o", files["o.csv"]],
            ["weights", path, "-t", target, "--positive", Red],
            ["weights", path, "-t", Red],
            ["weights", path],
            ["weights", Red, "-t", "y"],
            ["weights", path, "-t", target, $"--{Red}"],
            [Red],
            ["decide", path, "-t", target, "--scores", Red],
            ["compare", path, "-t", target, "--drop", Title],
        ];
        foreach (string[] command in commands)
        {
            ToolResult result = Tool.Run(command);
            Assert.InRange(result.Code, 0, 3);
            Assert.NotEqual(1, result.Code);
            string all = result.Output + result.Error;
            Assert.NotEqual("", all);
            Assert.False(all.Any(c => (char.IsControl(c) && c != '\n') || c == '\u202e'), $"{string.Join(' ', command)}: {Visible.Lines(all)}");
        }
    }

    [Fact]
    public void Json_escapes_control_characters()
    {
        ToolResult result = Tool.Run("weights", "--counts", "90,10", "--labels", $"{Red},\u009b{Title}", "--json");
        Assert.DoesNotContain(result.Output, c => char.IsControl(c) && c != '\n');
        using var document = System.Text.Json.JsonDocument.Parse(result.Output);
        Assert.Equal([Red, $"\u009b{Title}"], document.RootElement.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("label").GetString()));
    }
}
