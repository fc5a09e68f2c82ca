using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>
/// Repeated stratified K-fold cross-validation: every fold has the class shares of the whole, and rows of one group stay on one side of
/// every split.
/// </summary>
/// <remarks>
/// Stratification lowers the variance of the estimate (Kohavi, 1995). Groups are given out largest first to the fold that they leave best
/// balanced; where that leaves a fold without a class, a search finds folds that each have every class. Without groups, rows are dealt out class by class. The
/// same seed gives the same folds.
/// </remarks>
public static class StratifiedFolds
{
    /// <summary>Splits the rows.</summary>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <param name="classNames">The names of the K classes, for messages.</param>
    /// <param name="folds">How many folds, at least 2.</param>
    /// <param name="repeats">How often, each time in a new order; at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="groups">A group per row (rows of one group stay together), or null.</param>
    /// <exception cref="UnusableDataException">A class has fewer rows (or groups) than there are folds, or the groups cannot be dealt out so that every fold
    /// has every class.</exception>
    public static IReadOnlyList<Fold> Split(
        ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, int folds, int repeats, long seed, ReadOnlySpan<int> groups = default)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        Check(labels, classNames, folds, groups);
        var all = new List<Fold>(folds * repeats);
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            SeededRandom random = Streams.Folds(seed, repeat);
            int[] assigned = groups.IsEmpty ? Deal(labels, classNames.Count, folds, ref random)
                : GroupDealing.Deal(labels, groups, classNames.Count, folds, ref random) ?? throw NoDealing(labels, classNames, folds, groups);
            for (int fold = 0; fold < folds; fold++)
            {
                var train = new List<int>(labels.Length);
                var test = new List<int>(labels.Length / folds + 1);
                for (int i = 0; i < assigned.Length; i++) (assigned[i] == fold ? test : train).Add(i);
                all.Add(new Fold(repeat, fold, [.. train], [.. test]));
            }
        }

        return all;
    }

    /// <summary>Splits rows once into a larger and a smaller part with the same class shares; every class keeps a row in the larger part.</summary>
    /// <param name="labels">A code per row.</param>
    /// <param name="classes">K, the number of classes.</param>
    /// <param name="share">The share of the smaller part, in (0, 1).</param>
    /// <param name="groups">A group per row, whose rows stay together, so that the shares are met as far as their sizes allow; rows of negative groups stay
    /// in the larger part. Empty for none.</param>
    /// <param name="random">The source of the choice.</param>
    /// <returns>Positions in <paramref name="labels"/>, ascending in both parts.</returns>
    internal static (int[] Larger, int[] Smaller) Holdout(
        ReadOnlySpan<int> labels, int classes, double share, ReadOnlySpan<int> groups, ref SeededRandom random)
    {
        if (!groups.IsEmpty) return GroupDealing.Holdout(labels, groups, classes, share, ref random);
        bool[] held = new bool[labels.Length];
        int all = 0;
        foreach (int[] rows in RowsByClass(labels, classes))
        {
            random.Shuffle<int>(rows);
            int taken = Math.Min((int)Math.Round(rows.Length * share), Math.Max(0, rows.Length - 1));
            foreach (int row in rows.AsSpan(0, taken)) held[row] = true;
            all += taken;
        }

        int[] larger = new int[labels.Length - all], smaller = new int[all];
        for (int row = 0, l = 0, s = 0; row < held.Length; row++)
        {
            if (held[row]) smaller[s++] = row;
            else larger[l++] = row;
        }

        return (larger, smaller);
    }

    /// <summary>The most folds, up to a number, of which each can have every class; 1 if not even two can.</summary>
    internal static int MostFolds(ReadOnlySpan<int> labels, int classes, ReadOnlySpan<int> groups, int most)
    {
        if (!groups.IsEmpty) return GroupDealing.MostFolds(labels, groups, classes, most);
        int[] rows = new int[classes];
        foreach (int label in labels) rows[label]++;
        return Math.Clamp(rows.Min(), 1, most);
    }

    private static UnusableDataException NoDealing(ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, int folds, ReadOnlySpan<int> groups)
    {
        int[] perClass = new RowGroups(labels, groups).PerClass(classNames.Count);
        int rarest = Array.IndexOf(perClass, perClass.Min()), most = GroupDealing.MostFolds(labels, groups, classNames.Count, folds - 1);
        return new(string.Create(
            CultureInfo.InvariantCulture,
            $"Class '{classNames[rarest]}' has {perClass[rarest]} groups of rows, but the groups hold other classes together with it so that no way of "
            + $"dealing them out gives each of {folds} folds every class. {(most >= 2 ? $"Use at most {most} folds, collect" : "Collect")} more groups with "
            + $"it, or merge the class with another."));
    }

    private static int[] Deal(ReadOnlySpan<int> labels, int classes, int folds, ref SeededRandom random)
    {
        int[] assigned = new int[labels.Length];
        int next = 0;
        foreach (int[] rows in RowsByClass(labels, classes))
        {
            random.Shuffle<int>(rows);
            foreach (int row in rows)
            {
                assigned[row] = next;
                next = (next + 1) % folds;
            }
        }

        return assigned;
    }

    private static int[][] RowsByClass(ReadOnlySpan<int> labels, int classes)
    {
        int[] sizes = new int[classes];
        foreach (int label in labels) sizes[label]++;
        int[][] rows = [.. sizes.Select(s => new int[s])];
        Array.Clear(sizes);
        for (int i = 0; i < labels.Length; i++) rows[labels[i]][sizes[labels[i]]++] = i;
        return rows;
    }

    private static void Check(ReadOnlySpan<int> labels, IReadOnlyList<string> classNames, int folds, ReadOnlySpan<int> groups)
    {
        if (!groups.IsEmpty && groups.Length != labels.Length)
            throw new ArgumentException($"{groups.Length} groups do not fit {labels.Length} rows.", nameof(groups));
        var distinct = new HashSet<int>[classNames.Count];
        long[] rows = new long[classNames.Count];
        for (int i = 0; i < labels.Length; i++)
        {
            rows[labels[i]]++;
            if (!groups.IsEmpty) (distinct[labels[i]] ??= []).Add(groups[i]);
        }

        for (int c = 0; c < rows.Length; c++)
        {
            long count = groups.IsEmpty ? rows[c] : distinct[c]?.Count ?? 0;
            if (count >= folds) continue;
            int most = MostFolds(labels, rows.Length, groups, folds - 1);
            throw new UnusableDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Class '{classNames[c]}' has {count} "
                    + $"{(groups.IsEmpty ? "row" : "group")}{(count == 1 ? "" : "s")}{(groups.IsEmpty ? "" : " of rows")}, fewer than the {folds} folds: "
                    + $"some fold would have none to judge. {(most >= 2 ? $"Use at most {most} folds, collect" : "Collect")} more rows of it, or merge "
                    + $"the class with another."));
        }
    }
}
