using System.Diagnostics;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

public class TrainerToolTests
{
    [Fact]
    public void TheSchemaAndTheTemplatesArePrinted()
    {
        using JsonDocument schema = JsonDocument.Parse(Tool.Run("trainer", "--schema").Output);
        Assert.Equal(1, schema.RootElement.GetProperty("properties").GetProperty("protocol").GetProperty("const").GetInt32());
        Assert.Contains("COUNTERWEIGHT_JOB", Tool.Run("trainer", "--emit", "pytorch").Output, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("trainer", "--emit", "pytorhc").Code);
        Assert.Equal(2, Tool.Run("trainer").Code);
    }

    [Fact]
    public void ThePlanIsToldAsJson()
    {
        using var files = new TempFiles();
        files.Write("a.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i % 7},{(i % 5 == 0 ? 1 : 0)}\n")));
        ToolResult run = Tool.Run("compare", files["a.csv"], "-t", "y", "--trainer", "no-such-program", "--holdout", "0.3", "--seeds", "3", "--plan",
            "--json", "-r",
            "none,weights:balanced,threshold:tuned");
        using JsonDocument plan = JsonDocument.Parse(run.Output);
        Assert.Equal((6, 1), (plan.RootElement.GetProperty("fits").GetInt32(), plan.RootElement.GetProperty("noiseFloorFits").GetInt32()));
    }

    [Fact]
    public void AFolderOfImagesIsPlannedForProgramsAndRefusedForLearners()
    {
        string folder = Path.Combine(Repository.Root, "samples", "labels", "folders");
        ToolResult planned = Tool.Run("compare", folder, "--trainer", "true", "--holdout", "0.3", "--plan", "-r", "none,weights:balanced");
        Assert.True(planned.Code == 0, planned.Error);
        Assert.Contains("2 fits at most", planned.Output, StringComparison.Ordinal);
        Assert.Contains("a row is an image", planned.Error, StringComparison.Ordinal);
        ToolResult learned = Tool.Run("compare", folder, "-l", "linear");
        Assert.Equal(2, learned.Code);
        Assert.Contains("train on the columns of a table", learned.Error, StringComparison.Ordinal);
        ToolResult target = Tool.Run("compare", folder, "-t", "y", "--trainer", "true");
        Assert.Equal(2, target.Code);
        Assert.Contains("--target is for tables", target.Error, StringComparison.Ordinal);
        ToolResult masks = Tool.Run("compare", Path.Combine(Repository.Root, "samples", "labels", "masks"), "--trainer", "true");
        Assert.Equal(3, masks.Code);
        Assert.Contains("label images", masks.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--trainer", "python 'x")]
    [InlineData("--trainer", "")]
    [InlineData("--seeds", "2")]
    [InlineData("--holdout", "1.5")]
    [InlineData("--jobs", "0")]
    public void AWrongCommandLineIsTold(string option, string value)
    {
        string[] more = option == "--jobs" ? ["--trainer", "true"] : [];
        ToolResult run = Tool.Run(["compare", Path.Combine(Repository.Root, "samples", "hpc-jobs.csv"), "-t", "class", option, value, .. more]);
        Assert.Equal(2, run.Code);
        Assert.NotEmpty(run.Error);
    }

    [Theory]
    [InlineData("compare", "--holdout", "0.3")]
    [InlineData("trainer", "--check", "sh -c 'exit 3'")]
    public void AProgramThatFailsIsNoFaultOfTheTool(string verb, string option, string value)
    {
        using var files = new TempFiles();
        files.Write("a.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i % 7},{(i % 5 == 0 ? 1 : 0)}\n")));
        string[] more = verb == "compare" ? ["--trainer", "sh -c 'echo no memory left >&2; exit 3'"] : [];
        ToolResult run = Tool.Run([verb, files["a.csv"], "-t", "y", option, value, .. more]);
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
        if (verb == "compare") Assert.Contains("ended with exit code 3. It said: no memory left Its log:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void KillingTheToolLeavesNoProgramRunning()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are looked up in /proc");
        using var files = new TempFiles();
        files.Write("a.csv", "x,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i % 7},{(i % 5 == 0 ? 1 : 0)}\n")));
        // Ignores the request to end, and has a child in a session of its own.
        files.Write("stubborn.sh", $"trap '' TERM\nsetsid sleep 300 &\necho $! > {files["child"]}\necho $$ > {files["pid.part"]}\nmv {files["pid.part"]} "
            + $"{files["pid"]}\n"
            + "while :; do sleep 1; done\n");
        using Process tool = Tool.Start(null, "compare", files["a.csv"], "-t", "y", "--trainer", $"sh {files["stubborn.sh"]}", "--out", files["out"]);
        for (int turn = 0; turn < 1200 && !File.Exists(files["pid"]); turn++) Thread.Sleep(50);
        Assert.True(File.Exists(files["pid"]));
        tool.Kill(entireProcessTree: false);
        tool.WaitForExit();
        foreach (string name in (string[])["pid", "child"]) Assert.True(Gone(File.ReadAllText(files[name]).Trim()), name);

        static bool Gone(string pid)
        {
            for (int turn = 0; turn < 400; turn++)
            {
                try
                {
                    if (File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal)) return true;
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
}
