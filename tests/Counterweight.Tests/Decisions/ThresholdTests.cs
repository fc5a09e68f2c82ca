using System.Text.Json;
using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

public class ThresholdTests
{
    private static readonly (string Golden, ThresholdMetric Metric)[] Curves =
    [
        ("f1", ThresholdMetric.F1), ("balanced_accuracy", ThresholdMetric.BalancedAccuracy), ("mcc", ThresholdMetric.MatthewsCorrelation),
        ("gmean", ThresholdMetric.GeometricMean),
    ];

    public static TheoryData<int> Cases =>
        [.. Golden.Cases("thresholds").Where(c => c.GetProperty("kind").GetString() == "binary_search").Select(c => c.GetProperty("id").GetInt32())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Golden_candidates_curves_and_best_thresholds(int id)
    {
        (JsonElement expected, double[] scores, int[] labels, double[] weights) = Read(id);
        ThresholdCurve curve = Threshold.Curve(scores, labels, weights);
        Close.All(Golden.Vector(expected.GetProperty("candidates")), curve.Thresholds, 0, "candidates");
        foreach ((string name, ThresholdMetric metric) in Curves)
        {
            Close.All(Golden.Vector(expected.GetProperty("curves").GetProperty(name)), curve.Values(metric), 1e-10, name);
            JsonElement best = expected.GetProperty("best").GetProperty(name);
            ThresholdResult result = Threshold.Tune(metric, scores, labels, weights);
            Close.One(best.GetProperty("value").GetDouble(), result.Value, 1e-10, $"best {name}");
            Assert.Equal(best.GetProperty("threshold").GetDouble(), result.Threshold);
            Assert.Equal(curve.Thresholds.Length, result.Candidates);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Golden_costs(int id)
    {
        (JsonElement expected, double[] scores, int[] labels, double[] weights) = Read(id);
        foreach (JsonElement cost in expected.GetProperty("cost").EnumerateArray())
        {
            var costs = CostMatrix.FromPair(cost.GetProperty("c_fp").GetDouble(), cost.GetProperty("c_fn").GetDouble());
            ThresholdMetric metric = ThresholdMetric.ExpectedCost(costs);
            ThresholdResult result = Threshold.Tune(metric, scores, labels, weights);
            Close.One(cost.GetProperty("min_expected_cost").GetDouble(), result.Value, 1e-10, "minimum");
            Assert.Equal(cost.GetProperty("threshold").GetDouble(), result.Threshold);
            Close.One(cost.GetProperty("cost_predict_none").GetDouble(), result.ValueOfNone, 1e-10, "none");
            double bayes = CostDecision.BayesThreshold(costs);
            Close.One(cost.GetProperty("bayes_threshold").GetDouble(), bayes, 1e-12, "Bayes");
            int[] decided = new ThresholdDecision(bayes).Decide(Decision.BothColumns(scores, 1));
            Close.One(cost.GetProperty("cost_at_bayes_threshold").GetDouble(), metric.Evaluate(Counts(labels, decided, weights)), 1e-10, "cost at Bayes");
            Close.One(cost.GetProperty("cost_predict_all").GetDouble(), metric.Evaluate(Counts(labels, [.. labels.Select(_ => 1)], weights)), 1e-10, "all");
        }
    }

    [Fact]
    public void Tuning_equals_exhaustive_search()
    {
        (from n in Gen.Int[1, 60]
         from scores in Gen.Double[-2, 2].Select(d => Math.Round(d, 1)).Array[n]
         from labels in Gen.Int[0, 1].Array[n]
         from weights in Gen.OneOf(Gen.Const(Array.Empty<double>()), Gen.Int[0, 4].Select(w => w / 2.0).Array[n])
         from positive in Gen.Int[0, 1]
         select (scores, labels, weights, positive)).Where(t => t.weights.Length == 0 || t.weights.Sum() > 0).Sample(t =>
        {
            foreach (MethodDefinition definition in ThresholdMetric.Catalogue)
            {
                ThresholdMetric metric = ThresholdMetric.Catalogue.Create(definition.Name);
                ThresholdResult result = Threshold.Tune(metric, t.scores, t.labels, t.weights, positiveClass: t.positive);
                double[] candidates = [.. t.scores.Where((_, i) => t.weights.Length == 0 || t.weights[i] > 0).Distinct().Order()];
                double[] values = [.. candidates.Select(
                    c => metric.Evaluate(Counts(t.labels, [.. t.scores.Select(s => s >= c ? t.positive : 1 - t.positive)], t.weights, t.positive)))];
                double best = metric.HigherIsBetter ? values.Max() : values.Min();
                Assert.Equal(best, result.Value, 1e-11);
                int at = Array.IndexOf(candidates, result.Threshold);
                Assert.True(at >= 0 && Math.Abs(values[at] - best) < 1e-11, definition.Name);
                Assert.True(values.Take(at).All(v => Math.Abs(v - best) > 1e-13), $"{definition.Name}: a lower candidate is as good");
                Assert.Equal(candidates.Length, result.Candidates);
            }
        }, iter: 300);
    }

    [Fact]
    public void Metrics_have_the_values_of_the_metric_catalogue()
    {
        (from n in Gen.Int[1, 30]
         from labels in Gen.Int[0, 1].Array[n]
         from decided in Gen.Int[0, 1].Array[n]
         from positive in Gen.Int[0, 1]
         select (labels, decided, positive)).Sample(t =>
        {
            foreach (MethodDefinition definition in Metric.Catalogue)
            {
                IMetric metric = Metric.Catalogue.Create(definition.Name);
                if (metric.NeedsProbabilities) continue;
                double expected = metric.Evaluate(Predictions.FromLabels(t.labels, t.decided, 2, positiveClass: t.positive));
                Assert.Equal(expected, ThresholdMetric.From(metric, t.positive).Evaluate(Counts(t.labels, t.decided, [], t.positive)), 1e-12);
            }
        }, iter: 300);
    }

    [Fact]
    public void Costs_given_in_a_metric_are_used_for_the_right_class()
    {
        IMetric metric = Metric.Catalogue.Create("expected-cost(3, 7)");
        var counts = new BinaryCounts(1, 1, 1, 1);
        Assert.Equal(10 / 4.0, ThresholdMetric.From(metric, 1).Evaluate(counts));
        Assert.Equal(3 / 4.0, ThresholdMetric.From(metric, 0).Evaluate(new(1, 1, 0, 2)));
    }

    [Fact]
    public void Blocks_and_threads_do_not_change_the_result()
    {
        const int n = 300_000;
        var random = new SeededRandom(1);
        double[] scores = new double[n], weights = new double[n];
        int[] labels = new int[n];
        for (int i = 0; i < n; i++)
        {
            labels[i] = random.NextDouble() < 0.1 ? 1 : 0;
            scores[i] = random.NextGaussian() + labels[i];
            weights[i] = random.NextDouble();
        }

        foreach (double[] w in new[] { [], weights })
        {
            ThresholdResult one = Threshold.Tune(ThresholdMetric.F1, scores, labels, w, threads: 1),
                many = Threshold.Tune(ThresholdMetric.F1, scores, labels, w, threads: 3);
            Assert.Equal(one, many);
            ThresholdCurve curve = Threshold.Curve(scores, labels, w);
            double[] values = curve.Values(ThresholdMetric.F1);
            double highest = values.Max();
            int best = Array.FindIndex(values, v => v >= highest - 1e-12);
            Assert.Equal(curve.Thresholds[best], one.Threshold);
            Assert.Equal(n, one.Candidates);
            Assert.Equal(Counts(labels, [.. scores.Select(s => s >= one.Threshold ? 1 : 0)], w).TruePositives, one.Counts.TruePositives, 1e-6);
        }
    }

    [Fact]
    public void Constraints_are_kept()
    {
        double[] scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
        int[] labels = [0, 0, 0, 1, 0, 0, 1, 0, 1, 1];
        ThresholdResult recall = Threshold.Tune(ThresholdMetric.Precision, scores, labels, constraints: [ThresholdConstraint.RecallAtLeast(0.75)]);
        Assert.Equal((0.7, 0.75), (recall.Threshold, recall.Value));
        ThresholdResult alerts = Threshold.Tune(ThresholdMetric.Recall, scores, labels, constraints: [ThresholdConstraint.Parse("alerts <= 300/1000")]);
        Assert.Equal((0.8, 0.5), (alerts.Threshold, alerts.Value));
        ThresholdResult precision = Threshold.Tune(
            ThresholdMetric.Recall, scores, labels, constraints: [ThresholdConstraint.Parse("Precision>=1"), ThresholdConstraint.Parse("specificity>=0.5")]);
        Assert.Equal(0.9, precision.Threshold);
    }

    [Fact]
    public void Constraints_that_cannot_be_met_say_what_can_be_reached()
    {
        double[] scores = [0.1, 0.2, 0.3, 0.3];
        int[] labels = [1, 0, 1, 0];
        string message = Assert.Throws<UnusableDataException>(
            () => Threshold.Tune(ThresholdMetric.Recall, scores, labels, constraints: [ThresholdConstraint.PrecisionAtLeast(0.9)])).Message;
        Assert.Contains("precision>=0.9", message, StringComparison.Ordinal);
        Assert.Contains("the most precision that can be reached is 0.5", message, StringComparison.Ordinal);
        message = Assert.Throws<UnusableDataException>(() => Threshold.Tune(
            ThresholdMetric.F1, scores, labels, constraints: [ThresholdConstraint.RecallAtLeast(1), ThresholdConstraint.AlertsAtMost(1, 4)])).Message;
        Assert.Contains("the least alerts that can be reached with recall>=1 is 4", message, StringComparison.Ordinal);
        Assert.DoesNotContain("the most recall", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("recall>0.5")]
    [InlineData("recall>=1.5")]
    [InlineData("alerts<=5")]
    [InlineData("alerts>=5/10")]
    [InlineData("fun>=0.5")]
    [InlineData("recall>=x")]
    public void Wrong_constraints_say_what_is_accepted(string text) =>
        Assert.Contains("recall>=R", Assert.Throws<FormatException>(() => ThresholdConstraint.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bad_rows_are_named()
    {
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => Threshold.Tune(ThresholdMetric.F1, [0.5, double.NaN], [0, 1])).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => Threshold.Tune(ThresholdMetric.F1, [0.5, 0.1], [2, 1])).Row);
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => Threshold.Tune(ThresholdMetric.F1, [0.5, 0.1], [0, 1], [1, -1])).Row);
        Assert.Throws<UnusableDataException>(() => Threshold.Tune(ThresholdMetric.F1, [], []));
        Assert.Throws<UnusableDataException>(() => Threshold.Tune(ThresholdMetric.F1, [0.5], [0], [0]));
        Assert.Throws<ArgumentException>(() => Threshold.Tune(ThresholdMetric.F1, [0.5], [0, 1]));
        Assert.Contains("no threshold can change it", Assert.Throws<ArgumentException>(() => ThresholdMetric.From(Metric.RocAuc)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_positive_can_be_the_better_choice()
    {
        ThresholdResult result = Threshold.Tune(ThresholdMetric.ExpectedCost(CostMatrix.FromPair(10, 1)), [0.9, 0.1, 0.2], [0, 1, 0]);
        Assert.True(result.NoneIsBetter);
        Assert.Equal(1.0 / 3, result.ValueOfNone, 1e-12);
    }

    internal static BinaryCounts Counts(int[] labels, int[] decided, double[] weights, int positive = 1)
    {
        double tp = 0, fp = 0, fn = 0, tn = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double w = weights.Length == 0 ? 1 : weights[i];
            if (labels[i] == positive && decided[i] == positive) tp += w;
            else if (labels[i] == positive) fn += w;
            else if (decided[i] == positive) fp += w;
            else tn += w;
        }

        return new(tp, fp, fn, tn);
    }

    private static (JsonElement Expected, double[] Scores, int[] Labels, double[] Weights) Read(int id)
    {
        JsonElement test = Golden.Cases("thresholds").Single(c => c.GetProperty("id").GetInt32() == id), inputs = test.GetProperty("inputs");
        JsonElement weights = inputs.GetProperty("sample_weight");
        return (test.GetProperty("expected"), Golden.Vector(inputs.GetProperty("score")), Golden.Integers(inputs.GetProperty("y")),
            Golden.IsNull(weights) ? [] : Golden.Vector(weights));
    }
}
