namespace Counterweight;

/// <summary>Forecast against reality: per bin of predicted probability the mean prediction and the share of rows that came true.</summary>
/// <remarks>
/// Bins are (i/M, (i+1)/M] with 0 in the first (equal width), or hold about the same weight each (equal mass; equal predictions stay
/// together). Empty bins are left out. With error bars: the standard error of the share, sqrt(s (1 - s) / n), n the effective number
/// of rows, (sum w)^2 / sum w^2.
/// </remarks>
public sealed class ReliabilityCurve
{
    private ReliabilityCurve(IReadOnlyList<ReliabilityBin> bins) => Bins = bins;

    /// <summary>The bins that hold rows, in increasing order.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; }

    /// <summary>Computes the curve of a binary forecast.</summary>
    /// <param name="probabilities">N probabilities of the positive class.</param>
    /// <param name="labels">N labels; 1 is the positive class, 0 the other.</param>
    /// <param name="bins">The number of bins M.</param>
    /// <param name="equalMass">Whether the bins hold the same weight instead of having the same width.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ, or there are no bins.</exception>
    /// <exception cref="UnusableDataException">A probability is not in 0..1, a label neither 0 nor 1, or a weight negative.</exception>
    public static ReliabilityCurve Compute(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int bins = 10, bool equalMass = false, ReadOnlySpan<double> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        BrierDecomposition.Check(probabilities, labels, weights);
        int[] order = SortedScores.Order(probabilities, 0, 1, probabilities.Length, 0);
        double[] p = new double[order.Length];
        for (int i = 0; i < p.Length; i++) p[i] = probabilities[order[i]];
        double total = 0;
        for (int i = 0; i < p.Length; i++) total += weights.IsEmpty ? 1 : weights[i];

        List<ReliabilityBin> result = [];
        double before = 0;
        int current = -1;
        var sum = default(Sums);
        for (int i = 0; i < p.Length;)
        {
            int end = i;
            var tied = default(Sums);
            for (; end < p.Length && p[end] == p[i]; end++)
            {
                double w = weights.IsEmpty ? 1 : weights[order[end]];
                tied = new(tied.Weight + w, tied.Squares + w * w, tied.Predicted + w * p[end], tied.Positive + w * labels[order[end]]);
            }

            int bin = equalMass ? (int)Math.Min(bins - 1, before / total * bins) : Math.Clamp((int)Math.Ceiling(p[i] * bins) - 1, 0, bins - 1);
            before += tied.Weight;
            if (bin != current)
            {
                Close(result, sum);
                (current, sum) = (bin, default);
            }

            sum = new(sum.Weight + tied.Weight, sum.Squares + tied.Squares, sum.Predicted + tied.Predicted, sum.Positive + tied.Positive);
            i = end;
        }

        Close(result, sum);
        return new(result);
    }

    private static void Close(List<ReliabilityBin> bins, Sums sum)
    {
        if (sum.Weight <= 0) return;
        double share = sum.Positive / sum.Weight;
        bins.Add(new(sum.Weight, sum.Predicted / sum.Weight, share, Math.Sqrt(Math.Max(0, share * (1 - share)) * sum.Squares) / sum.Weight));
    }

    private readonly record struct Sums(double Weight, double Squares, double Predicted, double Positive);
}

/// <summary>One bin of a reliability curve.</summary>
/// <param name="Weight">The summed weight of its rows; their number without weights.</param>
/// <param name="MeanPredicted">The mean predicted probability.</param>
/// <param name="ObservedShare">The share of rows that are positive.</param>
/// <param name="StandardError">The standard error of that share.</param>
public readonly record struct ReliabilityBin(double Weight, double MeanPredicted, double ObservedShare, double StandardError);
