namespace Counterweight;

/// <summary>
/// The area under the ROC curve: the chance that a positive row scores above a negative one, ties counting half (Hanley and McNeil, 1982, "The meaning and use
/// of the area under a receiver operating characteristic curve").
/// </summary>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8];
/// double auc = RocAuc.Of(truth, scores);   // 0.75
/// </code>
/// </example>
public static class RocAuc
{
    /// <summary>The area for one class against all others.</summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="scores">The scores (N), of any scale; larger means more likely positive.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">Rows of only one class, a NaN score or a bad weight.</exception>
    public static double Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, ReadOnlySpan<double> weights = default, int positiveClass = 1, int threads = 0)
    {
        RowChecks.Ranked(truth, scores, weights, threads);
        return Ranking.Of(truth, scores, 0, 1, positiveClass, weights, threads).Defined().RocAuc;
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{int}, ReadOnlySpan{double}, ReadOnlySpan{double}, int, int)"/>
    public static double Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<float> scores, ReadOnlySpan<double> weights = default, int positiveClass = 1, int threads = 0) =>
        Of(truth, OneVersusRest.Widen(scores), weights, positiveClass, threads);

    /// <summary>The area of each class against the rest.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <returns>The areas (K); NaN for a class that has no rows (of positive weight) or all of them.</returns>
    public static double[] PerClass(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, ReadOnlySpan<double> weights = default, int threads = 0)
    {
        OneVersusRest.Check(truth, scores, classes, weights, threads);
        return [.. OneVersusRest.Rankings(truth, scores, classes, weights, threads).Select(r => r.RocAuc)];
    }

    /// <summary>
    /// The areas of each class against the rest, averaged (Provost and Domingos, 2000). Classes that do not occur in the truth are left out of macro and
    /// weighted averages, where scikit-learn refuses to answer.
    /// </summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="averaging">How the classes become one value.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <exception cref="UnusableDataException">Rows of only one class, a NaN score, a label that is no class or a bad weight.</exception>
    public static double OneVsRest(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, Averaging averaging = Averaging.Macro, ReadOnlySpan<double> weights = default,
        int threads = 0) =>
        OneVersusRest.Average(truth, scores, classes, averaging, weights, threads, r => r.Defined().RocAuc);

    /// <summary>
    /// The areas of each pair of classes, averaged: for each pair, the mean of ranking its rows by the score of either class (Hand and Till, 2001, "A simple
    /// generalisation of the area under the ROC curve for multiple class classification problems", equation 7). Insensitive to the class shares when macro.
    /// </summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="averaging">Macro, or Weighted by the share of the rows that are of either class of the pair.</param>
    /// <param name="weights">The row weights (N) or empty; scikit-learn takes none here.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <exception cref="UnusableDataException">Rows of only one class, a NaN score, a label that is no class or a bad weight.</exception>
    public static double OneVsOne(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, Averaging averaging = Averaging.Macro, ReadOnlySpan<double> weights = default,
        int threads = 0)
    {
        if (averaging is not (Averaging.Macro or Averaging.Weighted))
            throw new ArgumentOutOfRangeException(nameof(averaging), averaging, "The averaging of pairs is Macro or Weighted.");
        OneVersusRest.Check(truth, scores, classes, weights, threads);
        List<int>[] rows = [.. Enumerable.Range(0, classes).Select(_ => new List<int>())];
        for (int i = 0; i < truth.Length; i++)
            if (weights.IsEmpty || weights[i] > 0) rows[truth[i]].Add(i);
        double sum = 0, total = 0;
        for (int a = 0; a < classes; a++)
            for (int b = a + 1; b < classes; b++)
            {
                if (rows[a].Count == 0 || rows[b].Count == 0) continue;
                List<int> pair = [.. rows[a], .. rows[b]];
                int[] labels = [.. Enumerable.Repeat(0, rows[a].Count), .. Enumerable.Repeat(1, rows[b].Count)];
                double[] first = new double[pair.Count], second = new double[pair.Count], pairWeights = new double[weights.IsEmpty ? 0 : pair.Count];
                for (int i = 0; i < pair.Count; i++)
                {
                    first[i] = scores[pair[i] * classes + a];
                    second[i] = scores[pair[i] * classes + b];
                    if (!weights.IsEmpty) pairWeights[i] = weights[pair[i]];
                }

                Ranking byFirst = Ranking.Of(labels, first, 0, 1, 0, pairWeights, threads),
                    bySecond = Ranking.Of(labels, second, 0, 1, 1, pairWeights, threads);
                double weight = averaging == Averaging.Macro ? 1 : byFirst.Positives + byFirst.Negatives;
                sum += weight * (byFirst.RocAuc + bySecond.RocAuc) / 2;
                total += weight;
            }

        return total > 0 ? sum / total
            : throw new UnusableDataException("ROC AUC compares rows of two classes, but these rows (of positive weight) are all of one. Use more rows or "
            + "stratified folds.");
    }

    /// <summary>
    /// The area under the part of the curve up to a false positive rate, rescaled so that guessing gives 0.5 and perfection 1 (McClish, 1989,
    /// "Analyzing a portion of the ROC curve").
    /// </summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="scores">The scores (N).</param>
    /// <param name="maxFalsePositiveRate">The largest false positive rate of interest, in (0, 1].</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <exception cref="UnusableDataException">Rows of only one class, a NaN score or a bad weight.</exception>
    public static double Partial(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, double maxFalsePositiveRate, ReadOnlySpan<double> weights = default, int positiveClass = 1,
        int threads = 0) =>
        RocCurve.Of(ScoreSteps.Of(truth, scores, weights, positiveClass, threads)).PartialArea(maxFalsePositiveRate);
}
