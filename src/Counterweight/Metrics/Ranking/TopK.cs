namespace Counterweight;

/// <summary>Accuracy that counts a row as right if its class is among the k of highest score.</summary>
public static class TopK
{
    /// <summary>
    /// The share of the rows whose class is among the k of highest score. Of equal scores the higher class code counts as higher, as in scikit-learn.
    /// </summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="k">How many classes count, at least 1; from K on every row is right.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <returns>The share; 0 without rows of positive weight.</returns>
    /// <exception cref="UnusableDataException">A NaN score, a label that is no class or a bad weight.</exception>
    public static double Accuracy(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, int k, ReadOnlySpan<double> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        OneVersusRest.Check(truth, scores, classes, weights, 0);
        double hits = 0, total = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            total += w;
            ReadOnlySpan<double> row = scores.Slice(i * classes, classes);
            double own = row[truth[i]];
            int above = 0;
            for (int c = 0; c < row.Length; c++)
                if (row[c] > own || (row[c] == own && c > truth[i])) above++;
            if (above < k) hits += w;
        }

        return total == 0 ? 0 : hits / total;
    }
}
