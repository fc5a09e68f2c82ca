using Counterweight.TestSupport;

namespace Counterweight.Tests;

/// <summary>The examples in the documentation comments and in docs/metrics.md, run.</summary>
public sealed class MetricExampleTests
{
    private static readonly int[] Truth = [0, 0, 1, 1];
    private static readonly double[] Scores = [0.1, 0.4, 0.35, 0.8];

    [Fact]
    public void Ranking_examples()
    {
        var predictions = Predictions.FromScores(Truth, Scores);
        Close.One(0.75, Metric.RocAuc.Evaluate(predictions), 1e-12, "Predictions");
        Close.One(0.75, RocAuc.Of(Truth, Scores), 1e-12, "RocAuc");
        Close.One(0.75, RocCurve.Of(ScoreSteps.Of(Truth, Scores)).Area, 1e-12, "RocCurve");
        Assert.Equal(0.8333, AveragePrecision.Of(Truth, Scores), 4);
        Assert.Equal(1, ScoreSteps.Of(Truth, Scores).TruePositives[1]);
        Close.One(4, GainCurve.Of(ScoreSteps.Of([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9])).LiftAt(0.25), 1e-12, "GainCurve");
        Close.One(0.25, CostCurve.Of(ScoreSteps.Of(Truth, Scores)).CostAt(0.5), 1e-12, "CostCurve");
        Close.One(8 / 9.0, DeLong.Interval([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.7]).Estimate, 1e-12, "DeLong");
        MetricInterval interval = Bootstrap.Interval(Metric.AveragePrecision, predictions);
        Assert.True(interval.Low <= interval.Estimate && interval.Estimate <= interval.High);
    }

    [Fact]
    public void Examples_of_predicted_classes_and_costs()
    {
        ConfusionMatrix matrix = ConfusionMatrix.Of([0, 0, 0, 1, 1], [0, 0, 1, 1, 0], classes: 2);
        Close.One((2 / 3.0 + 1 / 2.0) / 2, matrix.BalancedAccuracy(), 1e-12, "ConfusionMatrix");
        Close.One(0.5, matrix.Scores()[1].F, 1e-12, "F1");
        IMetric metric = Metric.Catalogue.Create("balanced-accuracy");
        Close.One((2 / 3.0 + 1) / 2, metric.Evaluate(Predictions.FromLabels(new[] { 0, 0, 0, 1 }, new[] { 0, 0, 1, 1 }, classes: 2)), 1e-12, "Metric");
        Assert.Equal(20, CostMatrix.FromPair(falsePositive: 1, falseNegative: 20)[1, 0]);
        MetricInterval interval = Bootstrap.Interval(
            Metric.BalancedAccuracy, Predictions.FromLabels(new[] { 0, 0, 0, 0, 1, 1, 1, 1 }, new[] { 0, 0, 0, 1, 1, 1, 1, 0 }, 2));
        Close.One(0.75, interval.Estimate, 1e-12, "Bootstrap");
    }

    [Fact]
    public void Examples_of_calibration_and_accumulators()
    {
        CalibrationError error = CalibrationError.BinaryPositive([0, 0, 1, 1], [0.2, 0.2, 0.2, 0.9], bins: 10);
        Close.One(3 / 4.0 * Math.Abs(0.2 - 1 / 3.0) + 1 / 4.0 * 0.1, error.Expected, 1e-12, "CalibrationError");
        var confusion = new ConfusionAccumulator(classes: 2);
        confusion.Add([0, 1], [0, 0]);
        confusion.Add([1], [1]);
        Close.One(2 / 3.0, confusion.Matrix.Accuracy, 1e-12, "ConfusionAccumulator");
        var scores = new ScoreAccumulator();
        scores.Add([0, 1], [0.1, 0.35]);
        scores.Add([0, 1], [0.4, 0.8]);
        Close.One(0.75, scores.Steps().RocAuc(), 1e-12, "ScoreAccumulator");
        var histogram = new ScoreHistogram();
        histogram.Add(Truth, Scores);
        Assert.Equal(new BoundedValue(0.75, 0.75, 0.75), histogram.RocAuc());
    }

    [Fact]
    public void The_page_of_metrics_lists_every_name()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));
        foreach (MethodDefinition method in Metric.Catalogue) Assert.Contains(method.Signature, page, StringComparison.Ordinal);
    }
}
