using Counterweight.Testing;

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
}
