namespace Counterweight;

/// <summary>
/// Beta calibration: P(positive | s) = 1 / (1 + 1 / (exp(C) s^A / (1 - s)^B)) with A and B not negative, for a probability s.
/// </summary>
/// <param name="A">The exponent of s.</param>
/// <param name="B">The exponent of 1 - s.</param>
/// <param name="C">The intercept, in log-odds.</param>
/// <remarks>
/// Kull, Silva Filho and Flach (2017), "Beta calibration: a well-founded and easily implemented improvement on logistic calibration for
/// binary classifiers", section 4: a logistic regression on ln s and -ln(1 - s). Where the free fit has a negative exponent the
/// best fit with that exponent at zero is taken, which is the constrained optimum because the likelihood is concave. The identity
/// (A = B = 1, C = 0) belongs to the family, so probabilities that are calibrated already stay as they are.
/// </remarks>
public sealed record BetaScaling(double A, double B, double C)
{
    /// <summary>Fits the three parameters.</summary>
    /// <param name="probabilities">N probabilities of the positive class.</param>
    /// <param name="labels">N labels; 1 is the positive class, 0 the other.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value cannot be used.</exception>
    public static BetaScaling Fit(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights = default)
    {
        RowChecks.FiniteScores(probabilities, labels.Length);
        RowChecks.LabelsToFit(labels, 2);
        RowChecks.WeightsToFit(weights, labels.Length);
        double[] logS = new double[labels.Length], minusLogRest = new double[labels.Length], targets = new double[labels.Length];
        double positive = 0, negative = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double s = LogisticFit.Clip(probabilities[i]);
            (logS[i], minusLogRest[i], targets[i]) = (Math.Log(s), -Math.Log(1 - s), labels[i]);
            double w = weights.IsEmpty ? 1 : weights[i];
            if (labels[i] == 1) positive += w;
            else negative += w;
        }

        double start = Math.Log(Math.Max(positive, 0.5) / Math.Max(negative, 0.5));
        double[] both = LogisticFit.Solve([logS, minusLogRest], targets, weights, Ridge, start);
        if (both[0] >= 0 && both[1] >= 0) return new(both[0], both[1], both[2]);
        double[] first = LogisticFit.Solve([logS], targets, weights, Ridge, start);
        double[] second = LogisticFit.Solve([minusLogRest], targets, weights, Ridge, start);
        BetaScaling[] candidates =
        [
            new(0, 0, LogisticFit.Solve([], targets, weights, Ridge, start)[0]),
            .. first[0] >= 0 ? [new BetaScaling(first[0], 0, first[1])] : Array.Empty<BetaScaling>(),
            .. second[0] >= 0 ? [new BetaScaling(0, second[0], second[1])] : Array.Empty<BetaScaling>(),
        ];
        BetaScaling best = candidates[0];
        double bestLoss = double.PositiveInfinity;
        foreach (BetaScaling candidate in candidates)
        {
            double loss = 0;
            for (int i = 0; i < targets.Length; i++)
            {
                double t = candidate.C + candidate.A * logS[i] + candidate.B * minusLogRest[i];
                loss += (weights.IsEmpty ? 1 : weights[i]) * LogisticFit.Loss(t, targets[i]);
            }

            if (loss < bestLoss) (best, bestLoss) = (candidate, loss);
        }

        return best;
    }

    /// <summary>The calibrated probability.</summary>
    /// <param name="probability">A probability of the positive class.</param>
    public double Apply(double probability)
    {
        double s = LogisticFit.Clip(probability);
        return LogisticFit.Sigmoid(C + A * Math.Log(s) - B * Math.Log(1 - s));
    }

    // Only there to keep the fit finite when the classes are separated perfectly; it moves other fits by less than 1e-8.
    private const double Ridge = 1e-10;
}
