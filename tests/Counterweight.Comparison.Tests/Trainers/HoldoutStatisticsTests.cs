using System.Globalization;
using Counterweight.Advice;

namespace Counterweight.Comparison.Tests;

/// <summary>Intervals of one split and a few seeds, on programs whose true difference is known: none.</summary>
public class HoldoutStatisticsTests
{
    private const int Trials = 700;

    /// <summary>
    /// The simulation of bench/advice, smaller: programs of known difference, one whose seeds change the whole model much, and one whose seeds change many rows
    /// but the model little. The bounds are those of 93 to 97% and two standard errors of so few trials.
    /// </summary>
    [Theory]
    [InlineData(2, 0.4, 0.4, 0.5)]
    [InlineData(3, 0.4, 0.4, 0.5)]
    [InlineData(5, 0.4, 0.4, 0.5)]
    [InlineData(2, 0, 0, 1)]
    [InlineData(3, 0, 0, 1)]
    [InlineData(5, 0, 0, 1)]
    public void IntervalsCoverTheTruth(int seeds, double spread, double gain, double rowAndSeed)
    {
        var setting = new HoldoutTrials.Setting(seeds, 50, spread, gain, rowAndSeed, Frequent: 100);
        double covered = HoldoutTrials.Run(setting, Trials, 1).Covered;
        string what = string.Create(CultureInfo.InvariantCulture, $"{100 * covered:0.0}% of the intervals cover the truth");
        Assert.True(covered is >= 0.93 - 0.015 and <= 0.97 + 0.015, what);
        TestContext.Current.SendDiagnosticMessage($"{setting}: {what}");
    }

    [Fact]
    public void AnIntervalWithoutZeroIsThatOfASmallPValue()
    {
        var same = new HoldoutTrials.Setting(3, 50, 0.2, 0.4, Frequent: 100);
        int claims = 0;
        for (int trial = 0; trial < 40; trial++)
        {
            FoldMean gain = HoldoutTrials.Difference(same, 1, trial);
            Assert.Equal(gain.PValue < 0.05, gain.Low > 0 || gain.High < 0);
            if (gain.PValue < 0.05) claims++;
        }

        Assert.InRange(claims, 1, 39);
    }

    [Fact]
    public void WithoutAnySpreadTheIntervalIsAPoint()
    {
        int[] truth = [0, 0, 1, 1];
        var same = new List<FoldScore> { new([1], [0, 0, 1, 1], [], "", 0) };
        FoldMean gain = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 1, 0, 1).Difference((same, [1]), (same, [1]), 1, []);
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
        FoldMean narrow = statistics.Difference(Of(steady), Of(none), 1, []), wide = statistics.Difference(Of(wild), Of(none), 1, []);
        Assert.Equal(narrow.Mean, wide.Mean, 12);
        Assert.True(wide.High - wide.Low > 1.5 * (narrow.High - narrow.Low));
    }
}
