using System.Numerics.Tensors;

namespace Counterweight;

/// <summary>The metrics by name: the catalogue that the command line and the documentation read, and its most used entries.</summary>
/// <remarks>
/// For a binary problem, f1, f2, precision, recall, specificity, roc-auc and average-precision are of the positive class. With more classes they are the mean
/// over the classes: over those that occur in the truth or the predictions for f1, f2, precision, recall and specificity, and one against the rest over those
/// that occur in the truth for roc-auc and average-precision.
/// </remarks>
/// <example>
/// <code>
/// IMetric metric = Metric.Catalogue.Create("balanced-accuracy");
/// int[] truth = [0, 0, 0, 1], predicted = [0, 0, 1, 1];
/// double value = metric.Evaluate(Predictions.FromLabels(truth, predicted, classes: 2));   // (2/3 + 1) / 2
/// </code>
/// </example>
public static partial class Metric
{
    /// <summary>The share of rows predicted rightly.</summary>
    public static IMetric Accuracy { get; } = Confusion("accuracy", (m, _) => m.Accuracy);

    /// <summary>The mean recall of the classes that occur.</summary>
    public static IMetric BalancedAccuracy { get; } = Confusion("balanced-accuracy", (m, _) => m.BalancedAccuracy());

    /// <summary>The mean F1 of the classes that occur in the truth or the predictions.</summary>
    public static IMetric MacroF1 { get; } = Confusion("macro-f1", (m, _) => m.Scores(occurringOnly: true).Macro.F);

    /// <summary>The mean F1 of the classes, weighted by support.</summary>
    public static IMetric WeightedF1 { get; } = Confusion("weighted-f1", (m, _) => m.Scores().Weighted.F);

    /// <summary>F1 of the positive class; macro with more classes.</summary>
    public static IMetric F1 { get; } = FBeta("f1", 1);

    /// <summary>F2 of the positive class; macro with more classes.</summary>
    public static IMetric F2 { get; } = FBeta("f2", 2);

    /// <summary>Precision of the positive class; macro with more classes.</summary>
    public static IMetric Precision { get; } = Confusion("precision", (m, p) => Pick(m.Scores(occurringOnly: true), p).Precision);

    /// <summary>Recall of the positive class; macro with more classes.</summary>
    public static IMetric Recall { get; } = Confusion("recall", (m, p) => Pick(m.Scores(occurringOnly: true), p).Recall);

    /// <summary>Specificity of the positive class; macro with more classes.</summary>
    public static IMetric Specificity { get; } = Confusion("specificity", (m, p) => Pick(m.Rates(), p).Specificity);

    /// <summary>The geometric mean of the recalls.</summary>
    public static IMetric GeometricMean { get; } = Confusion("g-mean", (m, _) => m.GeometricMean());

    /// <summary>Matthews' correlation.</summary>
    public static IMetric MatthewsCorrelation { get; } = Confusion("mcc", (m, _) => m.MatthewsCorrelation(), range: Correlation);

    /// <summary>Cohen's kappa; 0 where truth and prediction are one and the same class throughout.</summary>
    public static IMetric CohenKappa { get; } = Confusion("kappa", (m, _) => Number(m.CohenKappa()), range: Correlation);

    /// <summary>The area under the ROC curve of the positive class; one against the rest, macro, with more classes.</summary>
    public static IMetric RocAuc { get; } = Scored("roc-auc", true, RankingMetrics.RocAuc);

    /// <summary>Average precision of the positive class; one against the rest, macro, with more classes.</summary>
    public static IMetric AveragePrecision { get; } = Scored("average-precision", true, RankingMetrics.AveragePrecision);

    /// <summary>The Brier score: mean (p - y)^2 of the positive class; summed over the classes with more.</summary>
    public static IMetric Brier { get; } = Scored("brier", false, ProbabilityMetrics.Brier, k => (0, k == 2 ? 1 : 2));

    /// <summary>The mean -log of the probability given to the true class.</summary>
    public static IMetric LogLoss { get; } = Scored("log-loss", false, ProbabilityMetrics.LogLoss, Positive);

    /// <summary>The expected calibration error over 15 bins: of the positive class's probability; of the top label's with more classes.</summary>
    public static IMetric CalibrationError { get; } = Scored("ece", false, p => ProbabilityMetrics.Calibration(p, 15).Expected);

    /// <summary>The mean cost of a row at given costs.</summary>
    /// <param name="costs">The costs; null for 1 per error, which makes the expected cost the error rate.</param>
    public static IMetric ExpectedCost(CostMatrix? costs = null) =>
        new ConfusionMetric("expected-cost", false, (m, _) => m.ExpectedCost(costs ?? CostMatrix.ZeroOne(m.Classes)))
        {
            IsCost = true,
            NeedsCosts = true,
            Range = _ => costs is null ? (0, 1) : (TensorPrimitives.Min(costs.AsSpan()), TensorPrimitives.Max(costs.AsSpan())),
        };

    /// <summary>The metrics that a comparison reports whatever decides, in the order of its tables.</summary>
    public static IReadOnlyList<IMetric> Usual =>
    [
        Accuracy, BalancedAccuracy, MacroF1, WeightedF1, F1, F2, Precision, Recall, Specificity, GeometricMean, MatthewsCorrelation, CohenKappa, RocAuc,
        AveragePrecision, Brier, LogLoss, CalibrationError, ExpectedCost(),
    ];

    private static (double Lowest, double Highest) Correlation(int classes) => (-1, 1);

    private static (double Lowest, double Highest) Positive(int classes) => (0, double.PositiveInfinity);

    /// <summary>0 where a chance-corrected value divides zero by zero, as Matthews' correlation has it.</summary>
    private static double Number(double value) => double.IsNaN(value) ? 0 : value;

    private static IMetric PairCost(MethodCall call)
    {
        double falsePositive = call["false-positive"], falseNegative = call["false-negative"];
        if (falsePositive == 1 && falseNegative == 1) return ExpectedCost();
        CostMatrix second = CostMatrix.FromPair(falsePositive, falseNegative), first = CostMatrix.FromPair(falsePositive, falseNegative, 0);
        return new ConfusionMetric(
            call.ToString(), false,
            (m, p) => p >= 0 ? m.ExpectedCost(p == 1 ? second : first)
                : throw new InvalidOperationException("Costs of false positives and false negatives are for two classes; with more, give a cost matrix."))
        { IsCost = true, Range = _ => (0, Math.Max(falsePositive, falseNegative)) };
    }

    private static ConfusionMetric FBeta(string name, double beta) => Confusion(name, (m, p) => Pick(m.Scores(beta, occurringOnly: true), p).F);

    private static ClassScore Pick(ClassScores scores, int positiveClass) => positiveClass >= 0 ? scores[positiveClass] : scores.Macro;

    private static ConfusionMetric Confusion(
        string name, Func<ConfusionMatrix, int, double> evaluate, bool higherIsBetter = true, Func<int, (double Lowest, double Highest)>? range = null) =>
        range is null ? new(name, higherIsBetter, evaluate) : new(name, higherIsBetter, evaluate) { Range = range };

    private static ScoredMetric Scored(
        string name, bool higherIsBetter, Func<Predictions, double> evaluate, Func<int, (double Lowest, double Highest)>? range = null) =>
        range is null ? new(name, higherIsBetter, evaluate) : new(name, higherIsBetter, evaluate) { Range = range };
}
