using System.CommandLine;
using System.Diagnostics;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>What the tab key finds, and help that is longer than the terminal.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("we", "weights")]
    [InlineData("compare --metr", "--metric")]
    [InlineData("compare x.csv --metric macro-f", "macro-f1")]
    [InlineData("compare x.csv -m mcc,weighted-", "mcc,weighted-f1")]
    [InlineData("compare x.csv -r none,weights:inverse-l", "none,weights:inverse-log")]
    [InlineData("resample x.csv -m near-miss-", "near-miss-1 near-miss-2 near-miss-3")]
    [InlineData("trainer --emit light", "lightning lightgbm")]
    [InlineData("weights --emit repeat", "repeat-factors")]
    [InlineData("compare x.csv --metric=macro-f", "--metric=macro-f1")]
    [InlineData("resample x.csv --strategy not-", "not-minority not-majority")]
    [InlineData("weights sample:l", "sample:lending-club")]
    [InlineData("completion z", "zsh")]
    [InlineData("completion zsh ", "")]
    [InlineData("weights --counts 9,1 --emit lightn", "lightning")]
    [InlineData("train x.csv --learner g", "gbdt")]
    [InlineData("compare lend", "")]
    [InlineData("compare --folds ", "")]
    public void A_word_is_completed_by_where_it_stands(string line, string found) =>
        Assert.Equal(found, string.Join(' ', Completions.Of(line.Split(' '))));

    [Fact]
    public void Every_verb_is_offered_and_no_option_twice()
    {
        Assert.Equal(Verbs.All.Select(v => v.Create().Name), Completions.Of([""]));
        Assert.Equal(Verbs.All.Select(v => v.Create().Name), Verbs.All.Select(v => v.Name));
        Assert.DoesNotContain("--metric", Completions.Of(["compare", "--metric", "f1", "--"]));
        Assert.Contains("--target", Completions.Of(["compare", "--"]));
    }

    [Theory]
    [InlineData("a.csv", "x,two words,y\n1,2,0\n", "x|two words|y")]
    [InlineData("a.jsonl", "{\"x\":1,\"y\":0}\n", "x|y")]
    [InlineData("a.parquet", "PAR1 and no more", "")]
    public void Columns_of_the_file_are_offered_where_one_is_wanted(string name, string text, string found)
    {
        string file = files.Write(name, text);
        foreach (string option in (string[])["-t", "--drop", "--group"]) Assert.Equal(found, string.Join('|', Completions.Of(["compare", file, option, ""])));
    }

    [Fact]
    public void A_file_in_the_home_folder_is_found_as_a_shell_would()
    {
        files.Write("home.csv", "x,y\n1,0\n");
        var home = new Dictionary<string, string> { ["HOME"] = files.Folder };
        Assert.SkipWhen(OperatingSystem.IsWindows(), "HOME is a variable of POSIX");
        Assert.Equal("x\ny\n", Tool.RunWith(null, home, "completion", "words", "--", "compare", "~/home.csv", "-t", "").Output);
    }

    /// <summary>Options whose word the user makes up.</summary>
    private static readonly string[] Free = ["--encoding", "--table", "--labels", "--devices", "--synthetic-column", "--classes"];

    [Fact]
    public void An_option_that_takes_a_name_offers_the_names_there_are()
    {
        string[] wordy = ["NAME", "NAME,...", "METHOD", "SCHEME", "SCHEME,...", "REMEDY", "REMEDY,...", "KIND", "FORMAT"];
        int options = 0;
        foreach (Command verb in Cli.CommandLine.Root().Subcommands)
        {
            foreach (Option option in verb.Options.Concat(CommonOptions.All).Where(o => wordy.Contains(o.HelpName) && !Free.Contains(o.Name)))
            {
                Assert.True(Completions.Of([verb.Name, option.Name, ""]).Count() > 1, $"{verb.Name} {option.Name} offers nothing");
                options++;
            }
        }

        Assert.True(options > 25, $"{options} options");
    }

    [Theory]
    [InlineData("compare", "--test", "corrected bayesian")]
    [InlineData("export", "--to", "onnx lightgbm")]
    [InlineData("resample", "--scale", "none standard")]
    [InlineData("weights", "--split", "train val test all")]
    [InlineData("explain", "--empty-class", "error zero as-one-row largest")]
    public void The_words_of_an_option_are_those_of_its_help_and_of_its_check(string verb, string option, string words)
    {
        Assert.Equal(words, string.Join(' ', Completions.Of([verb, option, ""])));
        string help = string.Join(' ', Tool.Run(verb, "--help").Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        string shown = help[help.IndexOf($"{option} <", StringComparison.Ordinal)..];
        Assert.All(words.Split(' '), word => Assert.InRange(shown.IndexOf(word, StringComparison.Ordinal), 1, 250));
        string[] rest = verb switch
        {
            "compare" => ["samples/hpc-jobs.csv", "-t", "class"],
            "export" => ["model", "--out", files["x"]],
            "resample" => ["samples/hpc-jobs.csv", "-t", "class", "-m", "smote", "--out", files["x.csv"]],
            _ => ["samples/labels/yolo"],
        };
        ToolResult wrong = Tool.Run([verb, .. rest, option, "no-such-word"]);
        Assert.Equal(2, wrong.Code);
        string listed = words.Replace(" ", ", ", StringComparison.Ordinal);
        Assert.Contains($"{option} is one of {listed}; 'no-such-word' is not.", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_a_script_for_four_shells()
    {
        Assert.All((string[])["bash", "zsh", "fish", "pwsh"], shell => Assert.StartsWith("# counterweight: completion", Tool.Run("completion", shell).Output));
        Assert.Equal(2, Tool.Run("completion", "tcsh").Code);
    }

    [Theory]
    [InlineData(10, "sed s/^/paged:/", true)]
    [InlineData(10, "cat", false)]
    [InlineData(999, "sed s/^/paged:/", false)]
    public void Help_that_is_longer_than_the_terminal_is_paged(int rows, string pager, bool paged)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a terminal is made by the 'script' of util-linux");
        string said = Shell("script", "-qec", $"stty rows {rows} cols 80; TERM=xterm PAGER='{pager}' dotnet '{Tool.Library}' compare --help", "/dev/null");
        Assert.Equal(paged, said.Contains("paged:Exit codes", StringComparison.Ordinal));
        Assert.Contains("Exit codes: 0 done", said, StringComparison.Ordinal);
    }

    private static string Shell(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
