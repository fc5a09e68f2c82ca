using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

public sealed class DocumentedExampleTests
{
    [Fact]
    public void The_worked_example_of_explain_is_what_the_tool_prints()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "explain.md")).ReplaceLineEndings("\n");
        ToolResult run = Tool.Run("explain", "--counts", "1016,12852,12888,3380,296", "--weights", "inverse");
        Assert.Contains(run.Output.ReplaceLineEndings("\n").TrimEnd(), page, StringComparison.Ordinal);
    }

    /// <summary>Every command of docs/labels.md with its output below it.</summary>
    public static TheoryData<string, string> CommandsOfLabels
    {
        get
        {
            string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "labels.md")).ReplaceLineEndings("\n");
            string[] blocks = page.Split("```console\n$ counterweight ");
            return [.. blocks.Skip(1).Select(b => b[..b.IndexOf("\n```", StringComparison.Ordinal)].Split('\n', 2)).Select(p => (p[0], p[1]))];
        }
    }

    [Theory]
    [MemberData(nameof(CommandsOfLabels))]
    public void A_command_of_the_page_on_labels_prints_what_stands_below_it(string command, string output)
    {
        string[] arguments = [.. command.Split(' ').Select(a => a.Trim('"'))];
        ToolResult run = Tool.Run(arguments);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(output.TrimEnd(), string.Join('\n', run.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(l => l.TrimEnd())));
    }
}
