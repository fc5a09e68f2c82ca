namespace Counterweight.Comparison;

/// <summary>The comparison's answer.</summary>
/// <param name="Candidate">What to use.</param>
/// <param name="Evidence">What speaks for it, as a code and figures.</param>
/// <param name="EstimateOnUnseen">What to expect of the metric on new rows, the selection allowed for.</param>
public sealed record Recommendation(Candidate Candidate, RecommendationEvidence Evidence, Estimate EstimateOnUnseen)
{
    /// <summary>Whether it beats doing nothing, with the stated certainty.</summary>
    public bool BeatsBaseline => Evidence.Reason == RecommendationReason.Proven;

    /// <summary>Why, in plain words.</summary>
    public string Reason => VerdictText.Of(this);
}

/// <summary>Why a candidate is recommended.</summary>
public enum RecommendationReason
{
    /// <summary>A remedy is shown to beat doing nothing.</summary>
    Proven,

    /// <summary>A remedy is more likely better than doing nothing than not, but that is not proven.</summary>
    BestGuess,

    /// <summary>Doing nothing is recommended: no remedy was better on average.</summary>
    NoneBetter,

    /// <summary>Doing nothing is recommended: the gain of the best remedy is practically none.</summary>
    PracticallyNothing,

    /// <summary>Doing nothing is recommended: chance explains the gain of the best remedy too well.</summary>
    Chance,
}

/// <summary>What speaks for a recommendation.</summary>
/// <param name="Reason">Why it is given.</param>
/// <param name="Metric">The name of the deciding metric.</param>
/// <param name="Baseline">The candidate that does nothing.</param>
public sealed record RecommendationEvidence(RecommendationReason Reason, string Metric, Candidate Baseline)
{
    /// <summary>The mean of the deciding metric of the recommended remedy; 0 where doing nothing is recommended.</summary>
    public double Mean { get; init; }

    /// <summary>The mean of the baseline; 0 where doing nothing is recommended.</summary>
    public double BaselineMean { get; init; }

    /// <summary>What the recommended remedy gains; where doing nothing is recommended, what the best remedy would, and null if none gains anything.</summary>
    public JudgedGain? Gain { get; init; }

    /// <summary>Who scored highest, if it is another: it is practically the same and less simple. Null if the recommended one did.</summary>
    public Candidate? HighestInstead { get; init; }

    /// <summary>A simpler remedy that is practically as good on average; null if there is none.</summary>
    public SimplerCandidate? Simpler { get; init; }

    /// <summary>What the recommended remedy costs in probabilities; null if they are as good as without it.</summary>
    public CalibrationPrice? Price { get; init; }
}

/// <summary>Probabilities with a remedy and without: weights, sampling and resampling move them away from the shares of the rows.</summary>
/// <param name="Brier">The Brier score with it.</param>
/// <param name="BaselineBrier">The Brier score of doing nothing.</param>
/// <param name="Ece">The expected calibration error with it.</param>
/// <param name="BaselineEce">That of doing nothing.</param>
/// <param name="Mend">The same remedy with a calibration, which mends the probabilities, and a decision tuned after it.</param>
public sealed record CalibrationPrice(double Brier, double BaselineBrier, double Ece, double BaselineEce, Remedy Mend);

/// <summary>What a candidate gains over doing nothing, and what the test makes of it.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Difference">The paired difference, positive if the candidate is better.</param>
/// <param name="ChanceAlone">The chance that it is better than doing nothing at all, taken alone.</param>
/// <param name="Test">The test that decides.</param>
/// <param name="PValueHolm">The p-value after Holm's correction.</param>
/// <param name="Tries">For how many tries it corrects.</param>
/// <param name="ChanceOfGain">The chance of a difference above <paramref name="Equivalence"/>.</param>
/// <param name="Certainty">The chance that the Bayesian test asks for.</param>
/// <param name="Equivalence">Differences below this are practically none.</param>
public sealed record JudgedGain(
    Candidate Candidate, FoldMean Difference, double ChanceAlone, SignificanceTest Test, double PValueHolm, int Tries, double ChanceOfGain, double Certainty,
    double Equivalence);

/// <summary>A candidate that is simpler than the recommended one and practically as good.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Mean">Its mean of the deciding metric.</param>
public sealed record SimplerCandidate(Candidate Candidate, double Mean);

/// <summary>A figure with its 95% interval.</summary>
/// <param name="Mean">The figure.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public sealed record Estimate(double Mean, double Low, double High);
