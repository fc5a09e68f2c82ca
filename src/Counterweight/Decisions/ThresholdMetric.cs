namespace Counterweight;

/// <summary>A metric as a function of the four counts of a binary decision: what a threshold can be tuned for.</summary>
/// <remarks>
/// The names are those of <see cref="Metric.Catalogue"/>, the values too. <see cref="Catalogue"/> has more (f-beta, youden), and
/// <see cref="From(string, Func{BinaryCounts, double}, bool)"/> takes any function.
/// </remarks>
/// <example>
/// <code>
/// ThresholdMetric profit = ThresholdMetric.From("profit", c => 20 * c.TruePositives - 3 * c.Alerts);
/// </code>
/// </example>
public sealed class ThresholdMetric
{
    private readonly Func<BinaryCounts, double> evaluate;

    private ThresholdMetric(string name, Func<BinaryCounts, double> evaluate, bool higherIsBetter) =>
        (Name, this.evaluate, HigherIsBetter) = (name, evaluate, higherIsBetter);

    /// <summary>The stable name.</summary>
    public string Name { get; }

    /// <summary>Whether a larger value is better.</summary>
    public bool HigherIsBetter { get; }

    /// <summary>The share of rows decided rightly.</summary>
    public static ThresholdMetric Accuracy { get; } = From("accuracy", c => c.Total == 0 ? 0 : (c.TruePositives + c.TrueNegatives) / c.Total);

    /// <summary>The mean of recall and specificity.</summary>
    public static ThresholdMetric BalancedAccuracy { get; } = From("balanced-accuracy", c => c.BalancedAccuracy);

    /// <summary>F1 of the positive class.</summary>
    public static ThresholdMetric F1 { get; } = From("f1", c => c.FBeta(1));

    /// <summary>F2 of the positive class.</summary>
    public static ThresholdMetric F2 { get; } = From("f2", c => c.FBeta(2));

    /// <summary>The mean F1 of the two classes.</summary>
    public static ThresholdMetric MacroF1 { get; } = From("macro-f1", MacroOf);

    /// <summary>The mean F1 of the two classes, weighted by their rows.</summary>
    public static ThresholdMetric WeightedF1 { get; } = From(
        "weighted-f1", c => c.Total == 0 ? 0 : (c.Positives * c.FBeta(1) + c.Negatives * Mirror(c).FBeta(1)) / c.Total);

    /// <summary>The geometric mean of recall and specificity.</summary>
    public static ThresholdMetric GeometricMean { get; } = From("g-mean", GeometricMeanOf);

    /// <summary>Matthews' correlation.</summary>
    public static ThresholdMetric MatthewsCorrelation { get; } = From("mcc", c => c.MatthewsCorrelation);

    /// <summary>Cohen's kappa; 0 where it is not defined.</summary>
    public static ThresholdMetric CohenKappa { get; } = From("kappa", KappaOf);

    /// <summary>Precision of the positive class.</summary>
    public static ThresholdMetric Precision { get; } = From("precision", c => c.Precision);

    /// <summary>Recall of the positive class.</summary>
    public static ThresholdMetric Recall { get; } = From("recall", c => c.Recall);

    /// <summary>Specificity of the positive class.</summary>
    public static ThresholdMetric Specificity { get; } = From("specificity", c => c.Specificity);

    /// <summary>The metrics that a threshold can be tuned for.</summary>
    public static Catalogue<ThresholdMetric> Catalogue { get; } = new("threshold metric")
    {
        { new("accuracy", "Share of rows decided rightly.", "definition", []), _ => Accuracy },
        { new("balanced-accuracy", "Mean of recall and specificity.", "Brodersen et al. 2010", []), _ => BalancedAccuracy },
        { new("macro-f1", "Mean F1 of the two classes.", "van Rijsbergen 1979; Lewis 1991", []), _ => MacroF1 },
        { new("weighted-f1", "Mean F1 of the two classes, weighted by their rows.", "van Rijsbergen 1979", []), _ => WeightedF1 },
        { new("f1", "Harmonic mean of precision and recall.", "van Rijsbergen 1979", []), _ => F1 },
        { new("f2", "As f1, recall counting twice as much as precision.", "van Rijsbergen 1979", []), _ => F2 },
        {
            new("f-beta", "As f1, recall counting beta times as much as precision.", "van Rijsbergen 1979",
                [ParameterDefinition.Number("beta", 1, 0, double.MaxValue, "How many times recall counts as much as precision.")]),
            c => FBeta(c["beta"])
        },
        { new("precision", "Share of rows decided positive that are.", "definition", []), _ => Precision },
        { new("recall", "Share of positive rows that are found.", "definition", []), _ => Recall },
        { new("specificity", "Share of negative rows that are left alone.", "Yerushalmy 1947", []), _ => Specificity },
        { new("g-mean", "Geometric mean of recall and specificity.", "Kubat and Matwin 1997", []), _ => GeometricMean },
        { new("mcc", "Correlation of truth and decision.", "Matthews 1975", []), _ => MatthewsCorrelation },
        { new("kappa", "Agreement beyond chance.", "Cohen 1960", []), _ => CohenKappa },
        { new("youden", "Recall + specificity - 1.", "Youden 1950", []), _ => From("youden", c => c.Recall + c.Specificity - 1) },
        {
            new("expected-cost", "Mean cost of a row.", "Elkan 2001",
            [
                ParameterDefinition.Number("false-positive", 1, 0, double.MaxValue, "Cost of a false alarm."),
                ParameterDefinition.Number("false-negative", 1, 0, double.MaxValue, "Cost of a miss."),
            ]),
            c => ExpectedCost(CostMatrix.FromPair(c["false-positive"], c["false-negative"]))
        },
    };

