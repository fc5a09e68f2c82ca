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
    public void The_script_of_bash_asks_the_tool()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "bash is a shell of POSIX");
        files.Write("data.csv", "x,two words,y\n1,2,0\n");
        files.Write("counterweight", $"#!/bin/sh\nexec dotnet '{Tool.Library}' \"$@\"\n");
        string said = Shell("bash", "-c", $$"""
            cd "{{files.Folder}}"; chmod +x counterweight; PATH=$PWD:$PATH; compopt() { :; }; source <(counterweight completion bash)
            try() { COMP_WORDS=(counterweight "$@"); COMP_CWORD=$#; COMPREPLY=(); _counterweight; echo "${COMPREPLY[@]}"; }
            try compare data.csv -t ""; try compare data.csv -r none,weights:inverse-s; try compare dat
            """);
        Assert.Equal("x two\\ words y\nnone,weights:inverse-sqrt\n\n", said);
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
