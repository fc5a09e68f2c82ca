namespace Counterweight;

/// <summary>
/// The H-measure: how much of the loss of ignoring the scores they save, over a distribution of costs that is the same for every classifier, where ROC AUC
/// lets each classifier weigh the costs its own way (Hand, 2009, "Measuring classifier performance: a coherent alternative to the area under the ROC curve").
/// </summary>
/// <remarks>
/// A false positive costs c and a false negative 1 - c; c has a Beta distribution; for every c the best threshold is used. H = 1 - L / L_max (Hand,
/// 2009, equations
/// 10 to 14): 0 for scores that save nothing, 1 for perfect ones.
/// </remarks>
public static class HMeasure
{
    /// <summary>The H-measure of sorted scores.</summary>
    /// <param name="steps">The sorted scores.</param>
    /// <param name="alpha">The first parameter of the Beta distribution of c, above 0; 2 in Hand (2009).</param>
    /// <param name="beta">The second parameter, above 0; 2 in Hand (2009).</param>
    /// <exception cref="UnusableDataException">Rows of only one class.</exception>
    public static double Of(ScoreSteps steps, double alpha = 2, double beta = 2)
    {
        ArgumentNullException.ThrowIfNull(steps);
        if (!(alpha > 0 && double.IsFinite(alpha)))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The parameters of a Beta distribution are finite and above 0.");
        if (!(beta > 0 && double.IsFinite(beta)))
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "The parameters of a Beta distribution are finite and above 0.");
        List<int> hull = RocHull.Of(steps);
        double total = steps.Positives + steps.Negatives, positives = steps.Positives / total, negatives = steps.Negatives / total;
        double meanCost = alpha / (alpha + beta), meanRest = beta / (alpha + beta);
        double loss = 0, lowerCost = 0, lowerRest = 0;
        for (int i = hull.Count - 1; i >= 0; i--)
        {
            (double fp, double tp) = RocHull.Point(steps, hull[i]);
            double upper = 1;
            if (i > 0)
            {
                (double nextFp, double nextTp) = RocHull.Point(steps, hull[i - 1]);
                double up = tp - nextTp, right = fp - nextFp;
                upper = up / (up + right);
            }

            double upperCost = Distributions.BetaCdf(upper, alpha + 1, beta), upperRest = Distributions.BetaCdf(upper, alpha, beta + 1);
            loss += fp / total * meanCost * (upperCost - lowerCost) + (steps.Positives - tp) / total * meanRest * (upperRest - lowerRest);
            (lowerCost, lowerRest) = (upperCost, upperRest);
        }

        double worst = negatives * meanCost * Distributions.BetaCdf(positives, alpha + 1, beta) + positives * meanRest
            * (1 - Distributions.BetaCdf(positives, alpha, beta + 1));
        return 1 - loss / worst;
    }

    /// <summary>
    /// The H-measure with Beta(1 + share of positives, 1 + share of negatives), which expects the rarer class to be the dearer one to miss
    /// (Hand and Anagnostopoulos, 2014, "A better Beta for the H measure of classification performance").
    /// </summary>
    /// <param name="steps">The sorted scores.</param>
    /// <exception cref="UnusableDataException">Rows of only one class.</exception>
    public static double OfShares(ScoreSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        steps.RequireBoth();
        double total = steps.Positives + steps.Negatives;
        return Of(steps, 1 + steps.Positives / total, 1 + steps.Negatives / total);
    }
}
