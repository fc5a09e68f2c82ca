using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>Splits in the order of time: each fold trains on the past and is judged on the time right after it.</summary>
/// <remarks>
/// The rows are put in order and cut into folds + 1 spans of about equal size (forward chaining; Tashman, 2000, "Out-of-sample tests of forecasting accuracy",
/// rolling origin). Fold i trains on the spans 0..i and is judged on span i + 1. Rows of one moment are never divided: a cut that falls among them moves to
/// the nearest end of that moment, so every row to be judged is later than every row trained on. Past rows that belong to the group of a row to be judged are
/// left out of training.
/// </remarks>
public static class TimeFolds
{
    /// <summary>Splits the rows.</summary>
    /// <param name="times">A time per row, N values in any unit; none is NaN.</param>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <param name="classNames">The names of the K classes, for messages.</param>
    /// <param name="folds">How many folds, at least 2.</param>
    /// <param name="groups">A group per row, or empty for none.</param>
    /// <exception cref="UnusableDataException">A time is missing, there are fewer moments than spans, or a class is missing from the past or the future of a
    /// fold.</exception>
    public static IReadOnlyList<Fold> Split(
        ReadOnlySpan<double> times, ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, int folds, ReadOnlySpan<int> groups = default)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        int n = labels.Length;
        if (times.Length != n) throw new ArgumentException($"{times.Length} times do not fit {n} rows.", nameof(times));
        if (!groups.IsEmpty && groups.Length != n) throw new ArgumentException($"{groups.Length} groups do not fit {n} rows.", nameof(groups));
        double[] sorted = times.ToArray();
        int[] order = new int[n];
        for (int i = 0; i < n; i++)
        {
            if (double.IsNaN(sorted[i]))
                throw new UnusableDataException("A row has no time, so it is neither past nor future. Fill it in, or leave the row out.", row: i + 1);
            order[i] = i;
        }

        Array.Sort(sorted, order);
        int[] cuts = Cuts(sorted, folds + 1);
        var all = new List<Fold>(folds);
        for (int fold = 0; fold < folds; fold++)
        {
            int[] test = order[cuts[fold + 1]..cuts[fold + 2]], train = order[..cuts[fold + 1]];
            if (!groups.IsEmpty)
            {
                var later = new HashSet<int>();
                foreach (int row in test) later.Add(groups[row]);
                var kept = new List<int>(train.Length);
                foreach (int row in train)
                    if (!later.Contains(groups[row])) kept.Add(row);
                train = [.. kept];
            }

            Array.Sort(train);
            Array.Sort(test);
            CheckClasses(labels, train, classNames, fold, folds, "train on", 2);
            CheckClasses(labels, test, classNames, fold, folds, "be judged on", 1);
            all.Add(new Fold(0, fold, train, test));
        }

        return all;
    }

    /// <summary>n_test / n_train of the folds, on average: what the corrected tests need.</summary>
    internal static double TestShare(IReadOnlyList<Fold> folds) => folds.Average(f => (double)f.Test.Length / f.Train.Length);

    /// <summary>The first position of every span, and the end.</summary>
    private static int[] Cuts(double[] sorted, int spans)
    {
        int[] cuts = new int[spans + 1];
        cuts[spans] = sorted.Length;
        for (int s = 1; s < spans; s++)
        {
            int at = (int)((long)sorted.Length * s / spans), low = at, high = at;
            while (low > 0 && sorted[low - 1] == sorted[at]) low--;
            while (high < sorted.Length && sorted[high] == sorted[at]) high++;
            cuts[s] = low > cuts[s - 1] && at - low <= high - at ? low : high;
            if (cuts[s] <= cuts[s - 1] || cuts[s] >= sorted.Length)
                throw new UnusableDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The rows have too few moments in time for {spans - 1} folds: too many rows share one moment, and rows of one moment are not divided. "
                    + $"Use fewer folds, or a finer time."));
        }

        return cuts;
    }

    private static void CheckClasses(ReadOnlySpan<int> labels, int[] rows, IReadOnlyList<string> classNames, int fold, int folds, string purpose, int least)
    {
        int[] counts = new int[classNames.Count];
        foreach (int row in rows) counts[labels[row]]++;
        int rare = Array.FindIndex(counts, c => c < least);
        if (rare < 0) return;
        throw new UnusableDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"In order of time, fold {fold + 1} of {folds} has {counts[rare]} rows of class '{classNames[rare]}' to {purpose}, and {least} are the least. "
            + $"{(folds > 2 ? "Use fewer folds, collect" : "Collect")} rows over a longer time, or merge the class with another."));
    }
}
