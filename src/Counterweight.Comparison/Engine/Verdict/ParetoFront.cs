namespace Counterweight.Comparison;

/// <summary>Which of several points no other point beats on all counts.</summary>
public static class ParetoFront
{
    /// <summary>Marks the points of the front.</summary>
    /// <param name="points">Values of M metrics for each of N points.</param>
    /// <param name="higherIsBetter">M values: whether more of the metric is better.</param>
    /// <returns>N values. A point is on the front if no other is at least as good by every metric and better by one. A point with a value that is not a number
    /// is never on it.</returns>
    /// <exception cref="ArgumentException">A point has another number of values.</exception>
    /// <example>
    /// <code>
    /// bool[] front = ParetoFront.Of([[0.9, 0.2], [0.8, 0.1], [0.7, 0.3]], [true, false]);   // true, true, false
    /// </code>
    /// </example>
    public static bool[] Of(IReadOnlyList<IReadOnlyList<double>> points, IReadOnlyList<bool> higherIsBetter)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(higherIsBetter);
        if (points.Any(p => p.Count != higherIsBetter.Count))
            throw new ArgumentException($"Every point has {higherIsBetter.Count} values, one per metric.", nameof(points));
        return [.. points.Select(p => p.All(double.IsFinite) && !points.Any(q => Dominates(q, p)))];

        bool Dominates(IReadOnlyList<double> q, IReadOnlyList<double> p)
        {
            bool better = false;
            for (int m = 0; m < p.Count; m++)
            {
                double gain = higherIsBetter[m] ? q[m] - p[m] : p[m] - q[m];
                if (!(gain >= 0)) return false;
                better |= gain > 0;
            }

            return better;
        }
    }
}
