namespace Counterweight;

/// <summary>Counts a confusion matrix over data that come in parts, or from several workers.</summary>
/// <remarks>One writer at a time; give each worker its own and merge them. Exact where the weights are whole numbers.</remarks>
/// <example>
/// <code>
/// var parts = new ConfusionAccumulator(classes: 2);
/// parts.Add([0, 1], [0, 0]);
/// parts.Add([1], [1]);
/// double accuracy = parts.Matrix.Accuracy;   // 2/3
/// </code>
/// </example>
public sealed class ConfusionAccumulator
{
    /// <summary>Creates an empty accumulator.</summary>
    /// <param name="classes">The number of classes K, at least 2.</param>
    public ConfusionAccumulator(int classes) => Matrix = ConfusionMatrix.Of([], [], classes);

    /// <summary>The matrix of all rows so far.</summary>
    public ConfusionMatrix Matrix { get; private set; }

    /// <summary>Adds rows.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="predicted">The predicted classes (N), each 0..K-1.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">A label is no class, or a weight negative or not finite; nothing is added then.</exception>
    public void Add(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, ReadOnlySpan<double> weights = default, int threads = 0) =>
        Matrix += ConfusionMatrix.Of(truth, predicted, Matrix.Classes, weights, threads);

    /// <summary>Adds the rows of another accumulator.</summary>
    /// <param name="other">Another accumulator of the same classes, which stays as it is.</param>
    public void Merge(ConfusionAccumulator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Matrix += other.Matrix;
    }
}
