namespace Counterweight;

public static partial class Metric
{
    private const string ByRest = " (one against the rest, macro, with more classes).";

    /// <summary>Every metric: the fixed names of the command line first, then those with parameters or for special needs.</summary>
    public static Catalogue<IMetric> Catalogue { get; } = All();

    private static Catalogue<IMetric> All() => new("metric")
    {
        { Define("accuracy", "Share of rows predicted rightly; misleading on unequal classes.", "definition"), _ => Accuracy },
        { Define("balanced-accuracy", "Mean recall of the classes that occur.", "Brodersen et al. 2010"), _ => BalancedAccuracy },
        { Define("macro-f1", "Mean F1 of the classes.", "van Rijsbergen 1979; Lewis 1991"), _ => MacroF1 },
        { Define("weighted-f1", "Mean F1 of the classes, weighted by support.", "van Rijsbergen 1979"), _ => WeightedF1 },
        { Define("f1", "Harmonic mean of precision and recall of the positive class (macro with more classes).", "van Rijsbergen 1979"), _ => F1 },
        { Define("f2", "As f1, recall counting twice as much as precision.", "van Rijsbergen 1979"), _ => F2 },
        { Define("precision", "Share of predicted positives that are positive (macro with more classes).", "definition"), _ => Precision },
        { Define("recall", "Share of positives that are found (macro with more classes).", "definition"), _ => Recall },
        { Define("specificity", "Share of negatives that are left alone (macro with more classes).", "Yerushalmy 1947"), _ => Specificity },
        { Define("g-mean", "Geometric mean of the recalls of all classes.", "Kubat and Matwin 1997"), _ => GeometricMean },
        { Define("mcc", "Correlation of truth and prediction.", "Matthews 1975; Gorodkin 2004"), _ => MatthewsCorrelation },
        { Define("kappa", "Agreement of truth and prediction beyond chance.", "Cohen 1960"), _ => CohenKappa },
        { Define("roc-auc", "Chance that a positive row scores above a negative one" + ByRest, "Hanley and McNeil 1982"), _ => RocAuc },
        { Define("average-precision", "Precision averaged over the recall steps" + ByRest, "Salton and McGill 1983"), _ => AveragePrecision },
        { Define("brier", "Mean squared error of the probabilities.", "Brier 1950"), _ => Brier },
        { Define("log-loss", "Mean negative logarithm of the probability of the true class, in nats.", "Good 1952"), _ => LogLoss },
        {
            Define("ece", "Expected calibration error over bins of equal width.", "Naeini, Cooper and Hauskrecht 2015", Bins),
            c => c.Integer("bins") == 15 ? CalibrationError : Scored(c.ToString(), false, p => ProbabilityMetrics.Calibration(p, c.Integer("bins")).Expected)
        },
        {
            Define(
                "expected-cost", "Mean cost of a row; with equal costs the error rate.", "Elkan 2001",
                ParameterDefinition.Number("false-positive", 1, 0, double.MaxValue, "Cost of predicting the positive class wrongly."),
                ParameterDefinition.Number("false-negative", 1, 0, double.MaxValue, "Cost of missing the positive class.")),
            PairCost
        },
        {
            Define("adjusted-balanced-accuracy", "Balanced accuracy rescaled to 0 for guessing; 0 where one class occurs.", "Brodersen et al. 2010"),
            c => Confusion(c.ToString(), (m, _) => Number(m.BalancedAccuracy(adjusted: true)), range: Correlation)
        },
        {
            Define(
                "f-beta", "As f1, recall counting beta times as much as precision.", "van Rijsbergen 1979",
                ParameterDefinition.Number("beta", 1, 0, double.MaxValue, "How much more recall counts.")),
            c => FBeta(c.ToString(), c["beta"])
        },
        {
            Define("macro-g-mean", "Square root of macro sensitivity times macro specificity.", "Kubat and Matwin 1997"),
            c => Confusion(c.ToString(), (m, _) => m.Rates().Macro.GeometricMean)
        },
        {
            Define(
                "iba", "Index balanced accuracy of the squared geometric mean (macro with more classes).", "Garcia, Sanchez and Mollineda 2012",
                ParameterDefinition.Number("alpha", 0.1, 0, 1, "How much the dominance of a class counts.")),
            c => Confusion(c.ToString(), (m, p) => Pick(m.Rates(), p).IndexBalancedAccuracy(c["alpha"]), range: _ => (0, 1 + c["alpha"]))
        },
        {
            Define("youden", "Sensitivity plus specificity less one (macro with more classes).", "Youden 1950"),
            c => Confusion(c.ToString(), (m, p) => Pick(m.Rates(), p).YoudenIndex, range: Correlation)
        },
        {
            Define("kappa-linear", "Cohen's kappa for ordered classes, confusions counting by distance.", "Cohen 1968"),
            c => Confusion(c.ToString(), (m, _) => Number(m.CohenKappa(KappaWeighting.Linear)), range: Correlation)
        },
        {
            Define("kappa-quadratic", "Cohen's kappa for ordered classes, confusions counting by squared distance.", "Cohen 1968"),
            c => Confusion(c.ToString(), (m, _) => Number(m.CohenKappa(KappaWeighting.Quadratic)), range: Correlation)
        },
        {
            Define("macro-absolute-error", "Mean over the classes of the mean distance of codes, for ordered classes.",
                "Baccianella, Esuli and Sebastiani 2009"),
            c => Confusion(c.ToString(), (m, _) => m.MacroAbsoluteError(), higherIsBetter: false, k => (0, k - 1))
        },
        {
            Define("roc-auc-weighted", "ROC AUC one against the rest, weighted by support.", "Provost and Domingos 2000"),
            c => Scored(c.ToString(), true, RankingMetrics.WeightedRocAuc)
        },
        {
            Define("roc-auc-ovo", "ROC AUC of every pair of classes, averaged.", "Hand and Till 2001"),
            c => Scored(c.ToString(), true, RankingMetrics.PairwiseRocAuc)
        },
        {
            Define(
                "partial-roc-auc", "Area under the ROC curve up to a false positive rate, rescaled" + ByRest, "McClish 1989",
                ParameterDefinition.Number("max-fpr", 0.1, 0, 1, "Largest false positive rate of interest.", minimumExcluded: true)),
            c => Stepped(c, true, s => RocCurve.Of(s).PartialArea(c["max-fpr"]))
        },
        {
            Define(
                "h-measure", "Share of the avoidable loss that the scores save, over Beta-distributed costs" + ByRest, "Hand 2009",
                ParameterDefinition.Number("alpha", 2, 0, 1e6, "First parameter of the Beta distribution.", minimumExcluded: true),
                ParameterDefinition.Number("beta", 2, 0, 1e6, "Second parameter of the Beta distribution.", minimumExcluded: true)),
            c => Stepped(c, true, s => HMeasure.Of(s, c["alpha"], c["beta"]))
        },
        {
            Define("lift", "How many times more positives the highest scores have than a random choice" + ByRest, "Berry and Linoff 1997", Share),
            c => Stepped(c, true, s => GainCurve.Of(s).LiftAt(c["share"]), Positive)
        },
        {
            Define("gain", "Share of the positives among the highest scores" + ByRest, "Berry and Linoff 1997", Share),
            c => Stepped(c, true, s => GainCurve.Of(s).GainAt(c["share"]))
        },
        {
            Define("cost-curve-area", "Mean lowest normalised expected cost over all class shares and costs" + ByRest, "Drummond and Holte 2006"),
            c => Stepped(c, false, s => CostCurve.Of(s).Area)
        },
        {
            Define(
                "top-k", "Share of rows whose class is among the k of highest score.", "definition",
                ParameterDefinition.Integer("k", 5, 1, int.MaxValue, "How many classes count.")),
            c => Scored(c.ToString(), true, p => RankingMetrics.TopK(p, c.Integer("k")))
        },
        {
            Define("mce", "Maximum calibration error over bins of equal width.", "Naeini, Cooper and Hauskrecht 2015", Bins),
            c => Scored(c.ToString(), false, p => ProbabilityMetrics.Calibration(p, c.Integer("bins")).Maximum)
        },
        {
            Define("adaptive-ece", "Expected calibration error over bins of about equal weight.", "Nixon et al. 2019", Bins),
            c => Scored(c.ToString(), false, p => ProbabilityMetrics.Calibration(p, c.Integer("bins"), adaptive: true).Expected)
        },
        {
            Define("class-wise-ece", "Mean over the classes of the calibration error of each class's probability.", "Kull et al. 2019", Bins),
            c => Scored(c.ToString(), false, p => ProbabilityMetrics.ClassWise(p, c.Integer("bins")))
        },
    };

    private static ParameterDefinition Bins => ParameterDefinition.Integer("bins", 15, 1, 100000, "Number of bins.");

    private static ParameterDefinition Share => ParameterDefinition.Number("share", 0.1, 0, 1, "Share of the rows.", minimumExcluded: true);

    private static MethodDefinition Define(string name, string summary, string source, params ParameterDefinition[] parameters) =>
        new(name, summary, source, parameters);

    private static ClassRate Pick(ClassRates rates, int positiveClass) => positiveClass >= 0 ? rates[positiveClass] : rates.Macro;

    private static ScoredMetric Stepped(
        MethodCall call, bool higherIsBetter, Func<ScoreSteps, double> value, Func<int, (double Lowest, double Highest)>? range = null) =>
        Scored(call.ToString(), higherIsBetter, p => RankingMetrics.OfSteps(p, value), range);
}
