namespace Counterweight.Comparison;

/// <summary>Finds folds that each have a group of every class, where such folds exist.</summary>
/// <remarks>
/// Groups with the same set of classes stand for one another, so the search is over how many of each set are left: fold by fold, the class with the fewest
/// groups left is served first, by the set that wastes least, and states that were found to lead nowhere are remembered. Of two classes there are folds
/// whenever each class is in as many groups; of more there need not be.
/// </remarks>
internal sealed class DisjointCovers
{
    private const int MostSteps = 50_000;
    private readonly int classes, folds;
    private readonly int[][] sets;
    private readonly List<int>[] members;
    private readonly int[] left, groupsLeft;
    private readonly List<(int Set, int Fold)> taken = [];
    private readonly HashSet<string> hopeless = new(StringComparer.Ordinal);
    private int steps;

    private DisjointCovers(RowGroups groups, int classes, int folds)
    {
        (this.classes, this.folds) = (classes, folds);
        groupsLeft = groups.PerClass(classes);
        var bySet = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (int g = 0; g < groups.Count; g++)
        {
            string set = string.Join(' ', groups.Classes(g).Select(c => c.Class));
            if (!bySet.TryGetValue(set, out List<int>? same)) bySet[set] = same = [];
            same.Add(g);
        }

        members = [.. bySet.Values];
        sets = [.. members.Select(m => (int[])[.. groups.Classes(m[0]).Select(c => c.Class)])];
        left = [.. members.Select(m => m.Count)];
    }

    /// <summary>A fold for some of the groups, so that every fold has every class; -1 for the groups that are free. Null if there is no such choice, or none
    /// was found in the time that a search may take.</summary>
    internal static int[]? Find(RowGroups groups, int classes, int folds, ref SeededRandom random)
    {
        var search = new DisjointCovers(groups, classes, folds);
        if (!search.Succeeds()) return null;
        int[] fold = new int[groups.Count];
        Array.Fill(fold, -1);
        int[] used = new int[search.sets.Length];
        foreach (List<int> same in search.members)
        {
            int[] order = [.. same];
            random.Shuffle<int>(order);
            same.Clear();
            same.AddRange(order);
        }

        foreach ((int set, int at) in search.taken) fold[search.members[set][used[set]++]] = at;
        return fold;
    }

    /// <summary>Whether there are such folds, as far as the search found out.</summary>
    internal static bool Exist(RowGroups groups, int classes, int folds) => new DisjointCovers(groups, classes, folds).Succeeds();

    private bool Succeeds() => groupsLeft.All(n => n >= folds) && Fill(0);

    private bool Fill(int fold)
    {
        if (fold == folds) return true;
        string state = $"{fold}:{string.Join(' ', left)}";
        if (hopeless.Contains(state)) return false;
        if (Cover(fold, new bool[classes], classes)) return true;
        hopeless.Add(state);
        return false;
    }

    private bool Cover(int fold, bool[] covered, int open)
    {
        int from = taken.Count;
        while (open > 0)
        {
            int scarcest = -1;
            for (int c = 0; c < classes; c++)
                if (!covered[c] && (scarcest < 0 || groupsLeft[c] < groupsLeft[scarcest])) scarcest = c;
            int[] possible = [
                .. Enumerable.Range(0, sets.Length).Where(s => left[s] > 0 && sets[s].Contains(scarcest) && Affordable(s, fold))
                    .OrderBy(s => sets[s].Count(c => covered[c])).ThenByDescending(s => sets[s].Length)];
            if (possible.Length == 1 && ++steps <= MostSteps)
            {
                open -= Take(possible[0], fold, covered);
                continue;
            }

            foreach (int set in possible)
            {
                if (++steps > MostSteps) break;
                bool[] own = [.. covered];
                int count = Take(set, fold, own);
                if (Cover(fold, own, open - count)) return true;
                GiveBack(taken.Count - 1);
            }

            GiveBack(from);
            return false;
        }

        if (Fill(fold + 1)) return true;
        GiveBack(from);
        return false;
    }

    /// <summary>Whether the folds after this one can still have every class of a set if this one takes it.</summary>
    private bool Affordable(int set, int fold)
    {
        foreach (int c in sets[set])
            if (groupsLeft[c] - 1 < folds - fold - 1) return false;
        return true;
    }

    /// <summary>Gives a set to a fold.</summary>
    /// <returns>How many classes that covers which were not covered before.</returns>
    private int Take(int set, int fold, bool[] covered)
    {
        int count = 0;
        left[set]--;
        taken.Add((set, fold));
        foreach (int c in sets[set])
        {
            groupsLeft[c]--;
            if (covered[c]) continue;
            covered[c] = true;
            count++;
        }

        return count;
    }

    private void GiveBack(int from)
    {
        for (int i = taken.Count - 1; i >= from; i--)
        {
            left[taken[i].Set]++;
            foreach (int c in sets[taken[i].Set]) groupsLeft[c]++;
        }

        taken.RemoveRange(from, taken.Count - from);
    }
}
