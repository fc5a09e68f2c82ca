using CsCheck;

namespace Counterweight.Comparison.Tests;

/// <summary>Intervals keep to the range of their metric and hold their mean.</summary>
public sealed class FoldIntervalTests
{
    public static TheoryData<string> Metrics => [.. Metric.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Metrics))]
    public void Intervals_of_every_metric_hold_the_mean_and_keep_to_its_range(string name)
    {
        IMetric metric = Metric.Catalogue.Create(name);
        Gen.Select(Gen.Int[2, 6], Gen.Double[0, 1].Array[2, 12], Gen.Frequency((3, Gen.Double[0, 1]), (1, Gen.Double[0, 1e-6]), (1, Gen.Const(1.0))))
            .Sample((classes, shares, pull) =>
            {
                double low = metric.Lowest(classes), high = Math.Min(metric.Highest(classes), low + 20);
                Assert.True(double.IsFinite(low) && low < high);
                double[] values = [.. shares.Select((s, j) => low + ((high - low) * (pull == 1 ? Math.Min(1, s * 2) : s * pull)))];
                FoldMean mean = CorrectedResampledTTest.Evaluate(values, 0.5).Within(low, metric.Highest(classes));
                Assert.InRange(mean.Low, low, mean.Mean + 1e-12);
                Assert.InRange(mean.High, mean.Mean - 1e-12, metric.Highest(classes));
                if (mean.StandardError > 1e-9 && mean.Mean > low + 1e-9 && mean.Mean < high - 1e-9) Assert.True(mean.Low < mean.Mean && mean.Mean < mean.High);
            });
    }

    [Theory]
    [MemberData(nameof(Metrics))]
    public void Values_of_every_metric_lie_in_its_range(string name)
    {
        IMetric metric = Metric.Catalogue.Create(name);
        Gen.Select(Gen.Int[2, 4], Gen.Int[0, 1000]).Sample((classes, seed) =>
        {
            var random = new SeededRandom(seed);
            int[] truth = new int[40];
            double[] probabilities = new double[40 * classes];
            for (int i = 0; i < truth.Length; i++)
            {
                truth[i] = i < classes ? i : random.NextInt32(classes);
                double sum = 0;
                for (int c = 0; c < classes; c++) sum += probabilities[(i * classes) + c] = Math.Pow(random.NextDouble(), 4) + 1e-12;
                for (int c = 0; c < classes; c++) probabilities[(i * classes) + c] /= sum;
            }

            try
            {
                double value = metric.Evaluate(Predictions.FromProbabilities(truth, probabilities, classes, threads: 1));
                Assert.InRange(value, metric.Lowest(classes) - 1e-12, metric.Highest(classes) + 1e-12);
            }
            catch (UnusableDataException)
            {
                // Not defined for these rows.
            }
        }, iter: 200);
    }

    [Fact]
    public void In_the_middle_of_the_range_the_interval_is_about_the_symmetric_one()
    {
        FoldMean plain = CorrectedResampledTTest.Evaluate([0.49, 0.51, 0.5, 0.52, 0.48], 0.25), inside = plain.Within(0, 1);
        Assert.Equal(plain.Low, inside.Low, 1e-3);
        Assert.Equal(plain.High, inside.High, 1e-3);
        Assert.Equal((plain.Mean, plain.PValue), (inside.Mean, inside.PValue));
    }

    [Fact]
    public void One_fold_has_no_interval_and_equal_folds_a_point()
    {
        Assert.Equal(double.PositiveInfinity, CorrectedResampledTTest.Evaluate([0.9], 0.25).Within(0, 1).High);
        FoldMean equal = CorrectedResampledTTest.Evaluate([1, 1, 1], 0.25).Within(0, 1);
        Assert.Equal((1, 1, 1), (equal.Low, equal.Mean, equal.High));
    }

    [Fact]
    public void Differences_lie_within_the_width_of_the_range()
    {
        FoldMean cut = CorrectedResampledTTest.Evaluate([0.9, 0.1, 0.8], 0.5).WithinDifferences(1);
        Assert.InRange(cut.Low, -1, cut.Mean);
        Assert.Equal(1, cut.High);
    }
}
