using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary><c>train --machines</c>: processes that each read their share of the files and train one model, with the figures of all rows.</summary>
public sealed class MachinesTests : IDisposable
{
    private const int Parts = 4, RowsOfPart = 5000;
    private static readonly string[] Weights = ["-t", "y", "-r", "weights:balanced", "--threads", "1"];

    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData(2, "scale-pos-weight")]
    [InlineData(2, "weights:balanced")]
    [InlineData(4, "weights:balanced")]
    public async Task Processes_have_the_weights_of_all_rows_and_rank_as_one(int machines, string name)
    {
        Write(files);
        string pattern = files["part-*.csv"];
        string[] remedy = ["-t", "y", "-r", name, "--threads", "1"];
        ToolResult alone = Tool.Run(["train", pattern, .. remedy, "--out", files["one"]]);
        Assert.True(alone.Code == 0, alone.Error);
        ToolResult[] all = await On(machines, ["train", pattern, .. remedy, "--out", files["two"], "--json"]);
        Assert.True(all.All(r => r.Code == 0), string.Concat(all.Select(r => r.Error)));
        Assert.All(all[1..], r => Assert.Equal("", r.Output));
        using JsonDocument said = JsonDocument.Parse(all[0].Output);
        Assert.Equal(Parts * RowsOfPart, said.RootElement.GetProperty("rows").GetInt32());

        // What was trained with stands in the models: the ratio of the counts of all rows; the least weight of a leaf, which is made of the counts and
        // weights of
        // all rows; and the preparation, with the levels of all parts. No part has them alone.
        string one = files.Read("one/model/gbdt.txt"), two = files.Read("two/model/gbdt.txt");
        foreach (string parameter in (string[])["scale_pos_weight", "min_sum_hessian_in_leaf", "num_leaves", "max_bin", "min_data_in_leaf"])
            Assert.Equal(Parameter(one, parameter), Parameter(two, parameter));
        Assert.Equal($"{machines}", Parameter(two, "num_machines"));
        Assert.Equal(Classes("one"), Classes("two"));
        using JsonDocument prepared = JsonDocument.Parse(files.Read("one/preparation.json")),
            shared = JsonDocument.Parse(files.Read("two/preparation.json"));
        foreach ((JsonElement a, JsonElement b) in prepared.RootElement.GetProperty("columns").EnumerateArray()
            .Zip(shared.RootElement.GetProperty("columns").EnumerateArray()))
        {
            Assert.Equal(a.GetProperty("mean").GetDouble(), b.GetProperty("mean").GetDouble(), 1e-12);
            Assert.Equal(a.GetProperty("scale").GetDouble(), b.GetProperty("scale").GetDouble(), 1e-12);
            Assert.Equal(a.GetProperty("levels").GetRawText(), b.GetProperty("levels").GetRawText());
        }

        if (name == "scale-pos-weight")
        {
            long[] counts = [.. Classes("one").Select(c => c.Count)];
            Assert.Equal((double)counts[0] / counts[1], double.Parse(Parameter(two, "scale_pos_weight"), CultureInfo.InvariantCulture), 1e-4);
        }

        Assert.Equal(Auc(files["one"]), Auc(files["two"]), 0.002);

        (string Label, long Count)[] Classes(string model)
        {
            using JsonDocument metadata = JsonDocument.Parse(files.Read($"{model}/metadata.json"));
            return [.. metadata.RootElement.GetProperty("classes").EnumerateArray().Select(c => (c.GetProperty("label").GetString()!,
                c.GetProperty("count").GetInt64()))];
        }
    }

    [Fact]
    public async Task A_threshold_is_tuned_on_the_scores_of_all_processes()
    {
        Write(files);
        string[] train = ["train", files["part-*.csv"], "-t", "y", "-r", "none+threshold:tuned", "--threads", "1"];
        ToolResult alone = Tool.Run([.. train, "--out", files["one"]]);
        Assert.True(alone.Code == 0, alone.Error);
        ToolResult[] all = await On(4, [.. train, "--out", files["four"]]);
        Assert.True(all.All(r => r.Code == 0), string.Concat(all.Select(r => r.Error)));

        // A rare class is found where its scores are far below a half, and as well as by one process.
        double one = Balanced("one"), four = Balanced("four");
        Assert.Equal(one, four, 0.01);
        Assert.InRange(four, 0.85, 1);

        double Balanced(string model)
        {
            ToolResult predicted = Tool.Run("predict", files[model], files["fresh.csv"], "-q");
            Assert.True(predicted.Code == 0, predicted.Error);
            string[] decided = [.. predicted.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split(',')[0])];
            string[] truth = [.. File.ReadLines(files["fresh.csv"]).Skip(1).Select(l => l.Split(',')[^1])];
            Assert.Equal(truth.Length, decided.Length);
            return ((string[])["no", "yes"]).Average(c => Enumerable.Range(0, truth.Length).Where(i => truth[i] == c).Average(i => decided[i] == c ? 1.0 : 0));
        }
    }

    [Fact]
    public async Task Machines_with_addresses_of_their_own_find_their_ranks()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/usr/sbin/ip"),
            "network namespaces need root and 'ip': build/setup.sh slurm");
        Write(files);
        string left = $"cw{Environment.ProcessId}a", right = $"cw{Environment.ProcessId}b";
        try
        {
            Ip("netns", "add", left);
            Ip("netns", "add", right);
            Ip("-n", left, "link", "add", "cw0", "type", "veth", "peer", "name", "cw0", "netns", right);
            foreach ((string place, string address) in ((string, string)[])[(left, "10.211.7.1/30"), (right, "10.211.7.2/30")])
            {
                Ip("-n", place, "addr", "add", address, "dev", "cw0");
                Ip("-n", place, "link", "set", "cw0", "up");
            }

            string[] train = ["train", files["part-*.csv"], .. Weights, "--out", files["two"], "--machines", "10.211.7.1:5000,10.211.7.2:5000"];
            ToolResult[] both = await Task.WhenAll(((string[])[left, right]).Select(place => Task.Run(() => Tool.RunUnder(["ip", "netns", "exec", place],
                train))));
            Assert.True(both.All(r => r.Code == 0), both[0].Error + both[1].Error);
            Assert.Contains("20,000 rows of 2 machines", both[0].Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
            Assert.Contains("Machine 2 of 2 trained on its 10,000 rows", both[1].Error, StringComparison.Ordinal);
            Assert.Equal("", both[1].Output);
        }
        finally
        {
            foreach (string place in (string[])[left, right]) Process.Start("ip", ["netns", "del", place]).WaitForExit();
        }

        static void Ip(params string[] words)
        {
            using Process process = Process.Start("ip", words);
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, string.Join(' ', words));
        }
    }

    [Fact]
    public async Task A_process_that_is_killed_ends_the_other_which_names_it()
    {
        Write(files);
        int[] ports = Ports.Free(2);
        string[] train = ["train", files["part-*.csv"], .. Weights, "--out", files["two"], "--machines", $"127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}"];
        Task<ToolResult> first = Task.Run(() => Tool.Run([.. train, "--rank", "0"]));
        using Process second = Tool.Start(null, [.. train, "--rank", "1"]);
        // It has met the first when it says so no longer, at the latest when its rows are read.
        Task<string> said = second.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        second.Kill();
        ToolResult ended = await first;
        await said;
        Assert.Equal(1, ended.Code);
        Assert.Contains($"Machine 2 of 2 (127.0.0.1:{ports[1]})", ended.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(files["two"]));
    }

    [Fact]
    public async Task What_several_machines_cannot_do_is_told_by_all_of_them()
    {
        Write(files);
        string[] train = ["train", files["part-*.csv"], "-t", "y", "--out", files["model"]];
        foreach ((string remedy, string problem) in ((string, string)[])[("resample:smote", "needs all rows in one place"),
            ("sampler:class-balanced", "needs all rows in one place"), ("ensemble:easy", "needs all rows in one place")])
        {
            ToolResult[] both = await On(2, [.. train, "-r", remedy]);
            Assert.All(both, r => Assert.Equal(2, r.Code));
            Assert.Contains(problem, both[0].Error + both[1].Error, StringComparison.Ordinal);
        }

        File.WriteAllText(files["part-3.csv"], "a,b,c,k,y\n1,2,3,u,no\nx,2,3,u,yes\n");
        ToolResult[] kinds = await On(2, [.. train, "-r", "none"]);
        Assert.Equal([1, 3], kinds.Select(r => r.Code));
        Assert.All(kinds, r => Assert.Contains("part-3.csv, column 'a': the column holds categories here and numbers in part-1.csv", r.Error,
            StringComparison.Ordinal));
        Assert.Contains("Machine 2 of 2 has ended", kinds[0].Error, StringComparison.Ordinal);
        kinds = await On(4, [.. train, "-r", "none"]);
        Assert.All(kinds, r => Assert.Equal(3, r.Code));
        Assert.All(kinds, r => Assert.Contains("part-3.csv (machine 4), column 'a'", r.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("name it with --remedy", "--machines", "127.0.0.1:5000,127.0.0.1:5001", "--rank", "0")]
    [InlineData("not linear", "--machines", "127.0.0.1:5000,127.0.0.1:5001", "--rank", "0", "-r", "none", "-l", "linear")]
    [InlineData("'127.0.0.1' is not", "--machines", "127.0.0.1", "-r", "none")]
    [InlineData("2 of them are at an address of this machine", "--machines", "127.0.0.1:5000,127.0.0.1:5001", "-r", "none")]
    [InlineData("none of them are at an address of this machine", "--machines", "203.0.113.251:5000,203.0.113.252:5001", "-r", "none")]
    [InlineData("--rank is 0 to 1 for 2 machines; 2 is not", "--machines", "127.0.0.1:5000,127.0.0.1:5001", "-r", "none", "--rank", "2")]
    [InlineData("--rank goes with --machines only", "-r", "none", "--rank", "0")]
    [InlineData("1 file for 2 processes", "--machines", "127.0.0.1:5000,127.0.0.1:5001", "-r", "none", "--rank", "0")]
    [InlineData("Slurm's srun says which task", "--machines", "auto", "-r", "none")]
    [InlineData("leave out --group, or train on one machine", "--machines", "127.0.0.1:5000,127.0.0.1:5001", "-r", "none", "--rank", "0", "--group", "a")]
    [InlineData("leave out --trainer", "--machines", "127.0.0.1:5000", "-r", "none", "--trainer", "true")]
    public void What_cannot_be_asked_is_told(string message, params string[] options)
    {
        Write(files, parts: 1);
        ToolResult result = Tool.Run(["train", files["part-0.csv"], "-t", "y", "--out", files["m"], .. options]);
        Assert.Equal(2, result.Code);
        Assert.Contains(message, result.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void Schedulers_say_which_machine_it_is()
    {
        Assert.Equal("n03", MachineOptions.FirstHost("n[03-05,9],m1"));
        Assert.Equal("m1", MachineOptions.FirstHost("m1,n[03-05]"));
        Assert.Equal("rack2-7", MachineOptions.FirstHost("rack[2-3]-[7,9]"));
        MachineQuestion slurm = MachineOptions.Read(["auto"], null, Of(("SLURM_PROCID", "2"), ("SLURM_NTASKS", "3"), ("SLURM_JOB_ID", "70"),
            ("SLURM_STEP_ID", "4"),
            ("SLURM_STEP_NUM_NODES", "2"), ("SLURM_STEP_NODELIST", "n[03-04]")));
        Assert.Equal((3, 2, "n03:27074"), (slurm.Machines.Count, slurm.Rank, slurm.Machines[0]));
        Assert.Equal("127.0.0.1:27074", MachineOptions.Read(["AUTO"], null, Of(("SLURM_PROCID", "0"), ("SLURM_NTASKS", "3"), ("SLURM_JOB_ID", "70"),
            ("SLURM_STEP_ID", "4"), ("SLURM_STEP_NUM_NODES", "1"), ("SLURM_STEP_NODELIST", "n03"))).Machines[0]);
        Assert.Equal(1, MachineOptions.Read(["a:1", "b:1"], null, Of(("JOB_COMPLETION_INDEX", "1"))).Rank);
        Assert.Equal(0, MachineOptions.Read(["a:1", "b:1"], 0, Of(("JOB_COMPLETION_INDEX", "1"))).Rank);

        static Func<string, string?> Of(params (string Name, string Value)[] variables) => name => Array.Find(variables, v => v.Name == name).Value;
    }

    /// <summary>The area under the ROC curve on rows that no model has seen.</summary>
    private double Auc(string model)
    {
        ToolResult predicted = Tool.Run("predict", model, files["fresh.csv"], "--probabilities", "-q");
        Assert.True(predicted.Code == 0, predicted.Error);
        double[] scores = [.. predicted.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(l => double.Parse(l.Split(',')[2], CultureInfo.InvariantCulture))];
        int[] truth = [.. File.ReadLines(files["fresh.csv"]).Skip(1).Select(l => l.EndsWith("yes", StringComparison.Ordinal) ? 1 : 0)];
        Assert.Equal(truth.Length, scores.Length);
        Array.Sort(scores, truth);
        double rank = 0, positives = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            rank += truth[i] * (i + 1.0);
            positives += truth[i];
        }

        return (rank - (positives * (positives + 1) / 2)) / (positives * (truth.Length - positives));
    }

    private static string Parameter(string model, string name) =>
        model.Split('\n').Single(l => l.StartsWith($"[{name}: ", StringComparison.Ordinal))[(name.Length + 3)..^1];

    /// <summary>Runs a command as so many processes of this machine.</summary>
    internal static Task<ToolResult[]> On(int count, string[] command)
    {
        string list = string.Join(',', Ports.Free(count).Select(p => $"127.0.0.1:{p}"));
        return Task.WhenAll(Enumerable.Range(0, count).Select(r => Task.Run(() => Tool.Run([.. command, "--machines", list, "--rank", $"{r}"]))));
    }

    /// <summary>
    /// Files that are not alike: the rare class has another share in each, the last has none of it, and each has a category more than the one before; and
    /// <c>fresh.csv</c> with other rows like those of the first parts.
    /// </summary>
    internal static void Write(TempFiles files, int parts = Parts)
    {
        var random = new SeededRandom(11);
        for (int file = 0; file <= parts; file++)
        {
            bool fresh = file == parts, last = file == Parts - 1;
            var text = new StringBuilder("a,b,c,k,y\n");
            for (int i = 0; i < (fresh ? 4 : 1) * RowsOfPart; i++)
            {
                int part = fresh ? random.NextInt32(Parts - 1) : file;
                double a, b, c = random.NextGaussian();
                int k;
                bool rare;
                do
                {
                    (a, b, k) = (random.NextGaussian() + (last ? -1 : 0.5 * part), random.NextGaussian(), random.NextInt32(part + 2));
                    rare = (1.5 * a) + (b * b) + (k == 0 ? 1 : 0) + random.NextGaussian() > 4.5;
                }
                while (last && rare);
                string gap = i % 19 == 4 ? "" : c.ToString("F4", CultureInfo.InvariantCulture);
                text.Append(CultureInfo.InvariantCulture, $"{a:F5},{b:F5},{gap},{"uvwxyz"[k]},{(rare ? "yes" : "no")}\n");
            }

            files.Write(fresh ? "fresh.csv" : $"part-{file}.csv", text.ToString());
        }
    }
}
