using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

public sealed class ConfusionMatrixTests
{
    private static double[] Slow(int[] truth, int[] predicted, int classes, double[] weights)
    {
        double[] cells = new double[classes * classes];
        for (int i = 0; i < truth.Length; i++) cells[truth[i] * classes + predicted[i]] += weights.Length == 0 ? 1 : weights[i];
        return cells;
    }

    [Theory]
    [InlineData(2, 1_000_003)]
    [InlineData(2, 7)]
    [InlineData(3, 300_001)]
    [InlineData(40, 300_001)]
    [InlineData(1200, 300_001)]
    public void Counts_are_those_of_a_plain_loop_at_any_number_of_threads(int classes, int rows)
    {
        var random = new SeededRandom(1);
        int[] truth = new int[rows], predicted = new int[rows];
        double[] weights = new double[rows];
        for (int i = 0; i < rows; i++) (truth[i], predicted[i], weights[i]) = (random.NextInt32(classes), random.NextInt32(classes), random.NextDouble());
        double[] counts = Slow(truth, predicted, classes, []), sums = Slow(truth, predicted, classes, weights);
        ConfusionMatrix one = ConfusionMatrix.Of(truth, predicted, classes, weights, threads: 1);
        foreach (int threads in new[] { 1, 2, 5 })
        {
            Assert.True(counts.AsSpan().SequenceEqual(ConfusionMatrix.Of(truth, predicted, classes, threads: threads).AsSpan()));
            Assert.Equal(one, ConfusionMatrix.Of(truth, predicted, classes, weights, threads));
        }

        for (int i = 0; i < sums.Length; i++) Close.One(sums[i], one.AsSpan()[i], 1e-9, "weighted cell");
    }

    [Fact]
    public void Parts_add_up_to_the_whole() => Gen.Int[0, 200].SelectMany(n => Gen.Select(Gen.Int[0, 3].Array[n], Gen.Int[0, 3].Array[n], Gen.Int[0, n]))
        .Sample((truth, predicted, cut) =>
    {
        ConfusionMatrix whole = ConfusionMatrix.Of(truth, predicted, 4);
        ConfusionMatrix parts = ConfusionMatrix.Of(truth.AsSpan(0, cut), predicted.AsSpan(0, cut), 4)
            + ConfusionMatrix.Of(truth.AsSpan(cut), predicted.AsSpan(cut), 4);
        Assert.Equal(whole, parts);
        Assert.Equal(whole, ConfusionMatrix.From(whole.AsSpan(), 4));
        Assert.Equal(truth.Length, whole.Total);
    });

    [Fact]
    public void Rows_may_come_in_any_order_and_classes_under_any_names() =>
        Gen.Int[1, 60].SelectMany(n => Gen.Select(Gen.Int[0, 2].Array[n], Gen.Int[0, 2].Array[n])).Sample((truth, predicted) =>
    {
        int[] rename = [2, 0, 1];
        var plain = Predictions.FromLabels(truth, predicted, 3);
        var renamed = Predictions.FromLabels(truth.Select(t => rename[t]).Reverse().ToArray(), predicted.Select(p => rename[p]).Reverse().ToArray(), 3);
        foreach (IMetric metric in new[] { Metric.Accuracy, Metric.BalancedAccuracy, Metric.MacroF1, Metric.WeightedF1, Metric.GeometricMean,
            Metric.MatthewsCorrelation, Metric.CohenKappa, Metric.Specificity, Metric.ExpectedCost() })
            Close.One(metric.Evaluate(plain), metric.Evaluate(renamed), 1e-12, metric.Name);
    });

