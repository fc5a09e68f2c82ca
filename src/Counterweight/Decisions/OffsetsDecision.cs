using System.Globalization;

namespace Counterweight;

/// <summary>Adds an offset per class to the log-probabilities, then takes the largest: argmax of log p_c + o_c.</summary>
/// <remarks>The multi-class form of a threshold. Computed as p_c exp(o_c), so that no logarithm is taken. An offset of minus infinity rules a class
/// out.</remarks>
public sealed class OffsetsDecision : IDecision
{
    private readonly double[] offsets, factors;

    /// <summary>Creates the rule.</summary>
    /// <param name="offsets">K offsets in log-odds; only their differences matter.</param>
    /// <exception cref="ArgumentException">There are fewer than two, one is NaN or positive infinity, or all are minus infinity.</exception>
    public OffsetsDecision(ReadOnlySpan<double> offsets)
    {
        if (offsets.Length < 2) throw new ArgumentException($"There are {offsets.Length} offsets; there must be one per class, at least two.", nameof(offsets));
        double largest = double.NegativeInfinity;
        foreach (double offset in offsets)
        {
            if (double.IsNaN(offset) || double.IsPositiveInfinity(offset))
                throw new ArgumentException($"An offset is {RowChecks.Text(offset)}; offsets must be numbers below infinity.", nameof(offsets));
            largest = Math.Max(largest, offset);
        }

        if (double.IsNegativeInfinity(largest)) throw new ArgumentException("All classes are ruled out; at least one offset must be finite.", nameof(offsets));
        this.offsets = offsets.ToArray();
        factors = [.. this.offsets.Select(o => Math.Exp(o - largest))];
    }

    /// <summary>The K offsets.</summary>
    public ReadOnlySpan<double> Offsets => offsets;

    /// <inheritdoc/>
    public int Classes => offsets.Length;

    /// <inheritdoc/>
    public string Description => $"offsets {string.Join(", ", offsets.Select(o => o.ToString("0.###", CultureInfo.InvariantCulture)))}";

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0) =>
        RowBlocks.Decide(probabilities, Classes, decisions, threads, (rows, results) =>
        {
            int k = factors.Length;
            for (int i = 0; i < results.Length; i++)
            {
                ReadOnlySpan<double> row = rows.Slice(i * k, k);
                int best = 0;
                double bestValue = double.NegativeInfinity;
                for (int c = 0; c < row.Length; c++)
                {
                    double value = row[c] * factors[c];
                    if (value > bestValue) (best, bestValue) = (c, value);
                }

                results[i] = best;
            }
        });
}
