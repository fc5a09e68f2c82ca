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
        List<long> grown = [];

        // 20 leaked datasets of 600,000 bins would be 12 MB in every part, and so many boosters as much again. What the garbage collector and the allocator
        // keep for later use grows less from part to part.
        while (grown.Count < 8 && (grown.Count == 0 || grown[^1] >= 6_000_000))
        {
            long before = Resident();
            for (int i = 0; i < 20; i++) Once(i);
            grown.Add(Resident() - before);
        }

        Assert.True(grown[^1] < 6_000_000, string.Join(", ", grown) + " bytes");
    }
}
