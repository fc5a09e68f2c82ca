namespace Counterweight;

/// <summary>
/// Average precision: the sum over the distinct scores, from the highest down, of the gain in recall times the precision there; no interpolation
/// (Salton and McGill, 1983; the definition of scikit-learn). Without positive rows it is 0.
/// </summary>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] scores = [0.1, 0.4, 0.35, 0.8];
/// double average = AveragePrecision.Of(truth, scores);   // 0.8333
/// </code>
/// </example>
public static class AveragePrecision
{
    /// <summary>The average precision of one class against all others.</summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="scores">The scores (N), of any scale; larger means more likely positive.</param>
    /// <param name="weights">The row weights (N), finite and not negative; empty for equal weights.</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors. The result does not depend on it.</param>
    /// <exception cref="UnusableDataException">A NaN score or a bad weight.</exception>
    public static double Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, ReadOnlySpan<double> weights = default, int positiveClass = 1, int threads = 0)
    {
        RowChecks.Ranked(truth, scores, weights, threads);
        return Ranking.Of(truth, scores, 0, 1, positiveClass, weights, threads).AveragePrecision;
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{int}, ReadOnlySpan{double}, ReadOnlySpan{double}, int, int)"/>
    public static double Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<float> scores, ReadOnlySpan<double> weights = default, int positiveClass = 1, int threads = 0) =>
        Of(truth, OneVersusRest.Widen(scores), weights, positiveClass, threads);

    /// <summary>The average precision of each class against the rest.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <returns>The values (K); 0 for a class without rows.</returns>
    public static double[] PerClass(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, ReadOnlySpan<double> weights = default, int threads = 0)
    {
        OneVersusRest.Check(truth, scores, classes, weights, threads);
        return [.. OneVersusRest.Rankings(truth, scores, classes, weights, threads).Select(r => r.AveragePrecision)];
    }

    /// <summary>
    /// The average precisions of each class against the rest, averaged. Classes that do not occur in the truth are left out of macro and weighted averages;
    /// scikit-learn counts them as 0.
    /// </summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="scores">The scores (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="averaging">How the classes become one value.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="threads">The largest number of threads.</param>
    /// <exception cref="UnusableDataException">No rows, a NaN score, a label that is no class or a bad weight.</exception>
    public static double OneVsRest(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, Averaging averaging = Averaging.Macro, ReadOnlySpan<double> weights = default,
        int threads = 0) =>
        OneVersusRest.Average(truth, scores, classes, averaging, weights, threads, r => r.AveragePrecision);
}
