using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML;

/// <summary>What Counterweight adds to <c>mlContext.Transforms</c>: a column of class weights, and decisions.</summary>
/// <remarks>Both are made of ML.NET's own transforms, so that a saved pipeline loads in programs that do not have Counterweight.</remarks>
public static class ImbalanceTransformsExtensions
{
    /// <summary>Adds a column with the weight of each row by the counts of its class, for the <c>exampleWeightColumnName</c> of a trainer.</summary>
    /// <remarks>
    /// The classes are counted where the pipeline is fitted, so that in a cross-validation each fold has the weights of its own training rows. The fitted
    /// transform is ML.NET's value mapping: a saved pipeline loads without Counterweight. As with every transform of the label, rows to be scored need the
    /// label column too (with any value); a label that was not counted weighs 0.
    /// </remarks>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column of weights to add, of type Single.</param>
    /// <param name="labelColumnName">The column of classes: Boolean, key, text or numbers.</param>
    /// <param name="scheme">How counts become weights; <see cref="WeightScheme.Balanced"/> if null.</param>
    /// <param name="options">Scale, cap, and what becomes of keys without rows; by default rows weigh one on average, and such keys nothing.</param>
    /// <param name="sampleWeightColumnName">A column (Single) of what each row counts already, by which the weights are multiplied; null for none.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.ClassWeights("Weight", "Label")
    ///     .Append(mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"));
    /// </code>
    /// </example>
    public static IEstimator<ITransformer> ClassWeights(
        this TransformsCatalog catalog, string outputColumnName = "Weight", string labelColumnName = "Label", WeightScheme? scheme = null,
        WeightOptions? options = null, string? sampleWeightColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        options ??= new WeightOptions { Normalisation = Normalisation.MeanOne, EmptyClass = EmptyClassPolicy.Zero };
        return new ClassWeightsEstimator(catalog, outputColumnName, labelColumnName, scheme ?? WeightScheme.Balanced, options, sampleWeightColumnName);
    }

    /// <summary>Adds a column with the weight of each row by what errors on its class cost altogether (Ting, 2002); rows weigh one on average.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="costs">What errors cost, true class by predicted class, in the order of <see cref="ImbalanceDataExtensions.CountClasses"/>.</param>
    /// <param name="outputColumnName">The column of weights to add, of type Single.</param>
    /// <param name="labelColumnName">The column of classes: Boolean, key, text or numbers.</param>
    /// <param name="sampleWeightColumnName">A column (Single) of what each row counts already, by which the weights are multiplied; null for none.</param>
    /// <exception cref="ArgumentException">The errors on a class cost less than nothing.</exception>
    /// <example>
    /// <code>
    /// var weights = mlContext.Transforms.ClassWeights(CostMatrix.FromPair(falsePositive: 1, falseNegative: 20));
    /// </code>
    /// </example>
    public static IEstimator<ITransformer> ClassWeights(
        this TransformsCatalog catalog, CostMatrix costs, string outputColumnName = "Weight", string labelColumnName = "Label",
        string? sampleWeightColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(costs);
        double[] perClass = new double[costs.Classes];
        for (int t = 0; t < perClass.Length; t++)
        {
            for (int p = 0; p < perClass.Length; p++)
                if (p != t) perClass[t] += costs[t, p];
        }

        return catalog.ClassWeights(outputColumnName, labelColumnName, WeightScheme.Costs(perClass), null, sampleWeightColumnName);
    }

    /// <summary>Adds a column with the class that a decision takes, which saves with the model.</summary>
    /// <remarks>
    /// <para>Two classes and a column of the probability of the positive one: whatever the decision is made of (a threshold, offsets, costs, calibration, prior
    /// correction), it says positive from some probability on. That one is found exactly, among the numbers of 32 bits in which ML.NET keeps probabilities, and
    /// becomes an expression transform of ML.NET. Where the probability is missing (NaN) the decision is negative.</para>
    /// <para>Several classes and a vector of probabilities: the most probable class, offsets, costs and prior correction are weighted sums of the
    /// probabilities, and become a linear model of ML.NET, in its 32 bits: of sums that differ by less than a ten-millionth the other may win. Other decisions
    /// are refused: keep those beside the model (<see cref="Decision.Save"/>).</para>
    /// <para>Either way the saved model loads without Counterweight. ML.NET's own evaluation goes by the score and does not see the decision; that of
    /// <see cref="ImbalanceEvaluationExtensions"/> does.</para>
    /// </remarks>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="decision">The decision: what <see cref="DecisionRecipe.Fit"/> or <see cref="Decision.Load"/> gives.</param>
    /// <param name="outputColumnName">The column to add: Boolean, or the key of several classes; a column of that name is hidden.</param>
    /// <param name="probabilityColumnName">The column of the probability of the class True (Single), or of the probabilities of the classes (a vector of
    /// Single). If null, <c>Probability</c> for a decision of two classes, and <c>Score</c> for one of more.</param>
    /// <param name="keyColumnName">For several classes, a key column in whose order the probabilities are.</param>
    /// <exception cref="ArgumentException">Where it is fitted: the decision is none that ML.NET has a transform for.</exception>
    /// <exception cref="UnusableDataException">Where it is fitted: a column is not there, of another type, or for other classes.</exception>
    /// <example>
    /// <code>
    /// var deciding = pipeline.Append(mlContext.Transforms.Decide(new ThresholdDecision(0.2)));
    /// mlContext.Model.Save(deciding.Fit(train), train.Schema, "model.zip");
    /// </code>
    /// </example>
    public static IEstimator<ITransformer> Decide(
        this TransformsCatalog catalog, IDecision decision, string outputColumnName = "PredictedLabel", string? probabilityColumnName = null,
        string keyColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(decision);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(keyColumnName);
        return new DecisionEstimator(
            catalog, decision, outputColumnName, probabilityColumnName ?? (decision.Classes == 2 ? "Probability" : "Score"), keyColumnName);
    }
}
