namespace Counterweight;

/// <summary>Temperature scaling: softmax(log p / T). One number for all classes, so the most probable class never changes.</summary>
/// <param name="Temperature">T; above one the probabilities move together, below one apart.</param>
/// <remarks>
/// Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", equation 9. The log loss is convex in 1/T, which
/// Newton's method finds exactly; 1/T is kept within 1e-4 to 1e4. The logarithm of the probabilities serves as the logits: a softmax
/// does not change when a constant is added to a row.
/// </remarks>
public sealed record TemperatureScaling(double Temperature)
{
    private const double Smallest = 1e-4, Largest = 1e4;

    /// <summary>Fits the temperature.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="labels">N labels 0..K-1.</param>
    /// <param name="classes">K.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value cannot be used.</exception>
    public static TemperatureScaling Fit(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights = default)
    {
        RowChecks.RowsToFit(probabilities, labels, classes, weights);
        double[] logits = LogProbabilities(probabilities), w = weights.ToArray();
        int[] y = labels.ToArray();
        // The derivative of the loss rises with b = 1/T, so its sign brackets the root and a Newton step outside is replaced by a bisection.
        double low = Smallest, high = Largest, b = 1;
        for (int iteration = 0; iteration < 200; iteration++)
        {
            (double first, double second) = Derivatives(logits, y, classes, w, b);
            if (first > 0) high = b;
            else low = b;
            double next = second > 0 ? b - first / second : double.NaN;
            if (!(next > low && next < high)) next = Math.Sqrt(low * high);
            bool done = Math.Abs(next - b) <= 1e-14 * b;
            b = next;
            if (done || high - low <= 1e-14 * high) break;
        }

        return new(1 / b);
    }

    /// <summary>Transforms rows of probabilities.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="classes">K.</param>
    /// <param name="destination">Row-major (N, K); may be the same memory.</param>
    public void Apply(ReadOnlySpan<double> probabilities, int classes, Span<double> destination)
    {
        RowChecks.Shape(probabilities, classes);
        for (int i = 0; i < probabilities.Length; i += classes)
        {
            Span<double> row = destination.Slice(i, classes);
            for (int c = 0; c < classes; c++) row[c] = Math.Log(LogisticFit.Clip(probabilities[i + c])) / Temperature;
            Softmax(row);
        }
    }

    internal static double[] LogProbabilities(ReadOnlySpan<double> probabilities)
    {
        double[] logits = new double[probabilities.Length];
        for (int i = 0; i < logits.Length; i++) logits[i] = Math.Log(LogisticFit.Clip(probabilities[i]));
        return logits;
    }

    internal static void Softmax(Span<double> row)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double z in row) largest = Math.Max(largest, z);
        for (int c = 0; c < row.Length; c++) sum += row[c] = Math.Exp(row[c] - largest);
        for (int c = 0; c < row.Length; c++) row[c] /= sum;
    }

    private static (double First, double Second) Derivatives(double[] logits, int[] labels, int classes, double[] weights, double b)
    {
        double first = 0, second = 0;
        Span<double> p = classes <= 256 ? stackalloc double[classes] : new double[classes];
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<double> z = logits.AsSpan(i * classes, classes);
            for (int c = 0; c < classes; c++) p[c] = b * z[c];
            Softmax(p);
            double mean = 0, square = 0, w = weights.Length == 0 ? 1 : weights[i];
            for (int c = 0; c < classes; c++) mean += p[c] * z[c];
            for (int c = 0; c < classes; c++) square += p[c] * (z[c] - mean) * (z[c] - mean);
            first += w * (mean - z[labels[i]]);
            second += w * square;
        }

        return (first, second);
    }
}
