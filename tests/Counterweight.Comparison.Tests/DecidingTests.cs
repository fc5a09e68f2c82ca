using Counterweight.Data;
using CsCheck;

namespace Counterweight.Comparison.Tests;

/// <summary>What decides: several metrics and their front, and the Bayesian test.</summary>
public sealed class DecidingTests
{
    [Fact]
    public void A_point_is_on_the_front_unless_another_beats_it() =>
        Gen.Double[0, 1].Array[3].Array[1, 20].Sample(points =>
        {
            double[][] rounded = [.. points.Select(p => (double[])[.. p.Select(v => Math.Round(v, 1))])];
            bool[] higher = [true, false, true], front = ParetoFront.Of(rounded, higher);
            Assert.Contains(true, front);
            for (int i = 0; i < points.Length; i++)
            {
                bool beaten = rounded.Any(
                    q => Enumerable.Range(0, 3).All(m => higher[m] ? q[m] >= rounded[i][m] : q[m] <= rounded[i][m]) && !q.SequenceEqual(rounded[i]));
                Assert.Equal(!beaten, front[i]);
            }
        });

    [Fact]
    public void Several_metrics_span_a_front_and_the_first_decides()
    {
        Dataset data = Simulated.Binary(900, 100, distance: 1.5);
        var options = new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = Remedy.ParseList("none, weights:balanced, weights:balanced+prior-corrected"),
            Folds = 4,
            Repeats = 2,
            Also = [Metric.Brier, Metric.LogLoss]
        };
        ComparisonResult result = RemedyComparison.Run(data, options);
        Assert.Equal("weights:balanced", result.Recommendation.Candidate.Remedy.Name);
        Assert.True(result.Of(result.Recommendation.Candidate).OnParetoFront);
        Assert.True(result.Candidates.Where(c => c.Candidate.Remedy != result.Recommendation.Candidate.Remedy).MinBy(c => c.Metrics["brier"])!.OnParetoFront);
        Assert.All(result.Candidates, c => Assert.True(c.Metrics.ContainsKey("log-loss")));
        ComparisonDocument document = ComparisonDocument.Of(result);
        Assert.Equal(["brier", "log-loss"], document.AlsoMetrics);
        Assert.Equal(result.Candidates.Count(c => c.OnParetoFront), document.Pareto.Count);
        Assert.All(document.Pareto, p => Assert.Equal(3, p.Values.Count));
        Assert.DoesNotContain(RemedyComparison.Run(data, options with { Also = [] }).Candidates, c => c.OnParetoFront);
    }

    [Fact]
    public void The_bayesian_test_asks_for_a_gain_beyond_the_region_of_equivalence()
    {
        Dataset data = Simulated.Binary(900, 100, distance: 1.5);
        var options = new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = Remedy.ParseList("none, weights:balanced"),
            Folds = 4,
            Repeats = 2,
            Test = SignificanceTest.Bayesian,
            Equivalence = 0.01
        };
        ComparisonResult result = RemedyComparison.Run(data, options);
        Assert.True(result.Recommendation.BeatsBaseline);
        Assert.Contains("chance of a gain above 0.01", result.Recommendation.Reason, StringComparison.Ordinal);
        Assert.True(result.Candidates[0].Chances!.Better > 0.95);
        ComparisonResult wide = RemedyComparison.Run(data, options with { Equivalence = 0.5 });
        Assert.False(wide.Recommendation.BeatsBaseline);
        Assert.Throws<ArgumentException>(() => RemedyComparison.Run(data, options with { Certainty = 0.3 }));
        Assert.Throws<ArgumentException>(() => RemedyComparison.Run(data, options with { Equivalence = -1 }));
    }
}
