using CsCheck;

namespace Counterweight.Tests.Weights;

public sealed class WeightSchemeTests
{
    private static readonly ClassCounts Discussion = ClassCounts.From([2741, 37919, 22858, 31235, 5499]);

    private static Gen<ClassCounts> SomeCounts => Gen.Long[1, 1_000_000].Array[2, 20].Select(c => ClassCounts.From(c));

    [Fact]
    public void Largest_count_over_class_count_gives_the_figures_of_the_discussion() =>
        Assert.Equal([13.83, 1.0, 1.66, 1.21, 6.9], ClassWeights.MaxRatio(Discussion).ToArray().Select(w => Math.Round(w, 2)));

    [Fact]
    public void Nine_hundred_to_one_hundred_gives_a_positive_weight_of_nine()
    {
        Assert.Equal(9, PositiveWeight.Of(900, 100));
        Assert.Equal(9, PositiveWeight.Of(ClassCounts.From([900, 100])));
        Assert.Equal([1.0 / 9, 9], PositiveWeight.OneVersusRest(ClassCounts.From([900, 100])));
    }

    [Fact]
    public void Costs_of_two_to_one_give_the_weights_two_and_one()
    {
        Assert.Equal([2.0, 1.0], ClassWeights.From(ClassCounts.From([900, 100]), WeightScheme.Costs(2, 1)).ToArray());
        Assert.Equal([2.0, 1.0], ClassWeights.From(ClassCounts.From([900, 100]), WeightScheme.Parse("costs(2, 1)")).ToArray());
    }

    [Fact]
    public void Inverse_counts_weigh_rare_classes_more_and_every_class_the_same_in_total() => SomeCounts.Sample(counts =>
    {
        ClassWeights weights = ClassWeights.Inverse(counts);
        for (int c = 0; c < counts.Classes; c++)
        {
            Assert.Equal(1.0, weights[c] * counts[c], 1e-12);
            for (int d = 0; d < counts.Classes; d++) Assert.Equal(counts[c] < counts[d], weights[c] > weights[d]);
        }
    });

    [Fact]
    public void Schemes_meet_where_theory_says_they_do() => SomeCounts.Sample(counts =>
    {
        static double[] Sum1(ClassCounts counts, WeightScheme scheme) =>
            ClassWeights.From(counts, scheme, new() { Normalisation = Normalisation.SumOne }).ToArray();
        double[] inverse = Sum1(counts, WeightScheme.Inverse);
        foreach (WeightScheme same in (WeightScheme[])[
            WeightScheme.Balanced, WeightScheme.MaxRatio, WeightScheme.Power(1), WeightScheme.MedianFrequency, WeightScheme.TargetPrior()])
            TestSupport.Close.All(inverse, Sum1(counts, same), 1e-12, same.Name);
        TestSupport.Close.All(Sum1(counts, WeightScheme.InverseSquareRoot), Sum1(counts, WeightScheme.Power(0.5)), 1e-12, "power 0.5");
        foreach (WeightScheme equal in (WeightScheme[])[WeightScheme.Power(0), WeightScheme.EffectiveNumber(0)])
            TestSupport.Close.All([.. inverse.Select(_ => 1.0 / counts.Classes)], Sum1(counts, equal), 1e-12, equal.Name);
        TestSupport.Close.All(inverse, Sum1(counts, WeightScheme.EffectiveNumber(1 - 1e-12)), 1e-5, "effective number towards 1");
    });

    [Fact]
    public void The_prior_after_is_what_the_scheme_promises() => SomeCounts.Sample(counts =>
    {
        double[] equal = [.. Enumerable.Repeat(1.0 / counts.Classes, counts.Classes)];
        TestSupport.Close.All(equal, ClassWeights.Balanced(counts).PriorAfter(), 1e-12, "balanced");
        double[] target = [.. Enumerable.Range(1, counts.Classes).Select(c => 2.0 * c / (counts.Classes * (counts.Classes + 1)))];
        TestSupport.Close.All(target, ClassWeights.From(counts, WeightScheme.TargetPrior(target)).PriorAfter(), 1e-12, "target prior");
        TestSupport.Close.All(counts.Prior(), ClassWeights.From(counts, WeightScheme.Power(0)).PriorAfter(), 1e-12, "unweighted");
    });

    [Fact]
    public void The_effective_sample_size_is_between_one_and_all_rows() => SomeCounts.Sample(counts =>
    {
        double size = ClassWeights.Inverse(counts).EffectiveSampleSize();
        Assert.InRange(size, 1, counts.Rows * (1 + 1e-12));
        TestSupport.Close.One(counts.Rows, ClassWeights.From(counts, WeightScheme.Power(0)).EffectiveSampleSize(), 1e-12, "equal weights");
    });

    [Fact]
    public void Every_normalisation_reaches_its_figure_and_keeps_the_ratios() => SomeCounts.Sample(counts =>
    {
        double[] raw = ClassWeights.Inverse(counts).ToArray();
        foreach (Normalisation normalisation in Enum.GetValues<Normalisation>())
        {
            double[] scaled = ClassWeights.From(counts, WeightScheme.Inverse, new() { Normalisation = normalisation }).ToArray();
            (double expected, double found) = normalisation switch
            {
                Normalisation.SumOne => (1, scaled.Sum()),
                Normalisation.SumClasses => (counts.Classes, scaled.Sum()),
                Normalisation.MeanOne => (counts.Rows, scaled.Select((w, c) => w * counts[c]).Sum()),
                Normalisation.MinOne => (1, scaled.Min()),
                Normalisation.MaxOne => (1, scaled.Max()),
                _ => (raw[0], scaled[0]),
            };
            TestSupport.Close.One(expected, found, 1e-12, normalisation.Name());
            for (int c = 0; c < raw.Length; c++) TestSupport.Close.One(raw[c] / raw[0], scaled[c] / scaled[0], 1e-12, "ratio");
            Assert.Equal(normalisation, NormalisationNames.Parse(normalisation.Name()));
        }
    });

