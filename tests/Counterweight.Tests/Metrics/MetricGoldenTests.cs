using System.Globalization;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Tests;

/// <summary>Parity with scikit-learn and imbalanced-learn on every recorded case.</summary>
public sealed class MetricGoldenTests
{
    private const double Tolerance = 1e-10;

    private static readonly IReadOnlyList<JsonElement> Cases = Golden.Cases("metrics");

    public static TheoryData<int> All => [.. Enumerable.Range(0, Cases.Count)];

    private sealed record Case(JsonElement Expected, JsonElement Inputs, int[] Truth, int[] Predicted, int Classes, double[] Weights, string Kind, string Name)
    {
        public ConfusionMatrix Matrix => ConfusionMatrix.Of(Truth, Predicted, Classes, Weights);

        public void Check(double actual, params string[] path)
        {
            JsonElement at = Expected;
            foreach (string key in path)
                if (!at.TryGetProperty(key, out at)) return;
            if (!Golden.IsNull(at)) Close.One(Golden.Number(at), actual, Tolerance, $"{Name} {string.Join('/', path)}");
        }

        public void Check(ReadOnlySpan<double> actual, params string[] path)
        {
            JsonElement at = Expected;
            foreach (string key in path) at = at.GetProperty(key);
            Close.All(Golden.Array(at).Data, actual, Tolerance, $"{Name} {string.Join('/', path)}");
        }
    }

