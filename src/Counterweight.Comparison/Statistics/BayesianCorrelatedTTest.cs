using MathNet.Numerics.Distributions;

namespace Counterweight.Comparison;

/// <summary>The posterior chances that a candidate is worse, practically the same, or better.</summary>
/// <param name="Worse">The chance that the true difference lies below the region of practical equivalence.</param>
/// <param name="Same">The chance that it lies inside.</param>
/// <param name="Better">The chance that it lies above.</param>
public sealed record PosteriorChances(double Worse, double Same, double Better);

/// <summary>The Bayesian correlated t-test with a region of practical equivalence.</summary>
/// <remarks>
/// Corani and Benavoli (2015); Benavoli, Corani, Demsar and Zaffalon (2017), "Time for a change", JMLR 18, equation 3: the posterior of the mean difference is
/// a Student distribution with J - 1 degrees of freedom around the mean with scale^2 = (1/J + rho/(1-rho)) s^2, rho = n_test / (n_test + n_train).
/// </remarks>
public static class BayesianCorrelatedTTest
{
    /// <summary>Evaluates paired fold differences.</summary>
    /// <param name="differences">One difference per fold and repeat, at least two.</param>
    /// <param name="testShare">n_test / n_train of a fold.</param>
    /// <param name="equivalence">Half the width of the region of practical equivalence, in units of the metric, zero or more.</param>
    /// <exception cref="ArgumentException">Fewer than two values, or a negative region.</exception>
    public static PosteriorChances Evaluate(ReadOnlySpan<double> differences, double testShare, double equivalence)
    {
        if (differences.Length < 2) throw new ArgumentException("At least two fold differences are needed.", nameof(differences));
        if (!(equivalence >= 0))
            throw new ArgumentOutOfRangeException(nameof(equivalence), equivalence, "The region of practical equivalence is zero or wider.");
        return Evaluate(CorrectedResampledTTest.Evaluate(differences, testShare), differences.Length, equivalence);
    }

    /// <summary>The chances of a mean difference whose uncertainty is known.</summary>
    internal static PosteriorChances Evaluate(FoldMean mean, int folds, double equivalence)
    {
        if (mean.StandardError == 0)
            return mean.Mean < -equivalence ? new(1, 0, 0) : mean.Mean > equivalence ? new(0, 0, 1) : new(0, 1, 0);
        double below = ChanceBelow(mean, folds, -equivalence), upTo = ChanceBelow(mean, folds, equivalence);
        return new PosteriorChances(below, upTo - below, 1 - upTo);
    }

    /// <summary>The posterior chance that the true mean of fold values lies at or below a figure; certain where they do not vary or are too few to.</summary>
    internal static double ChanceBelow(FoldMean mean, int folds, double figure) =>
        mean.StandardError == 0 || (folds < 2 && mean.Degrees is null) ? (mean.Mean <= figure ? 1 : 0)
        : StudentT.CDF(mean.Mean, mean.StandardError, mean.Degrees ?? folds - 1, figure);
}
