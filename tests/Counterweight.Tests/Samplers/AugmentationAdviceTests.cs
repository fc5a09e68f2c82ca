using CsCheck;

namespace Counterweight.Tests;

public sealed class AugmentationAdviceTests
{
    [Fact]
    public void The_example_of_the_documentation()
    {
        var advice = AugmentationAdvice.For([9000, 1000], batchSize: 32, secondsPerImage: 0.01);
        Assert.Equal(0.9, advice.MajorityShare, 1e-15);
        Assert.Equal(400, advice.SecondsSaved, 1e-9);
        Assert.Equal(0.5, advice.MajorityShareWithSampler);
        Assert.Equal(5, advice.EpochsForSameViews, 1e-12);
        Assert.Equal(40_000, advice.ImagesSaved, 1e-6);
        Assert.Equal(90, advice.MajoritySecondsPerEpoch, 1e-9);
        Assert.Equal(50, advice.MajoritySecondsPerEpochWithSampler, 1e-9);
        Assert.Equal(3.2, advice.MinorityPerBatch, 1e-12);
        Assert.Equal(8000, advice.CopiesSaved);
        Assert.Contains("90", advice.ToString(), StringComparison.Ordinal);
        Assert.Contains("400 s", advice.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", AugmentationAdvice.For([9000, 1000], 32).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_without_the_rare_class_is_as_likely_as_counting_says()
    {
        // 5 rows, 2 of them rare, batches of 2: 3 of the 10 pairs have no rare row.
        Assert.Equal(0.3, AugmentationAdvice.For([3, 2], 2).BatchWithoutMinority, 1e-12);
        Assert.Equal(0, AugmentationAdvice.For([3, 2], 4).BatchWithoutMinority);
        Assert.Equal(0, AugmentationAdvice.For([3, 2], 400).BatchWithoutMinority);
    }

    [Fact]
    public void Equal_classes_have_nothing_to_save() =>
        Gen.Select(Gen.Int[2, 20], Gen.Long[1, 10_000], Gen.Int[1, 512]).Sample((classes, rows, batch) =>
        {
            var advice = AugmentationAdvice.For([.. Enumerable.Repeat(rows, classes)], batch, 1);
            Assert.Equal(0, advice.SecondsSaved, 1e-6);
            Assert.Equal(0, advice.CopiesSaved);
            Assert.Equal(advice.MajorityShareWithSampler, advice.MajorityShare, 1e-12);
        });

    [Fact]
    public void Bad_input_is_refused()
    {
        Assert.Throws<UnusableDataException>(() => AugmentationAdvice.For([5], 2));
        Assert.Contains("Class 1", Assert.Throws<UnusableDataException>(() => AugmentationAdvice.For([5, 0], 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => AugmentationAdvice.For([5, 5], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => AugmentationAdvice.For([5, 5], 1, -1));
    }
}
