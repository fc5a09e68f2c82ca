using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>Without a stated number of folds a comparison takes as many as the rarest class allows; a stated number is kept to or refused.</summary>
public sealed class DefaultFoldsTests
{
    private static ComparisonResult Run(Dataset data, int folds = 0, int[]? groups = null, double[]? times = null) => RemedyComparison.Run(
        data, new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = [Remedy.None],
            Folds = folds,
            Repeats = 1,
            Groups = groups,
            Times = times,
            Threads = 2
        });

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 4)]
    [InlineData(5, 5)]
    [InlineData(30, 5)]
    public void A_rare_class_takes_fewer_folds_with_a_warning(int rows, int expected)
    {
        ComparisonResult result = Run(Simulated.Many([60, 40, rows], radius: 2));
        Assert.Equal(expected, result.Options.Folds);
        Assert.Equal(expected, ComparisonDocument.Of(result).Folds);
        Assert.Equal(expected < 5, result.Warnings.Any(w => w.Code == "fewer-folds"));
    }

    [Fact]
    public void A_stated_number_is_refused_where_it_cannot_be_had() =>
        Assert.Contains("'c2' has 4 rows", Assert.Throws<UnusableDataException>(() => Run(Simulated.Many([60, 40, 4], radius: 2), folds: 5)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_single_row_is_refused_by_name() =>
        Assert.Contains("'c2' has 1 row", Assert.Throws<UnusableDataException>(() => Run(Simulated.Many([60, 40, 1], radius: 2))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Groups_count_where_rows_hang_together()
    {
        Dataset data = Simulated.Many([60, 40, 30], radius: 2);
        ComparisonResult result = Run(data, groups: [.. Enumerable.Range(0, data.Rows).Select(i => i / 10)]);
        Assert.Equal(3, result.Options.Folds);
        Assert.Contains(result.Warnings, w => w.Code == "fewer-folds");
    }

    [Fact]
    public void In_order_of_time_the_number_falls_too()
    {
        Dataset data = Simulated.Many([60, 40, 12], radius: 2);
        double[] times = [.. Enumerable.Range(0, data.Rows).Select(i => (double)(i * 37 % data.Rows))];
        ComparisonResult result = Run(data, times: times);
        Assert.InRange(result.Options.Folds, 2, 5);
        Assert.Equal(result.Options.Folds, result.Candidates[0].FoldValues.Count);
    }

    /// <summary>Rows of few values are the same by chance: they do not hang all groups together, nor leave no folds at all.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(0, false)]
    [InlineData(4, false)]
    public void Rows_that_are_the_same_by_chance_leave_folds(int folds, bool grouped)
    {
        const int rows = 200;
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 37 % 10 < 3 ? 1 : 0)], groups = [.. Enumerable.Range(0, rows).Select(i => i / 10)];
        var data = new Dataset("few values", "class", labels, ["no", "yes"],
            [new NumericColumn("x", [.. labels.Select((_, i) => i * 7 % 3 == 0 ? 1.0 : 0.0)])]);
        ComparisonResult result = Run(data, folds, grouped ? groups : null);
        Assert.Equal(folds == 0 ? 5 : folds, result.Options.Folds);
        Assert.Contains(result.Warnings, w => w.Code == "duplicate-rows");
    }

    [Fact]
    public void Zero_and_minus_zero_are_one_number()
    {
        Dataset data = Simulated.Many([40, 40], radius: 2);
        double[] x = [.. Enumerable.Range(0, 80).Select(i => i < 2 ? (i == 0 ? 0.0 : -0.0) : i + 1.0)];
        var zeros = new Dataset("zeros", "class", data.Labels, data.ClassNames, [new NumericColumn("x", x)]);
        Assert.Contains(Run(zeros).Warnings, w => w.Code == "duplicate-rows" && w.Message.StartsWith("1 row", StringComparison.Ordinal));
    }
}
