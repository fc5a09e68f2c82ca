using System.Globalization;

namespace Counterweight.Comparison;

/// <summary>
/// Repeated stratified K-fold cross-validation: every fold has the class shares of the whole, and rows of one group stay on one side of
/// every split.
/// </summary>
/// <remarks>
/// Stratification lowers the variance of the estimate (Kohavi, 1995). Groups are given out largest first to the fold that they leave best
/// balanced; without groups, rows are dealt out class by class. The same seed gives the same folds.
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
    /// <exception cref="UnusableDataException">A class has fewer rows (or groups) than there are folds.</exception>
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
            var random = new SeededRandom(seed, repeat);
            int[] assigned = groups.IsEmpty ? Deal(labels, classNames.Count, folds, ref random)
                : DealGroups(labels, groups, classNames.Count, folds, ref random);
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
    /// <param name="random">The source of the choice.</param>
    /// <returns>Positions in <paramref name="labels"/>, ascending in both parts.</returns>
    internal static (int[] Larger, int[] Smaller) Holdout(ReadOnlySpan<int> labels, int classes, double share, ref SeededRandom random)
    {
        var larger = new List<int>(labels.Length);
        var smaller = new List<int>();
        foreach (int[] rows in RowsByClass(labels, classes))
        {
            random.Shuffle<int>(rows);
            int taken = Math.Min((int)Math.Round(rows.Length * share), Math.Max(0, rows.Length - 1));
            smaller.AddRange(rows.AsSpan(0, taken));
            larger.AddRange(rows.AsSpan(taken));
        }

        larger.Sort();
        smaller.Sort();
        return ([.. larger], [.. smaller]);
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

    private static int[] DealGroups(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, int classes, int folds, ref SeededRandom random)
    {
        var members = new Dictionary<int, List<int>>();
        for (int i = 0; i < groups.Length; i++)
        {
            if (!members.TryGetValue(groups[i], out List<int>? rows)) members[groups[i]] = rows = [];
            rows.Add(i);
        }

        List<int>[] order = [.. members.Values];
        random.Shuffle<List<int>>(order);
        order = [.. order.OrderByDescending(g => g.Count)];
        double[] totals = new double[classes];
        foreach (int label in labels) totals[label]++;
        double[,] filled = new double[folds, classes];
        int[] sizes = new int[folds];
        int[] assigned = new int[labels.Length];
        double[] adds = new double[classes];
        foreach (List<int> group in order)
        {
            Array.Clear(adds);
            foreach (int row in group) adds[labels[row]]++;
            int best = 0;
            double bestLoad = double.PositiveInfinity;
            for (int fold = 0; fold < folds; fold++)
            {
                // How full the fold is of the classes of this group; the emptiest takes it.
                double load = 0;
                for (int c = 0; c < classes; c++)
                    if (adds[c] > 0) load += adds[c] / totals[c] * filled[fold, c] / totals[c];
                load += 1e-9 * sizes[fold] / labels.Length;
                if (load < bestLoad) (best, bestLoad) = (fold, load);
            }

            foreach (int row in group) assigned[row] = best;
            for (int c = 0; c < classes; c++) filled[best, c] += adds[c];
            sizes[best] += group.Count;
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
            if (count < folds)
                throw new UnusableDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Class '{classNames[c]}' has {count} "
                    + $"{(groups.IsEmpty ? "row" : "group")}{(count == 1 ? "" : "s")}{(groups.IsEmpty ? "" : " of rows")}, fewer than the {folds} folds: "
                    + $"some fold would have none to judge. {(count >= 2 ? $"Use at most {count} folds, collect" : "Collect")} more rows of it, or merge "
                    + $"the class with another."));
        }
    }
}
