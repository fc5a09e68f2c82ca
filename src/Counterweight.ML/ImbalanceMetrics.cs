using Microsoft.ML;

namespace Counterweight.ML;

/// <summary>What a scored view is worth where classes are unequal: the metrics that ML.NET lacks, and any other of the catalogue.</summary>
/// <remarks>Nothing is computed before it is asked for. The classes are those of the predicted labels, not of the scores.</remarks>
/// <example>
/// <code>
/// ImbalanceMetrics metrics = mlContext.BinaryClassification.EvaluateImbalance(scored);
/// double balanced = metrics.BalancedAccuracy, precision = metrics["precision"];
/// </code>
/// </example>
public sealed class ImbalanceMetrics
{
    internal ImbalanceMetrics(Predictions predictions, IReadOnlyList<string> classNames) => (Predictions, ClassNames) = (predictions, classNames);

    /// <summary>The rows, for everything else that takes them: curves, intervals, tuning.</summary>
    public Predictions Predictions { get; }

    /// <summary>The K classes in the order of their codes.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Which class was taken for which.</summary>
    public ConfusionMatrix Confusion => Predictions.Confusion;

    /// <summary>The mean recall of the classes that occur.</summary>
    public double BalancedAccuracy => Metric.BalancedAccuracy.Evaluate(Predictions);

    /// <summary>The mean F1 of the classes.</summary>
    public double MacroF1 => Metric.MacroF1.Evaluate(Predictions);

    /// <summary>Matthews' correlation of truth and prediction.</summary>
    public double MatthewsCorrelation => Metric.MatthewsCorrelation.Evaluate(Predictions);

    /// <summary>The geometric mean of the recalls.</summary>
    public double GeometricMean => Metric.GeometricMean.Evaluate(Predictions);

    /// <summary>Average precision of the positive class; one against the rest, macro, with more classes.</summary>
    public double AveragePrecision => Metric.AveragePrecision.Evaluate(Predictions);

    /// <summary>The Brier score of the probabilities.</summary>
    /// <exception cref="UnusableDataException">The scores are no probabilities.</exception>
    public double Brier => Metric.Brier.Evaluate(Predictions);

    /// <summary>The expected calibration error over 15 bins.</summary>
    /// <exception cref="UnusableDataException">The scores are no probabilities.</exception>
    public double CalibrationError => Metric.CalibrationError.Evaluate(Predictions);

    /// <summary>Any metric of <see cref="Metric.Catalogue"/>: <c>recall</c>, <c>f-beta(beta=2)</c>, <c>lift(share=0.01)</c>.</summary>
    /// <param name="metric">Its name, with its parameters.</param>
    /// <exception cref="FormatException">There is no such metric; the message names the nearest.</exception>
    /// <exception cref="UnusableDataException">The metric needs probabilities, and the scores are of another scale.</exception>
    /// <exception cref="InvalidOperationException">The same, of more than two classes.</exception>
    public double this[string metric] => Metric.Catalogue.Create(metric).Evaluate(Predictions);

    /// <summary>The mean cost of a row.</summary>
    /// <param name="costs">What errors cost, true class by predicted class, in the order of <see cref="ClassNames"/>.</param>
    public double ExpectedCost(CostMatrix costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        return Metric.ExpectedCost(costs).Evaluate(Predictions);
    }

    /// <summary>Balanced accuracy, macro-F1 and Matthews' correlation in a line.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"balanced accuracy {BalancedAccuracy:0.###}, macro-F1 {MacroF1:0.###}, MCC {MatthewsCorrelation:0.###}");
}
