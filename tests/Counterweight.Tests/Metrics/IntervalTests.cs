using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

public sealed class IntervalTests
{
    private static (int[] Truth, double[] First, double[] Second) Rows(int count, long seed, double share = 0.3)
    {
        var random = new SeededRandom(seed);
        int[] truth = new int[count];
        double[] first = new double[count], second = new double[count];
        for (int i = 0; i < count; i++)
        {
            truth[i] = i < 2 ? 1 : i < 4 ? 0 : random.NextDouble() < share ? 1 : 0;
            double shared = random.NextGaussian();
            first[i] = Math.Round(1 / (1 + Math.Exp(-(truth[i] + shared + 0.5 * random.NextGaussian()))), 2);
            second[i] = Math.Round(1 / (1 + Math.Exp(-(1.5 * truth[i] + shared + 0.5 * random.NextGaussian()))), 2);
        }

        return (truth, first, second);
    }

    /// <summary>DeLong's formula by every pair of rows.</summary>
    private static double Covariance(int[] truth, double[] first, double[] second)
    {
        static double Psi(double x, double y) => x > y ? 1 : x == y ? 0.5 : 0;
        int[] positives = [.. Enumerable.Range(0, truth.Length).Where(i => truth[i] == 1)],
            negatives = [.. Enumerable.Range(0, truth.Length).Where(i => truth[i] != 1)];
        double Part(int[] rows, Func<double[], int, double> placement)
        {
            double a = rows.Average(i => placement(first, i)), b = rows.Average(i => placement(second, i));
            return rows.Sum(i => (placement(first, i) - a) * (placement(second, i) - b)) / (rows.Length - 1) / rows.Length;
        }

        return Part(positives, (s, i) => negatives.Average(j => Psi(s[i], s[j]))) + Part(negatives, (s, j) => positives.Average(i => Psi(s[i], s[j])));
    }

    [Fact]
    public void DeLong_is_the_formula_over_all_pairs() => Gen.Select(Gen.Int[5, 80], Gen.Long).Sample((count, seed) =>
    {
        (int[] truth, double[] first, double[] second) = Rows(count, seed);
        double variance = Covariance(truth, first, first), other = Covariance(truth, second, second), shared = Covariance(truth, first, second);
        MetricInterval interval = DeLong.Interval(truth, first);
        Close.One(RocAuc.Of(truth, first), interval.Estimate, 1e-12, "area");
        Close.One(Math.Sqrt(variance), interval.StandardError, 1e-10, "standard error");
        Close.One(Math.Min(1, interval.Estimate + 1.959963984540054 * interval.StandardError), interval.High, 1e-12, "upper end");
        AucDifference difference = DeLong.Difference(truth, first, second);
        Close.One(Math.Sqrt(Math.Max(0, variance + other - 2 * shared)), difference.Difference.StandardError, 1e-7, "standard error of the difference");
        (double[] areas, double[,] covariances) = DeLong.Covariances(truth, [first, second]);
        Close.All([variance, shared, shared, other], [.. covariances.Cast<double>()], 1e-12, "covariances");
        Close.All([difference.First, difference.Second], areas, 1e-12, "areas");
    }, iter: 100);

