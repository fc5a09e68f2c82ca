using System.Collections;

namespace Counterweight;

/// <summary>Precision, recall and F of each class and their averages.</summary>
/// <remarks>
/// <para>van Rijsbergen (1979), "Information retrieval", chapter 7: F = (1 + beta^2) P R / (beta^2 P + R), 0 where P = R = 0.</para>
/// <para>Macro is the mean over the classes, micro computes from the summed cells (and equals accuracy, as each row has one class),
/// weighted is the mean weighted by support.</para>
/// </remarks>
public sealed class ClassScores : IReadOnlyList<ClassScore>
{
    private readonly ClassScore[] classes;

    internal ClassScores(ConfusionMatrix matrix, double beta, double zeroDivision, bool occurringOnly)
    {
        if (!(beta >= 0)) throw new ArgumentOutOfRangeException(nameof(beta), beta, "Beta is 0 or more; infinity gives the recall.");
        if (zeroDivision is not (0 or 1))
            throw new ArgumentOutOfRangeException(nameof(zeroDivision), zeroDivision, "A share of nothing is taken as 0 or as 1.");
        ReadOnlySpan<double> truths = matrix.Truths, predictions = matrix.Predictions;
        classes = new ClassScore[matrix.Classes];
        double p = 0, r = 0, f = 0, wp = 0, wr = 0, wf = 0;
        int averaged = 0;
        for (int c = 0; c < classes.Length; c++)
        {
            classes[c] = Score(matrix[c, c], truths[c], predictions[c], beta, zeroDivision);
            if (occurringOnly && truths[c] == 0 && predictions[c] == 0) continue;
            averaged++;
            p += classes[c].Precision;
            r += classes[c].Recall;
            f += classes[c].F;
            wp += classes[c].Precision * truths[c];
            wr += classes[c].Recall * truths[c];
            wf += classes[c].F * truths[c];
        }

        Macro = averaged == 0 ? new(zeroDivision, zeroDivision, zeroDivision, 0) : new(p / averaged, r / averaged, f / averaged, matrix.Total);
        Micro = Score(matrix.Correct, matrix.Total, matrix.Total, beta, zeroDivision);
        Weighted = matrix.Total == 0 ? new(zeroDivision, zeroDivision, zeroDivision, 0)
            : new(wp / matrix.Total, wr / matrix.Total, wf / matrix.Total, matrix.Total);
    }

    /// <summary>The number of classes.</summary>
    public int Count => classes.Length;

    /// <summary>The scores of a class.</summary>
    /// <param name="index">The code of the class.</param>
    public ClassScore this[int index] => classes[index];

    /// <summary>The mean over the classes.</summary>
    public ClassScore Macro { get; }

    /// <summary>The scores of the summed cells.</summary>
    public ClassScore Micro { get; }

    /// <summary>The mean over the classes, weighted by their support.</summary>
    public ClassScore Weighted { get; }

    /// <inheritdoc/>
    public IEnumerator<ClassScore> GetEnumerator() => ((IEnumerable<ClassScore>)classes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ClassScore Score(double correct, double truth, double predicted, double beta, double zeroDivision)
    {
        double precision = predicted == 0 ? zeroDivision : correct / predicted;
        double recall = truth == 0 ? zeroDivision : correct / truth;
        double square = beta * beta, denominator = square * precision + recall;
        double f = double.IsPositiveInfinity(beta) ? recall : denominator == 0 ? 0 : (1 + square) * precision * recall / denominator;
        return new(precision, recall, f, truth);
    }
}
