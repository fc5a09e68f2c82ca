using System.Collections;

namespace Counterweight;

/// <summary>Sensitivity and specificity of each class against the rest and their averages; a share of nothing is 0.</summary>
/// <remarks>
/// The values are those of imbalanced-learn, with one repair: with row weights imbalanced-learn 0.10 counts true negatives as the <i>number</i> of rows less
/// weighted sums, so that its specificity can leave 0..1; here it is the summed weight less weighted sums.
/// </remarks>
public sealed class ClassRates : IReadOnlyList<ClassRate>
{
    private readonly ClassRate[] classes;

    internal ClassRates(ConfusionMatrix matrix)
    {
        ReadOnlySpan<double> truths = matrix.Truths, predictions = matrix.Predictions;
        classes = new ClassRate[matrix.Classes];
        double sensitivity = 0, specificity = 0, weightedSensitivity = 0, weightedSpecificity = 0, trueNegatives = 0, falsePositives = 0;
        for (int c = 0; c < classes.Length; c++)
        {
            double correct = matrix[c, c], wrong = predictions[c] - correct;
            double others = matrix.Total - truths[c], rejected = others - wrong;
            classes[c] = new(Divide(correct, truths[c]), Divide(rejected, others));
            sensitivity += classes[c].Sensitivity;
            specificity += classes[c].Specificity;
            weightedSensitivity += classes[c].Sensitivity * truths[c];
            weightedSpecificity += classes[c].Specificity * truths[c];
            trueNegatives += rejected;
            falsePositives += wrong;
        }

        Macro = new(sensitivity / classes.Length, specificity / classes.Length);
        Micro = new(Divide(matrix.Correct, matrix.Total), Divide(trueNegatives, trueNegatives + falsePositives));
        Weighted = new(Divide(weightedSensitivity, matrix.Total), Divide(weightedSpecificity, matrix.Total));
    }

    /// <summary>The number of classes.</summary>
    public int Count => classes.Length;

    /// <summary>The rates of a class.</summary>
    /// <param name="index">The code of the class.</param>
    public ClassRate this[int index] => classes[index];

    /// <summary>The mean over the classes.</summary>
    public ClassRate Macro { get; }

    /// <summary>The rates of the summed cells.</summary>
    public ClassRate Micro { get; }

    /// <summary>The mean over the classes, weighted by their support.</summary>
    public ClassRate Weighted { get; }

    /// <inheritdoc/>
    public IEnumerator<ClassRate> GetEnumerator() => ((IEnumerable<ClassRate>)classes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static double Divide(double numerator, double denominator) => denominator == 0 ? 0 : numerator / denominator;
}
