namespace Counterweight;

/// <summary>
/// Intervals and tests of the area under the ROC curve by formula (DeLong, DeLong and Clarke-Pearson, 1988, "Comparing the areas under two or more correlated
/// receiver operating characteristic curves: a nonparametric approach", equations 2 to 6), in O(N log N) by ranks (Sun and Xu, 2014, "Fast implementation of
/// DeLong's algorithm").
/// </summary>
/// <remarks>The formula is for rows of equal weight; for weighted rows use <see cref="Bootstrap"/>.</remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1, 0, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8, 0.2, 0.7];
/// MetricInterval interval = DeLong.Interval(truth, scores);   // 8/9 with its interval
/// </code>
/// </example>
public static class DeLong
{
    /// <summary>The area with its confidence interval, estimate -+ z standard errors, cut to 0..1.</summary>
    /// <param name="truth">The true classes (N); at least two rows of either kind.</param>
    /// <param name="scores">The scores (N).</param>
    /// <param name="level">The confidence level, in (0, 1).</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">Fewer than two rows of a kind, or a NaN score.</exception>
    public static MetricInterval Interval(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, double level = 0.95, int positiveClass = 1, int threads = 0)
    {
        double z = Bootstrap.Normal(level);
        (double area, double[] ofPositives, double[] ofNegatives) = Placements(truth, scores, positiveClass, threads);
        double error = Math.Sqrt(Covariance(ofPositives, ofPositives) / ofPositives.Length + Covariance(ofNegatives, ofNegatives) / ofNegatives.Length);
        return new(area, Math.Max(0, area - z * error), Math.Min(1, area + z * error), error, level);
    }

    /// <summary>Compares the areas of two sets of scores of the same rows.</summary>
    /// <param name="truth">The true classes (N); at least two rows of either kind.</param>
    /// <param name="first">The first scores (N).</param>
    /// <param name="second">The second scores (N).</param>
    /// <param name="level">The confidence level, in (0, 1).</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="UnusableDataException">Fewer than two rows of a kind, or a NaN score.</exception>
    public static AucDifference Difference(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> first, ReadOnlySpan<double> second, double level = 0.95, int positiveClass = 1, int threads = 0)
    {
        double quantile = Bootstrap.Normal(level);
        (double areaA, double[] positivesA, double[] negativesA) = Placements(truth, first, positiveClass, threads);
        (double areaB, double[] positivesB, double[] negativesB) = Placements(truth, second, positiveClass, threads);
        for (int i = 0; i < positivesA.Length; i++) positivesA[i] = positivesB[i] - positivesA[i];
        for (int i = 0; i < negativesA.Length; i++) negativesA[i] = negativesB[i] - negativesA[i];
        double difference = areaB - areaA;
        double error = Math.Sqrt(Covariance(positivesA, positivesA) / positivesA.Length + Covariance(negativesA, negativesA) / negativesA.Length);
        double z = difference == 0 ? 0 : difference / error;
        return new(areaA, areaB, new(difference, difference - quantile * error, difference + quantile * error, error, level), z, Distributions.TwoSided(z));
    }

    /// <summary>The covariance matrix of the areas of several sets of scores of the same rows.</summary>
    /// <param name="truth">The true classes (N); at least two rows of either kind.</param>
    /// <param name="scores">The sets of scores (M), each (N).</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <returns>The areas (M) and their covariances (M, M).</returns>
    /// <exception cref="UnusableDataException">Fewer than two rows of a kind, or a NaN score.</exception>
    public static (double[] Areas, double[,] Covariances) Covariances(
        ReadOnlySpan<int> truth, IReadOnlyList<double[]> scores, int positiveClass = 1, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var placements = new (double Area, double[] OfPositives, double[] OfNegatives)[scores.Count];
        for (int m = 0; m < placements.Length; m++) placements[m] = Placements(truth, scores[m], positiveClass, threads);
        double[,] covariances = new double[placements.Length, placements.Length];
        for (int a = 0; a < placements.Length; a++)
            for (int b = 0; b <= a; b++)
            {
                (double[] pa, double[] na, double[] pb, double[] nb) = (
                    placements[a].OfPositives, placements[a].OfNegatives, placements[b].OfPositives, placements[b].OfNegatives);
                covariances[a, b] = covariances[b, a] = Covariance(pa, pb) / pa.Length + Covariance(na, nb) / na.Length;
            }

        return ([.. placements.Select(p => p.Area)], covariances);
    }

    /// <summary>
    /// For each positive row the share of negatives below it, for each negative row the share of positives above it; ties count half.
    /// </summary>
    private static (double Area, double[] OfPositives, double[] OfNegatives) Placements(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int positiveClass, int threads)
    {
        RowChecks.Ranked(truth, scores, [], threads);
        int[] slots = new int[truth.Length];
        int positives = 0, negatives = 0;
        for (int i = 0; i < slots.Length; i++) slots[i] = truth[i] == positiveClass ? positives++ : negatives++;
        if (positives < 2 || negatives < 2)
            throw new UnusableDataException($"DeLong's variance needs two rows or more of the positive class and of the others; there are {positives} and "
                + $"{negatives}.");
        int[] order = SortedScores.Order(scores, 0, 1, scores.Length, threads);
        double[] ofPositives = new double[positives], ofNegatives = new double[negatives];
        long positivesBelow = 0, negativesBelow = 0;
        Int128 twice = 0;
        for (int i = 0; i < order.Length;)
        {
            int end = i;
            long p = 0, n = 0;
            for (; end < order.Length && scores[order[end]] == scores[order[i]]; end++)
                if (truth[order[end]] == positiveClass) p++;
                else n++;
            double below = (negativesBelow + n / 2.0) / negatives, above = (positives - positivesBelow - p / 2.0) / positives;
            twice += p * (2 * negativesBelow + n);
            positivesBelow += p;
            negativesBelow += n;
            for (; i < end; i++)
                if (truth[order[i]] == positiveClass) ofPositives[slots[order[i]]] = below;
                else ofNegatives[slots[order[i]]] = above;
        }

        return ((double)twice / 2 / positives / negatives, ofPositives, ofNegatives);
    }

    private static double Covariance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double meanA = 0, meanB = 0, sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            meanA += a[i];
            meanB += b[i];
        }

        meanA /= a.Length;
        meanB /= b.Length;
        for (int i = 0; i < a.Length; i++) sum += (a[i] - meanA) * (b[i] - meanB);
        return sum / (a.Length - 1);
    }
}
