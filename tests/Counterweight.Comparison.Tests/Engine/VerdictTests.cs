namespace Counterweight.Comparison.Tests;

/// <summary>A recommendation is data, and its sentence says no more than the data.</summary>
public class VerdictTests
{
    private static readonly Candidate Idle = new("linear", Remedy.None), Weighted = new("linear", Remedy.Parse("weights:balanced")),
        Tuned = new("linear", Remedy.Parse("threshold:tuned"));

    private static readonly Estimate Unseen = new(0.7, 0.6, 0.8);

    private static JudgedGain Gain(SignificanceTest test = SignificanceTest.Corrected) =>
        new(Weighted, new FoldMean(0.1, 0.05, 0.15, 0.001, 0.02), 0.99, test, 0.012, 4, 0.97, 0.95, 0.005);

    [Fact]
    public void What_is_proven_says_figures_test_and_the_simpler_choice()
    {
        var evidence = new RecommendationEvidence(RecommendationReason.Proven, "f1", Idle)
        {
            Mean = 0.71,
            BaselineMean = 0.61,
            Gain = Gain(),
            HighestInstead = Tuned,
            Simpler = new SimplerCandidate(Tuned, 0.7),
        };
        var advice = new Recommendation(Weighted, evidence, Unseen);
        Assert.True(advice.BeatsBaseline);
        Assert.Equal(
            "linear / weights:balanced reaches a f1 of 0.7100 against 0.6100 for linear / none: better by 0.1000 (95% interval 0.0500 to 0.1500, p = 0.012 "
            + "after correction for 4 tries). linear / threshold:tuned scored highest, but practically the same, and weights:balanced is simpler. Moving "
            + "the decision alone, linear / threshold:tuned, is practically as good here (0.7000), as others found for strong learners (Elor and "
            + "Averbuch-Elor, 2022): take it if simplicity counts for more than the rest of the gain.",
            advice.Reason);
        var less = new SimplerCandidate(new("linear", Remedy.Parse("weights:inverse-sqrt")), 0.7);
        string lighter = (advice with { Evidence = evidence with { Simpler = less } }).Reason;
        Assert.EndsWith("linear / weights:inverse-sqrt is simpler and practically as good on average (0.7000): take it if simplicity counts for more than the "
            + "rest of the gain.", lighter, StringComparison.Ordinal);
    }

    [Fact]
    public void Instability_is_the_share_of_rows_that_two_repeats_decide_differently()
    {
        ComparisonResult result = RemedyComparison.Run(Simulated.Binary(300, 60, 0.7), new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = Remedy.ParseList("none, weights:balanced"),
            Folds = 3,
            Repeats = 3,
            Racing = false,
        });
        foreach (CandidateResult candidate in result.Candidates)
        {
            Dictionary<int, List<int>> byRow = [];
            foreach (JudgedFold fold in candidate.Judged)
                for (int i = 0; i < fold.Decided.Length; i++)
                {
                    int row = fold.Fold.Test[i];
                    if (!byRow.ContainsKey(row)) byRow[row] = [];
                    byRow[row].Add(fold.Decided[i]);
                }

            double expected = byRow.Values.Average(d => ((d[0] != d[1] ? 1 : 0) + (d[0] != d[2] ? 1 : 0) + (d[1] != d[2] ? 1 : 0)) / 3.0);
            Assert.Equal(expected, candidate.Instability!.Value, 12);
        }

