using System.Diagnostics;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>A comparison of programs that is killed, or whose disk is full, loses no finished fit: resumed, it trains none of them again.</summary>
public sealed class TrainerLossTests : IDisposable
{
    /// <summary>Notes its fit, waits a little, and scores the rows by their number: plain sh, od and awk.</summary>
    private const string Program = """
        of() { sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" "$COUNTERWEIGHT_JOB" | head -n 1; }
        of fit >> "$STARTED"
        sleep 0.1
        remedy=$(of remedy)
        for part in validation test; do tail -c +129 "$(of $part)" | od -An -v -t d8 -w8; done |
          awk -v extra=${#remedy} 'BEGIN { print "row,0,1" } { p = (7 * $1 % 90 + extra) / 120; print $1 "," 1 - p "," p }' > "$(of scores)"
        """;

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void A_kill_loses_no_finished_fit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "the program is one of POSIX");
        (string[] compare, Dictionary<string, string> environment) = Comparison();
        string run = files["run"];
        using Process tool = Tool.Start(environment, [.. compare, "--out", run]);
        for (int turn = 0; turn < 2400 && Started().Length < 6; turn++) Thread.Sleep(25);
        tool.Kill(entireProcessTree: false);
        tool.WaitForExit();
        AssertResumed(compare, environment, run, atLeast: 4);
    }

    [Fact]
    public void A_full_disk_loses_no_finished_fit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "limits on the size of files are POSIX");
        (string[] compare, Dictionary<string, string> environment) = Comparison();
        string run = files["run"];
        (int code, string error) = FullDiskTests.Limited(32, [.. compare, "--out", run], environment);
        Assert.True(code == 1, $"{code}: {error}");
        Assert.Contains("error: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        AssertResumed(compare, environment, run, atLeast: 1);
    }

    /// <summary>Resumes, and finds every fit that was finished before trained once, and those that were not trained to the end.</summary>
    private void AssertResumed(string[] compare, Dictionary<string, string> environment, string run, int atLeast)
    {
        string[] finished = [.. Directory.GetFiles(Path.Combine(run, "fits"), "finished.json", SearchOption.AllDirectories)
            .Select(f => Path.GetFileName(Path.GetDirectoryName(f)!))];
        int before = Started().Length;
        Assert.True(finished.Length >= atLeast && finished.Length < 15, $"{finished.Length} of {before} begun fits were finished");
        ToolResult resumed = Tool.RunWith(null, environment, [.. compare, "--resume", run]);
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Empty(Started()[before..].Intersect(finished));
        Assert.Equal(15, Started().Distinct().Count());
    }

    private string[] Started() => File.Exists(files["started"]) ? File.ReadAllLines(files["started"]) : [];

    private (string[] Arguments, Dictionary<string, string> Environment) Comparison() => (
        [
            "compare", files.Write("a.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i % 7},{(i % 5 == 0 ? 1 : 0)}\n"))), "-t", "y",
            "--trainer", $"sh {files.Write("program.sh", Program)}", "-r", "none,weights:balanced", "--folds", "5", "--repeats", "1", "--jobs", "1",
        ],
        new() { ["STARTED"] = files["started"] });
}
