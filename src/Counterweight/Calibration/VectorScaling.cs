namespace Counterweight;

/// <summary>Vector scaling: softmax(w_c log p_c + b_c), a slope and an offset per class.</summary>
/// <remarks>
/// Guo, Pleiss, Sun and Weinberger (2017), section 4.2. The log loss is convex in (w, b) and minimised by Newton's method; a ridge of
/// one millionth of a row's loss per row towards w = 1, b = 0 keeps the fit finite and unique. Unlike a temperature it may change
/// which class is most probable: it can undo a shift of the class priors.
/// </remarks>
public sealed class VectorScaling
{
    private const double Ridge = 1e-6;
    private readonly double[] slopes, offsets;

    /// <summary>Creates a map from its parameters, for instance those that were saved.</summary>
    /// <param name="slopes">One slope per class.</param>
    /// <param name="offsets">One offset per class.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than two classes, or a value is not finite.</exception>
    public VectorScaling(ReadOnlySpan<double> slopes, ReadOnlySpan<double> offsets)
    {
        if (slopes.Length < 2 || slopes.Length != offsets.Length)
            throw new ArgumentException($"There are {slopes.Length} slopes and {offsets.Length} offsets; there must be one of each per class.", nameof(slopes));
        if (RowChecks.IndexOfNotFinite(slopes) >= 0 || RowChecks.IndexOfNotFinite(offsets) >= 0)
            throw new ArgumentException("Slopes and offsets must be finite.", nameof(slopes));
        (this.slopes, this.offsets) = (slopes.ToArray(), offsets.ToArray());
    }

    /// <summary>One slope per class.</summary>
    public ReadOnlySpan<double> Slopes => slopes;

    /// <summary>One offset per class.</summary>
    public ReadOnlySpan<double> Offsets => offsets;

    /// <summary>Fits slopes and offsets.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="labels">N labels 0..K-1.</param>
    /// <param name="classes">K.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value cannot be used.</exception>
    public static VectorScaling Fit(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights = default)
    {
        RowChecks.RowsToFit(probabilities, labels, classes, weights);
        double[] logits = TemperatureScaling.LogProbabilities(probabilities), w = weights.ToArray(), theta = new double[2 * classes];
        int[] y = labels.ToArray();
        theta.AsSpan(0, classes).Fill(1);
        Newton.Minimise(theta, (at, gradient, hessian) => Evaluate(logits, y, classes, w, at, gradient, hessian));
        return new(theta.AsSpan(0, classes), theta.AsSpan(classes));
    }

    /// <summary>Transforms rows of probabilities.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="destination">Row-major (N, K); may be the same memory.</param>
    public void Apply(ReadOnlySpan<double> probabilities, Span<double> destination)
    {
        RowChecks.Shape(probabilities, slopes.Length);
        for (int i = 0; i < probabilities.Length; i += slopes.Length)
        {
            Span<double> row = destination.Slice(i, slopes.Length);
            for (int c = 0; c < row.Length; c++) row[c] = slopes[c] * Math.Log(LogisticFit.Clip(probabilities[i + c])) + offsets[c];
            TemperatureScaling.Softmax(row);
        }
    }

    private static double Evaluate(double[] logits, int[] labels, int k, double[] weights, double[] at, double[] gradient, double[] hessian)
    {
        int m = 2 * k;
        double loss = 0, total = 0;
        Array.Clear(gradient);
        Array.Clear(hessian);
        double[] p = new double[k];
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<double> x = logits.AsSpan(i * k, k);
            double weight = weights.Length == 0 ? 1 : weights[i];
            if (weight == 0) continue;
            total += weight;
            for (int c = 0; c < k; c++) p[c] = at[c] * x[c] + at[k + c];
            double own = p[labels[i]], largest = double.NegativeInfinity, sum = 0;
            for (int c = 0; c < k; c++) largest = Math.Max(largest, p[c]);
            for (int c = 0; c < k; c++) sum += p[c] = Math.Exp(p[c] - largest);
            loss += weight * (Math.Log(sum) + largest - own);
            for (int c = 0; c < k; c++) p[c] /= sum;
            for (int a = 0; a < k; a++)
            {
                double residual = weight * (p[a] - (labels[i] == a ? 1 : 0));
                gradient[a] += residual * x[a];
                gradient[k + a] += residual;
                for (int c = 0; c <= a; c++)
                {
                    double h = weight * ((a == c ? p[a] : 0) - p[a] * p[c]);
                    hessian[a * m + c] += h * x[a] * x[c];
                    hessian[(k + a) * m + c] += h * x[c];
                    if (c != a) hessian[(k + c) * m + a] += h * x[a];
                    hessian[(k + a) * m + k + c] += h;
                }
            }
        }

        for (int a = 0; a < m; a++)
        {
            double distance = at[a] - (a < k ? 1 : 0), ridge = Ridge * total;
            loss += 0.5 * ridge * distance * distance;
            gradient[a] += ridge * distance;
            hessian[a * m + a] += ridge;
            for (int c = 0; c < a; c++) hessian[c * m + a] = hessian[a * m + c];
        }

        return loss;
    }
}
