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

    [Theory]
    [InlineData(1e-13)]
    [InlineData(1e-300)]
    [InlineData(3e-323)]
    [InlineData(1e150)]
    [InlineData(1e307)]
    public void Columns_of_any_scale_are_learned_from(double size)
    {
        var random = new SeededRandom(3);
        int[] labels = [.. Enumerable.Range(0, 400).Select(i => i % 5 == 0 ? 1 : 0)];
        double[] x = [.. labels.Select(l => ((3 * l) + random.NextGaussian()) * size)];
        var data = new Dataset("scaled", "class", labels, ["no", "yes"], [new NumericColumn("x", x)]);
        foreach (string learner in (string[])["linear", "gbdt"])
        {
            using var model = TrainedClassifier.Fit(data, learner, Remedy.Parse("weights:balanced"), new ComparisonOptions { Threads = 1 });
            int[] decided = [.. model.Predict(data.Columns).Labels.Select(l => l == "yes" ? 1 : 0)];
            double balanced = Metric.BalancedAccuracy.Evaluate(Predictions.FromLabels(labels, decided, 2));
            Assert.True(balanced > (size < 1e-320 ? 0.75 : 0.85), $"{learner}: {balanced}");
        }
    }

    [Fact]
    public void What_no_learner_can_compute_with_is_refused_by_row_and_column()
    {
        double[] x = [.. Enumerable.Range(0, 40).Select(i => (double)i)];
        Dataset Of(double last) => new("far.csv", "class", [.. Enumerable.Range(0, 40).Select(i => i % 3 == 0 ? 1 : 0)], ["a", "b"],
            [new NumericColumn("x", [.. x[..39], last])]);
        Preprocessor prepared = Preprocessor.Fit(Of(39), [.. Enumerable.Range(0, 39)]);
        foreach (double far in (double[])[1e300, -1e300, double.MaxValue, 1e45])
        {
            var problem = Assert.Throws<UnusableDataException>(() => prepared.Transform(Of(far), [39], fillIn: true));
            Assert.Equal((40, "x"), (problem.Row, problem.Column));
            problem = Assert.Throws<UnusableDataException>(() => RemedyComparison.Run(Of(far), new ComparisonOptions { Learners = ["linear"], Folds = 2 }));
            Assert.Equal((40, "x", "far.csv"), (problem.Row, problem.Column, problem.File));
        }

        Assert.Equal(1, prepared.Transform(Of(1e30), [39], fillIn: true).Rows);
    }
}