    [Fact]
    public void A_cap_bounds_the_largest_ratio() => SomeCounts.Sample(counts =>
    {
        double[] capped = ClassWeights.From(counts, WeightScheme.Inverse, new() { LargestRatio = 10, Normalisation = Normalisation.MeanOne }).ToArray();
        Assert.True(capped.Max() / capped.Min() <= 10 * (1 + 1e-12));
    });

    [Theory]
    [InlineData(EmptyClassPolicy.Zero, new[] { 0.5, 0, 1.0 })]
    [InlineData(EmptyClassPolicy.AsOneRow, new[] { 0.5, 1, 1.0 })]
    [InlineData(EmptyClassPolicy.Largest, new[] { 0.5, 1, 1.0 })]
    public void A_class_without_rows_follows_its_policy(EmptyClassPolicy policy, double[] expected) =>
        Assert.Equal(expected, ClassWeights.From(ClassCounts.From([2, 0, 1]), WeightScheme.Inverse, new() { EmptyClass = policy }).ToArray());

    [Fact]
    public void A_class_without_rows_is_an_error_by_default()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => ClassWeights.Balanced(ClassCounts.From([2, 0, 1], ["a", "b", "c"])));
        Assert.Contains("Class 'b' has no rows", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, ClassWeights.From(ClassCounts.From([2, 0, 1]), WeightScheme.Costs(1, 2, 3))[2]);
    }

    [Fact]
    public void Every_scheme_of_the_catalogue_reads_back_and_has_a_source()
    {
        foreach (MethodDefinition method in WeightScheme.Catalogue)
        {
            WeightScheme scheme = WeightScheme.Parse(method.Name == "costs" ? "costs(3, 2, 1, 1, 1)" : method.Name);
            Assert.Equal(scheme, WeightScheme.Parse(scheme.Name));
            Assert.NotEmpty(method.Source);
            ClassWeights weights = ClassWeights.From(Discussion, scheme);
            Assert.All(weights.ToArray(), w => Assert.True(w > 0 && double.IsFinite(w)));
        }
    }

    [Fact]
    public void Row_weights_follow_the_labels()
    {
        ClassWeights weights = ClassWeights.Balanced(ClassCounts.From([900, 100]));
        Assert.Equal([1000.0 / 1800, 1000.0 / 1800, 5], weights.PerRow([0, 0, 1]));
        Assert.Equal(360, weights.EffectiveSampleSize(), 1e-9);
        Assert.Contains("Row 2 has the code 2", Assert.Throws<ArgumentException>(() => weights.PerRow([0, 2])).Message, StringComparison.Ordinal);
        float[] singles = new float[2];
        weights.PerRow<float>([1, 0], singles);
        Assert.Equal(5f, singles[0]);
        Assert.Throws<ArgumentException>(() => weights.PerRow<float>([1], singles));
    }

    [Fact]
    public void Labels_of_a_multi_label_matrix_give_a_positive_weight_each()
    {
        Assert.Equal([0.5, 2.0], PositiveWeight.FromLabels([1, 0, 0, 0, 1, 1], labels: 2));
        Assert.Equal([9.0, 1.0], PositiveWeight.PerLabel([100, 500], 1000));
        Assert.Contains("Label 1 has no positive row", Assert.Throws<ArgumentException>(() => PositiveWeight.PerLabel([1, 0], 10)).Message,
            StringComparison.Ordinal);
        Assert.Equal([9.0, 9.0], PositiveWeight.PerLabel([1, 0], 10, EmptyClassPolicy.AsOneRow));
        Assert.Equal([9.0, 0.0], PositiveWeight.PerLabel([1, 0], 10, EmptyClassPolicy.Zero));
        UnusableDataException cell = Assert.Throws<UnusableDataException>(() => PositiveWeight.FromLabels([1, 0, 2, 0], labels: 2));
        Assert.Equal((2, "0"), (cell.Row, cell.Column));
        Assert.Throws<ArgumentException>(() => PositiveWeight.FromLabels([1, 0, 1], labels: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => PositiveWeight.Of(10, 0));
        Assert.Throws<ArgumentException>(() => PositiveWeight.Of(Discussion));
    }

    [Theory]
    [InlineData("balancd", "Did you mean 'balanced'?")]
    [InlineData("power(-1)", "a number in [0, 4]")]
    [InlineData("effective-number(1)", "a number in [0, 1)")]
    [InlineData("inverse-log(1)", "a number in (1, 100]")]
    [InlineData("costs", "one cost per class")]
    [InlineData("costs(0, 0)", "Every cost is zero")]
    [InlineData("costs(-1, 2)", "'-1' is not")]
    public void Wrong_schemes_say_what_would_fit(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => WeightScheme.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Weights_of_the_wrong_length_are_refused()
    {
        Assert.Contains("2 values, but there are 5 classes",
            Assert.Throws<ArgumentException>(() => ClassWeights.From(Discussion, WeightScheme.Manual(1, 2))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => WeightScheme.Manual(1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightOptions { LargestRatio = 0.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightOptions { LargestRatio = double.NaN });
    }
}
