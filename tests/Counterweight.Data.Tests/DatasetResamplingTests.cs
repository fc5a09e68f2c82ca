using Counterweight.TestSupport;

namespace Counterweight.Data.Tests;

/// <summary>Data sets resampled as a whole: rows of the input stay as they are, made ones fit their columns.</summary>
public sealed class DatasetResamplingTests
{
    private static readonly Dataset Jobs = DatasetReader.Read(Path.Combine(Repository.Root, "samples", "hpc-jobs.csv"), "class");

    [Fact]
    public void Rows_of_the_input_stay_and_made_ones_have_the_kinds_of_their_columns()
    {
        ResampledDataset made = Jobs.Resample("smote(k=3)", new ResamplingOptions { Standardise = true, SyntheticColumn = "made", Seed = 1, Threads = 2 });
        Assert.Equal((string[])[.. Jobs.ColumnOrder, "made"], made.Dataset.ColumnOrder);
        Assert.Equal(made.Dataset.Rows, made.SourceRows.Count);
        Assert.Equal(made.SyntheticRows, made.SourceRows.Count(r => r < 0));
        Assert.True(made.SyntheticRows > 0);
        Assert.Null(made.Scales);
        long largest = made.Classes.Max(c => c.Before);
        Assert.All(made.Classes, c => Assert.Equal((largest, c.Before, 0, largest - c.Before), (c.After, c.Kept, c.Copies, c.Synthetic)));
        Assert.Equal(made.Classes.Select(c => c.After), Enumerable.Range(0, Jobs.Classes).Select(c => (long)made.Dataset.CountLabels()[c]));
        foreach (Column column in Jobs.Columns)
        {
            Column after = made.Dataset[column.Name];
            Assert.Equal(column.GetType(), after.GetType());
            for (int row = 0; row < made.Dataset.Rows; row++)
                if (made.SourceRows[row] >= 0) Assert.Equal(column.Text((int)made.SourceRows[row]), after.Text(row));
            if (column is NumericColumn { Kind: NumericKind.WholeNumber })
                foreach (double value in ((NumericColumn)after).Values) Assert.Equal(Math.Round(value), value);
        }

        for (int row = 0; row < made.Dataset.Rows; row++) Assert.Equal(made.SourceRows[row] < 0 ? "1" : "0", made.Dataset["made"].Text(row));
    }

    [Fact]
    public void The_seed_decides_and_threads_do_not()
    {
        string Text(long seed, int threads)
        {
            Dataset made = Jobs.Resample("smote", new ResamplingOptions { Seed = seed, Threads = threads }).Dataset;
            return string.Join('|', Enumerable.Range(0, made.Rows).Select(r => string.Join(',', made.Columns.Select(c => c.Text(r)))));
        }

        Assert.Equal(Text(3, 1), Text(3, 4));
        Assert.NotEqual(Text(3, 1), Text(4, 1));
    }

    [Fact]
    public void A_strategy_says_which_classes_change()
    {
        int code = Jobs.CountLabels().Rarest;
        string rarest = Jobs.ClassNames[code];
        ResampledDataset made = Jobs.Resample("random-over", new ResamplingOptions
        {
            Strategy = SamplingStrategy.Parse($"{rarest}={Jobs.CountLabels()[code] + 5}", label => Jobs.CountLabels().CodeOf(label)),
        });
        Assert.Equal((Jobs.Rows + 5, 0), (made.Dataset.Rows, (int)made.SyntheticRows));
        Assert.Equal(5, made.Classes.Single(c => c.Label == rarest).Copies);
    }

    [Fact]
    public void Columns_of_very_different_scales_are_told_unless_they_do_not_matter()
    {
        Dataset wide = Plain([1, 2, 3, 4, 5, 6, 7, 8], [1000, 9000, 2000, 8000, 3000, 7000, 4000, 6000]);
        UnequalScales scales = wide.Resample("smote(k=1)").Scales!;
        Assert.Equal(("b", "a"), (scales.Widest, scales.Narrowest));
        Assert.True(scales.Ratio > 100);
        Assert.Null(wide.Resample("smote(k=1)", new ResamplingOptions { Standardise = true }).Scales);
        Assert.Null(wide.Resample("random-over").Scales);
    }

    [Fact]
    public void A_made_row_weighs_what_its_class_does_on_average()
    {
        Dataset weighted = Plain([1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 2, 2, 2, 2, 1, 1]).WithSampleWeights("b");
        ResampledDataset made = weighted.Resample("smote(k=1)", new ResamplingOptions { Seed = 2 });
        for (int row = 0; row < made.Dataset.Rows; row++)
            Assert.Equal(made.SourceRows[row] < 0 ? 3 : weighted.SampleWeights.Span[(int)made.SourceRows[row]], made.Dataset.SampleWeights.Span[row]);
        Assert.True(made.SyntheticRows > 0);
    }

    [Fact]
    public void What_cannot_be_resampled_is_named()
    {
        Dataset gap = Plain([1, double.NaN, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]);
        UnusableDataException missing = Assert.Throws<UnusableDataException>(() => gap.Resample("smote", new ResamplingOptions { Source = "file.csv" }));
        Assert.Equal(("file.csv", 2L, "a"), (missing.File, missing.Row, missing.Column));
        Assert.Equal(4 * 3, gap.Resample("random-over").Dataset.Rows);
        Dataset few = Plain([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Contains("'yes'", Assert.Throws<UnusableDataException>(() => few.Resample("smote(k=5)")).Message, StringComparison.Ordinal);
        Assert.Contains("'a' already", Assert.Throws<ArgumentException>(
            () => few.Resample("smote", new ResamplingOptions { SyntheticColumn = "a" })).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => few.Resample("smoet"));
    }

    /// <summary>Eight rows, of which the first two are of the class yes.</summary>
    private static Dataset Plain(double[] a, double[] b) => new(
        "plain", "y", [1, 1, 0, 0, 0, 0, 0, 0], ["no", "yes"], [new NumericColumn("a", a), new NumericColumn("b", b)]);
}
