using System.Diagnostics;
using System.Globalization;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public class ProgramRunnerTests
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private static ProgramEnd Run(TempFiles files, string script, TimeSpan? limit = null, CancellationToken cancellation = default) =>
        ProgramRunner.Run(new ProgramStart(["/bin/sh", "-c", script], NoVariables, files["log.txt"], Limit: limit), cancellation);

    [Fact]
    public void AProgramHasNoInputAndItsOutputsAreLogged()
    {
        using var files = new TempFiles();
        ProgramEnd end = Run(files, "cat; echo out; echo first >&2; echo last >&2; exit 3");
        Assert.Equal((3, false), (end.ExitCode!.Value, end.OverTime));
        Assert.Equal(["first", "last"], end.LastErrors);
        string log = File.ReadAllText(files["log.txt"]);
        Assert.All((string[])["out", "first", "last"], line => Assert.Contains(line + "\n", log, StringComparison.Ordinal));
    }

    [Fact]
    public void AProgramLeadsASessionOfItsOwn()
    {
        using var files = new TempFiles();
        Run(files, "echo $$ $(cut -d' ' -f5,6 /proc/$$/stat)");
        string[] ids = File.ReadAllText(files["log.txt"]).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([ids[0], ids[0], ids[0]], ids);
    }

    [Fact]
    public void ASignalIsTold()
    {
        using var files = new TempFiles();
        ProgramEnd end = Run(files, "kill -9 $$");
        Assert.Equal((null, 9), (end.ExitCode, end.EndingSignal));
    }

    [Fact]
    public void AProgramThatIgnoresTheRequestToEndIsEndedWithItsChildren()
    {
        using var files = new TempFiles();
        long started = Stopwatch.GetTimestamp();
        ProgramEnd end = Run(files, "trap '' TERM; sleep 300 & echo $!; while :; do sleep 1; done", TimeSpan.FromSeconds(1));
        Assert.True(end.OverTime);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 1, 20);
        int child = int.Parse(File.ReadAllText(files["log.txt"]).Trim(), CultureInfo.InvariantCulture);
        Assert.True(IsGone(child));
    }

    [Fact]
    public void WhatAProgramLeavesRunningEndsWithIt()
    {
        using var files = new TempFiles();
        ProgramEnd end = Run(files, "sleep 300 & echo $!");
        Assert.Equal(0, end.ExitCode);
        Assert.True(IsGone(int.Parse(File.ReadAllText(files["log.txt"]).Trim(), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void ACancellationEndsTheProgram()
    {
        using var files = new TempFiles();
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        long started = Stopwatch.GetTimestamp();
        Assert.Throws<OperationCanceledException>(() => Run(files, "echo $$; sleep 300", cancellation: cancel.Token));
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.4, 20);
        Assert.True(IsGone(int.Parse(File.ReadAllText(files["log.txt"]).Trim(), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void AFloodOfOutputIsBoundedWithItsBeginningAndItsEnd()
    {
        using var files = new TempFiles();
        Run(files, "echo beginning; head -c 30000000 /dev/zero | tr '\\0' x; echo; echo end");
        var log = new FileInfo(files["log.txt"]);
        Assert.InRange(log.Length, 2 * ProgramLog.Kept, (2 * ProgramLog.Kept) + 1000);
        string text = File.ReadAllText(log.FullName);
        Assert.StartsWith("beginning\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\nend\n", text, StringComparison.Ordinal);
        Assert.Contains("bytes are left out here", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-program-anywhere", "PATH")]
    [InlineData("/no/such/file", "no such file")]
    [InlineData("/tmp", "folder")]
    [InlineData("/etc/passwd", "may not be executed")]
    public void WhatCannotBeStartedIsSaid(string program, string says)
    {
        using var files = new TempFiles();
        TrainerException failed = Assert.Throws<TrainerException>(
            () => ProgramRunner.Run(new ProgramStart([program], NoVariables, files["log.txt"]), CancellationToken.None));
        Assert.Contains(says, failed.Message, StringComparison.Ordinal);
        Assert.Contains(program, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VariablesReachTheProgram()
    {
        using var files = new TempFiles();
        ProgramRunner.Run(new ProgramStart(["/bin/sh", "-c", "echo $COLOUR $HOME"], new Dictionary<string, string> { ["COLOUR"] = "red" }, files["log.txt"]),
            CancellationToken.None);
        Assert.Equal($"red {Environment.GetEnvironmentVariable("HOME")}".Trim(), File.ReadAllText(files["log.txt"]).Trim());
    }

    /// <summary>Whether a process has ended; one that its new parent has not waited for yet has.</summary>
    internal static bool IsGone(int pid)
    {
        for (int turn = 0; turn < 100; turn++)
        {
            string stat = $"/proc/{pid}/stat";
            try
            {
                if (!File.Exists(stat) || File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal)) return true;
            }
            catch (IOException)
            {
                return true;
            }

            Thread.Sleep(50);
        }

        return false;
    }
}