        Assert.Contains(result.Candidates, c => c.Instability > 0);
    }

    [Theory]
    [InlineData("weights:balanced", "weights:balanced+calibrate:platt+threshold:tuned")]
    [InlineData("weights:balanced+threshold:tuned", "weights:balanced+calibrate:platt+threshold:tuned")]
    public void A_remedy_that_spoils_the_probabilities_says_its_price_and_what_mends_them(string remedy, string mend)
    {
        ComparisonResult result = RemedyComparison.Run(Simulated.Binary(900, 60, 1.2), new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = [Remedy.None, Remedy.Parse(remedy)],
            Repeats = 1,
        });
        CalibrationPrice price = Assert.IsType<CalibrationPrice>(result.Recommendation.Evidence.Price);
        Assert.Equal(Remedy.Parse(mend), price.Mend);
        Assert.True(price.Brier > price.BaselineBrier + 0.01);
        Assert.Equal(result.Of(result.Recommendation.Candidate).Metrics["brier"], price.Brier);
        Assert.EndsWith($"Where you need them, try {price.Mend.Name}.", result.Recommendation.Reason, StringComparison.Ordinal);
        ComparisonResult mended = RemedyComparison.Run(Simulated.Binary(900, 60, 1.2), new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = [Remedy.None, price.Mend],
            Repeats = 1,
        });
        Assert.Equal(CandidateStatus.Done, mended.Of(new Candidate("linear", price.Mend)).Status);
        Assert.True(mended.Of(new Candidate("linear", price.Mend)).Metrics["brier"] < price.BaselineBrier + 0.01);
    }

    [Fact]
    public void A_remedy_with_a_decision_of_the_users_own_is_advised_without_a_calibration_that_cannot_join_it()
    {
        Remedy own = Remedy.Of(Remedy.Parse("weights:balanced").Parts[0], new Half());
        ComparisonResult result = RemedyComparison.Run(Simulated.Binary(900, 60, 1.2), new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = [Remedy.None, own],
            Repeats = 1,
        });
        Assert.Equal(own, result.Recommendation.Candidate.Remedy);
        CandidateResult advised = result.Of(result.Recommendation.Candidate), without = result.Of(result.Baseline);
        Assert.True(advised.Metrics["brier"] > without.Metrics["brier"] + 0.01);
        Assert.Null(result.Recommendation.Evidence.Price);
    }

    private sealed class Half : IDecisionRemedy
    {
        public string Name => "own:half";

        public RemedyFamily Family => RemedyFamily.Decision;

        public bool NeedsTuning => false;

        public TrainingPlan Apply(TrainingPlan plan) => plan;

        public IDecision Decide(DecisionEvidence evidence) => new ArgmaxDecision(evidence.Plan.Counts.Classes);
    }

    [Fact]
    public void A_guess_is_called_one_and_the_bayesian_test_names_chances()
    {
        var evidence = new RecommendationEvidence(RecommendationReason.BestGuess, "mcc", Idle)
        {
            Mean = 0.5,
            BaselineMean = 0.4,
            Gain = Gain(SignificanceTest.Bayesian) with { ChanceAlone = 0.8 },
        };
        var advice = new Recommendation(Weighted, evidence, Unseen);
        Assert.False(advice.BeatsBaseline);
        Assert.StartsWith("linear / weights:balanced is the best guess, not proven: it reaches a mcc of 0.5000", advice.Reason, StringComparison.Ordinal);
        Assert.Contains("chance of a gain above 0.005: 0.970, and 0.95 is asked for", advice.Reason, StringComparison.Ordinal);
        Assert.Contains("with a chance of 80", advice.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RecommendationReason.NoneBetter, false, "No remedy was better on average.")]
    [InlineData(RecommendationReason.PracticallyNothing, true, "gained 0.1000 in f1, which is practically nothing (p = 0.012 after correction for 4 tries).")]
    [InlineData(RecommendationReason.Chance, true, "gained 0.1000 in f1, which chance explains too well (p = 0.012 after correction for 4 tries).")]
    public void Doing_nothing_is_recommended_with_the_nearest_other(RecommendationReason reason, bool gains, string expected)
    {
        var advice = new Recommendation(Idle, new RecommendationEvidence(reason, "f1", Idle) { Gain = gains ? Gain() : null }, Unseen);
        Assert.False(advice.BeatsBaseline);
        Assert.StartsWith("Nothing beats doing nothing on these rows. ", advice.Reason, StringComparison.Ordinal);
        Assert.EndsWith($"{expected} Keep linear / none.", advice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_gives_the_figures_that_its_candidates_have()
    {
        ComparisonResult result = RemedyComparison.Run(Simulated.Binary(400, 60, 1.5), new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = Remedy.ParseList("none, weights:balanced"),
            Folds = 3,
            Repeats = 2,
            Threads = 2,
        });
        RecommendationEvidence evidence = result.Recommendation.Evidence;
        Assert.Equal((result.Options.Metric.Name, result.Baseline), (evidence.Metric, evidence.Baseline));
        CandidateResult chosen = result.Of(result.Recommendation.Candidate);
        Assert.Equal(result.Recommendation.Candidate != result.Baseline, evidence.Reason is RecommendationReason.Proven or RecommendationReason.BestGuess);
        if (evidence.Gain is not { } gain) return;
        CandidateResult about = result.Of(gain.Candidate);
        Assert.Equal((about.VersusBaseline, about.PValueHolm, result.Tries), (gain.Difference, gain.PValueHolm, gain.Tries));
        if (chosen.Candidate != result.Baseline) Assert.Equal(chosen.Mean!.Mean, evidence.Mean);
    }
}
