using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What makes a comparison lie before it starts: duplicates across a split, copies of the target, identifiers.</summary>
internal static class DataChecks
{
    private const double CopyShare = 0.999;

    /// <summary>The groups that splits respect: the user's, joined with exact duplicates of rows; empty if every row is on its own.</summary>
    /// <remarks>
    /// Of few columns with few values many rows are the same by chance, and would hang nearly all groups together. Where that leaves no way to deal them out,
    /// the user's groups alone count.
    /// </remarks>
    /// <param name="dataset">The rows.</param>
    /// <param name="stated">The user's groups, one per row; null for none.</param>
    /// <param name="folds">How many folds are wanted at least, if the user's groups allow so many.</param>
    /// <param name="warnings">Takes what the user should know.</param>
    internal static int[] Groups(Dataset dataset, IReadOnlyList<int>? stated, int folds, List<Warning> warnings)
    {
        if (stated is not null && stated.Count != dataset.Rows)
            throw new ArgumentException($"{stated.Count} groups do not fit {dataset.Rows} rows.", nameof(stated));
        int[] own = stated is null ? [] : Dense(stated), duplicates = DuplicateGroups(dataset, out int surplus);
        if (surplus == 0) return own;
        int[] joined = Dense(stated is null ? duplicates : Join(duplicates, stated));
        bool apart = Most(joined) < Most(own);
        warnings.Add(new Warning("duplicate-rows",
            string.Create(CultureInfo.InvariantCulture, $"{surplus} rows repeat the features of an earlier row exactly")
            + (apart ? $", so many that keeping copies on one side of every split would leave fewer than {folds} folds with every class. Copies may lie on "
                + $"both sides here; {(stated is null ? "" : "your groups do not; ")}if they are of one case, name it with a column of groups."
                : ". Copies are kept on one side of every split; otherwise a model would be judged on rows that it knows.")));
        return apart ? own : joined;

        int Most(int[] groups) => StratifiedFolds.MostFolds(dataset.Labels, dataset.Classes, groups, folds);
    }

    /// <summary>Adds what the user should know about the data.</summary>
    internal static void Warn(Dataset dataset, ClassCounts counts, List<Warning> warnings)
    {
        foreach (DataNote note in dataset.Notes) warnings.Add(new Warning(note.Code, note.Message));
        if (counts.Share(counts.Rarest) < 0.1)
            warnings.Add(new Warning("beyond-90-10", string.Create(
                CultureInfo.InvariantCulture,
                $"Class '{counts.Labels[counts.Rarest]}' has {counts.Share(counts.Rarest):P1} of the rows: beyond 90/10, most of a batch are small losses "
                + $"and a rare row is a huge update. A sampler or a tuned threshold is often the better tool than weights.")));
        foreach (Column column in dataset.Columns)
        {
            int distinct = Distinct(column, out bool text);
            int present = dataset.Rows - column.MissingCount;
            if (text && distinct == present && present > 50)
                warnings.Add(new Warning("identifier",
                    $"Column '{column.Name}' has another value in every row, like an identifier. A model cannot learn from it, or learns the order of the "
                    + $"file; leave it out."));
            if (distinct > 1 && PredictsAll(dataset, column, distinct) is double share && share >= CopyShare && distinct <= Math.Max(20, present / 20))
                warnings.Add(new Warning("target-copy", string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{column.Name}' alone tells the class of {share:P1} of the rows. It looks like a copy of the target, or is known only "
                    + $"afterwards; if so, leave it out.")));
        }

