namespace Counterweight.Tests.Resampling;

/// <summary>Every resampler with finite values of any size: it makes finite rows, or refuses a value by row and column.</summary>
public sealed class LargeValueTests
{
    public static TheoryData<string> Methods => [.. Resampler.Catalogue.Select(m => m.Name).Where(n => n is not ("smoten" or "smote-nc"))];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Values_of_any_size_are_resampled_or_refused(string method)
    {
        var random = new SeededRandom(4);
        int[] labels = [.. Enumerable.Range(0, 120).Select(i => i % 4 == 0 ? 1 : 0)];
        double[] plain = [.. Enumerable.Range(0, 240).Select(i => random.NextGaussian() + (labels[i / 2] * (i % 2)))];
        IResampler resampler = Resampler.Create(method);
        foreach (double size in (double[])[1, 1e100, 1e140, 1e160, 1e300, 1e307])
        {
            double[] values = [.. plain.Select((v, i) => i % 2 == 0 ? v * size : v)];
            try
            {
                Resampled<double> made = resampler.Resample(new SampleMatrix<double>(values, 2, names: ["a", "b"]), labels, 2, seed: 1, threads: 1);
                foreach (double value in made.Rows.Values.Span) Assert.True(double.IsFinite(value), $"{value} at a size of {size}");
                Assert.True(resampler.AcceptsMissing || size < 1e155, $"{size} was not refused");
            }
            catch (UnusableDataException problem)
            {
                Assert.True(size > 1, problem.Message);
                if (problem.Message.Contains("too large", StringComparison.Ordinal)) Assert.Equal("a", problem.Column);
                else Assert.True(size < 1e155, problem.Message);
            }
        }
    }

    [Fact]
    public void The_first_value_that_is_too_large_is_named_wherever_it_is()
    {
        foreach (int rows in (int[])[3, 17, 200, 200_000])
            foreach (int at in (int[])[0, rows / 2, rows - 1])
            {
                double[] values = new double[3 * rows];
                values[(3 * at) + 1] = -1e200;
                values[^1] = double.NaN;
                var problem = Assert.Throws<UnusableDataException>(() => new SampleMatrix<double>(values, 3).ThrowIfNotFinite());
                Assert.Equal((at + 1, "column 2"), (problem.Row, problem.Column));
                values[(3 * at) + 1] = 1e150;
                Assert.Equal(rows, Assert.Throws<UnusableDataException>(() => new SampleMatrix<double>(values, 3).ThrowIfNotFinite()).Row);
            }

        new SampleMatrix<float>(new[] { 1e18f, -1e18f }, 1).ThrowIfNotFinite();
        Assert.Contains("3E+38", Assert.Throws<UnusableDataException>(() => new SampleMatrix<float>(new[] { 3e38f }, 1).ThrowIfNotFinite()).Message,
            StringComparison.Ordinal);
    }
}