    private static Case Read(int index)
    {
        JsonElement element = Cases[index], inputs = element.GetProperty("inputs");
        double[] labels = Golden.Vector(inputs.GetProperty("labels"));
        Assert.Equal(Enumerable.Range(0, labels.Length).Select(c => (double)c), labels);
        JsonElement weight = inputs.GetProperty("sample_weight");
        string kind = element.GetProperty("kind").GetString()!;
        return new(
            element.GetProperty("expected"), inputs, Golden.Integers(inputs.GetProperty("y_true")), Golden.Integers(inputs.GetProperty("y_pred")),
            labels.Length,
            Golden.IsNull(weight) ? [] : Golden.Vector(weight), kind, $"case {index} ({kind})");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Confusion_metrics_are_those_of_the_peer(int index)
    {
        Case c = Read(index);
        ConfusionMatrix matrix = c.Matrix;
        c.Check(matrix.AsSpan(), "confusion_matrix");
        c.Check(matrix.Normalise(ConfusionShares.OfTruth), "confusion_matrix_normalized_true");
        c.Check(matrix.Accuracy, "accuracy");
        c.Check(matrix.BalancedAccuracy(), "balanced_accuracy");
        c.Check(matrix.BalancedAccuracy(adjusted: true), "balanced_accuracy_adjusted");
        c.Check(matrix.MatthewsCorrelation(), "matthews_corrcoef");
        c.Check(matrix.CohenKappa(), "cohen_kappa");
        c.Check(matrix.CohenKappa(KappaWeighting.Linear), "cohen_kappa_linear");
        c.Check(matrix.CohenKappa(KappaWeighting.Quadratic), "cohen_kappa_quadratic");
        c.Check(matrix.MacroAbsoluteError(), "macro_averaged_mean_absolute_error");
        foreach (double beta in new[] { 1, 0.5, 2 })
            foreach (int zero in new[] { 0, 1 })
            {
                ClassScores scores = matrix.Scores(beta, zero);
                string first = string.Create(CultureInfo.InvariantCulture, $"prf_beta_{beta}"), second = $"zero_division_{zero}";
                c.Check([.. scores.Select(s => s.Precision)], first, second, "per_class", "precision");
                c.Check([.. scores.Select(s => s.Recall)], first, second, "per_class", "recall");
                c.Check([.. scores.Select(s => s.F)], first, second, "per_class", "f");
                c.Check([.. scores.Select(s => s.Support)], first, second, "per_class", "support");
                foreach ((string name, ClassScore score) in new[] { ("macro", scores.Macro), ("micro", scores.Micro), ("weighted", scores.Weighted),
                    ("binary", scores[1]) })
                {
                    c.Check(score.Precision, first, second, name, "precision");
                    c.Check(score.Recall, first, second, name, "recall");
                    c.Check(score.F, first, second, name, "f");
                }
            }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Rates_are_those_of_the_peer_or_where_it_errs_those_intended(int index)
    {
        Case c = Read(index);
        ConfusionMatrix matrix = c.Matrix;
        ClassRates rates = matrix.Rates();
        string[] intended = c.Expected.TryGetProperty("imblearn_intended", out _) ? ["imblearn_intended"] : [];
        (string, ClassRate)[] averages = [("macro", rates.Macro), ("micro", rates.Micro), ("weighted", rates.Weighted), ("binary", rates[1])];
        c.Check([.. rates.Select(r => r.Sensitivity)], [.. intended, "sensitivity", "per_class"]);
        c.Check([.. rates.Select(r => r.Specificity)], [.. intended, "specificity", "per_class"]);
        c.Check([.. rates.Select(r => r.GeometricMean)], [.. intended, "geometric_mean", "per_class"]);
        c.Check([.. rates.Select(r => r.IndexBalancedAccuracy())], [.. intended, "iba_geometric_mean_alpha_0.1", "per_class_squared"]);
        c.Check([.. rates.Select(r => r.IndexBalancedAccuracy(squared: false))], [.. intended, "iba_geometric_mean_alpha_0.1", "per_class_not_squared"]);
        foreach ((string name, ClassRate rate) in averages)
        {
            c.Check(rate.Sensitivity, [.. intended, "sensitivity", name]);
            c.Check(rate.Specificity, [.. intended, "specificity", name]);
            c.Check(rate.GeometricMean, [.. intended, "geometric_mean", name]);
            c.Check(rate.IndexBalancedAccuracy(), [.. intended, "iba_geometric_mean_alpha_0.1", name + "_squared"]);
            c.Check(rate.IndexBalancedAccuracy(squared: false), [.. intended, "iba_geometric_mean_alpha_0.1", name + "_not_squared"]);
        }

        c.Check(matrix.GeometricMean(), [.. intended, "geometric_mean", "multiclass_correction_0"]);
        c.Check(matrix.GeometricMean(0.001), [.. intended, "geometric_mean", "multiclass_correction_0.001"]);
        c.Check(matrix.IndexBalancedAccuracy(), [.. intended, "iba_geometric_mean_alpha_0.1", "multiclass_squared"]);
        c.Check(matrix.IndexBalancedAccuracy(squared: false), [.. intended, "iba_geometric_mean_alpha_0.1", "multiclass_not_squared"]);
    }

    [Fact]
    public void Binary_rankings_and_probabilities_are_those_of_the_peer()
    {
        int[] cases = [.. Enumerable.Range(0, Cases.Count).Where(i => Read(i).Kind == "binary")];
        Assert.NotEmpty(cases);
        foreach (int index in cases)
        {
            Case c = Read(index);
            double[] scores = Golden.Vector(c.Inputs.GetProperty("score"));
            var steps = ScoreSteps.Of(c.Truth, scores, c.Weights);
            RocCurve roc = RocCurve.Of(steps);
            PrecisionRecallCurve pr = PrecisionRecallCurve.Of(steps);
            var predictions = Predictions.FromScores(c.Truth, scores, c.Weights, c.Predicted);
            c.Check(Metric.RocAuc.Evaluate(predictions), "roc_auc");
            c.Check(RocAuc.Of(c.Truth, scores, c.Weights), "roc_auc");
            c.Check(roc.Area, "roc_auc");
            c.Check(steps.RocAuc(), "roc_auc");
            c.Check(Metric.AveragePrecision.Evaluate(predictions), "average_precision");
            c.Check(AveragePrecision.Of(c.Truth, scores, c.Weights), "average_precision");
            c.Check(pr.AveragePrecision, "average_precision");
            c.Check(steps.AveragePrecision(), "average_precision");
            c.Check(Metric.Brier.Evaluate(predictions), "brier_score_loss");
            c.Check(Metric.LogLoss.Evaluate(predictions), "log_loss");
            c.Check(roc.PartialArea(0.2), "roc_auc_max_fpr_0.2");
            c.Check(RocAuc.Partial(c.Truth, scores, 0.2, c.Weights), "roc_auc_max_fpr_0.2");
            c.Check(roc.FalsePositiveRates, "roc_curve", "fpr");
            c.Check(roc.TruePositiveRates, "roc_curve", "tpr");
            double[] thresholds = Golden.Vector(c.Expected.GetProperty("roc_curve").GetProperty("thresholds"));
            Assert.Equal(thresholds[1..], roc.Thresholds[1..].ToArray());
            Assert.Equal(double.PositiveInfinity, roc.Thresholds[0]);
            c.Check(pr.Precisions, "precision_recall_curve", "precision");
            c.Check(pr.Recalls, "precision_recall_curve", "recall");
            c.Check(pr.Thresholds, "precision_recall_curve", "thresholds");

            double[] both = [.. scores.SelectMany(s => new[] { 1 - s, s })];
            var pairs = Predictions.FromProbabilities(c.Truth, both, 2, c.Weights, c.Predicted);
            c.Check(Metric.RocAuc.Evaluate(pairs), "roc_auc");
            c.Check(Metric.AveragePrecision.Evaluate(pairs), "average_precision");
            c.Check(Metric.Brier.Evaluate(pairs), "brier_score_loss");
            c.Check(Metric.LogLoss.Evaluate(pairs), "log_loss");
        }
    }

    [Fact]
    public void Multi_class_rankings_and_probabilities_are_those_of_the_peer()
    {
        int[] cases = [.. Enumerable.Range(0, Cases.Count).Where(i => Read(i).Kind == "multiclass")];
        Assert.NotEmpty(cases);
        foreach (int index in cases)
        {
            Case c = Read(index);
            double[] p = Golden.Array(c.Inputs.GetProperty("prob")).Data;
            var predictions = Predictions.FromProbabilities(c.Truth, p, c.Classes, c.Weights, c.Predicted);
            c.Check(Metric.RocAuc.Evaluate(predictions), "roc_auc", "ovr_macro");
            c.Check(RocAuc.OneVsRest(c.Truth, p, c.Classes, Averaging.Macro, c.Weights), "roc_auc", "ovr_macro");
            c.Check(RocAuc.OneVsRest(c.Truth, p, c.Classes, Averaging.Weighted, c.Weights), "roc_auc", "ovr_weighted");
            c.Check(RocAuc.OneVsRest(c.Truth, p, c.Classes, Averaging.Micro, c.Weights), "roc_auc", "ovr_micro");
            c.Check(RocAuc.PerClass(c.Truth, p, c.Classes, c.Weights), "roc_auc", "ovr_per_class");
            c.Check(RocAuc.OneVsOne(c.Truth, p, c.Classes, Averaging.Macro, c.Weights), "roc_auc", "ovo_macro");
            c.Check(RocAuc.OneVsOne(c.Truth, p, c.Classes, Averaging.Weighted, c.Weights), "roc_auc", "ovo_weighted");
            c.Check(Metric.AveragePrecision.Evaluate(predictions), "average_precision", "macro");
            c.Check(AveragePrecision.PerClass(c.Truth, p, c.Classes, c.Weights), "average_precision", "per_class");
            c.Check(AveragePrecision.OneVsRest(c.Truth, p, c.Classes, Averaging.Macro, c.Weights), "average_precision", "macro");
            c.Check(AveragePrecision.OneVsRest(c.Truth, p, c.Classes, Averaging.Weighted, c.Weights), "average_precision", "weighted");
            c.Check(AveragePrecision.OneVsRest(c.Truth, p, c.Classes, Averaging.Micro, c.Weights), "average_precision", "micro");
            c.Check(Metric.LogLoss.Evaluate(predictions), "log_loss");
            c.Check(Metric.Brier.Evaluate(predictions), "brier_multiclass_sum_over_classes");
        }
    }

    [Fact]
    public void Calibration_errors_are_those_of_the_definition()
    {
        int seen = 0;
        foreach (JsonElement element in Golden.Cases("calibration"))
        {
            string kind = element.GetProperty("kind").GetString()!;
            if (!kind.StartsWith("ece_", StringComparison.Ordinal)) continue;
            seen++;
            JsonElement inputs = element.GetProperty("inputs"), expected = element.GetProperty("expected");
            int[] truth = Golden.Integers(inputs.GetProperty("y"));
            int bins = element.GetProperty("params").GetProperty("n_bins").GetInt32();
            CalibrationError error;
            double ofMetric;
            if (kind == "ece_top_label")
            {
                (long[] shape, double[] p) = Golden.Array(inputs.GetProperty("prob"));
                error = CalibrationError.TopLabel(truth, p, (int)shape[1], bins);
                ofMetric = shape[1] == 2 ? error.Expected
                    : Metric.Catalogue.Create($"ece({bins})").Evaluate(Predictions.FromProbabilities(truth, p, (int)shape[1]));
            }
            else
            {
                double[] p = Golden.Vector(inputs.GetProperty("p"));
                error = CalibrationError.BinaryPositive(truth, p, bins);
                ofMetric = Metric.Catalogue.Create($"ece({bins})").Evaluate(Predictions.FromScores(truth, p));
            }

            string name = $"{kind} {element.GetProperty("id")}";
            Close.One(Golden.Number(expected.GetProperty("ece")), error.Expected, Tolerance, name);
            Close.One(error.Expected, ofMetric, Tolerance, name);
            Close.One(Golden.Number(expected.GetProperty("mce")), error.Maximum, Tolerance, name);
            Close.All(Golden.Vector(expected.GetProperty("bin_counts")), [.. error.Bins.Select(b => b.Weight)], 0, name);
            Close.All(Golden.Vector(expected.GetProperty("bin_mean_confidence")), [.. error.Bins.Select(b => b.MeanConfidence)], Tolerance, name);
            Close.All(Golden.Vector(expected.GetProperty("bin_accuracy")), [.. error.Bins.Select(b => b.Accuracy)], Tolerance, name);
        }

        Assert.NotEqual(0, seen);
    }
}
