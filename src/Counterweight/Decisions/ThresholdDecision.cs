namespace Counterweight;

/// <summary>Two classes: positive where the positive class's probability reaches a threshold.</summary>
/// <remarks>A threshold of positive infinity never says positive.</remarks>
/// <example>
/// <code>
/// int[] decided = new ThresholdDecision(0.2).Decide([0.9, 0.1, 0.75, 0.25]);   // 0, 1
/// </code>
/// </example>
public sealed class ThresholdDecision : IDecision
{
    /// <summary>Creates the rule.</summary>
    /// <param name="threshold">The smallest probability that is decided positive.</param>
    /// <param name="positiveClass">The code of the positive class, 0 or 1.</param>
    /// <exception cref="ArgumentException">The threshold is NaN, or the class neither 0 nor 1.</exception>
    public ThresholdDecision(double threshold, int positiveClass = 1)
    {
        if (double.IsNaN(threshold)) throw new ArgumentException("The threshold is NaN; it must be a number.", nameof(threshold));
        if (positiveClass is not (0 or 1)) throw new ArgumentOutOfRangeException(nameof(positiveClass), positiveClass, "The positive class is 0 or 1.");
        (Threshold, PositiveClass) = (threshold, positiveClass);
    }

    /// <summary>The smallest probability that is decided positive.</summary>
    public double Threshold { get; }

    /// <summary>The code of the positive class.</summary>
    public int PositiveClass { get; }

    /// <inheritdoc/>
    public int Classes => 2;

    /// <inheritdoc/>
    public string Description => $"class {PositiveClass} from {RowChecks.Text(Threshold)}";

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0) =>
        RowBlocks.Decide(probabilities, 2, decisions, threads, (rows, results) =>
        {
            for (int i = 0; i < results.Length; i++)
                results[i] = rows[2 * i + PositiveClass] >= Threshold ? PositiveClass : 1 - PositiveClass;
        });
}
