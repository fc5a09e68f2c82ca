namespace Counterweight;

/// <summary>
/// The Brier score of a binary forecast taken apart: Brier = Reliability - Resolution + Uncertainty + WithinBin.
/// </summary>
/// <param name="Brier">The mean squared difference between probability and outcome.</param>
/// <param name="Reliability">How far forecasts are from the shares that came true; 0 is best.</param>
/// <param name="Resolution">How far the groups' shares are from the overall share; more is better.</param>
/// <param name="Uncertainty">The variance of the outcome, o (1 - o): not of the forecaster's making.</param>
/// <param name="WithinBin">What grouping unequal forecasts leaves over; 0 when the groups are the distinct forecasts.</param>
/// <remarks>Murphy (1973), "A new vector partition of the probability score", equation 17; the within-bin terms by Stephenson, Coelho and
/// Jolliffe (2008), equations 7 and 8, their sum here.</remarks>
public sealed record BrierDecomposition(double Brier, double Reliability, double Resolution, double Uncertainty, double WithinBin)
{
    /// <summary>Takes a forecast's Brier score apart.</summary>
    /// <param name="probabilities">N probabilities of the positive class.</param>
    /// <param name="labels">N labels; 1 is the positive class, 0 the other.</param>
    /// <param name="bins">The number of equally wide bins; 0 groups the distinct forecasts, Murphy's exact form. With distinct forecasts
    /// for every row that form puts all error into reliability, so use bins for continuous scores.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ, or <paramref name="bins"/> is negative.</exception>
    /// <exception cref="UnusableDataException">A probability is not in 0..1, a label neither 0 nor 1, or a weight negative.</exception>
    public static BrierDecomposition Compute(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int bins = 0, ReadOnlySpan<double> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bins);
        Check(probabilities, labels, weights);
        int[] order = SortedScores.Order(probabilities, 0, 1, probabilities.Length, 0);
        double[] p = new double[order.Length];
        for (int i = 0; i < p.Length; i++) p[i] = probabilities[order[i]];
        double total = 0, positive = 0, brier = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            total += w;
            positive += w * labels[i];
            brier += w * (probabilities[i] - labels[i]) * (probabilities[i] - labels[i]);
        }

        double share = positive / total, reliability = 0, resolution = 0;
        for (int i = 0; i < p.Length;)
        {
            double w = 0, predicted = 0, came = 0;
            int bin = Bin(p[i], bins), end = i;
            for (; end < p.Length && (bins == 0 ? p[end] == p[i] : Bin(p[end], bins) == bin); end++)
            {
                double weight = weights.IsEmpty ? 1 : weights[order[end]];
                w += weight;
                predicted += weight * p[end];
                came += weight * labels[order[end]];
            }

            i = end;
            if (w == 0) continue;
            reliability += (predicted - came) * (predicted - came) / w;
            resolution += w * (came / w - share) * (came / w - share);
        }

        (brier, reliability, resolution) = (brier / total, reliability / total, resolution / total);
        double uncertainty = share * (1 - share);
        return new(brier, reliability, resolution, uncertainty, bins == 0 ? 0 : brier - (reliability - resolution + uncertainty));
    }

    internal static void Check(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, ReadOnlySpan<double> weights)
    {
        RowChecks.FiniteScores(probabilities, labels.Length);
        RowChecks.LabelsToFit(labels, 2);
        RowChecks.WeightsToFit(weights, labels.Length);
        for (int i = 0; i < probabilities.Length; i++)
            if (probabilities[i] is < 0 or > 1)
                throw new UnusableDataException($"The probability is {RowChecks.Text(probabilities[i])}; probabilities lie between 0 and 1.", row: i + 1L);
    }

    private static int Bin(double p, int bins) => Math.Clamp((int)Math.Ceiling(p * bins) - 1, 0, Math.Max(0, bins - 1));
}
