using CsCheck;

namespace Counterweight.Tests.Foundation;

public sealed class ColumnScaleTests
{
    /// <summary>Columns of any size keep their shape: times a power of two the standardised values are the same to the bit.</summary>
    [Fact]
    public void A_column_of_any_size_is_standardised_alike() =>
        Gen.Select(Gen.Double[-1, 1].Array[2, 40], Gen.Int[-900, 1000]).Sample((values, exponent) =>
        {
            double[] sized = [.. values.Select(v => Math.ScaleB(v, exponent))];
            ColumnScale one = ColumnScale.Of(values), other = ColumnScale.Of(sized);
            if (one.Deviation == 0) return;
            for (int i = 0; i < values.Length; i++)
            {
                Assert.Equal(one.Standardise(values[i]), other.Standardise(sized[i]), 1e-12 * (1 + Math.Abs(one.Standardise(values[i]))));
                Assert.Equal(sized[i], other.Restore(other.Standardise(sized[i])), 1e-12 * Math.ScaleB(1, exponent));
            }
        });

    /// <summary>The scale of several parts is that of their values together, whatever their size and however they are cut.</summary>
    [Fact]
    public void Parts_together_have_the_scale_of_all_values() =>
        Gen.Select(Gen.Double[-1, 1].Array[1, 60], Gen.Int[-900, 1000], Gen.Int[0, 60], Gen.Int[0, 60], Gen.Double[-1e3, 1e3]).Sample(
            (values, exponent, one, other, offset) =>
            {
                double[] sized = [.. values.Select((v, i) => i % 7 == 3 ? double.NaN : Math.ScaleB(v + offset, exponent))];
                int first = Math.Min(Math.Min(one, other), sized.Length), second = Math.Min(Math.Max(one, other), sized.Length);
                ColumnScale whole = ColumnScale.Of(sized),
                    together = ColumnScale.OfParts([.. ((double[][])[sized[..first], sized[first..second], sized[second..]])
                    .Select(part => ((long)part.Count(v => !double.IsNaN(v)), ColumnScale.Of(part)))]);
                double size = Math.ScaleB(1 + Math.Abs(offset), exponent);
                Assert.Equal(whole.Mean, together.Mean, 1e-12 * size);
                Assert.Equal(whole.Deviation, together.Deviation, 1e-12 * size);
            });

    [Theory]
    [InlineData(double.MaxValue, -double.MaxValue)]
    [InlineData(double.Epsilon, 0)]
    [InlineData(3e-320, 1e-320)]
    [InlineData(1e-300, 3e-300)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(1e15, 1e15 + 0.125)]
    [InlineData(1.7976931348623157e308, 1.7976931348623155e308)]
    [InlineData(-1e160, 1e-160)]
    public void Two_values_that_differ_are_told_apart_and_come_back(double a, double b)
    {
        ColumnScale scale = ColumnScale.Of([a, b, a, double.NaN, b]);
        double p = scale.Standardise(a), q = scale.Standardise(b);
        Assert.True(double.IsFinite(p) && double.IsFinite(q) && p != q, $"{p} and {q}");
        Assert.InRange(Math.Abs(p - q), 0.4, 4.1);
        Assert.True(double.IsFinite(scale.Restore(p)) && double.IsFinite(scale.Restore(q)));
    }

    [Fact]
    public void Constant_and_empty_columns_have_no_deviation()
    {
        Assert.Equal(new ColumnScale(7e300, 0), ColumnScale.Of([7e300, 7e300, double.NaN]));
        Assert.Equal(new ColumnScale(0, 0), ColumnScale.Of([double.NaN]));
        Assert.Equal(new ColumnScale(0, 0), ColumnScale.Of([]));
        Assert.Equal(0, ColumnScale.Of([0.0, -0.0]).Deviation);
        Assert.Equal(2, ColumnScale.Of([5, 5]).Standardise(7));
        Assert.Equal(double.PositiveInfinity, ColumnScale.Of([1e-300, 3e-300]).Standardise(1e300));
        Assert.Equal(double.MaxValue, new ColumnScale(double.MaxValue, double.MaxValue).Restore(3));
    }
}
