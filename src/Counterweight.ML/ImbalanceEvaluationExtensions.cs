using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>What Counterweight adds to the evaluation of ML.NET: metrics for unequal classes, by the labels that were really decided.</summary>
public static class ImbalanceEvaluationExtensions
{
    /// <summary>Judges scored rows of two classes by the labels in a column of predictions.</summary>
    /// <remarks>
    /// ML.NET's own <c>Evaluate</c> decides again by the sign of the score, so that a changed threshold has no effect on what it reports
    /// (dotnet/machinelearning issue 4554). Here the predicted labels count.
    /// </remarks>
    /// <param name="catalog"><c>mlContext.BinaryClassification</c>.</param>
    /// <param name="scored">The rows with label, prediction and scores.</param>
    /// <param name="labelColumnName">The column of true classes: Boolean, a key, a text or a number of two values; the second is the positive class.</param>
    /// <param name="predictedLabelColumnName">The column of predicted classes: Boolean, or of the values of the label column.</param>
    /// <param name="probabilityColumnName">The column of the probability of the positive class; where it is not there, the score ranks the rows.</param>
    /// <param name="scoreColumnName">The column of the score, read where there is no probability.</param>
    /// <param name="weightColumnName">A column (Single) of what each row counts, or null.</param>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a value is missing, there are other than two classes, or no
    /// row.</exception>
    /// <example>
    /// <code>
    /// ImbalanceMetrics metrics = mlContext.BinaryClassification.EvaluateImbalance(model.Transform(test));
    /// Console.WriteLine($"{metrics.BalancedAccuracy:0.000} {metrics.AveragePrecision:0.000}");
    /// </code>
    /// </example>
    public static ImbalanceMetrics EvaluateImbalance(
        this BinaryClassificationCatalog catalog, IDataView scored, string labelColumnName = "Label", string predictedLabelColumnName = "PredictedLabel",
        string probabilityColumnName = "Probability", string scoreColumnName = "Score", string? weightColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scored);
        bool hasProbability = scored.Schema.GetColumnOrNull(probabilityColumnName) is not null;
        string ranking = hasProbability ? probabilityColumnName : scoreColumnName;
        var read = ScoredRows.Binary(scored, labelColumnName, ranking, predictedLabelColumnName, weightColumnName);
        return new(Binary(read, read.Predicted, hasProbability), read.Names);
    }

    /// <summary>Judges scored rows of two classes as if those were positive whose probability reaches a threshold.</summary>
    /// <param name="catalog"><c>mlContext.BinaryClassification</c>.</param>
    /// <param name="scored">The rows with label and probability.</param>
    /// <param name="threshold">The least probability that is decided positive.</param>
    /// <param name="labelColumnName">The column of true classes: Boolean, a key, a text or a number of two values; the second is the positive class.</param>
    /// <param name="probabilityColumnName">The column of the probability of the positive class; or any score, with a threshold on its scale.</param>
    /// <param name="weightColumnName">A column (Single) of what each row counts, or null.</param>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a value is missing, there are other than two classes, or no
    /// row.</exception>
    /// <example>
    /// <code>
    /// double recall = mlContext.BinaryClassification.EvaluateAtThreshold(scored, threshold: 0.2)["recall"];
    /// </code>
    /// </example>
    public static ImbalanceMetrics EvaluateAtThreshold(
        this BinaryClassificationCatalog catalog, IDataView scored, double threshold, string labelColumnName = "Label",
        string probabilityColumnName = "Probability", string? weightColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scored);
        if (double.IsNaN(threshold)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold is a number.");
        var read = ScoredRows.Binary(scored, labelColumnName, probabilityColumnName, predicted: null, weightColumnName);
        int[] decided = Array.ConvertAll(read.Scores, s => s >= threshold ? 1 : 0);
        return new(Binary(read, decided, read.Scores.All(s => s is >= 0 and <= 1)), read.Names);
    }

    /// <summary>Judges scored rows of any number of classes by the labels in a column of predictions.</summary>
    /// <param name="catalog"><c>mlContext.MulticlassClassification</c>.</param>
    /// <param name="scored">The rows with label, prediction and scores.</param>
    /// <param name="labelColumnName">The column of true classes: a key, in whose order the scores are.</param>
    /// <param name="predictedLabelColumnName">The column of predicted classes: a key of the same values.</param>
    /// <param name="scoreColumnName">The column of scores, a vector of K numbers; probabilities where they sum to one.</param>
    /// <param name="weightColumnName">A column (Single) of what each row counts, or null.</param>
    /// <exception cref="UnusableDataException">A column is not there or of another type, a value is missing, or there is no row.</exception>
    /// <example>
    /// <code>
    /// ImbalanceMetrics metrics = mlContext.MulticlassClassification.EvaluateImbalance(model.Transform(test));
    /// double macro = metrics.MacroF1;
    /// </code>
    /// </example>
    public static ImbalanceMetrics EvaluateImbalance(
        this MulticlassClassificationCatalog catalog, IDataView scored, string labelColumnName = "Label",
        string predictedLabelColumnName = "PredictedLabel", string scoreColumnName = "Score", string? weightColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scored);
        var read = ScoredRows.Multiclass(scored, labelColumnName, scoreColumnName, predictedLabelColumnName, weightColumnName);
        int classes = read.Names.Length;
        double[]? probabilities = ScoredRows.AsProbabilities(read.Scores, classes);
        Predictions predictions = probabilities is not null
            ? Predictions.FromProbabilities(read.Truth, probabilities, classes, read.Weights, read.Predicted)
            : Predictions.FromClassScores(read.Truth, read.Scores, classes, read.Weights, read.Predicted);
        return new(predictions, read.Names);
    }

    private static Predictions Binary(ScoredRows read, int[] predicted, bool probabilities)
    {
        if (!probabilities) return Predictions.FromScores(read.Truth, read.Scores, read.Weights, predicted);
        double[] both = new double[2 * read.Scores.Length];
        for (int i = 0; i < read.Scores.Length; i++) (both[2 * i], both[(2 * i) + 1]) = (1 - read.Scores[i], read.Scores[i]);
        return Predictions.FromProbabilities(read.Truth, both, 2, read.Weights, predicted);
    }
}
