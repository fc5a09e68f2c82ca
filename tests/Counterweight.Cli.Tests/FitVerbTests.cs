using System.Globalization;
using System.Text;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

public class FitVerbTests
{
    [Fact]
    public void FitsOfLearnersUnderALauncherGiveTheSameToTheDigit()
    {
        if (OperatingSystem.IsWindows()) return;
        using var files = new TempFiles();
        string data = Simulated();
        files.Write("launch.sh", $"echo \"$@\" >> {files["started.txt"]}\nexec \"$@\"\n");
        string[] compare = ["compare", "-", "-t", "class", "-l", "gbdt,linear", "-r", "none,threshold:tuned",
            "--folds", "2", "--repeats", "1", "--no-racing", "--group", "who", "--sample-weight", "w", "--drop", "id", "--json"];
        ToolResult here = Tool.RunWith(data, null, compare);
        ToolResult elsewhere = Tool.RunWith(data, null, [.. compare, "--launcher", $"sh {files["launch.sh"]}", "--jobs", "2", "--out", files["out"]]);
        Assert.Equal((0, 0), (here.Code, elsewhere.Code));
        Assert.Equal(Tool.Figures(here.Output), Tool.Figures(elsewhere.Output));
        // Two learners on two folds, and the threshold shares the fits of none.
        string[] started = File.ReadAllLines(files["started.txt"]);
        Assert.Equal(2 * 2, started.Length);
        Assert.All(started, s => Assert.EndsWith("job.json", s, StringComparison.Ordinal));
        Assert.Contains("gbdt", Tool.Figures(elsewhere.Output), StringComparison.Ordinal);
        // What is finished is kept: nothing is started for it again.
        File.Delete(Path.Combine(files["out"], "runs.duckdb"));
        ToolResult again = Tool.RunWith(data, null, [.. compare, "--launcher", $"sh {files["launch.sh"]}", "--out", files["out"]]);
        Assert.Equal(Tool.Figures(here.Output), Tool.Figures(again.Output));
        Assert.Equal(started.Length, File.ReadAllLines(files["started.txt"]).Length);
    }

    [Fact]
    public void AJobThatIsNoneForALearnerIsTold()
    {
        using var files = new TempFiles();
        ToolResult absent = Tool.Run("fit", files["job.json"]);
        Assert.Equal(3, absent.Code);
        Assert.Contains("job.json", absent.Error, StringComparison.Ordinal);
        ToolResult program = Tool.Run("fit", files.Write("job.json", """
            {"protocol": 1, "fit": "a", "remedy": "none", "fold": 0, "repeat": 0, "seed": 1, "data": {"file": "a.csv", "format": "csv", "target": "y"}}
            """));
        Assert.Equal(3, program.Code);
        Assert.Contains("names no learner", program.Error, StringComparison.Ordinal);
        ToolResult later = Tool.Run("fit", files.Write("job.json", """{"protocol": 2}"""));
        Assert.Equal(78, later.Code);
        Assert.Contains("another version", later.Error, StringComparison.Ordinal);
    }

    private static string Simulated()
    {
        var random = new SeededRandom(5);
        var text = new StringBuilder("id,x,y,kind,who,w,class\n");
        for (int i = 0; i < 240; i++)
        {
            bool rare = i % 8 == 0;
            double x = random.NextGaussian() + (rare ? 1.5 : 0), y = random.NextGaussian();
            text.Append(CultureInfo.InvariantCulture,
                $"{i},{x:R},{(i % 17 == 3 ? "" : y.ToString("R", CultureInfo.InvariantCulture))},{(i % 3 == 0 ? "a" : "b")},p{i / 2},{1 + (i % 4)},"
                + $"{(rare ? "yes" : "no")}\n");
        }

        return text.ToString();
    }
}