    [Fact]
    public void A_wrong_label_is_named_with_its_row()
    {
        foreach (int bad in new[] { -1, 2, int.MaxValue, int.MinValue })
            foreach (int row in new[] { 1, 3, 37 })
            {
                int[] truth = new int[40], predicted = new int[40];
                truth[row - 1] = bad;
                UnusableDataException inTruth = Assert.Throws<UnusableDataException>(() => ConfusionMatrix.Of(truth, predicted, 2));
                Assert.Equal(row, inTruth.Row);
                Assert.Contains($"label has the code {bad}", inTruth.Message, StringComparison.Ordinal);
                UnusableDataException inPredicted = Assert.Throws<UnusableDataException>(() => ConfusionMatrix.Of(predicted, truth, 2));
                Assert.Equal(row, inPredicted.Row);
                Assert.Contains("predicted class", inPredicted.Message, StringComparison.Ordinal);
            }

        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => ConfusionMatrix.Of([0, 3, 1], [0, 0, 1], 3)).Row);
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => ConfusionMatrix.Of([0, 1], [0, 0], 2, [1, -1])).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => ConfusionMatrix.Of([0, 1], [0, 0], 2, [double.NaN, 1])).Row);
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0, 1], [0], 2));
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0, 1], [0, 1], 2, [1]));
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([0], [0], 2) + ConfusionMatrix.Of([0], [0], 3));
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.From([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.From([1, 2, 3, -1], 2));
    }

    [Fact]
    public void Values_without_rows_or_of_one_class_are_those_documented()
    {
        ConfusionMatrix empty = ConfusionMatrix.Of([], [], 2), single = ConfusionMatrix.Of([0, 0], [0, 0], 2);
        Assert.Equal((0, 0, 0, 0), (empty.Accuracy, empty.BalancedAccuracy(), empty.MatthewsCorrelation(), empty.GeometricMean()));
        Assert.Equal(1, single.BalancedAccuracy());
        Assert.True(double.IsNaN(single.BalancedAccuracy(adjusted: true)));
        Assert.True(double.IsNaN(single.CohenKappa()));
        Assert.Equal(0, single.MatthewsCorrelation());
        Assert.Equal(0, Metric.CohenKappa.Evaluate(Predictions.FromLabels(new int[2], new int[2], 2)));
        Assert.Equal(1, single.Scores(zeroDivision: 1)[1].F);
        Assert.Equal(0, single.Scores()[1].F);
        Assert.Equal(0.5, single.Scores().Macro.F);
        Assert.Equal(1, single.Scores(occurringOnly: true).Macro.F);
        Assert.Equal(single.Scores(2)[0].Recall, single.Scores(double.PositiveInfinity)[0].F);
        Assert.Throws<ArgumentOutOfRangeException>(() => single.Scores(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => single.Scores(zeroDivision: 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => single.GeometricMean(2));
    }

    [Fact]
    public void Shots_average_the_classes_with_many_medium_and_few_training_rows()
    {
        ConfusionMatrix matrix = ConfusionMatrix.Of([0, 0, 1, 1, 2, 2, 3], [0, 0, 1, 0, 2, 2, 0], 5);
        ShotAccuracy shots = matrix.ShotAccuracy([500, 101, 100, 19, 3]);
        Assert.Equal(new ShotAccuracy(0.75, 1, 0, 2, 1, 1), shots);
        Assert.Null(matrix.ShotAccuracy([500, 101, 500, 500, 3]).Few);
        Assert.Throws<ArgumentException>(() => matrix.ShotAccuracy([1, 2]));
    }

    [Fact]
    public void Expected_cost_is_the_mean_cost_of_a_row()
    {
        var predictions = Predictions.FromLabels(new[] { 0, 0, 1, 1 }, new[] { 0, 1, 0, 1 }, 2);
        Assert.Equal(0.5, Metric.ExpectedCost().Evaluate(predictions));
        Assert.Equal(21 / 4.0, Metric.ExpectedCost(CostMatrix.FromPair(1, 20)).Evaluate(predictions));
        Assert.Equal(21 / 4.0, Metric.Catalogue.Create("expected-cost(1, 20)").Evaluate(predictions));
        var other = Predictions.FromLabels(new[] { 0, 0, 1, 1 }, new[] { 0, 1, 1, 1 }, 2, positiveClass: 0);
        Assert.Equal(20 / 4.0, Metric.Catalogue.Create("expected-cost(1, 20)").Evaluate(other));
        Assert.Throws<InvalidOperationException>(
            () => Metric.Catalogue.Create("expected-cost(1, 20)").Evaluate(Predictions.FromLabels(new int[2], new int[2], 3)));
    }
}
