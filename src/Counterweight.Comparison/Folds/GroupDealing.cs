namespace Counterweight.Comparison;

/// <summary>Deals whole groups of rows to folds, so that every fold has every class and about the class shares of the whole.</summary>
internal static class GroupDealing
{
    private const int Restarts = 8;

    /// <summary>Groups above which one deal is tried before the search: with so many, a deal that falls short is no bad luck.</summary>
    private const int ManyGroups = 20_000;

    /// <summary>A fold for every row; null if no way of dealing gives every fold every class.</summary>
    internal static int[]? Deal(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, int classes, int folds, ref SeededRandom random)
    {
        var all = new RowGroups(labels, groups);
        double[] totals = new double[classes];
        foreach (int label in labels) totals[label]++;
        for (int attempt = 0; attempt < (all.Count > ManyGroups ? 1 : Restarts); attempt++)
        {
            int[] dealt = Greedy(all, totals, folds, null, ref random);
            if (HasEveryClass(all, dealt, classes, folds)) return ByRow(all, dealt, labels.Length);
        }

        return DisjointCovers.Find(all, classes, folds, ref random) is int[] cover
            ? ByRow(all, Greedy(all, totals, folds, cover, ref random), labels.Length) : null;
    }

    /// <summary>The most folds, up to a number, of which each can have every class; 1 if not even two can.</summary>
    internal static int MostFolds(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, int classes, int most)
    {
        var all = new RowGroups(labels, groups);
        int folds = Math.Min(most, all.PerClass(classes).Min());
        while (folds >= 2 && !DisjointCovers.Exist(all, classes, folds)) folds--;
        return Math.Max(1, folds);
    }

    /// <summary>Parts whole groups in a larger and a smaller part with the same class shares, as far as their sizes let it; every class keeps a row in the
    /// larger part.</summary>
    /// <param name="labels">A code per row.</param>
    /// <param name="groups">A group per row; rows of negative groups stay in the larger part.</param>
    /// <param name="classes">K.</param>
    /// <param name="share">The share of the smaller part.</param>
    /// <param name="random">The source of the choice.</param>
    internal static (int[] Larger, int[] Smaller) Holdout(
        ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, int classes, double share, ref SeededRandom random)
    {
        var all = new RowGroups(labels, groups);
        double[] totals = new double[classes], held = new double[classes];
        foreach (int label in labels) totals[label]++;
        int[] order = [.. Enumerable.Range(0, all.Count)];
        random.Shuffle<int>(order);
        bool[] taken = new bool[labels.Length];
        foreach (int g in order)
        {
            if (groups[all.Rows(g)[0]] < 0) continue;
            double change = 0;
            bool possible = true;
            foreach ((int c, int rows) in all.Classes(g))
            {
                double before = (held[c] / totals[c]) - share, after = ((held[c] + rows) / totals[c]) - share;
                change += (after * after) - (before * before);
                possible &= held[c] + rows < totals[c];
            }

            if (!possible || change >= 0) continue;
            foreach ((int c, int rows) in all.Classes(g)) held[c] += rows;
            foreach (int row in all.Rows(g)) taken[row] = true;
        }

        return ([.. Enumerable.Range(0, taken.Length).Where(i => !taken[i])], [.. Enumerable.Range(0, taken.Length).Where(i => taken[i])]);
    }

    /// <summary>A fold for every group: the largest first, each to the fold that is emptiest of its classes; those of a cover to their own.</summary>
    private static int[] Greedy(RowGroups all, double[] totals, int folds, int[]? cover, ref SeededRandom random)
    {
        int[] order = [.. Enumerable.Range(0, all.Count)];
        random.Shuffle<int>(order);
        double[,] filled = new double[folds, totals.Length];
        int[] sizes = new int[folds], dealt = new int[all.Count];
        double rows = totals.Sum();
        if (cover is not null)
            for (int g = 0; g < cover.Length; g++)
                if (cover[g] >= 0) Put(g, cover[g]);
        foreach (int g in order.OrderByDescending(g => all.Rows(g).Length))
        {
            if (cover?[g] >= 0) continue;
            int best = 0;
            double bestLoad = double.PositiveInfinity;
            for (int fold = 0; fold < folds; fold++)
            {
                // How full the fold is of the classes of this group; the emptiest takes it.
                double load = 0;
                foreach ((int c, int adds) in all.Classes(g)) load += adds / totals[c] * filled[fold, c] / totals[c];
                load += 1e-9 * sizes[fold] / rows;
                if (load < bestLoad) (best, bestLoad) = (fold, load);
            }

            Put(g, best);
        }

        return dealt;

        void Put(int g, int fold)
        {
            dealt[g] = fold;
            foreach ((int c, int adds) in all.Classes(g)) filled[fold, c] += adds;
            sizes[fold] += all.Rows(g).Length;
        }
    }

    private static bool HasEveryClass(RowGroups all, int[] dealt, int classes, int folds)
    {
        bool[] has = new bool[classes * folds];
        int missing = has.Length;
        for (int g = 0; g < dealt.Length; g++)
            foreach ((int c, _) in all.Classes(g))
            {
                ref bool there = ref has[(dealt[g] * classes) + c];
                if (!there) missing--;
                there = true;
            }

        return missing == 0;
    }

    private static int[] ByRow(RowGroups all, int[] dealt, int rows)
    {
        int[] fold = new int[rows];
        for (int g = 0; g < dealt.Length; g++)
            foreach (int row in all.Rows(g)) fold[row] = dealt[g];
        return fold;
    }
}
