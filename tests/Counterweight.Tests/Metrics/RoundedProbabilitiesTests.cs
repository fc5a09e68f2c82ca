using CsCheck;

namespace Counterweight.Tests;

public sealed class RoundedProbabilitiesTests
{
    [Fact]
    public void Rows_that_were_rounded_are_accepted_and_sum_to_one() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[2, 4], Gen.Double[0.001, 1].Array[2 * 12]).Sample((classes, decimals, values) =>
        {
            double[] exact = new double[classes * 2], rounded = new double[classes * 2];
            for (int row = 0; row < 2; row++)
            {
                double sum = values.Skip(row * 12).Take(classes).Sum();
                for (int c = 0; c < classes; c++)
                {
                    exact[row * classes + c] = values[row * 12 + c] / sum;
                    rounded[row * classes + c] = Math.Round(exact[row * classes + c], decimals);
                }
            }

            double[] made = RoundedProbabilities.Renormalise(rounded, classes);
            for (int row = 0; row < 2; row++)
            {
                Assert.Equal(1, made.Skip(row * classes).Take(classes).Sum(), 2e-3);
                for (int c = 0; c < classes; c++)
                    Assert.Equal(exact[row * classes + c], made[row * classes + c], classes * Math.Pow(10, -decimals));
            }

            Predictions.FromProbabilities(new int[2], made, classes, tolerance: 1e-3);
        });

    [Theory]
    [InlineData(0.823, 0.091, 0.086)]
    [InlineData(0.375, 0.208, 0.416)]
    [InlineData(0.33, 0.33, 0.33)]
    [InlineData(0.335, 0.335, 0.331)]
    [InlineData(0.5, 0.3, 0.1)]
    [InlineData(0.3, 0.3, 0.3)]
    public void What_rounding_explains_is_scaled(double a, double b, double c)
    {
        double[] made = RoundedProbabilities.Renormalise([a, b, c], 3);
        Assert.Equal(1, made.Sum(), 1e-12);
        Assert.Equal(a / (a + b + c), made[0], 1e-12);
    }

    [Theory]
    [InlineData(0.8, 0.3, 0.1)]
    [InlineData(0.5, 0.2, 0.1)]
    [InlineData(0.33, 0.33, 0.31)]
    [InlineData(0.334, 0.334, 0.335)]
    [InlineData(0, 0, 0)]
    [InlineData(0.3337111, 0.3337222, 0.3347333)]
    public void The_rest_is_refused_with_its_row(double a, double b, double c)
    {
        var refused = Assert.Throws<UnusableDataException>(() => RoundedProbabilities.Renormalise([0.2, 0.3, 0.5, a, b, c], 3));
        Assert.Equal(2, refused.Row);
        Assert.Contains("sum to", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_sum_to_one_stay_to_the_digit()
    {
        double[] rows = [0.1 + 0.2, 0.7, 0.226963, 0.773037];
        Assert.Equal(rows, RoundedProbabilities.Renormalise(rows, 2));
    }

    [Fact]
    public void Values_that_are_no_probabilities_are_named()
    {
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => RoundedProbabilities.Renormalise([1.2, -0.2], 2)).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => RoundedProbabilities.Renormalise([double.NaN, 0.2], 2)).Row);
        Assert.Throws<ArgumentException>(() => RoundedProbabilities.Renormalise([0.5], 2));
    }
}
