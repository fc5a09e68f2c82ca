namespace Counterweight.Comparison;

/// <summary>The rows of each group, and the classes that each group has rows of.</summary>
internal sealed class RowGroups
{
    private readonly int[] starts, rows;
    private readonly (int Class, int Rows)[][] classes;

    /// <summary>Collects the groups in the order in which they first appear.</summary>
    /// <param name="labels">A code per row.</param>
    /// <param name="groups">A group per row.</param>
    internal RowGroups(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups)
    {
        if (groups.Length != labels.Length) throw new ArgumentException($"{groups.Length} groups do not fit {labels.Length} rows.", nameof(groups));
        var known = new Dictionary<int, int>();
        int[] group = new int[groups.Length];
        var sizes = new List<int>();
        for (int i = 0; i < groups.Length; i++)
        {
            if (!known.TryGetValue(groups[i], out group[i]))
            {
                known.Add(groups[i], group[i] = sizes.Count);
                sizes.Add(0);
            }

            sizes[group[i]]++;
        }

        starts = new int[sizes.Count + 1];
        for (int g = 0; g < sizes.Count; g++) starts[g + 1] = starts[g] + sizes[g];
        int[] next = starts[..^1];
        rows = new int[groups.Length];
        for (int i = 0; i < group.Length; i++) rows[next[group[i]]++] = i;
        classes = new (int, int)[sizes.Count][];
        var seen = new SortedDictionary<int, int>();
        for (int g = 0; g < sizes.Count; g++)
        {
            if (sizes[g] == 1)
            {
                classes[g] = [(labels[rows[starts[g]]], 1)];
                continue;
            }

            seen.Clear();
            foreach (int row in Rows(g)) seen[labels[row]] = seen.GetValueOrDefault(labels[row]) + 1;
            classes[g] = [.. seen.Select(c => (c.Key, c.Value))];
        }
    }

    /// <summary>How many groups there are.</summary>
    internal int Count => classes.Length;

    /// <summary>The rows of a group, ascending.</summary>
    internal ReadOnlySpan<int> Rows(int group) => rows.AsSpan(starts[group], starts[group + 1] - starts[group]);

    /// <summary>The classes of a group, ascending, with the number of its rows of each.</summary>
    internal (int Class, int Rows)[] Classes(int group) => classes[group];

    /// <summary>How many groups have rows of each class, K values.</summary>
    internal int[] PerClass(int all)
    {
        int[] count = new int[all];
        foreach ((int Class, int Rows)[] own in classes)
            foreach ((int c, _) in own) count[c]++;
        return count;
    }
}