    /// <summary>F-beta of the positive class.</summary>
    /// <param name="beta">How many times recall counts as much as precision.</param>
    public static ThresholdMetric FBeta(double beta)
    {
        if (!(beta >= 0) || !double.IsFinite(beta)) throw new ArgumentOutOfRangeException(nameof(beta), beta, "Beta is a finite number of 0 or more.");
        return From($"f-beta(beta={RowChecks.Text(beta)})", c => c.FBeta(beta));
    }

    /// <summary>The mean cost of a row; lower is better.</summary>
    /// <param name="costs">The costs of the two classes.</param>
    /// <param name="positiveClass">The code of the positive class in the cost matrix.</param>
    /// <exception cref="ArgumentException">The matrix has not two classes.</exception>
    public static ThresholdMetric ExpectedCost(CostMatrix costs, int positiveClass = 1)
    {
        ArgumentNullException.ThrowIfNull(costs);
        if (costs.Classes != 2) throw new ArgumentException($"The cost matrix has {costs.Classes} classes; a threshold needs two.", nameof(costs));
        int p = positiveClass, n = 1 - p;
        double tp = costs[p, p], fp = costs[n, p], fn = costs[p, n], tn = costs[n, n];
        return From(
            "expected-cost",
            c => c.Total == 0 ? 0 : (tp * c.TruePositives + fp * c.FalsePositives + fn * c.FalseNegatives + tn * c.TrueNegatives) / c.Total,
            higherIsBetter: false);
    }

    /// <summary>A metric of one's own.</summary>
    /// <param name="name">Its name, for reports.</param>
    /// <param name="evaluate">Its value for the four counts; called from several threads.</param>
    /// <param name="higherIsBetter">Whether a larger value is better.</param>
    public static ThresholdMetric From(string name, Func<BinaryCounts, double> evaluate, bool higherIsBetter = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(evaluate);
        return new(name, evaluate, higherIsBetter);
    }

    /// <summary>The threshold form of a metric of the catalogue.</summary>
    /// <param name="metric">A metric that reads decided classes, such as f1 or expected-cost.</param>
    /// <param name="positiveClass">The code of the positive class.</param>
    /// <exception cref="ArgumentException">The metric reads probabilities, so no threshold changes it (ROC AUC, log loss).</exception>
    public static ThresholdMetric From(IMetric metric, int positiveClass = 1)
    {
        ArgumentNullException.ThrowIfNull(metric);
        if (metric.NeedsProbabilities)
            throw new ArgumentException($"{metric.Name} reads the scores and not the decisions, so no threshold can change it. Tune for f1, mcc, "
                + $"balanced-accuracy or expected-cost, say.", nameof(metric));
        if (metric is ConfusionMetric)
        {
            if (DecisionObjective.CostsOf(metric, 2, positiveClass) is CostMatrix costs)
                return new(metric.Name, ExpectedCost(costs, positiveClass).evaluate, false);
            if (Catalogue.Contains(metric.Name)) return Catalogue.Create(metric.Name);
        }

        return new(metric.Name, c => DecisionObjective.Evaluate(metric, Cells(c, positiveClass), 2, positiveClass), metric.HigherIsBetter);
    }

    /// <summary>The value for four counts.</summary>
    /// <param name="counts">The counts.</param>
    public double Evaluate(BinaryCounts counts) => evaluate(counts);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether one value is better than another.</summary>
    internal bool IsBetter(double value, double than) => HigherIsBetter ? value > than : value < than;

    private static double[] Cells(BinaryCounts c, int positiveClass) => positiveClass == 1
        ? [c.TrueNegatives, c.FalsePositives, c.FalseNegatives, c.TruePositives]
        : [c.TruePositives, c.FalseNegatives, c.FalsePositives, c.TrueNegatives];

    private static BinaryCounts Mirror(BinaryCounts c) => new(c.TrueNegatives, c.FalseNegatives, c.FalsePositives, c.TruePositives);

    private static double MacroOf(BinaryCounts c)
    {
        bool positive = c.Positives > 0 || c.Alerts > 0, negative = c.Negatives > 0 || c.TrueNegatives + c.FalseNegatives > 0;
        double sum = (positive ? c.FBeta(1) : 0) + (negative ? Mirror(c).FBeta(1) : 0);
        return positive && negative ? sum / 2 : sum;
    }

    private static double GeometricMeanOf(BinaryCounts c)
    {
        bool positive = c.Positives > 0 || c.Alerts > 0, negative = c.Negatives > 0 || c.TrueNegatives + c.FalseNegatives > 0;
        return positive && negative ? Math.Sqrt(c.Recall * c.Specificity) : positive ? c.Recall : c.Specificity;
    }

    private static double KappaOf(BinaryCounts c)
    {
        double chance = c.Alerts * c.Positives + (c.Total - c.Alerts) * c.Negatives, square = c.Total * c.Total;
        return square - chance <= 0 ? 0 : ((c.TruePositives + c.TrueNegatives) * c.Total - chance) / (square - chance);
    }
}
