using System.Globalization;

namespace Counterweight.LightGbm;

/// <summary>A tree of a LightGBM model as its text has it.</summary>
/// <remarks>
/// A child at or above 0 is a node, another is the complement of a leaf. A decision of a node: bit 0 says that categories are looked at, bit 1 that missing
/// values go left, bits 2 and 3 what is missing (0 nothing, a NaN counts as 0; 1 zeros and NaN; 2 NaN). Numbers up to the threshold go left; a category goes
/// left if it is in the set whose index the threshold is. (LightGBM, tree.h: NumericalDecision, CategoricalDecision.)
/// </remarks>
internal sealed class BoostedTree
{
    private readonly int[] boundaries;
    private readonly uint[] words;

    private BoostedTree(
        double[] leaves, int[] columns, double[] thresholds, int[] decisions, int[] left, int[] right, int[] boundaries, uint[] words) =>
        (Leaves, Columns, Thresholds, Decisions, Left, Right, this.boundaries, this.words) = (
            leaves, columns, thresholds, decisions, left, right, boundaries, words);

    /// <summary>What the leaves add.</summary>
    internal double[] Leaves { get; }

    /// <summary>The column of each node; no nodes in a tree of one leaf.</summary>
    internal int[] Columns { get; }

    /// <summary>The threshold of each node, or the index of its set.</summary>
    internal double[] Thresholds { get; }

    /// <summary>The decision of each node.</summary>
    internal int[] Decisions { get; }

    /// <summary>The left child of each node.</summary>
    internal int[] Left { get; }

    /// <summary>The right child of each node.</summary>
    internal int[] Right { get; }

    /// <summary>The categories that go left at a node that looks at categories.</summary>
    internal int[] Set(int node)
    {
        int index = (int)Thresholds[node], from = boundaries[index];
        var members = new List<int>();
        for (int w = from; w < boundaries[index + 1]; w++)
            for (int bit = 0; bit < 32; bit++)
                if ((words[w] >> bit & 1) != 0) members.Add(((w - from) * 32) + bit);
        return [.. members];
    }

    /// <summary>The trees of a text that <see cref="ModelText"/> has found sound.</summary>
    /// <exception cref="NotSupportedException">The leaves are linear functions.</exception>
    internal static IReadOnlyList<BoostedTree> All(string text)
    {
        var trees = new List<BoostedTree>();
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        bool inTree = false;
        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            bool next = raw.StartsWith("Tree=", StringComparison.Ordinal), end = raw.SequenceEqual("end of trees");
            if (inTree && (next || end)) trees.Add(Of(fields));
            if (end) break;
            if (next)
            {
                inTree = true;
                fields.Clear();
            }
            else if (inTree && raw.IndexOf('=') is > 0 and int at) fields[raw[..at].ToString()] = raw[(at + 1)..].ToString();
        }

        return trees;
    }

    private static BoostedTree Of(Dictionary<string, string> fields)
    {
        if (fields.GetValueOrDefault("is_linear", "0") != "0") throw new NotSupportedException("Its leaves are linear functions.");
        return new(
            Doubles("leaf_value"), Integers("split_feature"), Doubles("threshold"), Integers("decision_type"), Integers("left_child"),
            Integers("right_child"), Integers("cat_boundaries"), [.. Words("cat_threshold").Select(w => uint.Parse(w, CultureInfo.InvariantCulture))]);

        string[] Words(string key) => fields.TryGetValue(key, out string? line) ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];

        int[] Integers(string key) => [.. Words(key).Select(w => int.Parse(w, CultureInfo.InvariantCulture))];

        double[] Doubles(string key) => [.. Words(key).Select(w => w switch
        {
            "inf" or "Inf" => double.PositiveInfinity,
            "-inf" or "-Inf" => double.NegativeInfinity,
            _ => double.Parse(w, CultureInfo.InvariantCulture),
        })];
    }
}
