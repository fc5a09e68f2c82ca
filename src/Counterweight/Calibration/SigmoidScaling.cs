namespace Counterweight;

/// <summary>
/// Platt scaling: P(positive | f) = 1 / (1 + exp(A f + B)), fitted by maximum likelihood on smoothed targets.
/// </summary>
/// <param name="A">The slope; negative when larger scores mean the positive class.</param>
/// <param name="B">The intercept.</param>
/// <remarks>
/// <para>Platt (1999), "Probabilistic outputs for support vector machines", equations 1 to 3: the targets are (N+ + 1)/(N+ + 2) and
/// 1/(N- + 2), which keeps the fit finite even when the classes are separated perfectly. Solved exactly by Newton's method with
/// backtracking (Lin, Lin and Weng, 2007). With row weights, N+ and N- are sums of weights.</para>
/// <para>The score may be any real number: a margin, a logit. <see cref="Calibrator"/> feeds it the log-odds of a probability.</para>
/// </remarks>
/// <example>
/// <code>
/// SigmoidScaling sigmoid = SigmoidScaling.Fit([-2, -1, 0.5, 3], [0, 0, 1, 1]);
/// double p = sigmoid.Apply(0.7);
/// </code>
/// </example>
public sealed record SigmoidScaling(double A, double B)
{
    /// <summary>Fits the slope and the intercept.</summary>
    /// <param name="scores">N real scores.</param>
    /// <param name="labels">N labels; 1 is the positive class, 0 the other.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A score is not finite, a label is neither 0 nor 1, a weight is negative, or nothing is left.</exception>
    public static SigmoidScaling Fit(ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights = default)
    {
        RowChecks.FiniteScores(scores, labels.Length);
        RowChecks.LabelsToFit(labels, 2);
        RowChecks.WeightsToFit(weights, labels.Length);
        double positive = 0, negative = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            if (labels[i] == 1) positive += w;
            else negative += w;
        }

        double high = (positive + 1) / (positive + 2), low = 1 / (negative + 2);
        double[] targets = new double[labels.Length];
        for (int i = 0; i < targets.Length; i++) targets[i] = labels[i] == 1 ? high : low;
        double[] solution = LogisticFit.Solve([scores.ToArray()], targets, weights, ridge: 0, Math.Log((positive + 1) / (negative + 1)));
        return new(-solution[0], -solution[1]);
    }

    /// <summary>The probability of the positive class at a score.</summary>
    /// <param name="score">A score on the scale of the fit.</param>
    public double Apply(double score) => LogisticFit.Sigmoid(-(A * score + B));
}
