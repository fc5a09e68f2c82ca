namespace Counterweight.Comparison;

/// <summary>
/// Holm's step-down correction: with many candidates, some beat the baseline by luck; adjusted p-values keep the chance of even one
/// false claim below the stated level.
/// </summary>
/// <remarks>Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.</remarks>
public static class HolmCorrection
{
    /// <summary>Adjusts p-values for the number of tests made.</summary>
    /// <param name="pValues">M p-values in 0..1.</param>
    /// <returns>M adjusted p-values in the same order, none smaller than before.</returns>
    /// <exception cref="ArgumentException">A value is outside 0..1.</exception>
    /// <example>
    /// <code>
    /// double[] adjusted = HolmCorrection.Adjust([0.01, 0.04, 0.03]);   // 0.03, 0.06, 0.06
    /// </code>
    /// </example>
    public static double[] Adjust(ReadOnlySpan<double> pValues)
    {
        double[] sorted = pValues.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        foreach (double p in sorted)
            if (p is not (>= 0 and <= 1)) throw new ArgumentException($"A p-value is {p}; it lies in 0..1.", nameof(pValues));
        Array.Sort(sorted, order);
        double[] adjusted = new double[sorted.Length];
        double largest = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            largest = Math.Max(largest, Math.Min(1, sorted[i] * (sorted.Length - i)));
            adjusted[order[i]] = largest;
        }

        return adjusted;
    }
}
