namespace Counterweight;

/// <summary>What losses for networks and for trees read off the class counts alike.</summary>
public static class LabelDistribution
{
    /// <summary>The margins of LDAM, m_c = C / n_c^(1/4) with C such that the largest is <paramref name="maxMargin"/> (Cao and others, 2019, "Learning
    /// imbalanced datasets with label-distribution-aware margin loss", equation 11).</summary>
    /// <param name="counts">The class counts; none zero.</param>
    /// <param name="maxMargin">The margin of the rarest class, 0 or more.</param>
    /// <returns>K margins.</returns>
    /// <exception cref="ArgumentException">A class has no rows, or the margin is negative or infinite.</exception>
    public static double[] Margins(ClassCounts counts, double maxMargin = 0.5)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (!(maxMargin >= 0 && double.IsFinite(maxMargin)))
            throw new ArgumentOutOfRangeException(nameof(maxMargin), maxMargin, "The margin is a finite number of 0 or more.");
        double[] margins = new double[counts.Classes];
        for (int c = 0; c < margins.Length; c++)
        {
            if (counts[c] == 0) throw new ArgumentException($"Class '{counts.Labels[c]}' has no rows, so it has no margin.", nameof(counts));
            margins[c] = 1 / Math.Sqrt(Math.Sqrt(counts[c]));
        }

        double factor = maxMargin / margins.Max();
        for (int c = 0; c < margins.Length; c++) margins[c] *= factor;
        return margins;
    }
}
