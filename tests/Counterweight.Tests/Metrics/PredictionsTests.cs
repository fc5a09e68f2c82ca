using Counterweight.TestSupport;

namespace Counterweight.Tests;

public sealed class PredictionsTests
{
    private static readonly string[] Promised =
    [
        "accuracy", "balanced-accuracy", "macro-f1", "weighted-f1", "f1", "f2", "precision", "recall", "specificity", "g-mean", "mcc", "kappa",
        "roc-auc", "average-precision", "brier", "log-loss", "ece", "expected-cost",
    ];

    [Fact]
    public void The_catalogue_has_every_promised_name_and_says_which_way_is_better()
    {
        Assert.Equal(Promised, Metric.Catalogue.Take(Promised.Length).Select(m => m.Name));
        string[] lower = ["brier", "log-loss", "ece", "expected-cost"];
        foreach (string name in Promised)
        {
            IMetric metric = Metric.Catalogue.Create(name);
            Assert.Equal(!lower.Contains(name), metric.HigherIsBetter);
            Assert.Equal(name, metric.Name);
        }
    }

    [Fact]
    public void Every_metric_is_better_for_better_predictions_and_names_itself()
    {
        int[] truth = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2];
        double[] good = [.. truth.SelectMany(t => Enumerable.Range(0, 3).Select(c => c == t ? 0.98 : 0.01))];
        double[] bad = [.. truth.SelectMany((t, i) => Enumerable.Range(0, 3).Select(c => c == (t + i) % 3 ? 0.8 : 0.1))];
        foreach (MethodDefinition method in Metric.Catalogue)
        {
            if (method.Name == "top-k") continue;
            IMetric metric = Metric.Catalogue.Create(method.Name);
            double better = metric.Evaluate(Predictions.FromProbabilities(truth, good, 3)),
                worse = metric.Evaluate(Predictions.FromProbabilities(truth, bad, 3));
            Assert.True(metric.HigherIsBetter ? better > worse : better < worse, $"{method.Name}: {better} and {worse}");
            Assert.StartsWith(method.Name, metric.Name, StringComparison.Ordinal);
            Assert.Equal(metric.Name, Metric.Catalogue.Create(metric.Name).Name);
            var labels = Predictions.FromLabels(truth, truth, 3);
            if (metric.NeedsProbabilities) Assert.Throws<InvalidOperationException>(() => metric.Evaluate(labels));
            else Assert.True(double.IsFinite(metric.Evaluate(labels)));
        }
    }

    [Fact]
    public void Every_metric_is_the_same_for_whole_weights_as_for_repeated_rows_and_without_rows_of_zero_weight()
    {
        var random = new SeededRandom(3);
        foreach (int classes in new[] { 2, 4 })
        {
            const int Rows = 80;
            int[] truth = new int[Rows], repeats = new int[Rows];
            double[] p = new double[Rows * classes];
            for (int i = 0; i < Rows; i++)
            {
                (truth[i], repeats[i]) = (random.NextInt32(classes), random.NextInt32(3));
                double sum = 0;
                for (int c = 0; c < classes; c++) sum += p[i * classes + c] = 1 + random.NextInt32(8);
                for (int c = 0; c < classes; c++) p[i * classes + c] /= sum;
            }

            int[] rows = [.. Enumerable.Range(0, Rows).SelectMany(i => Enumerable.Repeat(i, repeats[i]))];
            var weighted = Predictions.FromProbabilities(truth, p, classes, repeats.Select(r => (double)r).ToArray());
            Predictions repeated = Predictions.FromProbabilities(truth, p, classes).Select(rows);
            foreach (MethodDefinition method in Metric.Catalogue)
            {
                IMetric metric = Metric.Catalogue.Create(method.Name);
                Close.One(metric.Evaluate(repeated), metric.Evaluate(weighted), 1e-12, $"{method.Name}, {classes} classes");
            }
        }
    }

    [Fact]
    public void A_single_score_and_two_columns_say_the_same()
    {
        var random = new SeededRandom(4);
        int[] truth = [.. Enumerable.Range(0, 90).Select(_ => random.NextInt32(2))];
        double[] p = [.. truth.Select(t => Math.Round(0.3 * t + 0.6 * random.NextDouble(), 2))];
        foreach (int positive in new[] { 0, 1 })
        {
            double[] both = [.. p.SelectMany(x => positive == 1 ? new[] { 1 - x, x } : [x, 1 - x])];
            int[] predicted = [.. p.Select(x => x >= 0.5 ? positive : 1 - positive)];
            var one = Predictions.FromScores(truth, p, positiveClass: positive);
            var two = Predictions.FromProbabilities(truth, both, 2, predicted: predicted, positiveClass: positive);
            Assert.Equal(predicted, one.Predicted.ToArray());
            foreach (MethodDefinition method in Metric.Catalogue)
            {
                if (method.Name == "top-k") continue;
                IMetric metric = Metric.Catalogue.Create(method.Name);
                Close.One(metric.Evaluate(one), metric.Evaluate(two), 1e-12, $"{method.Name}, positive {positive}");
            }
        }
    }

    [Fact]
    public void Bad_rows_are_named()
    {
        int[] truth = [0, 1, 1];
        Assert.Equal(3, Row(() => Predictions.FromScores(truth, new[] { 0.1, 0.2, double.NaN })));
        Assert.Equal(2, Row(() => Predictions.FromScores(new[] { 0, 2, 1 }, new[] { 0.1, 0.2, 0.3 })));
        Assert.Equal(2, Row(() => Predictions.FromScores(truth, new[] { 0.1, 0.2, 0.3 }, new[] { 1, -0.5, 1 })));
        Assert.Equal(1, Row(() => Predictions.FromScores(truth, new[] { 0.1, 0.2, 0.3 }, predicted: new[] { 7, 1, 1 })));
        Assert.Equal(2, Row(() => Predictions.FromProbabilities(truth, new[] { 0.5, 0.5, 1.2, -0.2, 0.5, 0.5 }, 2)));
        Assert.Equal(3, Row(() => Predictions.FromProbabilities(truth, new[] { 0.5, 0.5, 0.8, 0.2, 0.5, 0.4 }, 2)));
        Assert.Equal(2, Row(() => Predictions.FromProbabilities(truth, new[] { 0.5, 0.5, double.NaN, 0.2, 0.5, 0.5 }, 2)));
        Assert.Equal(3, Row(() => Predictions.FromClassScores(truth, new[] { 5, 1, 1, 2, 3, double.NaN }, 2)));
        Assert.Equal(2, Row(() => Metric.Brier.Evaluate(Predictions.FromScores(truth, new[] { 0.1, 2, 0.3 }))));
        Assert.Equal(2, Row(() => RocAuc.Of(truth, new[] { 0.1, double.NaN, 0.3 })));
        Assert.Equal(2, Row(() => CalibrationError.BinaryPositive(truth, [0.1, 1.5, 0.3])));
        Assert.NotNull(Predictions.FromProbabilities(truth, new[] { 0.5, 0.5, 0.8, 0.2, 0.5, 0.4 }, 2, tolerance: 0.2));
        int[] many = new int[700_000];
        double[] scores = new double[many.Length];
        scores[600_000] = double.NaN;
        scores[650_000] = double.NaN;
        Assert.Equal(600_001, Row(() => Predictions.FromScores(many, scores)));
        many[500_000] = 9;
        Assert.Equal(500_001, Row(() => Predictions.FromScores(many, scores)));
    }

    private static long? Row(Func<object> create) => Assert.Throws<UnusableDataException>(create).Row;

    [Fact]
    public void Wrong_shapes_and_parameters_are_refused()
    {
        int[] truth = [0, 1, 1];
        Assert.Throws<ArgumentException>(() => Predictions.FromScores(truth, new double[2]));
        Assert.Throws<ArgumentException>(() => Predictions.FromProbabilities(truth, new double[7], 2));
        Assert.Throws<ArgumentException>(() => Predictions.FromLabels(truth, new int[2], 2));
        Assert.Throws<ArgumentException>(() => Predictions.FromLabels(truth, truth, 2, new double[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Predictions.FromLabels(truth, truth, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Predictions.FromLabels(truth, truth, 2, positiveClass: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Predictions.FromLabels(truth, truth, 2, threads: -1));
        Assert.Throws<ArgumentException>(() => Predictions.FromLabels(truth, truth, 2).WithPredicted(new int[4]));
        Assert.Throws<InvalidOperationException>(() => Metric.LogLoss.Evaluate(Predictions.FromClassScores(truth, new double[6], 2)));
        Assert.Throws<UnusableDataException>(() => Metric.Brier.Evaluate(Predictions.FromScores(Array.Empty<int>(), Array.Empty<double>())));
    }

    [Fact]
    public void Other_decisions_keep_the_scores()
    {
        var predictions = Predictions.FromScores(new[] { 0, 0, 1, 1 }, new[] { 0.1, 0.4, 0.35, 0.8 });
        Assert.Equal(0.75, Metric.RocAuc.Evaluate(predictions));
        Assert.Equal(0.75, Metric.Accuracy.Evaluate(predictions));
        Predictions other = predictions.WithPredicted(new[] { 0, 0, 1, 1 });
        Assert.Equal(1, Metric.Accuracy.Evaluate(other));
        Assert.Equal(0.75, Metric.RocAuc.Evaluate(other));
    }

    [Fact]
    public void Top_k_counts_the_higher_code_of_equal_scores_first()
    {
        double[] scores = [0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1];
        int[] truth = [0, 1, 2, 2];
        Assert.Equal(0.75, TopK.Accuracy(truth, scores, 3, 2));     // scikit-learn's documented example
        Assert.Equal(1, TopK.Accuracy(truth, scores, 3, 3));
        Assert.Equal(0.5, TopK.Accuracy([0, 1], [0.5, 0.5, 0.5, 0.5], 2, 1));
        Assert.Equal(0.25, TopK.Accuracy([0, 1], [0.5, 0.5, 0.5, 0.5], 2, 1, [3, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TopK.Accuracy(truth, scores, 3, 0));
    }

    [Fact]
    public void Adaptive_bins_hold_equal_weights_and_never_cut_equal_probabilities()
    {
        double[] p = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
        int[] truth = [0, 0, 0, 1, 0, 1, 1, 1];
        CalibrationError error = CalibrationError.BinaryPositive(truth, p, 4, adaptive: true);
        Assert.Equal([2, 2, 2, 2], error.Bins.Select(b => b.Weight));
        Close.One((0.15 + 0.15 + 0.05 + 0.25) / 4, error.Expected, 1e-12, "adaptive error");
        Close.One(0.25, error.Maximum, 1e-12, "largest gap");
        Assert.Equal((0.0, 0.2), (error.Bins[0].Lower, error.Bins[0].Upper));
        CalibrationError ties = CalibrationError.BinaryPositive([0, 1, 0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5, 0.5, 0.9], 3, adaptive: true);
        Assert.Equal([5, 1], ties.Bins.Select(b => b.Weight));
        Close.One((Math.Abs(2.5 - 3) + 0.9) / 6, ties.Expected, 1e-12, "ties");
        double[] both = [.. p.SelectMany(x => new[] { 1 - x, x })];
        IReadOnlyList<CalibrationError> perClass = CalibrationError.PerClass(truth, both, 2, 4);
        Close.One(CalibrationError.BinaryPositive(truth, p, 4).Expected, perClass[1].Expected, 1e-12, "class 1");
        Close.One((perClass[0].Expected + perClass[1].Expected) / 2, CalibrationError.ClassWise(truth, both, 2, 4), 1e-12, "class-wise");
    }

    [Fact]
    public void Probability_metrics_do_not_depend_on_the_number_of_threads()
    {
        const int Rows = 400_000;
        var random = new SeededRandom(8);
        int[] truth = new int[Rows];
        double[] p = new double[Rows];
        for (int i = 0; i < Rows; i++) (truth[i], p[i]) = (random.NextInt32(2), random.NextDouble());
        foreach (IMetric metric in new[] { Metric.Brier, Metric.LogLoss, Metric.CalibrationError, Metric.Accuracy })
            Assert.Equal(metric.Evaluate(Predictions.FromScores(truth, p, threads: 1)), metric.Evaluate(Predictions.FromScores(truth, p, threads: 4)));
    }
}
