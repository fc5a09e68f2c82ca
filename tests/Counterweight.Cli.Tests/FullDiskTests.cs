using System.Diagnostics;
using System.Globalization;
using System.Text;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>
/// A write that does not fit leaves nothing behind. A limit on the size of files (POSIX setrlimit, RLIMIT_FSIZE, its signal ignored) fails a write in the
/// middle just as a full disk does, at a place that the test chooses.
/// </summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData("resample", "out.csv")]
    [InlineData("resample", "out.csv.gz")]
    [InlineData("resample", "out.jsonl")]
    [InlineData("resample", "out.parquet")]
    [InlineData("predict", "out.csv")]
    [InlineData("explain", "report")]
    [InlineData("plots", "figures")]
    [InlineData("decide", "decided")]
    [InlineData("train", "trained")]
    public void A_write_that_does_not_fit_leaves_nothing_behind(string verb, string target)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "limits on the size of files are POSIX");
        string data = Data(), folder = files["room"];
        Directory.CreateDirectory(folder);
        string made = Path.Combine(folder, target);
        if (verb == "predict") Assert.Equal(0, Tool.Run("train", data, "-t", "y", "-l", "linear", "-r", "none", "-o", files["model"], "-q").Code);
        string[] arguments = verb switch
        {
            "resample" => ["resample", data, "-t", "y", "-m", "random-over", "-o", made],
            "predict" => ["predict", files["model"], data, "-p", "-o", made],
            "explain" => ["explain", data, "-t", "y", "-o", made],
            "plots" => ["explain", data, "-t", "y", "--plots", made],
            "decide" => ["decide", data, "-t", "y", "--scores", "p", "-o", made],
            _ => ["train", data, "-t", "y", "-l", "gbdt", "-r", "none", "-o", made],
        };
        File.WriteAllText(Path.Combine(folder, "old.txt"), "stays");
        (int code, string error) = Limited(verb == "train" ? 1 : 16, arguments);
        Assert.True(code == 1, $"{code}: {error}");
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal("stays", File.ReadAllText(Path.Combine(folder, "old.txt")));
        foreach (string left in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "old.txt"))
        {
            // A small file beside the one that did not fit is there whole, under its own name.
            Assert.Contains(Path.GetExtension(left), (string[])[".json", ".png", ".svg"]);
            if (left.EndsWith(".png", StringComparison.Ordinal)) Assert.Equal("IEND"u8.ToArray(), File.ReadAllBytes(left)[^8..^4]);
            else if (left.EndsWith(".svg", StringComparison.Ordinal)) Assert.EndsWith("</svg>", File.ReadAllText(left).TrimEnd(), StringComparison.Ordinal);
            else System.Text.Json.JsonDocument.Parse(File.ReadAllText(left)).Dispose();
        }
    }

    /// <summary>
    /// A disk that is really full, if one may be mounted here, else the limit on files: the comparison ends with what is wrong, its finished folds are kept,
    /// and with room it goes on.
    /// </summary>
    [Fact]
    public async Task A_comparison_on_a_full_disk_keeps_its_finished_folds()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "limits on the size of files are POSIX");
        string disk = files["disk"], run = Path.Combine(disk, "run");
        string data = files.Write("few.csv", CaseFolder.Base);
        string[] compare = ["compare", data, "-t", "y", "-l", "linear", "-r", "none,weights:balanced", "--folds", "3", "--repeats", "1"];
        Directory.CreateDirectory(disk);
        bool mounted = OperatingSystem.IsLinux() && await Ends(0, "mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk);
        try
        {
            (int code, string error) = mounted && Tool.Run([.. compare, "--out", run]) is var (exit, _, said) ? (exit, said)
                : Limited(16, [.. compare, "--out", run]);
            Assert.True(code == 1, $"{code}: {error}");
            Assert.Contains("error: ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            Assert.DoesNotContain(Directory.GetFiles(disk, "*", SearchOption.AllDirectories), f => f.EndsWith(".part", StringComparison.Ordinal)
                || f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".html", StringComparison.Ordinal));
            if (!mounted) return;
            Assert.True(await Ends(0, "mount", "-o", "remount,size=8m", disk));
            ToolResult resumed = Tool.Run([.. compare, "--resume", run]);
            Assert.True(resumed.Code == 0, resumed.Error);
            Assert.Contains("finished results were found", resumed.Error, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(run, "report.html")));
        }
        finally
        {
            if (mounted) Assert.True(await Ends(0, "umount", disk));
        }

        static async Task<bool> Ends(int code, string program, params string[] arguments)
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
                await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                return process.ExitCode == code;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }

    [Fact]
    public void A_store_that_cannot_be_begun_says_what_to_do_and_leaves_no_damaged_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "limits on the size of files are POSIX");
        (int code, string error) = Limited(8, ["compare", files.Write("few.csv", CaseFolder.Base), "-t", "y", "-l", "linear", "--out", files["run"]]);
        Assert.True(code == 1, $"{code}: {error}");
        Assert.Contains("Make room there", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(files["run"]));
    }

    [Fact]
    public void AJobThatDoesNotFitNamesItsFitAndWhatToDo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "limits on the size of files are POSIX");
        (int code, string error) = Limited(4, ["compare", Data(), "-t", "y", "--trainer", "true", "--holdout", "0.1", "-r", "none"]);
        Assert.True(code == 1, $"{code}: {error}");
        Assert.Contains("Fit true-none-r0f0-", error, StringComparison.Ordinal);
        Assert.Contains("Make room there", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    /// <summary>Runs the tool where no file can grow beyond some KiB.</summary>
    internal static (int Code, string Error) Limited(int kibibytes, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("bash")
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Without W^X the runtime maps no file of its own that would meet the limit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"trap '' XFSZ; ulimit -f {kibibytes}; exec dotnet \"$@\"");
        start.ArgumentList.Add("bash");
        start.ArgumentList.Add(Tool.Library);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, error.Result);
    }

    private string Data()
    {
        var random = new SeededRandom(2);
        var text = new StringBuilder("x,z,p,y\n");
        for (int i = 0; i < 6000; i++)
            text.Append(CultureInfo.InvariantCulture, $"{random.NextDouble():R},{random.NextDouble():R},{random.NextDouble():R},{(i % 5 == 0 ? 1 : 0)}\n");
        return files.Write("rows.csv", text.ToString());
    }
}
