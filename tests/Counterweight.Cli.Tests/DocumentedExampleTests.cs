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

    /// <summary>Every command of docs/gallery.md with its output below it, where a line of three dots stands for any lines.</summary>
    public static TheoryData<string, string> CommandsOfTheGallery
    {
        get
        {
            string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "gallery.md")).ReplaceLineEndings("\n");
            string[] blocks = page.Split("```console\n$ counterweight ");
            Assert.True(blocks.Length > 10);
            return [.. blocks.Skip(1).Select(b => b[..b.IndexOf("\n```", StringComparison.Ordinal)].Split('\n', 2)).Select(p => (p[0], p[1]))];
        }
    }

    [Fact]
    public void The_commands_of_the_gallery_print_what_stands_below_them()
    {
        // One after the other in one folder, since a command reads what one before it has written.
        using var files = new TempFiles();
        Directory.CreateSymbolicLink(files["samples"], Path.Combine(Repository.Root, "samples"));
        foreach (ITheoryDataRow row in CommandsOfTheGallery)
        {
            (string command, string output) = ((string)row.GetData()[0]!, (string)row.GetData()[1]!);
            ToolResult run = Tool.RunIn(files.Folder, null, command.Split(' '));
            Assert.True(run.Code == 0, $"{command}: {run.Error}");
            string printed = string.Join('\n', run.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(l => l.TrimEnd())) + "\n";
            int at = 0;
            string[] parts = (output + "\n").Split("...\n");
            for (int i = 0; i < parts.Length; i++)
            {
                string part = parts[i];
                int found = printed.IndexOf(part, at, StringComparison.Ordinal);
                Assert.True(found >= 0 && (i > 0 || found == 0), $"{command}\nprinted\n{printed}\nand the page has\n{part}");
                at = found + part.Length;
            }

            Assert.True(parts.Length > 1 || at == printed.Length, $"{command} printed more than the page has:\n{printed}");
        }

        Directory.Delete(files["samples"]);
    }
}
