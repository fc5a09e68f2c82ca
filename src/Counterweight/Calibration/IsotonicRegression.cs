namespace Counterweight;

/// <summary>
/// The non-decreasing step function with the least weighted squared error, read by linear interpolation between its corners and
/// clipped outside: the calibration map that assumes nothing but the order.
/// </summary>
/// <remarks>
/// <para>Pool adjacent violators (Ayer et al., 1955; Barlow et al., 1972), O(n log n). Rows with the same x are merged into one with
/// their summed weight and weighted mean first; rows of weight zero are left out.</para>
/// <para>Needs roughly a thousand rows of the rarer class; with fewer, Platt or beta calibration generalise better
/// (Niculescu-Mizil and Caruana, 2005).</para>
/// </remarks>
/// <example>
/// <code>
/// IsotonicRegression map = IsotonicRegression.Fit([0.1, 0.4, 0.5, 0.9], [0, 1, 0, 1]);
/// double p = map.Apply(0.45);   // 0.5
/// </code>
/// </example>
public sealed class IsotonicRegression
{
    private readonly double[] x, y;

    /// <summary>Creates a map from its corners, for instance those that were saved.</summary>
    /// <param name="x">The corners' x, strictly increasing.</param>
    /// <param name="y">The corners' y, not decreasing.</param>
    /// <exception cref="ArgumentException">There are no corners, or they are not in order.</exception>
    public IsotonicRegression(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.IsEmpty || x.Length != y.Length)
            throw new ArgumentException($"There are {x.Length} x and {y.Length} y; there must be as many of both, at least one.", nameof(x));
        for (int i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i]) || (i > 0 && (x[i] <= x[i - 1] || y[i] < y[i - 1])))
                throw new ArgumentException($"Corner {i} is out of order: x must increase, y must not decrease, and both must be finite.", nameof(x));
        }

        (this.x, this.y) = (x.ToArray(), y.ToArray());
    }

    /// <summary>The corners' x, strictly increasing.</summary>
    public ReadOnlySpan<double> X => x;

    /// <summary>The corners' y, not decreasing.</summary>
    public ReadOnlySpan<double> Y => y;

    /// <summary>Fits the map.</summary>
    /// <param name="x">N scores.</param>
    /// <param name="y">N targets: 0 and 1 for calibration, any finite number in general.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value is not finite, a weight is negative, or nothing is left.</exception>
    public static IsotonicRegression Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights = default)
    {
        RowChecks.FiniteScores(x, y.Length);
        RowChecks.FiniteScores(y, y.Length);
        RowChecks.WeightsToFit(weights, y.Length);
        if (x.IsEmpty) throw new UnusableDataException("There are no rows.");

        int[] order = SortedScores.Order(x, 0, 1, x.Length, 0);
        double[] keys = new double[order.Length];
        for (int i = 0; i < keys.Length; i++) keys[i] = x[order[i]];

        // One entry per distinct x: its weight and weighted mean. Then one per block of equal fitted values.
        double[] distinct = new double[keys.Length], mean = new double[keys.Length], weight = new double[keys.Length];
        int count = 0;
        for (int i = 0; i < keys.Length;)
        {
            double sumW = 0, sumWy = 0, at = keys[i];
            for (; i < keys.Length && keys[i] == at; i++)
            {
                double w = weights.IsEmpty ? 1 : weights[order[i]];
                sumW += w;
                sumWy += w * y[order[i]];
            }

            if (sumW == 0) continue;
            (distinct[count], mean[count], weight[count]) = (at, sumWy / sumW, sumW);
            count++;
        }

        int[] start = new int[count + 1];
        int blocks = 0;
        for (int i = 0; i < count; i++)
        {
            double blockMean = mean[i], blockWeight = weight[i];
            int from = i;
            while (blocks > 0 && mean[blocks - 1] >= blockMean)
            {
                blocks--;
                double total = weight[blocks] + blockWeight;
                blockMean = (mean[blocks] * weight[blocks] + blockMean * blockWeight) / total;
                blockWeight = total;
                from = start[blocks];
            }

            (mean[blocks], weight[blocks], start[blocks]) = (blockMean, blockWeight, from);
            blocks++;
        }

        start[blocks] = count;
        List<double> cornersX = [], cornersY = [];
        for (int b = 0; b < blocks; b++)
        {
            cornersX.Add(distinct[start[b]]);
            cornersY.Add(mean[b]);
            if (start[b + 1] - 1 == start[b]) continue;
            cornersX.Add(distinct[start[b + 1] - 1]);
            cornersY.Add(mean[b]);
        }

        return new([.. cornersX], [.. cornersY]);
    }

    /// <summary>The fitted value at x: linear between corners, the nearest corner's value outside.</summary>
    /// <param name="value">Any number.</param>
    public double Apply(double value)
    {
        if (value <= x[0]) return y[0];
        if (value >= x[^1]) return y[^1];
        int at = Array.BinarySearch(x, value);
        if (at >= 0) return y[at];
        int right = ~at, left = right - 1;
        if (y[left] == y[right]) return y[left];
        return Math.Min(y[right], y[left] + (y[right] - y[left]) * ((value - x[left]) / (x[right] - x[left])));
    }
}
