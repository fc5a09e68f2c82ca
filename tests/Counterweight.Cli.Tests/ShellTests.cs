using System.Diagnostics;
using System.Text;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>The tab key in the shells themselves, each at a terminal of its own: what is typed and completed is run, by a stand-in that prints its
/// words.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("bash", "bash --norc --noprofile -i", "eval \"$(counterweight completion bash)\"")]
    [InlineData("zsh", "zsh -f -i", "autoload -U compinit; compinit -D -u; source <(counterweight completion zsh)")]
    [InlineData("fish", "fish -i", "counterweight completion fish | source")]
    public void The_tab_key_completes_what_is_typed(string shell, string command, string setUp)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a terminal is made by the 'script' of util-linux");
        Assert.SkipUnless(Found(shell) is not null, $"{shell} is not there; 'build/setup.sh shells' installs it");
        WriteFiles();
        using var terminal = new Terminal(command, files.Folder);
        terminal.Type($"{setUp}\n");
        terminal.Type("counterweight rea''dy\n");
        terminal.Waits("<ready>");
        foreach ((string typed, string run) in (ReadOnlySpan<(string, string)>)[
            ("compa\t", "<compare>"),
            ("compare data.csv -t tw\t", "<compare><data.csv><-t><two words>"),
            ("compare data.csv --drop cos\t", "<compare><data.csv><--drop><cost($)>"),
            ("compare my\\ data.csv -t pe\t", "<compare><my data.csv><-t><pear>"),
            ("compare 'my data.csv' -t app\t", "<compare><my data.csv><-t><apple>"),
            ("compare data.csv -r none,weights:inverse-s\t", "<compare><data.csv><-r><none,weights:inverse-sqrt>"),
            ("compare data.csv -r weights:\t", "<compare><data.csv><-r><weights:"),
            ("compare data.csv --metric=macro-f\t", "<compare><data.csv><--metric=macro-f1>"),
            ("compare dat\t", "<compare><data.csv>"),
            ("export model --to onn\t", "<export><model><--to><onnx>"),
            ("explain --counts 9,1 --redu\t batch-m\t", "<explain><--counts><9,1><--reduction><batch-mean>"),
            ("weights sample:lend\t", "<weights><sample:lending-club>"),
            ("completion fi\t", "function __counterweight_words")])
        {
            terminal.Type($"counterweight {typed}\n");
            terminal.Waits(run);
        }
    }

    [Fact]
    public void PowerShell_completes_what_is_typed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the stand-in for the tool is a script of sh");
        Assert.SkipUnless(Found("pwsh") is not null, "pwsh is not there; 'build/setup.sh shells' installs it");
        WriteFiles();
        (string Typed, string Completed)[] cases =
        [
            ("compa", "compare"),
            ("compare data.csv -t tw", "compare data.csv -t 'two words'"),
            ("compare data.csv -t ", "compare data.csv -t x"),
            ("compare data.csv --drop cos", "compare data.csv --drop 'cost($)'"),
            ("compare 'my data.csv' -t pe", "compare 'my data.csv' -t pear"),
            ("compare data.csv -r none,weights:inverse-s", "compare data.csv -r none,weights:inverse-sqrt"),
            ("compare data.csv --metric=macro-f", "compare data.csv --metric=macro-f1"),
            ("compare dat", "compare ./data.csv"),
            ("export model --to onn", "export model --to onnx"),
            ("weights sample:lend", "weights sample:lending-club"),
            ("", "weights"),
        ];
        files.Write("try.ps1", $$"""
            counterweight completion pwsh | Out-String | Invoke-Expression
            foreach ($typed in {{string.Join(", ", cases.Select(c => $"'{c.Typed.Replace("'", "''", StringComparison.Ordinal)}'"))}}) {
              $line = "counterweight $typed"
              $found = TabExpansion2 -inputScript $line -cursorColumn $line.Length
              $line.Remove($found.ReplacementIndex, $found.ReplacementLength).Insert($found.ReplacementIndex, $found.CompletionMatches[0].CompletionText)
            }
            """);
        using Process shell = Process.Start(new ProcessStartInfo(Found("pwsh")!, ["-NoProfile", "-NonInteractive", "-File", "try.ps1"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = files.Folder,
            Environment =
            {
                ["PATH"] = $"{files.Folder}:{Environment.GetEnvironmentVariable("PATH")}", ["HOME"] = files.Folder, ["XDG_CACHE_HOME"] = files.Folder,
                ["POWERSHELL_TELEMETRY_OPTOUT"] = "1", ["POWERSHELL_UPDATECHECK"] = "Off",
            },
        })!;
        string said = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal(cases.Select(c => $"counterweight {c.Completed}"), said.ReplaceLineEndings("\n").TrimEnd().Split('\n'));
    }

    /// <summary>Where a shell is: on the PATH, or where build/setup.sh puts it.</summary>
    private static string? Found(string shell) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append(Path.Combine(Repository.Root, "artifacts", "shells")).Select(folder => Path.Combine(folder, shell)).FirstOrDefault(File.Exists);

    /// <summary>Data to complete columns of, and a stand-in for the tool, which answers about completion and prints its words otherwise.</summary>
    private void WriteFiles()
    {
        files.Write("data.csv", "x,two words,cost($),y\n1,2,3,0\n");
        files.Write("my data.csv", "apple,pear,y\n1,2,0\n");
        string stand = files.Write("counterweight", $"""
            #!/bin/sh
            [ "$1" != completion ] || exec dotnet '{Tool.Library}' "$@"
            for word in "$@"; do printf '<%s>' "$word"; done
            echo

            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(stand, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>A program at a terminal of its own.</summary>
    private sealed class Terminal : IDisposable
    {
        private readonly Process process;
        private readonly StringBuilder shown = new();
        private int seen;

        internal Terminal(string command, string folder)
        {
            var start = new ProcessStartInfo("script", ["-qec", $"stty rows 50 cols 200; exec {command}", "/dev/null"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                WorkingDirectory = folder,
                Environment =
                {
                    ["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}", ["HOME"] = folder, ["XDG_CONFIG_HOME"] = folder,
                    ["XDG_DATA_HOME"] = folder, ["INPUTRC"] = "/dev/null", ["TERM"] = "xterm", ["LC_ALL"] = "C.UTF-8", ["SHELL"] = "/bin/sh",
                },
            };
            process = Process.Start(start)!;
            _ = Task.Run(Read);
        }

        internal void Type(string text)
        {
            process.StandardInput.Write(text);
            process.StandardInput.Flush();
        }

        /// <summary>Until something is shown that was not there before.</summary>
        internal void Waits(string text)
        {
            for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(90); Thread.Sleep(20))
            {
                string all = Shown();
                int at = all.IndexOf(text, seen, StringComparison.Ordinal);
                if (at < 0) continue;
                seen = at + text.Length;
                return;
            }

            Assert.Fail($"'{text}' was not shown, but\n{Shown()[seen..]}");
        }

        public void Dispose()
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        private string Shown()
        {
            lock (shown) return shown.ToString();
        }

        private void Read()
        {
            char[] block = new char[4096];
            while (process.StandardOutput.Read(block) is > 0 and int read)
                lock (shown) shown.Append(block, 0, read);
        }
    }
}
