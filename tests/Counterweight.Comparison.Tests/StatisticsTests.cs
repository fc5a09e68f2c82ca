using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Comparison.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void The_corrected_t_test_agrees_with_a_computation_by_hand()
    {
        // mean 0.02, s^2 = 0.0001 * 2 / 4 ... of 0.01, 0.03, 0.02, 0.02, 0.02: s^2 = 0.00005; error = sqrt((1/5 + 1/4) s^2) = 0.0047434; t = 4.21637 with 4
        // degrees.
        FoldMean result = CorrectedResampledTTest.Evaluate([0.01, 0.03, 0.02, 0.02, 0.02], 0.25);
        Close.One(0.02, result.Mean, 1e-12, "mean");
        Close.One(Math.Sqrt(0.45 * 0.00005), result.StandardError, 1e-12, "error");
        Close.One(0.013510, result.PValue, 1e-5, "p");
        Close.One(0.02 - (2.7764451052 * result.StandardError), result.Low, 1e-9, "low");
        Close.One(0.02 + (2.7764451052 * result.StandardError), result.High, 1e-9, "high");
    }

    [Fact]
    public void Equal_differences_and_single_folds_have_defined_results()
    {
        Assert.Equal(new FoldMean(0, 0, 0, 1, 0), CorrectedResampledTTest.Evaluate([0, 0, 0], 0.25));
        Assert.Equal(0, CorrectedResampledTTest.Evaluate([0.5, 0.5], 0.25).PValue);
        Assert.Equal(1, CorrectedResampledTTest.Evaluate([0.5], 0.25).PValue);
        Assert.Throws<ArgumentException>(() => CorrectedResampledTTest.Evaluate([], 0.25));
        Assert.Throws<ArgumentException>(() => CorrectedResampledTTest.Evaluate([1, double.NaN], 0.25));
        Assert.Throws<ArgumentOutOfRangeException>(() => CorrectedResampledTTest.Evaluate([1], -1));
    }

    [Fact]
    public void Without_a_true_difference_the_corrected_test_claims_one_about_as_rarely_as_it_says()
    {
        // Fold values that share training rows correlate by about n_test / (n_test + n_train) = 1/5; 2000 draws, false claims at 5% stay below 7%.
        var random = new SeededRandom(11);
        int claims = 0;
        double[] values = new double[10];
        for (int draw = 0; draw < 2000; draw++)
        {
            double shared = Math.Sqrt(0.2) * random.NextGaussian();
            for (int j = 0; j < values.Length; j++) values[j] = shared + (Math.Sqrt(0.8) * random.NextGaussian());
            if (CorrectedResampledTTest.Evaluate(values, 0.25).PValue < 0.05) claims++;
        }

        Assert.InRange(claims, 60, 140);
    }

    [Fact]
    public void Holm_keeps_the_order_and_never_lowers() => Gen.Double[0, 1].Array[1, 30].Sample(p =>
    {
        double[] adjusted = HolmCorrection.Adjust(p);
        for (int i = 0; i < p.Length; i++)
        {
            Assert.InRange(adjusted[i], p[i], 1);
            for (int j = 0; j < p.Length; j++) Assert.True(p[i] > p[j] || adjusted[i] <= adjusted[j]);
        }
    });

    [Fact]
    public void Holm_gives_the_textbook_figures()
    {
        Close.All([0.03, 0.06, 0.06], HolmCorrection.Adjust([0.01, 0.04, 0.03]), 1e-12, "holm");
        Assert.Throws<ArgumentException>(() => HolmCorrection.Adjust([1.5]));
    }

    [Fact]
    public void Posterior_chances_sum_to_one_and_follow_the_mean() => Gen.Double[-1, 1].Array[2, 20].Sample(d =>
    {
        PosteriorChances chances = BayesianCorrelatedTTest.Evaluate(d, 0.25, 0.01);
        Close.One(1, chances.Worse + chances.Same + chances.Better, 1e-9, "sum");
        if (Math.Abs(d.Average()) > 1e-6) Assert.Equal(d.Average() > 0, chances.Better > chances.Worse);
    });
}
