using Counterweight.Comparison;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>Shards of a comparison, put together, are the run without racing; what is missing, twice there or not finished is named.</summary>
public sealed class ShardTests : IDisposable
{
    private static readonly string[] Compare =
    [
        "compare", "samples/hpc-jobs.csv", "-t", "class", "-r", "none,weights:balanced,weights:inverse-sqrt,threshold:tuned", "-l", "linear", "--folds", "3",
        "--repeats", "1",
    ];

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Merged_shards_are_the_unsharded_run_to_the_digit_and_what_is_wrong_with_them_is_named()
    {
        string folder = files["shards"];
        Assert.Equal(0, Shard("1/3").Code);
        Refused($"shards 2, 3 of 3 are missing. Run 'counterweight {string.Join(' ', Compare)} --shard 2/3");
        var scheduler = new Dictionary<string, string>
        {
            ["SLURM_ARRAY_TASK_ID"] = "12",
            ["SLURM_ARRAY_TASK_MIN"] = "10",
            ["SLURM_ARRAY_TASK_STEP"] = "2",
            ["SLURM_ARRAY_TASK_COUNT"] = "3",
        };
        Assert.Equal(0, Tool.RunWith(null, scheduler, [.. Compare, "--shard", "auto", "--out", folder, "-q"]).Code);
        Assert.Equal(0, Shard("3/3").Code);
        ToolResult again = Tool.Run([.. Compare, "--shard", "3/3", "--out", folder]);
        Assert.Contains("finished results of shard-3-of-3 were found", again.Error, StringComparison.Ordinal);

        string second = Path.Combine(folder, "shard-2-of-3.json"), kept = File.ReadAllText(second), copy = Path.Combine(folder, "shard-2-of-3 (1).json");
        File.Copy(second, copy);
        Refused("shard-2-of-3 (1).json and shard-2-of-3.json are both shard 2 of 3");
        File.Delete(copy);
        File.WriteAllText(second, kept.Replace("\"finished\": true", "\"finished\": false", StringComparison.Ordinal));
        Refused("shard 2 of 3 is not finished");
        File.WriteAllText(second, kept.Replace("weights:balanced", "weights:inverse", StringComparison.Ordinal));
        Refused("are of different comparisons");
        File.WriteAllText(second, kept);

        ToolResult merged = Tool.Run("merge", folder, "--json", "-q"), whole = Tool.Run([.. Compare, "--no-racing", "--json", "-q"]);
        Assert.True(merged.Code == 0, merged.Error);
        Assert.Equal(Tool.Figures(whole.Output), Tool.Figures(merged.Output));
        Assert.True(File.Exists(Path.Combine(folder, "report.html")));

        ToolResult Shard(string share) => Tool.Run([.. Compare, "--shard", share, "--out", folder, "-q"]);
        void Refused(string message)
        {
            ToolResult result = Tool.Run("merge", folder);
            Assert.Equal(3, result.Code);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0/4")]
    [InlineData("5/4")]
    [InlineData("4")]
    [InlineData("a/b")]
    public void A_shard_that_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => Shard.Parse(text, _ => null));

    [Fact]
    public void Schedulers_say_which_shard_it_is()
    {
        Assert.Equal(new Shard(3, 4), Of(("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "0")));
        Assert.Equal(new Shard(2, 4), Of(("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "1")));
        Assert.Equal(new Shard(1, 4), Of(("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "4")));
        Assert.Throws<FormatException>(() => Of(("JOB_COMPLETION_INDEX", "0")));

        static Shard Of(params (string Name, string Value)[] variables) =>
            Shard.Parse("auto", name => Array.Find(variables, v => v.Name == name).Value);
    }

    [Fact]
    public void Every_unit_of_every_fold_belongs_to_exactly_one_shard()
    {
        foreach (int shards in (int[])[1, 2, 5])
            for (int unit = 0; unit < 7; unit++)
                for (int fold = 0; fold < 6; fold++)
                    Assert.Single(Enumerable.Range(1, shards), i => new Shard(i, shards).Owns(unit, fold));
    }
}
