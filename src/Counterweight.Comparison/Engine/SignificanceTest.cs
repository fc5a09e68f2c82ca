namespace Counterweight.Comparison;

/// <summary>What decides whether a candidate beats doing nothing.</summary>
public enum SignificanceTest
{
    /// <summary>The corrected resampled t-test with Holm's correction: <see cref="CorrectedResampledTTest"/>, <see cref="HolmCorrection"/>.</summary>
    Corrected,

    /// <summary>The Bayesian correlated t-test: the posterior chance of being better by more than the region of practical equivalence;
    /// <see cref="BayesianCorrelatedTTest"/>.</summary>
    Bayesian,
}
