namespace Counterweight;

/// <summary>The metrics by name: the catalogue that the command line and the documentation read, and its most used entries.</summary>
/// <remarks>
/// For a binary problem, f1, f2, precision, recall, specificity, roc-auc and average-precision are of the positive class. With more classes they are the mean over the
/// classes: over those that occur in the truth or the predictions for f1, f2, precision, recall and specificity, and one against the rest over those that occur in the
/// truth for roc-auc and average-precision.
/// </remarks>
/// <example>
/// <code>
/// IMetric metric = Metric.Catalogue.Create("balanced-accuracy");
/// int[] truth = [0, 0, 0, 1], predicted = [0, 0, 1, 1];
/// double value = metric.Evaluate(Predictions.FromLabels(truth, predicted, classes: 2));   // (2/3 + 1) / 2
/// </code>
/// </example>
public static class Metric
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
    public static IMetric Specificity { get; } = Confusion("specificity", (m, p) => p >= 0 ? m.Rates()[p].Specificity : m.Rates().Macro.Specificity);

    /// <summary>The geometric mean of the recalls.</summary>
    public static IMetric GeometricMean { get; } = Confusion("g-mean", (m, _) => m.GeometricMean());

    /// <summary>Matthews' correlation.</summary>
    public static IMetric MatthewsCorrelation { get; } = Confusion("mcc", (m, _) => m.MatthewsCorrelation());

    /// <summary>Cohen's kappa; 0 where truth and prediction are one and the same class throughout.</summary>
    public static IMetric CohenKappa { get; } = Confusion("kappa", (m, _) => Number(m.CohenKappa()));

    /// <summary>The area under the ROC curve of the positive class; one against the rest, macro, with more classes.</summary>
    public static IMetric RocAuc { get; } = Scored("roc-auc", true, RankingMetrics.RocAuc);

    /// <summary>Average precision of the positive class; one against the rest, macro, with more classes.</summary>
    public static IMetric AveragePrecision { get; } = Scored("average-precision", true, RankingMetrics.AveragePrecision);

    /// <summary>The Brier score: mean (p - y)^2 of the positive class; summed over the classes with more.</summary>
    public static IMetric Brier { get; } = Scored("brier", false, ProbabilityMetrics.Brier);

    /// <summary>The mean -log of the probability given to the true class.</summary>
    public static IMetric LogLoss { get; } = Scored("log-loss", false, ProbabilityMetrics.LogLoss);

    /// <summary>The expected calibration error over 15 bins: of the positive class's probability; of the top label's with more classes.</summary>
    public static IMetric CalibrationError { get; } = Scored("ece", false, p => ProbabilityMetrics.Calibration(p, 15).Expected);

    /// <summary>Every metric.</summary>
    public static Catalogue<IMetric> Catalogue { get; } = new("metric")
    {
        { new("accuracy", "Share of rows predicted rightly; misleading on unequal classes.", "definition", []), _ => Accuracy },
        { new("balanced-accuracy", "Mean recall of the classes that occur.", "Brodersen et al. 2010", []), _ => BalancedAccuracy },
        { new("macro-f1", "Mean F1 of the classes.", "van Rijsbergen 1979; Lewis 1991", []), _ => MacroF1 },
        { new("weighted-f1", "Mean F1 of the classes, weighted by support.", "van Rijsbergen 1979", []), _ => WeightedF1 },
        { new("f1", "Harmonic mean of precision and recall of the positive class (macro with more classes).", "van Rijsbergen 1979", []), _ => F1 },
        { new("f2", "As f1, recall counting twice as much as precision.", "van Rijsbergen 1979", []), _ => F2 },
        { new("precision", "Share of predicted positives that are positive (macro with more classes).", "definition", []), _ => Precision },
        { new("recall", "Share of positives that are found (macro with more classes).", "definition", []), _ => Recall },
        { new("specificity", "Share of negatives that are left alone (macro with more classes).", "Yerushalmy 1947", []), _ => Specificity },
        { new("g-mean", "Geometric mean of the recalls of all classes.", "Kubat and Matwin 1997", []), _ => GeometricMean },
        { new("mcc", "Correlation of truth and prediction.", "Matthews 1975; Gorodkin 2004", []), _ => MatthewsCorrelation },
        { new("kappa", "Agreement of truth and prediction beyond chance.", "Cohen 1960", []), _ => CohenKappa },
        { new("roc-auc", "Chance that a positive row scores above a negative one (one against the rest, macro, with more classes).", "Hanley and McNeil 1982", []), _ => RocAuc },
        { new("average-precision", "Precision averaged over the recall steps (one against the rest, macro, with more classes).", "Salton and McGill 1983", []), _ => AveragePrecision },
        { new("brier", "Mean squared error of the probabilities.", "Brier 1950", []), _ => Brier },
        { new("log-loss", "Mean negative logarithm of the probability of the true class, in nats.", "Good 1952", []), _ => LogLoss },
        { new("ece", "Expected calibration error over bins of equal width.", "Naeini, Cooper and Hauskrecht 2015", [Bins]), c => c.Integer("bins") == 15 ? CalibrationError : Scored(c.ToString(), false, p => ProbabilityMetrics.Calibration(p, c.Integer("bins")).Expected) },
        {
            new("expected-cost", "Mean cost of a row; with equal costs the error rate.", "Elkan 2001",
            [
                ParameterDefinition.Number("false-positive", 1, 0, double.MaxValue, "Cost of predicting the positive class wrongly."),
                ParameterDefinition.Number("false-negative", 1, 0, double.MaxValue, "Cost of missing the positive class."),
            ]),
            c => PairCost(c)
        },
        { new("adjusted-balanced-accuracy", "Balanced accuracy rescaled to 0 for guessing and 1 for perfection; 0 where one class occurs.", "Brodersen et al. 2010", []), c => Confusion(c.ToString(), (m, _) => Number(m.BalancedAccuracy(adjusted: true))) },
        { new("f-beta", "As f1, recall counting beta times as much as precision.", "van Rijsbergen 1979", [ParameterDefinition.Number("beta", 1, 0, double.MaxValue, "How much more recall counts.")]), c => FBeta(c.ToString(), c["beta"]) },
        { new("macro-g-mean", "Square root of macro sensitivity times macro specificity.", "Kubat and Matwin 1997", []), c => Confusion(c.ToString(), (m, _) => m.Rates().Macro.GeometricMean) },
        { new("iba", "Index balanced accuracy of the squared geometric mean (positive class; macro with more classes).", "Garcia, Sanchez and Mollineda 2012", [ParameterDefinition.Number("alpha", 0.1, 0, 1, "How much the dominance of a class counts.")]), c => Confusion(c.ToString(), (m, p) => (p >= 0 ? m.Rates()[p] : m.Rates().Macro).IndexBalancedAccuracy(c["alpha"])) },
        { new("youden", "Sensitivity plus specificity less one (positive class; macro with more classes).", "Youden 1950", []), c => Confusion(c.ToString(), (m, p) => (p >= 0 ? m.Rates()[p] : m.Rates().Macro).YoudenIndex) },
        { new("kappa-linear", "Cohen's kappa for ordered classes, confusions counting by distance.", "Cohen 1968", []), c => Confusion(c.ToString(), (m, _) => Number(m.CohenKappa(KappaWeighting.Linear))) },
        { new("kappa-quadratic", "Cohen's kappa for ordered classes, confusions counting by squared distance.", "Cohen 1968", []), c => Confusion(c.ToString(), (m, _) => Number(m.CohenKappa(KappaWeighting.Quadratic))) },
        { new("macro-absolute-error", "Mean over the classes of the mean distance of codes, for ordered classes.", "Baccianella, Esuli and Sebastiani 2009", []), c => Confusion(c.ToString(), (m, _) => m.MacroAbsoluteError(), higherIsBetter: false) },
        { new("roc-auc-weighted", "ROC AUC one against the rest, weighted by support.", "Provost and Domingos 2000", []), c => Scored(c.ToString(), true, RankingMetrics.WeightedRocAuc) },
        { new("roc-auc-ovo", "ROC AUC of every pair of classes, averaged.", "Hand and Till 2001", []), c => Scored(c.ToString(), true, RankingMetrics.PairwiseRocAuc) },
        { new("partial-roc-auc", "Area under the ROC curve up to a false positive rate, rescaled (one against the rest, macro, with more classes).", "McClish 1989", [ParameterDefinition.Number("max-fpr", 0.1, 0, 1, "Largest false positive rate of interest.", minimumExcluded: true)]), c => Scored(c.ToString(), true, p => RankingMetrics.OfSteps(p, s => RocCurve.Of(s).PartialArea(c["max-fpr"]))) },
        { new("h-measure", "Share of the avoidable loss that the scores save, over a Beta distribution of costs (one against the rest, macro, with more classes).", "Hand 2009", [ParameterDefinition.Number("alpha", 2, 0, 1e6, "First parameter of the Beta distribution.", minimumExcluded: true), ParameterDefinition.Number("beta", 2, 0, 1e6, "Second parameter of the Beta distribution.", minimumExcluded: true)]), c => Scored(c.ToString(), true, p => RankingMetrics.OfSteps(p, s => HMeasure.Of(s, c["alpha"], c["beta"]))) },
        { new("lift", "How many times more positives a share of highest scores has than a random choice (one against the rest, macro, with more classes).", "Berry and Linoff 1997", [ParameterDefinition.Number("share", 0.1, 0, 1, "Share of the rows.", minimumExcluded: true)]), c => Scored(c.ToString(), true, p => RankingMetrics.OfSteps(p, s => GainCurve.Of(s).LiftAt(c["share"]))) },
        { new("gain", "Share of the positives among a share of highest scores (one against the rest, macro, with more classes).", "Berry and Linoff 1997", [ParameterDefinition.Number("share", 0.1, 0, 1, "Share of the rows.", minimumExcluded: true)]), c => Scored(c.ToString(), true, p => RankingMetrics.OfSteps(p, s => GainCurve.Of(s).GainAt(c["share"]))) },
        { new("cost-curve-area", "Mean of the lowest normalised expected cost over all class shares and costs (one against the rest, macro, with more classes).", "Drummond and Holte 2006", []), c => Scored(c.ToString(), false, p => RankingMetrics.OfSteps(p, s => CostCurve.Of(s).Area)) },
        { new("top-k", "Share of rows whose class is among the k of highest score.", "definition", [ParameterDefinition.Integer("k", 5, 1, int.MaxValue, "How many classes count.")]), c => Scored(c.ToString(), true, p => RankingMetrics.TopK(p, c.Integer("k"))) },
        { new("mce", "Maximum calibration error over bins of equal width.", "Naeini, Cooper and Hauskrecht 2015", [Bins]), c => Scored(c.ToString(), false, p => ProbabilityMetrics.Calibration(p, c.Integer("bins")).Maximum) },
        { new("adaptive-ece", "Expected calibration error over bins of about equal weight.", "Nixon et al. 2019", [Bins]), c => Scored(c.ToString(), false, p => ProbabilityMetrics.Calibration(p, c.Integer("bins"), adaptive: true).Expected) },
        { new("class-wise-ece", "Mean over the classes of the calibration error of each class's probability.", "Kull et al. 2019", [Bins]), c => Scored(c.ToString(), false, p => ProbabilityMetrics.ClassWise(p, c.Integer("bins"))) },
    };

    /// <summary>The mean cost of a row at given costs.</summary>
    /// <param name="costs">The costs; null for 1 per error, which makes the expected cost the error rate.</param>
    public static IMetric ExpectedCost(CostMatrix? costs = null) =>
        Confusion("expected-cost", (m, _) => m.ExpectedCost(costs ?? CostMatrix.ZeroOne(m.Classes)), higherIsBetter: false);

    private static ParameterDefinition Bins => ParameterDefinition.Integer("bins", 15, 1, 100000, "Number of bins.");

    /// <summary>0 where a chance-corrected value divides zero by zero, as Matthews' correlation has it.</summary>
    private static double Number(double value) => double.IsNaN(value) ? 0 : value;

    private static IMetric PairCost(MethodCall call)
    {
        double falsePositive = call["false-positive"], falseNegative = call["false-negative"];
        if (falsePositive == 1 && falseNegative == 1) return ExpectedCost();
        CostMatrix second = CostMatrix.FromPair(falsePositive, falseNegative), first = CostMatrix.FromPair(falsePositive, falseNegative, 0);
        return Confusion(
            call.ToString(),
            (m, p) => p >= 0 ? m.ExpectedCost(p == 1 ? second : first)
                : throw new InvalidOperationException("Costs of false positives and false negatives are for two classes; with more, give a cost matrix."),
            higherIsBetter: false);
    }

    private static ConfusionMetric FBeta(string name, double beta) => Confusion(name, (m, p) => Pick(m.Scores(beta, occurringOnly: true), p).F);

    private static ClassScore Pick(ClassScores scores, int positiveClass) => positiveClass >= 0 ? scores[positiveClass] : scores.Macro;

    private static ConfusionMetric Confusion(string name, Func<ConfusionMatrix, int, double> evaluate, bool higherIsBetter = true) => new(name, higherIsBetter, evaluate);

    private static ScoredMetric Scored(string name, bool higherIsBetter, Func<Predictions, double> evaluate) => new(name, higherIsBetter, evaluate);
}
