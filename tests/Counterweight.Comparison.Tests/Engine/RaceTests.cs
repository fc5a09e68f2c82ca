namespace Counterweight.Comparison.Tests;

/// <summary>A race stops those that are clearly worse, and equals as rarely as it promises.</summary>
public sealed class RaceTests(ITestOutputHelper output)
{
    private const int Candidates = 24, Folds = 10, Looks = Folds - Race.FewestFolds;
    private const double TestShare = 0.25, Deviation = 0.02;

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.35)]
    public void Of_equal_candidates_one_is_stopped_in_fewer_than_five_of_a_hundred_races(double correlation)
    {
        const int races = 400;
        int wrong = 0, wrongByTheBest = 0;
        for (int race = 0; race < races; race++)
        {
            double[][] values = Values(race, correlation, worse: 0, gap: 0);
            if (Stopped(values).Any(s => s)) wrong++;
            if (StoppedByTheBest(values).Any(s => s)) wrongByTheBest++;
        }

        output.WriteLine($"Correlation {correlation}: of {races} races, {wrong} stop an equal; by a test against the best so far, {wrongByTheBest}");
        Assert.True(wrong < 0.05 * races, $"{wrong} of {races}");
        Assert.True(wrongByTheBest > 0.1 * races, $"The simulation no longer shows what choosing the best does: {wrongByTheBest} of {races}");
    }

    [Theory]
    [InlineData(3, 0.04)]
    [InlineData(5, 0.4)]
    [InlineData(8, 0.8)]
    public void Those_that_are_far_behind_are_stopped(double gap, double least)
    {
        const int races = 60, worse = Candidates / 2;
        int stopped = 0, byTheBest = 0, good = 0;
        for (int race = 0; race < races; race++)
        {
            double[][] values = Values(race, 0.2, worse, gap * Deviation);
            bool[] left = Stopped(values), naive = StoppedByTheBest(values);
            stopped += left[..worse].Count(s => s);
            good += left[worse..].Count(s => s);
            byTheBest += naive[..worse].Count(s => s);
        }

        output.WriteLine($"Behind by {gap} deviations of a fold: {(double)stopped / (races * worse):P0} stopped; by a test against the best so far, "
            + $"{(double)byTheBest / (races * worse):P0}");
        Assert.True(stopped > least * races * worse);
        Assert.True(good < 0.05 * races);
    }

    [Fact]
    public void A_lead_that_is_practically_none_stops_nobody() =>
        Assert.Empty(Race.ClearlyWorse([[0.8, 0.8, 0.8, 0.8, 0.8001], [0.797, 0.797, 0.797, 0.797, 0.797]], 2, 1, TestShare, 0.005));

    [Fact]
    public void Who_leaves_is_told_for_whom()
    {
        Left left = Assert.Single(Race.ClearlyWorse([[0.5, 0.51, 0.5, 0.49, 0.5], [0.9, 0.91, 0.92, 0.9, 0.91]], 2, 1, TestShare, 0.005));
        Assert.Equal((0, 1), (left.Loser, left.Winner));
        Assert.InRange(left.Chance, 0, 0.025);
    }

    /// <summary>Fold values that share the difficulty of the fold and, within a candidate, correlate over folds; the first are worse by a gap.</summary>
    private static double[][] Values(int race, double correlation, int worse, double gap)
    {
        var random = new SeededRandom(9, race);
        double[] difficulty = new double[Folds];
        for (int j = 0; j < Folds; j++) difficulty[j] = 0.02 * random.NextGaussian();
        double[][] values = new double[Candidates][];
        for (int k = 0; k < Candidates; k++)
        {
            double own = Math.Sqrt(correlation) * random.NextGaussian();
            values[k] = new double[Folds];
            for (int j = 0; j < Folds; j++)
            {
                double noise = own + (Math.Sqrt(1 - correlation) * random.NextGaussian());
                values[k][j] = 0.7 + difficulty[j] + (Deviation * noise) - (k < worse ? gap : 0);
            }
        }

        return values;
    }

    private static bool[] Stopped(double[][] values)
    {
        bool[] stopped = new bool[values.Length];
        for (int look = Race.FewestFolds; look < Folds; look++)
        {
            int[] racing = [.. Enumerable.Range(0, values.Length).Where(k => !stopped[k])];
            double[][] now = [.. racing.Select(k => values[k][..look])];
            foreach (Left left in Race.ClearlyWorse(now, values.Length, Looks, TestShare, 0)) stopped[racing[left.Loser]] = true;
        }

        return stopped;
    }

    /// <summary>The rule that does not reckon with the choosing: each against the best so far.</summary>
    private static bool[] StoppedByTheBest(double[][] values)
    {
        bool[] stopped = new bool[values.Length];
        for (int look = Race.FewestFolds; look < Folds; look++)
        {
            int[] racing = [.. Enumerable.Range(0, values.Length).Where(k => !stopped[k])];
            int best = racing.MaxBy(k => values[k][..look].Average());
            double level = 0.05 / (racing.Length * Folds);
            foreach (int k in racing)
            {
                if (k == best) continue;
                FoldMean lead = CorrectedResampledTTest.Evaluate([.. values[best][..look].Zip(values[k], (b, v) => b - v)], TestShare);
                stopped[k] = lead.Mean > 0 && lead.PValue / 2 <= level;
            }
        }

        return stopped;
    }
}