    [Fact]
    public void DeLong_sees_no_difference_between_equal_rankings_and_a_clear_one_between_unequal()
    {
        (int[] truth, double[] first, _) = Rows(300, 5);
        AucDifference none = DeLong.Difference(truth, first, [.. first.Select(s => 3 * s - 1)]);
        Assert.Equal((0.0, 1.0), (none.Z, none.PValue));
        var random = new SeededRandom(1);
        AucDifference clear = DeLong.Difference(truth, [.. truth.Select(_ => random.NextDouble())], [.. truth.Select(t => t + random.NextDouble())]);
        Assert.Equal(1, clear.Second);
        Assert.True(clear.PValue < 1e-6 && clear.Difference.Low > 0);
        Assert.Throws<UnusableDataException>(() => DeLong.Interval([0, 0, 1], [0.1, 0.2, 0.3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeLong.Interval(truth, first, level: 1));
    }

    public static TheoryData<string> Metrics => ["balanced-accuracy", "roc-auc", "average-precision", "brier", "h-measure"];

    [Theory]
    [MemberData(nameof(Metrics))]
    public void The_same_seed_gives_the_same_interval_at_any_number_of_threads(string name)
    {
        (int[] truth, double[] first, double[] second) = Rows(120, 2);
        IMetric metric = Metric.Catalogue.Create(name);
        Predictions a = Predictions.FromScores(truth, first), b = Predictions.FromScores(truth, second);
        foreach (BootstrapKind kind in Enum.GetValues<BootstrapKind>())
        {
            MetricInterval one = Bootstrap.Interval(metric, a, resamples: 200, kind: kind, seed: 3, threads: 1);
            Assert.Equal(one, Bootstrap.Interval(metric, a, resamples: 200, kind: kind, seed: 3, threads: 4));
            Assert.NotEqual(one, Bootstrap.Interval(metric, a, resamples: 200, kind: kind, seed: 4));
            Assert.Equal(metric.Evaluate(a), one.Estimate);
            Assert.True(one.Low < one.Estimate && one.Estimate < one.High && one.StandardError > 0);
            MetricInterval difference = Bootstrap.Difference(metric, a, b, resamples: 200, kind: kind, seed: 3);
            Close.One(metric.Evaluate(b) - metric.Evaluate(a), difference.Estimate, 1e-12, "difference");
            Assert.True(difference.Low <= difference.Estimate && difference.Estimate <= difference.High);
            Assert.Equal(difference, Bootstrap.Difference(metric, a, b, resamples: 200, kind: kind, seed: 3, threads: 1));
        }
    }

    [Fact]
    public void Bootstrap_errors_are_those_known_from_theory()
    {
        (int[] truth, double[] first, double[] second) = Rows(600, 7);
        Predictions a = Predictions.FromScores(truth, first), b = Predictions.FromScores(truth, second);
        double n = truth.Length, accuracy = Metric.Accuracy.Evaluate(a), binomial = Math.Sqrt(accuracy * (1 - accuracy) / n);
        double[] ones = [.. Enumerable.Repeat(1.0, truth.Length)];
        Near(binomial, Bootstrap.Interval(Metric.Accuracy, a, resamples: 4000, stratified: false).StandardError);
        Near(binomial, Bootstrap.Interval(Metric.Accuracy, Predictions.FromScores(truth, first, ones), resamples: 4000, stratified: false).StandardError);
        ClassScores scores = a.Confusion.Scores();
        double recall = scores[1].Recall;
        Near(Math.Sqrt(recall * (1 - recall) / scores[1].Support), Bootstrap.Interval(Metric.Recall, a, resamples: 4000).StandardError);
        Near(DeLong.Interval(truth, first).StandardError, Bootstrap.Interval(Metric.RocAuc, a, resamples: 2000).StandardError);
        Near(DeLong.Difference(truth, first, second).Difference.StandardError, Bootstrap.Difference(Metric.RocAuc, a, b, resamples: 2000).StandardError);
        int[] wins = [.. truth.Select((t, i) => (b.Predicted.Span[i] == t ? 1 : 0) - (a.Predicted.Span[i] == t ? 1 : 0))];
        double mean = wins.Average(), paired = Math.Sqrt(wins.Average(w => (w - mean) * (w - mean)) / n);
        Near(paired, Bootstrap.Difference(Metric.Accuracy, a, b, resamples: 4000, stratified: false).StandardError);
        Near(paired, Bootstrap.Difference(new Custom(), a, b, resamples: 4000, stratified: false).StandardError);
        static void Near(double expected, double actual) => Assert.InRange(actual / expected, 0.93, 1.07);
    }

    [Fact]
    public void BCa_ends_are_those_of_the_textbook_for_a_mean()
    {
        // For a proportion of hits the acceleration is the skewness of one row divided by 6 sqrt(n) (Efron and Tibshirani, 1993, equation 14.15).
        int[] truth = new int[40], predicted = new int[40];
        for (int i = 0; i < 4; i++) predicted[i] = 1;
        var predictions = Predictions.FromLabels(truth, predicted, 2);
        MetricInterval plain = Bootstrap.Interval(Metric.Accuracy, predictions, kind: BootstrapKind.Percentile, resamples: 20_000, stratified: false);
        MetricInterval corrected = Bootstrap.Interval(Metric.Accuracy, predictions, resamples: 20_000, stratified: false);
        MetricInterval rows = Bootstrap.Interval(
            Metric.Accuracy, Predictions.FromLabels(truth, predicted, 2, Enumerable.Repeat(1.0, 40).ToArray()), resamples: 20_000, stratified: false);
        Assert.True(corrected.Low < plain.Low, "accuracy near one is skewed to the left");
        Assert.Equal(corrected.Low, rows.Low, 0.026);
        Assert.Equal(corrected.High, rows.High, 0.026);
        MetricInterval basic = Bootstrap.Interval(Metric.Accuracy, predictions, kind: BootstrapKind.Basic, resamples: 20_000, stratified: false);
        Close.One(2 * 0.9 - plain.Low, basic.High, 1e-12, "basic");
    }

    [Fact]
    public void Intervals_cover_the_truth_about_as_often_as_they_say()
    {
        int covered = 0;
        const int Trials = 300;
        var random = new SeededRandom(11);
        for (int trial = 0; trial < Trials; trial++)
        {
            int[] truth = new int[200], predicted = new int[200];
            for (int i = 0; i < 200; i++)
            {
                truth[i] = i < 50 ? 1 : 0;
                predicted[i] = random.NextDouble() < 0.8 ? truth[i] : 1 - truth[i];
            }

            MetricInterval interval = Bootstrap.Interval(
                Metric.BalancedAccuracy, Predictions.FromLabels(truth, predicted, 2), level: 0.9, resamples: 400, seed: trial);
            if (interval.Low <= 0.8 && interval.High >= 0.8) covered++;
        }

        Assert.InRange(covered / (double)Trials, 0.84, 0.96);
    }

    [Fact]
    public void Resamples_without_a_class_are_left_out_and_counted()
    {
        int[] truth = [1, 0, 0, 0, 0, 0];
        double[] scores = [0.6, 0.1, 0.2, 0.3, 0.7, 0.4];
        MetricInterval interval = Bootstrap.Interval(Metric.RocAuc, Predictions.FromScores(truth, scores), resamples: 500, stratified: false);
        Assert.InRange(interval.Undefined, 100, 230);
        Assert.Equal(0, Bootstrap.Interval(Metric.RocAuc, Predictions.FromScores(truth, scores), resamples: 500).Undefined);
        Assert.Throws<UnusableDataException>(() => Bootstrap.Interval(Metric.RocAuc, Predictions.FromScores(new int[3], new double[3])));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Interval(Metric.RocAuc, Predictions.FromScores(truth, scores), resamples: 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Interval(Metric.RocAuc, Predictions.FromScores(truth, scores), level: 95));
        Assert.Throws<ArgumentException>(
            () => Bootstrap.Difference(Metric.RocAuc, Predictions.FromScores(truth, scores), Predictions.FromScores(new int[6], scores)));
    }

    [Fact]
    public void Multi_class_and_weighted_metrics_have_intervals_too()
    {
        var random = new SeededRandom(2);
        int[] truth = [.. Enumerable.Range(0, 90).Select(i => i % 3)];
        double[] scores = [.. truth.SelectMany(t => Enumerable.Range(0, 3).Select(c => (c == t ? 1 : 0) + random.NextGaussian()))];
        double[] weights = [.. truth.Select(_ => (double)random.NextInt32(3))];
        foreach (double[] w in new[] { [], weights })
            foreach (string name in new[] { "macro-f1", "roc-auc", "mcc", "roc-auc-ovo" })
            {
                var predictions = Predictions.FromClassScores(truth, scores, 3, w);
                MetricInterval interval = Bootstrap.Interval(Metric.Catalogue.Create(name), predictions, resamples: 100);
                Assert.True(interval.Low < interval.Estimate && interval.Estimate < interval.High, name);
                Assert.Equal(interval, Bootstrap.Interval(Metric.Catalogue.Create(name), predictions, resamples: 100, threads: 1));
            }
    }

    private sealed class Custom : IMetric
    {
        public string Name => "custom";

        public bool HigherIsBetter => true;

        public bool NeedsProbabilities => false;

        public double Evaluate(Predictions predictions) => predictions.Confusion.Accuracy;
    }
}
