using System.Diagnostics;

namespace Counterweight.LightGbm.Tests;

/// <summary>Runs by itself, because it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;

[Collection(nameof(Alone))]
public class MemoryTests
{
    private static readonly LightGbmParameters Small = new() { Rounds = 5, Leaves = 6, MinRowsInLeaf = 5, Threads = 1 };

    [Fact]
    public void Native_memory_does_not_grow()
    {
        (double[] values, int[] labels) = Tables.Make(30_000, 20);
        long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Process.GetCurrentProcess().WorkingSet64;
        }

        void Once(int i)
        {
            using LightGbmDataset data = Tables.Dataset((values, labels), Small);
            using var cancel = new CancellationTokenSource();
            try
            {
                using LightGbmModel model = LightGbmModel.Train(
                    data, Small, new LightGbmTraining { Progress = p => { if (i % 2 == 1 && p.Round == 2) cancel.Cancel(); } }, cancel.Token);
                using LightGbmRowPredictor predictor = model.CreateRowPredictor();
                using LightGbmModel read = LightGbmModel.Parse(model.ToText());
            }
            catch (OperationCanceledException)
            {
            }

            Assert.Throws<UnusableDataException>(() => LightGbmDataset.FromRows(new double[600_000], 20, new LightGbmDatasetOptions { Parameters = Small }));
        }

        for (int i = 0; i < 10; i++) Once(i);
        long before = Resident();
        for (int i = 0; i < 60; i++) Once(i);

        // 60 leaked datasets of 600,000 bins would be 36 MB, and so many boosters as much again.
        long grown = Resident() - before;
        Assert.True(grown < 18_000_000, $"{grown} bytes");
    }
}
