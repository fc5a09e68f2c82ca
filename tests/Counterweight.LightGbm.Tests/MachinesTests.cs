using Counterweight.TestSupport;

namespace Counterweight.LightGbm.Tests;

/// <summary>
/// Trainings over several machines, which here are threads of one process: LightGBM keeps a network per thread. Alone, because the machines wait for each other
/// and must not wait for other tests. Processes of their own are in the tests of the tool.
/// </summary>
[Collection(nameof(MachinesTests))]
[CollectionDefinition(nameof(MachinesTests), DisableParallelization = true)]
public sealed class MachinesTests
{
    private static readonly LightGbmParameters Small = new() { Rounds = 30, Leaves = 8, MinRowsInLeaf = 5, Seed = 7, Threads = 1, MaxBins = 63 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public async Task Machines_grow_the_trees_of_one_that_has_all_rows(int machines, int classes)
    {
        // In the order of a column, so that the bins of one machine's rows would be nothing like those of all.
        (double[] values, int[] labels) = Sorted(Tables.Make(6000, 4, classes));
        LightGbmParameters parameters = Of(classes);
        using LightGbmDataset all = Tables.Dataset((values, labels), parameters);
        using LightGbmModel one = LightGbmModel.Train(all, parameters, cancellation: Stop);
        string[] models = await On(machines, m =>
        {
            using LightGbmDataset share = Share(values, labels, 4, m, parameters);
            using LightGbmModel model = LightGbmModel.Train(share, parameters, new LightGbmTraining { Machines = m }, Stop);
            return model.ToText();
        });
        Assert.Single(models.Distinct());
        using LightGbmModel many = LightGbmModel.Parse(models[0]);
        Assert.Contains("[tree_learner: data]", models[0], StringComparison.Ordinal);

        // Sums of several machines are rounded otherwise, so that a late tree may split at a neighbour; the first ones are the same.
        foreach (string line in (string[])["split_feature", "threshold"])
            Assert.Equal(Lines(one.ToText(), line).Take(classes * 2), Lines(models[0], line).Take(classes * 2));
        (double[] fresh, int[] truth) = Tables.Make(4000, 4, classes, seed: 3);
        Assert.Equal(Loss(one), Loss(many), 0.003);
        Assert.Equal(one.Rounds, many.Rounds);

        double Loss(LightGbmModel model)
        {
            double[] p = model.PredictProbabilities(fresh);
            return truth.Select((y, i) => -Math.Log(p[(i * classes) + y])).Average();
        }
    }

    [Fact]
    public async Task A_machine_may_lack_a_class_and_all_stop_at_one_round_by_the_loss_of_all_rows()
    {
        (double[] values, int[] labels) = Tables.Make(4000, 4, rareness: 2.5);
        (double[] Values, int[] Labels) valid = Tables.Make(2000, 4, seed: 2, rareness: 2.5);

        // All rows of class 1 on the first machine, and other validation rows on each.
        int[] order = [.. Enumerable.Range(0, labels.Length).OrderByDescending(i => labels[i])];
        (values, labels) = ([.. order.SelectMany(i => values.AsSpan(i * 4, 4).ToArray())], [.. order.Select(i => labels[i])]);
        LightGbmParameters parameters = Small with { Rounds = 300, EarlyStoppingRounds = 10 };
        foreach (IBoostingObjective? objective in (IBoostingObjective?[])[null, BoostingObjective.Catalogue.Create("focal(gamma=1)").For(
            ClassCounts.From([labels.Count(l => l == 0), labels.Count(l => l == 1)]), [labels.Count(l => l == 0), labels.Count(l => l == 1)])])
        {
            (string Text, double Loss)[] ends = await On(2, m =>
            {
                double last = 0;
                using LightGbmDataset share = Share(values, labels, 4, m, parameters);
                using LightGbmDataset held = Share(valid.Values, valid.Labels, 4, m, parameters, share);
                var training = new LightGbmTraining
                {
                    Machines = m,
                    Objective = objective,
                    Validation = [new("valid", held)],
                    Progress = p => last = p.Metrics[0].Value,
                };
                using LightGbmModel model = LightGbmModel.Train(share, parameters, training, Stop);
                return (model.ToText(), last);
            });
            Assert.Equal(ends[0], ends[1]);
            using LightGbmModel trained = LightGbmModel.Parse(ends[0].Text);
            Assert.InRange(trained.Rounds, 5, 290);

            // What both watched is the mean over the rows of both.
            using LightGbmDataset whole = Share(values, labels, 4, null, parameters), check = Share(valid.Values, valid.Labels, 4, null, parameters, whole);
            List<double> losses = [];
            using LightGbmModel one = LightGbmModel.Train(whole, parameters with { EarlyStoppingRounds = 0 }, new LightGbmTraining
            {
                Objective = objective,
                Validation = [new("valid", check)],
                Progress = p => losses.Add(p.Metrics[0].Value),
            }, Stop);
            Assert.Equal(losses.Min(), ends[0].Loss, 0.02);
        }
    }

    [Fact]
    public async Task Sums_and_what_is_gathered_are_the_same_everywhere()
    {
        double[][] sums = await On(4, m =>
        {
            double[] own = [m.Rank + 0.1, 1e300 * m.Rank];
            m.Sum(own);
            byte[][] all = m.Gather([(byte)m.Rank, .. new byte[m.Rank]]);
            Assert.Equal(Enumerable.Range(0, m.Count).Select(r => (r + 1, r)), all.Select(a => (a.Length, (int)a[0])));
            return own;
        });
        Assert.All(sums, s => Assert.Equal(sums[0], s));
        Assert.Equal(6.4, sums[0][0], 1e-12);
        string[] problems = await On(2, m => Assert.ThrowsAny<LightGbmException>(() => m.Sum(new double[m.Rank + 1])).Message);
        Assert.All(problems, p => Assert.Contains("out of step", p, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_machine_that_fails_or_leaves_ends_the_others_by_name()
    {
        (double[] values, int[] labels) = Tables.Make(3000, 4);
        foreach (bool tells in (bool[])[true, false])
        {
            string[] ends = await On(3, m =>
            {
                using LightGbmDataset share = Share(values, labels, 4, m, Small);
                LightGbmParameters endless = Small with { Rounds = 100_000 };
                var training = new LightGbmTraining { Machines = m };
                if (m.Rank == 2)
                {
                    // It goes in the middle of a training of the others.
                    training = training with { Progress = p => throw new InvalidOperationException($"round {p.Round} is enough") };
                    Exception own = Assert.Throws<InvalidOperationException>(() => LightGbmModel.Train(share, endless, training, Stop));
                    if (tells) m.Abort(own.Message);
                    m.Dispose();
                    return "";
                }

                return Assert.Throws<LightGbmException>(() => LightGbmModel.Train(share, endless, training, Stop)).Message;
            });
            Assert.All(ends.Take(2), e => Assert.Contains(tells ? "Machine 3 of 3 has ended: round 1 is enough" : "Machine 3 of 3", e,
                StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_does_not_go_together_is_told()
    {
        Assert.Contains("'a' is not", Assert.Throws<FormatException>(() => LightGbmMachines.Join(["a"], 0)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => LightGbmMachines.Join(["a:1", "::1:5"], 0));
        Assert.Throws<FormatException>(() => LightGbmMachines.Join(["a:99999"], 0));
        Assert.Contains("twice", Assert.Throws<FormatException>(() => LightGbmMachines.Join(["a:1", "a:1"], 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => LightGbmMachines.Join(["127.0.0.1:1"], 1));
        int[] ports = Ports.Free(2);
        string[] list = [$"127.0.0.1:{ports[0]}", $"127.0.0.1:{ports[1]}"];
        string late = Assert.Throws<LightGbmException>(() => LightGbmMachines.Join(list, 0, patience: TimeSpan.FromMilliseconds(50),
            cancellation: Stop)).Message;
        Assert.Contains($"1 did not come to {list[0]}: 2 ({list[1]})", late, StringComparison.Ordinal);
        Assert.Contains($"Machine 1 of 2 ({list[0]}) cannot be reached",
            Assert.Throws<LightGbmException>(() => LightGbmMachines.Join(list, 1, patience: TimeSpan.FromMilliseconds(50), cancellation: Stop)).Message,
                StringComparison.Ordinal);
        string[] problems = await Task.WhenAll(Enumerable.Range(0, 2).Select(r => Task.Run(
            () => Assert.Throws<LightGbmException>(() => LightGbmMachines.Join(list, r, $"seed {r}", cancellation: Stop)).Message)));
        Assert.All(problems, p => Assert.Contains("Machine 2 was started with 'seed 1' where the first has 'seed 0'", p, StringComparison.Ordinal));
        (double[] values, int[] labels) = Tables.Make(300, 4);
        await On(2, m =>
        {
            Assert.Throws<ArgumentException>(() => LightGbmDataset.FromRows(values, 4, new LightGbmDatasetOptions { Machines = m }));
            using LightGbmDataset share = Share(values, labels, 4, m, Small);
            Assert.Contains("'auc' on the rows of one machine", Assert.Throws<ArgumentException>(() => LightGbmModel.Train(
                share, Small with { Metrics = ["auc"] }, new LightGbmTraining { Machines = m, Validation = [new("v", share)] }, Stop)).Message,
                    StringComparison.Ordinal);
            return 0;
        });
        string[] columns = await On(2, m => Assert.Throws<UnusableDataException>(() => Share(values, [.. labels.Take(150)], m.Rank + 1, m, Small)).Message);
        Assert.All(columns, c => Assert.Contains("different columns", c, StringComparison.Ordinal));
    }

    private static LightGbmParameters Of(int classes) =>
        Small with { Objective = classes == 2 ? LightGbmObjective.Binary : LightGbmObjective.Multiclass, Classes = classes };

    /// <summary>Does the same on several machines, the first of which has its port and the others any.</summary>
    private static async Task<T[]> On<T>(int count, Func<LightGbmMachines, T> does)
    {
        string[] list = [$"127.0.0.1:{Ports.Free(1)[0]}", .. Enumerable.Repeat("", count - 1)];
        return await Task.WhenAll(Enumerable.Range(0, count).Select(r => Task.Factory.StartNew(
            () =>
            {
                using LightGbmMachines machines = LightGbmMachines.Join(list, r, cancellation: Stop);
                return does(machines);
            },
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    /// <summary>The rows of a machine: those from one place to another of all.</summary>
    private static LightGbmDataset Share(
        double[] values, int[] labels, int columns, LightGbmMachines? machines, LightGbmParameters parameters, LightGbmDataset? reference = null)
    {
        int rank = machines?.Rank ?? 0, count = machines?.Count ?? 1, from = labels.Length * rank / count, to = labels.Length * (rank + 1) / count;
        var options = new LightGbmDatasetOptions { Parameters = parameters, Machines = reference is null ? machines : null, Reference = reference };
        ReadOnlyMemory<double> rows = values.AsMemory(from * columns, (to - from) * columns);
        LightGbmDataset share = LightGbmDataset.FromChunks(to - from, columns, () => [LightGbmChunk.FromRows(rows, columns)], options, Stop);
        share.SetLabels(labels.AsSpan(from, to - from));
        return share;
    }

    private static (double[] Values, int[] Labels) Sorted((double[] Values, int[] Labels) table)
    {
        int columns = table.Values.Length / table.Labels.Length;
        int[] order = [.. Enumerable.Range(0, table.Labels.Length).OrderBy(i => table.Values[i * columns])];
        return ([.. order.SelectMany(i => table.Values.AsSpan(i * columns, columns).ToArray())], [.. order.Select(i => table.Labels[i])]);
    }

    private static IEnumerable<string> Lines(string text, string name) => text.Split('\n').Where(l => l.StartsWith(name + "=", StringComparison.Ordinal));
}
