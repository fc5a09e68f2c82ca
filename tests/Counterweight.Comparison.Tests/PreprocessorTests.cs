using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

public sealed class PreprocessorTests
{
    private static readonly Dataset Data = new(
        "d", "t", [0, 1, 0, 1], ["a", "b"],
        [new NumericColumn("x", [1, 3, double.NaN, 1000]), new CategoricalColumn("k", [0, 1, -1, 2], ["p", "q", "r"]),
            new NumericColumn("same", [7, 7, 7, 7])]);

    [Fact]
    public void Figures_come_from_training_rows_alone()
    {
        Preprocessor fitted = Preprocessor.Fit(Data, [0, 1, 2]);
        FeatureTable test = fitted.Transform(Data, [3], fillIn: true);
        Assert.Equal(998f, test.Matrix.Row(0)[0]);   // (1000 - 2) / 1: the outlier is not in the mean
        Assert.Equal(2, test.Matrix.Row(0)[1]);      // level r was not seen in training: the last code
        Assert.Equal(0, test.Matrix.Row(0)[2]);      // a constant column stays finite
        Assert.Equal([0, 3, 0, 2], test.Levels);
    }

    [Fact]
    public void Missing_values_are_marked_and_filled_or_kept()
    {
        Preprocessor fitted = Preprocessor.Fit(Data, [0, 1, 2]);
        FeatureTable filled = fitted.Transform(Data, [0, 1, 2], fillIn: true), raw = fitted.Transform(Data, [0, 1, 2], fillIn: false);
        Assert.Equal([-1f, 0, 0, 0], filled.Matrix.Row(0).ToArray());
        Assert.Equal([0f, 2, 0, 1], filled.Matrix.Row(2).ToArray());
        Assert.True(float.IsNaN(raw.Matrix.Row(2)[0]));
        Assert.Equal(3, raw.Columns);
        Assert.Equal([-1f, 1, 0, 0, 0, 1, 0], filled.ToDense().AsSpan(0, 7).ToArray());
    }

    [Fact]
    public void Columns_that_differ_from_training_are_named()
    {
        Preprocessor fitted = Preprocessor.Fit(Data, [0, 1, 2, 3]);
        var renamed = new Dataset("e", "t", [0, 1], ["a", "b"],
            [new NumericColumn("xx", [1, 2]), new CategoricalColumn("k", [0, 0], ["p"]), new NumericColumn("same", [7, 7])]);
        UnusableDataException missing = Assert.Throws<UnusableDataException>(() => fitted.Transform(renamed, [0], true));
        Assert.Contains("'x'", missing.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'xx'?", missing.Message, StringComparison.Ordinal);
        var textual = new Dataset("e", "t", [0, 1], ["a", "b"],
            [new CategoricalColumn("x", [0, 0], ["oops"]), new CategoricalColumn("k", [0, 0], ["p"]), new NumericColumn("same", [7, 7])]);
        Assert.Equal("x", Assert.Throws<UnusableDataException>(() => fitted.Transform(textual, [0], true)).Column);
        var empty = new Dataset("e", "t", [0, 1], ["a", "b"],
            [new CategoricalColumn("x", [-1, -1], []), new CategoricalColumn("k", [0, 0], ["p"]), new NumericColumn("same", [7, 7])]);
        Assert.Equal(1, fitted.Transform(empty, [0], true).Matrix.Row(0)[3]);
    }
}