        LeakChecks.Warn(dataset, counts, warnings);
    }

    private static int[] DuplicateGroups(Dataset dataset, out int surplus)
    {
        int n = dataset.Rows;
        ulong[] hashes = new ulong[n];
        foreach (Column column in dataset.Columns)
            for (int i = 0; i < n; i++)
            {
                ulong bits = column switch
                {
                    NumericColumn numeric => BitsOf(numeric.Values[i]),
                    CategoricalColumn categorical => (ulong)categorical.Codes[i],
                    _ => (ulong)column.Text(i).GetHashCode(StringComparison.Ordinal),
                };
                hashes[i] = Mix(hashes[i] ^ bits);
            }

        var first = new Dictionary<ulong, int>(n);
        int[] groups = new int[n];
        surplus = 0;
        for (int i = 0; i < n; i++)
        {
            if (first.TryGetValue(hashes[i], out int earlier) && Equal(dataset, earlier, i)) (groups[i], surplus) = (earlier, surplus + 1);
            else
            {
                groups[i] = i;
                first[hashes[i]] = i;
            }
        }

        return groups;
    }

    /// <summary>The same groups under the numbers 0, 1, ... in the order of their first rows.</summary>
    private static int[] Dense(IReadOnlyList<int> groups)
    {
        var numbers = new Dictionary<int, int>();
        int[] dense = new int[groups.Count];
        for (int i = 0; i < dense.Length; i++)
            if (!numbers.TryGetValue(groups[i], out dense[i])) numbers[groups[i]] = dense[i] = numbers.Count;
        return dense;
    }

    /// <summary>Zero and minus zero are one number, and so are all the missing ones.</summary>
    private static ulong BitsOf(double value) => value == 0 ? 0 : BitConverter.DoubleToUInt64Bits(double.IsNaN(value) ? double.NaN : value);

    private static ulong Mix(ulong z)
    {
        z = (z + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL;
        return (z ^ (z >> 29)) * 0x94D049BB133111EBUL;
    }

    private static bool Equal(Dataset dataset, int left, int right)
    {
        foreach (Column column in dataset.Columns)
        {
            bool same = column switch
            {
                NumericColumn numeric => numeric.Values[left].Equals(numeric.Values[right]),
                CategoricalColumn categorical => categorical.Codes[left] == categorical.Codes[right],
                _ => column.Text(left) == column.Text(right),
            };
            if (!same) return false;
        }

        return true;
    }

    /// <summary>Connected components of "same duplicate" and "same stated group".</summary>
    private static int[] Join(int[] duplicates, IReadOnlyList<int> stated)
    {
        int[] parent = [.. Enumerable.Range(0, duplicates.Length)];
        var seen = new Dictionary<int, int>();
        for (int i = 0; i < parent.Length; i++)
        {
            Union(i, duplicates[i]);
            if (seen.TryGetValue(stated[i], out int other)) Union(i, other);
            else seen[stated[i]] = i;
        }

        return [.. Enumerable.Range(0, parent.Length).Select(Root)];

        int Root(int i)
        {
            while (parent[i] != i) i = parent[i] = parent[parent[i]];
            return i;
        }

        void Union(int a, int b) => parent[Root(a)] = Root(b);
    }

    private static int Distinct(Column column, out bool text)
    {
        text = column is CategoricalColumn || column is NumericColumn { Kind: not NumericKind.Real };
        return column switch
        {
            CategoricalColumn categorical => categorical.Levels.Count,
            NumericColumn numeric => CountDistinct(numeric.Values),
            _ => 0,
        };

        static int CountDistinct(ReadOnlySpan<double> values)
        {
            var found = new HashSet<double>();
            foreach (double value in values)
                if (!double.IsNaN(value)) found.Add(value);
            return found.Count;
        }
    }

    /// <summary>The share of rows whose class is the most frequent class of their value.</summary>
    private static double? PredictsAll(Dataset dataset, Column column, int distinct)
    {
        if (distinct > dataset.Rows / 2) return null;
        var table = new Dictionary<(string, int), int>();
        for (int i = 0; i < dataset.Rows; i++)
        {
            var key = (column.Text(i), dataset.Labels[i]);
            table[key] = table.GetValueOrDefault(key) + 1;
        }

        return (double)table.GroupBy(p => p.Key.Item1).Sum(g => g.Max(p => p.Value)) / dataset.Rows;
    }
}
