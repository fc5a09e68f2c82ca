using System.Collections.Concurrent;
using MathNet.Numerics.Distributions;

namespace Counterweight.Comparison;

/// <summary>A mean over cross-validation folds with its confidence interval and the probability of so large a mean by chance.</summary>
/// <param name="Mean">The mean of the fold values.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="PValue">Two-sided: the chance of a mean at least this far from zero if the true mean is zero.</param>
/// <param name="StandardError">The corrected standard error of the mean.</param>
public sealed record FoldMean(double Mean, double Low, double High, double PValue, double StandardError)
{
    /// <summary>The degrees of freedom, where they are not those of the number of folds.</summary>
    internal double? Degrees { get; init; }
}

/// <summary>
/// The corrected resampled t-test: folds share training rows, so their values are dependent and a plain t-test finds
/// differences that are not there.
/// </summary>
/// <remarks>
/// Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52, section 4.2.1: the variance of the mean of J values is (1/J +
/// n_test/n_train) s^2, with J - 1 degrees of freedom. Bouckaert and Frank (2004) confirmed its error rates for repeated cross-validation.
/// </remarks>
/// <example>
/// <code>
/// double[] differences = [0.02, 0.03, 0.01, 0.02, 0.04];
/// FoldMean result = CorrectedResampledTTest.Evaluate(differences, testShare: 0.25);   // n_test/n_train of 5 folds
/// </code>
/// </example>
public static class CorrectedResampledTTest
{
    /// <summary>Quantiles take a search, and a race asks for the same few again and again.</summary>
    private static readonly ConcurrentDictionary<(int Degrees, double Confidence), double> Quantiles = new();

    /// <summary>Evaluates the mean of fold values.</summary>
    /// <param name="values">One value per fold and repeat, J values, at least one.</param>
    /// <param name="testShare">n_test / n_train of a fold: 1 / (folds - 1) for K-fold cross-validation.</param>
    /// <param name="confidence">The confidence of the interval, 0.95 by default.</param>
    /// <exception cref="ArgumentException">There is no value, or a value is not finite.</exception>
    public static FoldMean Evaluate(ReadOnlySpan<double> values, double testShare, double confidence = 0.95)
    {
        if (values.Length == 0) throw new ArgumentException("At least one fold value is needed.", nameof(values));
        if (!(testShare >= 0)) throw new ArgumentOutOfRangeException(nameof(testShare), testShare, "n_test / n_train is zero or more.");
        if (confidence is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence lies in (0, 1).");
        double mean = 0;
        foreach (double value in values)
        {
            if (!double.IsFinite(value)) throw new ArgumentException($"A fold value is {value}; the test needs finite values.", nameof(values));
            mean += value / values.Length;
        }

        if (values.Length == 1) return new FoldMean(mean, double.NegativeInfinity, double.PositiveInfinity, 1, double.PositiveInfinity);
        double squares = 0;
        foreach (double value in values) squares += (value - mean) * (value - mean);
        double variance = squares / (values.Length - 1);
        double error = Math.Sqrt((1.0 / values.Length + testShare) * variance);
        if (error == 0) return new FoldMean(mean, mean, mean, mean == 0 ? 1 : 0, 0);
        int degrees = values.Length - 1;
        double quantile = Quantiles.GetOrAdd((degrees, confidence), key => StudentT.InvCDF(0, 1, key.Degrees, (1 + key.Confidence) / 2));
        double pValue = 2 * StudentT.CDF(0, 1, degrees, -Math.Abs(mean / error));
        return new FoldMean(mean, mean - quantile * error, mean + quantile * error, Math.Min(1, pValue), error);
    }
}
