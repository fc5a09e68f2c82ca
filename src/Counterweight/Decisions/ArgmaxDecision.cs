namespace Counterweight;

/// <summary>The most probable class; the first of equals.</summary>
/// <param name="classes">The number of classes K, at least 2.</param>
public sealed class ArgmaxDecision(int classes) : IDecision
{
    /// <inheritdoc/>
    public int Classes { get; } = classes >= 2 ? classes : throw new ArgumentOutOfRangeException(nameof(classes), classes, "There are at least two classes.");

    /// <inheritdoc/>
    public string Description => "the most probable class";

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0) =>
        RowBlocks.Decide(probabilities, Classes, decisions, threads, (rows, results) =>
        {
            int k = Classes;
            for (int i = 0; i < results.Length; i++)
            {
                ReadOnlySpan<double> row = rows.Slice(i * k, k);
                int best = 0;
                for (int c = 1; c < row.Length; c++)
                    if (row[c] > row[best]) best = c;
                results[i] = best;
            }
        });
}
