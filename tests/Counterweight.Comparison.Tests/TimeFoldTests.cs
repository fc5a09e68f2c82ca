using Counterweight.Data;
using CsCheck;

namespace Counterweight.Comparison.Tests;

public sealed class TimeFoldTests
{
    private static readonly string[] Names = ["a", "b"];

    [Fact]
    public void Training_is_always_earlier_and_every_moment_stays_whole() =>
        Gen.Select(Gen.Int[0, 40].Array[60, 300], Gen.Int[2, 5], Gen.Int[1, 1000]).Sample((times, folds, seed) =>
        {
            var random = new SeededRandom(seed);
            int[] labels = new int[times.Length];
            for (int i = 0; i < labels.Length; i++) labels[i] = random.NextInt32(2);
            IReadOnlyList<Fold> split;
            try
            {
                split = TimeFolds.Split([.. times.Select(t => (double)t)], labels, Names, folds);
            }
            catch (UnusableDataException)
            {
                return;
            }

            Assert.Equal(folds, split.Count);
            var judged = new HashSet<int>();
            foreach (Fold fold in split)
            {
                Assert.True(fold.Train.Max(r => times[r]) < fold.Test.Min(r => times[r]));
                foreach (int row in fold.Test) Assert.True(judged.Add(row));
                Assert.Equal(times.Length, fold.Train.Length + times.Count(t => t > fold.Train.Max(r => times[r])));
            }
        });

    [Fact]
    public void Groups_of_the_future_are_left_out_of_the_past()
    {
        double[] times = [.. Enumerable.Range(0, 90)];
        int[] labels = [.. Enumerable.Range(0, 90).Select(i => i % 2)], groups = [.. Enumerable.Range(0, 90).Select(i => i % 45)];
        foreach (Fold fold in TimeFolds.Split(times, labels, Names, 2, groups))
            Assert.Empty(fold.Train.Select(r => groups[r]).Intersect(fold.Test.Select(r => groups[r])));
    }

    [Fact]
    public void What_cannot_be_split_says_why()
    {
        Assert.Contains("no time", Assert.Throws<UnusableDataException>(() => TimeFolds.Split([1, double.NaN, 3, 4], [0, 1, 0, 1], Names, 2)).Message,
            StringComparison.Ordinal);
        Assert.Contains("moment", Assert.Throws<UnusableDataException>(() => TimeFolds.Split([1, 1, 1, 1, 1, 2], [0, 1, 0, 1, 0, 1], Names, 2)).Message,
            StringComparison.Ordinal);
        Assert.Contains("class 'b'",
            Assert.Throws<UnusableDataException>(() => TimeFolds.Split([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 0, 0, 0, 0, 0, 1, 1, 1], Names, 2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_only_works_inside_its_own_time_is_found_out()
    {
        // The meaning of x turns over in the last third: random folds see all times and believe in x, the future does not.
        var random = new SeededRandom(3);
        int n = 900;
        int[] labels = new int[n];
        double[] x = new double[n], when = new double[n];
        for (int i = 0; i < n; i++)
        {
            labels[i] = random.NextInt32(3) == 0 ? 1 : 0;
            when[i] = i;
            x[i] = random.NextGaussian() + ((i < 600 ? 2 : -2) * labels[i]);
        }

        var data = new Dataset("drift", "class", labels, Names, [new NumericColumn("x", x)]);
        var options = new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = Remedy.ParseList("none, weights:balanced"),
            Folds = 2,
            Repeats = 3,
            Metric = Metric.RocAuc
        };
        ComparisonResult shuffled = RemedyComparison.Run(data, options), ordered = RemedyComparison.Run(data, options with { Times = when });
        Assert.True(shuffled.Of(shuffled.Baseline).Mean!.Mean > 0.5);
        Assert.True(ordered.Of(ordered.Baseline).FoldValues[^1] < 0.2);
        Assert.Equal((2, 1), (ordered.Of(ordered.Baseline).FoldValues.Count, ordered.Options.Repeats));
        double share = ((300.0 / 300) + (300.0 / 600)) / 2;
        Assert.Equal(CorrectedResampledTTest.Evaluate([.. ordered.Of(ordered.Baseline).FoldValues], share).Within(0, 1), ordered.Of(ordered.Baseline).Mean);
    }
}
