using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>Comparisons on a real Slurm: as an array job of shards and with a step per fit, which get lost on the way.</summary>
public sealed class SlurmTests(SlurmCluster cluster) : IClassFixture<SlurmCluster>, IDisposable
{
    private static readonly string[] Compare =
    [
        "compare", "samples/hpc-jobs.csv", "--target", "class", "--remedies", "none,weights:balanced,threshold:tuned", "--learners", "linear", "--folds", "3",
        "--repeats", "1", "--threads", "2",
    ];

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private void NeedsSlurm() => Assert.SkipUnless(cluster.Lacks is null, cluster.Lacks ?? "");

    [Fact]
    public async Task The_array_job_of_the_sample_and_its_merge_are_the_comparison_on_one_machine()
    {
        NeedsSlurm();

        // What is compared with runs beside the jobs: most of their time is waiting for each other.
        Task<ToolResult> here = Task.Run(() => Tool.Run([.. Compare, "--no-racing", "--json", "-q"]));
        Directory.CreateSymbolicLink(files["samples"], Path.Combine(Repository.Root, "samples"));
        ToolResult submitted = cluster.Run(files.Folder, "sbatch", "--parsable", "samples/slurm/compare.sbatch");
        Assert.True(submitted.Code == 0, submitted.Error);
        string job = submitted.Output.Trim();

        // The line that the sample's head names, with the document on its output.
        ToolResult merge = cluster.Run(
            files.Folder, "sbatch", "--parsable", $"--dependency=afterok:{job}", "--output=merged.json", "--wrap", "counterweight merge report --json -q");
        Assert.True(merge.Code == 0, merge.Error);
        SlurmCluster.Until(() => cluster.Ask("squeue", "-h", "-j", $"{job},{merge.Output.Trim()}") == "", "the jobs");
        string said = string.Concat(Directory.EnumerateFiles(files.Folder, "slurm-*.out").Select(File.ReadAllText));
        Assert.True(File.Exists(files["merged.json"]), said);
        Assert.Equal(4, Directory.EnumerateFiles(files["report"], "shard-*-of-4.json").Count());
        Assert.Equal(Tool.Figures((await here).Output), Tool.Figures(File.ReadAllText(files["merged.json"])));
    }

    [Fact]
    public async Task Tasks_of_a_step_train_one_model_as_processes_started_by_hand_do()
    {
        NeedsSlurm();
        MachinesTests.Write(files);
        Task<ToolResult[]> byHand = MachinesTests.On(
            2, ["train", files["part-*.csv"], "-t", "y", "-r", "weights:balanced", "--out", files["hand"], "--threads", "1"]);
        ToolResult step = cluster.Run(files.Folder, "sbatch", "--parsable", "--ntasks=2", "--output=step.txt", "--export=ALL,DATA=part-*.csv,TARGET=y",
            Path.Combine(Repository.Root, "samples", "slurm", "train.sbatch"));
        Assert.True(step.Code == 0, step.Error);
        SlurmCluster.Until(() => cluster.Ask("squeue", "-h", "-j", step.Output.Trim()) == "", "the job");
        Assert.Contains("20,000 rows of 2 machines", files.Read("step.txt").ReplaceLineEndings(" "), StringComparison.Ordinal);
        ToolResult[] hand = await byHand;
        Assert.True(hand.All(r => r.Code == 0), hand[0].Error + hand[1].Error);
        Assert.Equal(files.Read("hand/model/gbdt.txt"), files.Read("model/model/gbdt.txt"));
    }

    [Fact]
    public async Task Fits_as_steps_give_the_same_and_one_that_is_cancelled_or_loses_its_node_is_tried_again()
    {
        NeedsSlurm();
        Task<ToolResult> here = Task.Run(() => Tool.Run([.. Compare, "--no-racing", "--json", "-q"]));

        // Two of the steps hang, until one is cancelled and the other loses its node; every later one goes through.
        string hold = cluster.Shell(
            "hold.sh", $"echo \"$@\" >> '{files["started"]}'\nfor n in 1 2; do mkdir '{files["held"]}'$n 2>/dev/null && exec sleep 600; done\nexec \"$@\"");
        Task<ToolResult> steps = Task.Run(() => Tool.RunWith(
            null, cluster.Environs,
            [.. Compare, "--no-racing", "--json", "--launcher", $"srun -Q -n1 -c2 {hold}", "--jobs", "2", "--fit-retries", "2", "--out", files["out"]]));
        SlurmCluster.Until(() => steps.IsCompleted || (Directory.Exists(files["held1"]) && Directory.Exists(files["held2"])), "two fits to be held");
        string[] running = cluster.Running;
        if (running.Length != 2) Assert.Fail($"{string.Join(' ', running)} {(await steps).Error}");
        Assert.Equal("", cluster.Ask("scancel", $"{running[0]}.0"));
        SlurmCluster.Until(() => !cluster.Running.Contains(running[0]), "the step to be cancelled");
        cluster.SetNode(up: false);
        SlurmCluster.Until(() => cluster.Running.Length == 0, "the node to be down");
        cluster.SetNode(up: true);

        ToolResult elsewhere = await steps;
        Assert.True(elsewhere.Code == 0, elsewhere.Error);
        Assert.Equal(Tool.Figures((await here).Output), Tool.Figures(elsewhere.Output));
        string[] started = File.ReadAllLines(files["started"]);
        Assert.Equal(2 * 3, started.Distinct().Count());
        Assert.InRange(started.Length, (2 * 3) + 2, (2 * 3) + 3);
    }
}
