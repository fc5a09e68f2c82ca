using Counterweight.Advice;

namespace Counterweight.Comparison.Tests;

/// <summary>A small cut of bench/advice: data of known truth, advice judged on fresh rows.</summary>
public sealed class AdviceTests
{
    [Fact]
    public void Advice_loses_less_than_always_balancing_and_than_plain_cross_validation()
    {
        Trial[] trials = [.. Mixture.Sets("ci")
            .Select(m => Trial.Run(m.Name, m.Train(), m.Fresh(), new ComparisonOptions { Learners = ["linear"], Seed = 1 }))];
        string figures = string.Join("\n",
            trials.Select(t => $"{t.Name}: {t.Advised}, {t.Regret:0.0000} {t.RegretOfBalanced:0.0000} {t.RegretOfPlain:0.0000} {t.RegretOfBestMean:0.0000}"));
        Assert.True(trials.Average(t => t.Regret) < trials.Average(t => t.RegretOfBalanced), figures);
        Assert.True(trials.Average(t => t.Regret) < trials.Average(t => t.RegretOfPlain), figures);
        Assert.True(trials.Average(t => t.Regret) < 0.25 * trials.Average(t => t.RegretOfNothing), figures);
        Assert.True(trials.Count(t => t.Covered) >= 14, figures);
        Assert.DoesNotContain(trials, t => t.ClaimWrong);
    }
}
