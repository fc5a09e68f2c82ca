using System.Globalization;

namespace Counterweight.Comparison.Tests;

/// <summary>Intervals of one split and a few seeds, on programs whose true difference is known: none.</summary>
public class HoldoutStatisticsTests
{
    private const int Frequent = 500, Rare = 100, Trials = 600;

    /// <summary>
    /// A score per row is the row's own part (which all candidates share), one of row and candidate, one of row and seed, and what the seed does to the whole
    /// model; a candidate is right where its score is above zero. Both candidates are alike, so every difference that is claimed is a false one. The bound is
    /// that of 95%, less three standard errors of so few trials.
    /// </summary>
    [Theory]
    [InlineData(2, 0.15)]
    [InlineData(3, 0.15)]
    [InlineData(5, 0.15)]
    public void IntervalsCoverTheTruthAndFalseClaimsAreRare(int seeds, double spread)
    {
        int[] truth = [.. Enumerable.Repeat(0, Frequent), .. Enumerable.Repeat(1, Rare)];
        int covered = 0;
        Parallel.For(0, Trials, trial =>
        {
            var random = new SeededRandom(20_000 + (100 * seeds) + (int)(1000 * spread), trial);
            double[] own = [.. truth.Select(_ => Normal(ref random))];
            var none = new List<FoldScore>();
            var other = new List<FoldScore>();
            double[] noneOwn = [.. truth.Select(_ => 0.3 * Normal(ref random))], otherOwn = [.. truth.Select(_ => 0.3 * Normal(ref random))];
            for (int s = 0; s <= seeds; s++)
            {
                none.Add(Score(truth, own, noneOwn, spread, ref random));
                if (s < seeds) other.Add(Score(truth, own, otherOwn, spread, ref random));
            }

            double[] more = [none[^1].Figures[0]];
            none.RemoveAt(seeds);
            var statistics = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 1_000_000, trial, 1);
            FoldMean gain = statistics.Difference(
                [(other, [.. other.Select(o => o.Figures[0])])], (none, [.. none.Select(n => n.Figures[0])]), 1, more);
            Assert.Equal(gain.PValue > 0.05, gain.Low < 0 && gain.High > 0);
            if (gain.Low < 0 && gain.High > 0) Interlocked.Increment(ref covered);
        });
        double share = (double)covered / Trials;
        Assert.True(share is >= 0.92 and <= 1, string.Create(CultureInfo.InvariantCulture, $"{share:0.000} of the intervals cover the truth"));
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"seeds {seeds}, spread {spread}: coverage {share:0.000}"));
    }

    [Fact]
    public void WithoutAnySpreadTheIntervalIsAPoint()
    {
        int[] truth = [0, 0, 1, 1];
        var same = new List<FoldScore> { new([1], [0, 0, 1, 1], [], "", 0) };
        FoldMean gain = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 1, 0, 1).Difference([(same, [1])], (same, [1]), 1, []);
        Assert.Equal((0, 0, 0, 1), (gain.Mean, gain.Low, gain.High, gain.PValue));
    }

    [Fact]
    public void RowsOfNoWeightDoNotWidenTheInterval()
    {
        // Every fourth row is decided wrongly and weighs nothing.
        int[] truth = [.. Enumerable.Range(0, 80).Select(i => i % 2)];
        double[] weights = [.. Enumerable.Range(0, 80).Select(i => i / 2 % 4 == 0 ? 0.0 : 2.5)];
        var scores = new List<FoldScore> { new([1], [.. truth.Select((t, i) => weights[i] == 0 ? 1 - t : t)], [], "", 0) };
        FoldMean by = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 1, 0, 1, weights).Mean(scores, [1], []);
        FoldMean plain = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 1, 0, 1).Mean(scores, [1], []);
        Assert.Equal((1, 1), (by.Low, by.High));
        Assert.True(plain.High - plain.Low > 0.05);
    }

    [Fact]
    public void SeedsThatDisagreeWidenTheInterval()
    {
        int[] truth = [.. Enumerable.Range(0, 200).Select(i => i % 2)];
        FoldScore Right(int wrong) => new([1 - (wrong / 200.0)], [.. truth.Select((t, i) => i < wrong ? 1 - t : t)], [], "", 0);
        var none = new List<FoldScore> { Right(40), Right(40), Right(40) };
        var steady = new List<FoldScore> { Right(20), Right(20), Right(20) };
        var wild = new List<FoldScore> { Right(0), Right(20), Right(40) };
        var statistics = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 1, 0, 1);
        (IReadOnlyList<FoldScore> Scores, double[] Values) Of(List<FoldScore> some) => (some, [.. some.Select(s => s.Figures[0])]);
        FoldMean narrow = statistics.Difference([Of(steady)], Of(none), 1, []), wide = statistics.Difference([Of(wild)], Of(none), 1, []);
        Assert.Equal(narrow.Mean, wide.Mean, 12);
        Assert.True(wide.High - wide.Low > 1.5 * (narrow.High - narrow.Low));
    }

    private static FoldScore Score(int[] truth, double[] row, double[] candidate, double spread, ref SeededRandom random)
    {
        double seed = spread * Normal(ref random);
        int[] decided = new int[truth.Length];
        double[] right = new double[2];
        for (int i = 0; i < truth.Length; i++)
        {
            double score = (truth[i] == 0 ? 1.2 - (0.5 * seed) : 0.6 + (1.5 * seed)) + row[i] + candidate[i] + (0.5 * Normal(ref random));
            decided[i] = score > 0 ? truth[i] : 1 - truth[i];
            if (score > 0) right[truth[i]]++;
        }

        return new FoldScore([((right[0] / Frequent) + (right[1] / Rare)) / 2], decided, [], "", 0);
    }

    private static double Normal(ref SeededRandom random) =>
        Math.Sqrt(-2 * Math.Log(random.NextPositiveDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
