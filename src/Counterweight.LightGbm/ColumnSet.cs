using System.Text;

namespace Counterweight.LightGbm;

/// <summary>The columns of a dataset or model: the user's names, the names LightGBM can hold, and which are categorical.</summary>
internal sealed unsafe class ColumnSet
{
    internal ColumnSet(IReadOnlyList<string> names, IReadOnlyList<int> categorical, int columns)
    {
        if (names.Count > 0 && names.Count != columns)
            throw new ArgumentException($"{names.Count} column names were given for {columns} columns.", nameof(names));
        Names = names.Count > 0 ? [.. names] : [.. Enumerable.Range(0, columns).Select(c => $"Column_{c}")];
        foreach (IGrouping<string, string> same in Names.GroupBy(n => n, StringComparer.Ordinal))
            if (same.Skip(1).Any()) throw new ArgumentException($"The column name '{same.Key}' is given more than once.", nameof(names));
        Categorical = [.. categorical.Distinct().Order()];
        foreach (int c in Categorical)
            if (c < 0 || c >= columns) throw new ArgumentOutOfRangeException(nameof(categorical), c, $"Categorical columns are positions in 0..{columns - 1}.");
        NativeNames = Clean(Names);
    }

    internal int Count => Names.Length;

    internal string[] Names { get; }

    internal int[] Categorical { get; }

    /// <summary>The names as LightGBM's text model can hold them: no blanks, no JSON characters, no repeats.</summary>
    internal string[] NativeNames { get; }

    /// <summary>Throws if other names differ, saying which are missing, unknown or in another place.</summary>
    internal void Check(IReadOnlyList<string> others)
    {
        if (others.SequenceEqual(Names, StringComparer.Ordinal)) return;
        string[] missing = [.. Names.Except(others, StringComparer.Ordinal)], unknown = [.. others.Except(Names, StringComparer.Ordinal)];
        var problem = new StringBuilder("The columns differ from those of training");
        if (missing.Length > 0) problem.Append("; missing: ").Append(Some(missing));
        if (unknown.Length > 0) problem.Append("; not in training: ").Append(Some(unknown));
        string? column = missing.Concat(unknown).FirstOrDefault();
        for (int c = 0; column is null && c < Math.Min(Names.Length, others.Count); c++)
        {
            if (Names[c] == others[c]) continue;
            column = Names[c];
            problem.Append($"; '{others[c]}' is in the place of '{Names[c]}'");
        }

        throw new UnusableDataException(problem.Append('.').ToString(), column: column);
    }

    /// <summary>Gives the names to a native dataset.</summary>
    internal void Apply(DatasetHandle dataset, int threads)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(NativeNames.Select(n => n + '\0')));
        byte*[] pointers = new byte*[Count];
        fixed (byte* first = text)
        {
            byte* at = first;
            for (int c = 0; c < Count; c++)
            {
                pointers[c] = at;
                while (*at++ != 0) { }
            }

            using NativeCall call = NativeCall.Enter(threads);
            fixed (byte** names = pointers) NativeCall.Check(NativeMethods.LGBM_DatasetSetFeatureNames(dataset, names, Count));
        }
    }

    private static string Some(string[] names) =>
        string.Join(", ", names.Take(5).Select(n => $"'{n}'")) + (names.Length > 5 ? $" and {names.Length - 5} more" : "");

    private static string[] Clean(string[] names)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        string[] clean = new string[names.Length];
        for (int c = 0; c < names.Length; c++)
        {
            string name = string.Concat(
                names[c].Select(x => char.IsWhiteSpace(x) || char.IsControl(x) || "\",:[]{}=".Contains(x, StringComparison.Ordinal) ? '_' : x));
            if (name.Length == 0) name = $"Column_{c}";
            string unique = name;
            for (int i = 2; !taken.Add(unique); i++) unique = $"{name}_{i}";
            clean[c] = unique;
        }

        return clean;
    }
}
