using System.Globalization;
using System.Numerics;

namespace Counterweight;

/// <summary>
/// The weight of the positive rows of a binary cross entropy: negatives / positives, so that both sides weigh the same.
/// </summary>
/// <remarks>
/// What PyTorch calls <c>pos_weight</c> and boosting libraries <c>scale_pos_weight</c>. It multiplies only the term of the positive class:
/// -(p y log(q) + (1 - y) log(1 - q)).
/// </remarks>
/// <example>
/// <code>
/// double nine = PositiveWeight.Of(negatives: 900, positives: 100);             // 9
/// double[] perLabel = PositiveWeight.PerLabel([100, 500], rows: 1000);        // 9, 1
/// double shift = PositiveWeight.LogitShift(nine);                              // log 9, to subtract at inference
/// double[] fromRows = PositiveWeight.FromLabels([1, 0, 0, 0, 1, 0], labels: 2);
/// </code>
/// </example>
public static class PositiveWeight
{
    /// <summary>negatives / positives.</summary>
    /// <param name="negatives">The number of negative rows, zero or more.</param>
    /// <param name="positives">The number of positive rows, one or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">No positive row, or a negative number.</exception>
    public static double Of(long negatives, long positives)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(negatives);
        if (positives <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(positives), positives, "A positive weight needs at least one positive row; without one there is nothing to weigh.");
        return (double)negatives / positives;
    }

    /// <summary>negatives / positives of a binary problem.</summary>
    /// <param name="counts">The counts of two classes.</param>
    /// <param name="positiveClass">The code of the positive class; 1 by default.</param>
    /// <exception cref="ArgumentException">There are not two classes, or no positive row.</exception>
    public static double Of(ClassCounts counts, int positiveClass = 1)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Classes != 2)
            throw new ArgumentException($"A positive weight needs two classes, but there are {counts.Classes}. Use OneVersusRest for one weight per class.",
                nameof(counts));
        if (positiveClass is not (0 or 1))
            throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class of a binary problem is 0 or 1.");
        return counts.IsWeighted ? counts.Total(1 - positiveClass) / counts.Total(positiveClass) : Of(counts[1 - positiveClass], counts[positiveClass]);
    }

    /// <summary>log(w): what to subtract from a logit at inference to undo a positive weight w in training.</summary>
    /// <remarks>
    /// The weight multiplies the odds that the model learns: it converges to the logit of w p / (w p + 1 - p), which is the logit of p plus log w (King and
    /// Zeng, 2001, section 4.1; Elkan, 2001, theorem 2). Equivalently: keep the logits and decide positive above log w instead of above 0.
    /// </remarks>
    /// <param name="positiveWeight">The weight, above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is zero, negative or not a number.</exception>
    public static double LogitShift(double positiveWeight) => positiveWeight > 0 && double.IsFinite(positiveWeight)
        ? Math.Log(positiveWeight)
        : throw new ArgumentOutOfRangeException(nameof(positiveWeight), positiveWeight, "Only a positive, finite weight can be undone by a shift.");

    /// <summary>(N - n_c) / n_c for every class c: the weights of K binary problems, one class against the rest.</summary>
    /// <param name="counts">The class counts, each one or more.</param>
    /// <returns>K weights.</returns>
    /// <exception cref="ArgumentException">A class has no rows.</exception>
    public static double[] OneVersusRest(ClassCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return PerLabel(counts.AsSpan(), counts.Rows);
    }

    /// <summary>(N - positives) / positives for every label of a multi-label problem.</summary>
    /// <param name="positives">How many rows carry each label, L values from 1 to N.</param>
    /// <param name="rows">N, the number of rows.</param>
    /// <param name="empty">What becomes of a label that no row carries; an error by default.</param>
    /// <returns>L weights.</returns>
    /// <exception cref="ArgumentException">A count is negative or above N, or zero and the policy is an error.</exception>
    public static double[] PerLabel(ReadOnlySpan<long> positives, long rows, EmptyClassPolicy empty = EmptyClassPolicy.Error)
    {
        double[] weights = new double[positives.Length];
        double largest = 0;
        for (int l = 0; l < weights.Length; l++)
        {
            long count = positives[l];
            if (count < 0 || count > rows)
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"Label {l} has {count} positive rows of {rows}; the count is in 0..{rows}."),
                    nameof(positives));
            if (count == 0 && empty == EmptyClassPolicy.Error)
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Label {l} has no positive row, so it has no positive weight. Remove the label or choose a policy for empty labels."),
                        nameof(positives));
            weights[l] = count > 0 ? (double)(rows - count) / count : empty == EmptyClassPolicy.AsOneRow ? rows - 1 : 0;
            largest = Math.Max(largest, weights[l]);
        }

        if (empty == EmptyClassPolicy.Largest)
            for (int l = 0; l < weights.Length; l++)
                if (positives[l] == 0) weights[l] = largest;
        return weights;
    }

    /// <summary>(N - positives) / positives for every label, counted from a matrix of zeros and ones.</summary>
    /// <param name="matrix">N x L values, row-major, each 0 or 1.</param>
    /// <param name="labels">L, the number of labels.</param>
    /// <param name="empty">What becomes of a label that no row carries; an error by default.</param>
    /// <typeparam name="T">The type of a cell.</typeparam>
    /// <returns>L weights.</returns>
    /// <exception cref="ArgumentException">The matrix has no whole number of rows.</exception>
    /// <exception cref="UnusableDataException">A cell is neither 0 nor 1; the message names row and label.</exception>
    public static double[] FromLabels<T>(ReadOnlySpan<T> matrix, int labels, EmptyClassPolicy empty = EmptyClassPolicy.Error) where T : unmanaged,
        INumberBase<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(labels);
        if (matrix.Length == 0 || matrix.Length % labels != 0)
            throw new ArgumentException($"{matrix.Length} cells are no whole number of rows of {labels} labels.", nameof(matrix));
        long[] positives = new long[labels];
        for (int i = 0, l = 0; i < matrix.Length; i++)
        {
            if (matrix[i] == T.One) positives[l]++;
            else if (!T.IsZero(matrix[i]))
                throw new UnusableDataException($"A label cell is {matrix[i]}; it must be 0 or 1.", row: i / labels + 1,
                    column: l.ToString(CultureInfo.InvariantCulture));
            if (++l == labels) l = 0;
        }

        return PerLabel(positives, matrix.Length / labels, empty);
    }

    /// <inheritdoc cref="FromLabels{T}(ReadOnlySpan{T}, int, EmptyClassPolicy)"/>
    public static double[] FromLabels(int[] matrix, int labels, EmptyClassPolicy empty = EmptyClassPolicy.Error) =>
        FromLabels<int>((ReadOnlySpan<int>)matrix, labels, empty);
}
