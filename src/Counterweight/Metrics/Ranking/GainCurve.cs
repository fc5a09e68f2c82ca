namespace Counterweight;

/// <summary>
/// Cumulative gain and lift: how many of the positives are among the rows of highest score (Berry and Linoff, 1997, "Data mining techniques").
/// </summary>
/// <remarks>Between distinct scores the curve is a straight line: the expected value where rows of equal score are taken in random order.</remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 0, 1];
/// double[] scores = [0.1, 0.2, 0.3, 0.9];
/// GainCurve curve = GainCurve.Of(ScoreSteps.Of(truth, scores));
/// double lift = curve.LiftAt(0.25);   // 4: the best quarter has four times its share of positives
/// </code>
/// </example>
public sealed class GainCurve
{
    private readonly double[] shares, gains;

    private GainCurve(double[] shares, double[] gains) => (this.shares, this.gains) = (shares, gains);

    /// <summary>The shares of all rows, ascending from 0 to 1.</summary>
    public ReadOnlySpan<double> Shares => shares;

    /// <summary>The share of all positives among the rows of highest score, for each of <see cref="Shares"/>.</summary>
    public ReadOnlySpan<double> Gains => gains;

    /// <summary>The curve of sorted scores.</summary>
    /// <param name="steps">The sorted scores.</param>
    /// <exception cref="UnusableDataException">There are no positive rows.</exception>
    public static GainCurve Of(ScoreSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        if (!(steps.Positives > 0)) throw new UnusableDataException("Lift and gain count positive rows, but there are none (of positive weight).");
        double[] shares = new double[steps.Count + 1], gains = new double[steps.Count + 1];
        double total = steps.Positives + steps.Negatives;
        for (int i = 0; i < steps.Count; i++)
        {
            shares[i + 1] = (steps.TruePositives[i] + steps.FalsePositives[i]) / total;
            gains[i + 1] = steps.TruePositives[i] / steps.Positives;
        }

        return new(shares, gains);
    }

    /// <summary>The share of all positives among a share of the rows, those of highest score.</summary>
    /// <param name="share">The share of the rows, 0..1.</param>
    public double GainAt(double share)
    {
        if (!(share >= 0 && share <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies in 0..1.");
        int at = Array.BinarySearch(shares, share);
        if (at >= 0) return gains[at];
        at = ~at;
        return gains[at - 1] + (gains[at] - gains[at - 1]) * (share - shares[at - 1]) / (shares[at] - shares[at - 1]);
    }

    /// <summary>How many times more positives are among a share of the rows than a random choice of rows would have.</summary>
    /// <param name="share">The share of the rows, above 0 and up to 1.</param>
    public double LiftAt(double share) => share > 0 ? GainAt(share) / share
        : throw new ArgumentOutOfRangeException(nameof(share), share, "Lift is defined for a share above 0 and up to 1.");
}
