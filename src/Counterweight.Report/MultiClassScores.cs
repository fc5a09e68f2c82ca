using System.Buffers.Binary;
using System.Globalization;

namespace Counterweight.Report;

/// <summary>The scores of more than two classes as a report carries them: curves of each class against the others, and rows for the page's own
/// decisions.</summary>
internal static class MultiClassScores
{
    /// <summary>The most classes with curves; of more, those with the most errors have them.</summary>
    internal const int MostClasses = 60;

    /// <summary>The most classes for which the page decides.</summary>
    internal const int MostDecided = 100;

    /// <summary>How many scores a page carries, those of all models together.</summary>
    internal const int ScoreBudget = 200_000;

    /// <summary>How many thresholds the curves of all classes and models have together.</summary>
    private const int ThresholdBudget = 24_000;

    private const int FewestThresholds = 150, MostThresholds = 600;

    /// <summary>The scores of one model.</summary>
    /// <param name="Name">The model.</param>
    /// <param name="Role">baseline, recommended, ...</param>
    /// <param name="Probabilities">N x K, row-major.</param>
    internal sealed record Set(string Name, string Role, float[] Probabilities);

    /// <summary>Makes the curves.</summary>
    /// <param name="truth">N codes.</param>
    /// <param name="folds">N numbers of the folds that judged the rows.</param>
    /// <param name="classes">K.</param>
    /// <param name="sets">The models.</param>
    /// <param name="codes">The classes in question, ascending.</param>
    /// <param name="note">Of which rows the curves are.</param>
    /// <param name="weights">N weights of rows, or none where all weigh the same.</param>
    internal static ByClassEntry? Curves(
        int[] truth, int[] folds, int classes, IReadOnlyList<Set> sets, IReadOnlyList<int> codes, string note, params double[] weights)
    {
        long[] counts = new long[classes];
        foreach (int t in truth) counts[t]++;
        int[] wanted = [.. codes.Where(c => counts[c] > 0 && counts[c] < truth.Length)];
        if (wanted.Length == 0 || sets.Count == 0) return null;
        int most = Math.Clamp(ThresholdBudget / (wanted.Length * sets.Count), FewestThresholds, MostThresholds);
        int[][] rows = [.. Enumerable.Range(0, truth.Length).GroupBy(i => folds[i]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        return new(
            wanted.OrderBy(c => counts[c]).ThenBy(c => c).First(),
            [
                .. wanted.Select(c => new ClassCurvesEntry(c,
                [
                    .. sets.Select(s => BinaryCurves.Of(
                        s.Name, s.Role, [.. rows.Select(
                            fold => new BinaryCurves.Part(
                                [.. fold.Select(i => truth[i] == c ? 1 : 0)], [.. fold.Select(i => (double)s.Probabilities[(i * classes) + c])],
                                weights.Length == 0 ? [] : [.. fold.Select(i => weights[i])]))], 1, most)!),
                ])),
            ],
            [.. sets.Select(s => new TopLabelEntry(s.Name, s.Role, TopLabel(truth, s.Probabilities, classes, weights)))], note);
    }

    /// <summary>Takes the rows that a page carries.</summary>
    /// <param name="truth">N codes.</param>
    /// <param name="classes">K.</param>
    /// <param name="sets">The models.</param>
    /// <param name="costs">The costs; null for 1 per error.</param>
    /// <param name="offsets">Offsets of the library.</param>
    /// <param name="weights">N weights of rows, or none where all weigh the same.</param>
    /// <returns>Null for more than <see cref="MostDecided"/> classes.</returns>
    internal static ScoresEntry? Rows(
        int[] truth, int classes, IReadOnlyList<Set> sets, CostMatrix? costs, double[]? offsets, params double[] weights)
    {
        if (classes > MostDecided || sets.Count == 0 || truth.Length == 0) return null;
        int[] rows = Evenly(truth, ScoreBudget / (classes * sets.Count));
        byte[] codes = new byte[2 * rows.Length];
        for (int i = 0; i < rows.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(codes.AsSpan(2 * i), (ushort)truth[rows[i]]);
        return new(
            rows.Length, truth.Length, Convert.ToBase64String(codes),
            [.. sets.Select(s => new ScoreSetEntry(s.Name, s.Role, Bytes(s.Probabilities, rows, classes)))],
            costs?.AsSpan().ToArray(), offsets is not null && offsets.All(double.IsFinite) ? offsets : null,
            weights.Length == 0 ? null : Bytes([.. weights.Select(w => (float)w)], rows, 1));
    }

    /// <summary>The classes with curves and cells: all, or those with the most errors.</summary>
    internal static IReadOnlyList<int> Codes(ConfusionMatrix confusion) => MostErrors(confusion, MostClasses);

    /// <summary>All classes, or those whose rows are most often decided as others or that others are taken for.</summary>
    internal static int[] MostErrors(ConfusionMatrix confusion, int most)
    {
        int k = confusion.Classes;
        if (k <= most) return [.. Enumerable.Range(0, k)];
        double[] errors = [.. Enumerable.Range(0, k).Select(c => confusion.Truths[c] + confusion.Predictions[c] - (2 * confusion[c, c]))];
        return [.. Enumerable.Range(0, k).OrderByDescending(c => errors[c]).ThenBy(c => c).Take(most).Order()];
    }

    /// <summary>Says of how many rows the page's decisions are, if not of all.</summary>
    internal static string Kept(ScoresEntry scores) => scores.Rows == scores.Of
        ? string.Create(CultureInfo.InvariantCulture, $"{scores.Rows:N0} rows")
        : string.Create(CultureInfo.InvariantCulture, $"{scores.Rows:N0} of {scores.Of:N0} rows, evenly of every class");

    /// <summary>So many rows, spread evenly over the rows in the order of their classes.</summary>
    private static int[] Evenly(int[] truth, int most)
    {
        int n = truth.Length;
        if (n <= most) return [.. Enumerable.Range(0, n)];
        int[] ordered = [.. Enumerable.Range(0, n).OrderBy(i => truth[i])];
        return [.. Enumerable.Range(0, most).Select(j => ordered[(int)((long)j * n / most)]).Order()];
    }

    private static string Bytes(float[] probabilities, int[] rows, int classes)
    {
        byte[] bytes = new byte[4 * rows.Length * classes];
        for (int i = 0; i < rows.Length; i++)
            for (int c = 0; c < classes; c++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * ((i * classes) + c)), probabilities[(rows[i] * classes) + c]);
        return Convert.ToBase64String(bytes);
    }

    private static ReliabilityEntry[] TopLabel(int[] truth, float[] probabilities, int classes, double[] weights)
    {
        int[] right = new int[truth.Length];
        double[] confidence = new double[truth.Length];
        for (int i = 0; i < truth.Length; i++)
        {
            ReadOnlySpan<float> row = probabilities.AsSpan(i * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
                if (row[c] > row[best]) best = c;
            (right[i], confidence[i]) = (best == truth[i] ? 1 : 0, Math.Clamp(row[best], 0, 1));
        }

        return [.. ReliabilityCurve.Compute(confidence, right, weights: weights).Bins.Select(
            b => new ReliabilityEntry(b.Weight, b.MeanPredicted, b.ObservedShare, b.StandardError))];
    }
}
