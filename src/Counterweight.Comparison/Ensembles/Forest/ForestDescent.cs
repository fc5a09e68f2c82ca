using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight.Comparison;

/// <summary>The trees of a forest as rows go down them fastest: numbers become codes once for all trees, a node is one word, and eight rows go down side by
/// side.</summary>
/// <remarks>
/// The code of a number is how many thresholds of its column, in all trees, lie below it: it goes left where its code is at most the rank of the node's
/// threshold, as the number is at most the threshold. A column whose missing values go left in one node and right in another has two codes per row.
/// </remarks>
internal sealed class ForestDescent
{
    private const int Abreast = 8;
    private const ushort MostCode = ushort.MaxValue;

    private readonly Node[] nodes;
    private readonly int[] leaves, roots;
    private readonly double[] shares;
    private readonly int classes, slots;
    private readonly Coded[] coded;
    private readonly ColumnRanks ranks;

    private ForestDescent(Node[] nodes, int[] leaves, int[] roots, double[] shares, int classes, Coded[] coded, int slots, ColumnRanks ranks) =>
        (this.nodes, this.leaves, this.roots, this.shares, this.classes, this.coded, this.slots, this.ranks) = (
            nodes, leaves, roots, shares, classes, coded, slots, ranks);

    /// <summary>Recasts trees; null if they split categories, or are too many for small codes.</summary>
    /// <param name="trees">The trees.</param>
    /// <param name="classes">K.</param>
    /// <param name="columns">D.</param>
    internal static ForestDescent? Of(GiniTree[] trees, int classes, int columns)
    {
        if (trees.Any(t => t.HasSets) || trees.Sum(t => (long)t.Nodes.Length) > int.MaxValue) return null;
        var thresholds = new List<float>[columns];
        int[] right = new int[columns], left = new int[columns];
        foreach (GiniTree tree in trees)
            foreach (TreeNode node in tree.Nodes)
                if (node.Payload >= 0)
                {
                    (thresholds[node.Column] ??= []).Add(node.Threshold);
                    (node.Payload == 1 ? left : right)[node.Column]++;
                }

        int slots = 0;
        var coded = new List<Coded>();
        float[]?[] sorted = new float[columns][];
        for (int c = 0; c < columns; c++)
        {
            if (thresholds[c] is null) continue;
            thresholds[c].Sort();
            float[] own = [.. thresholds[c].Where((t, i) => i == 0 || t != thresholds[c][i - 1])];
            sorted[c] = own;
            coded.Add(new Coded(c, right[c] > 0 ? slots++ : -1, left[c] > 0 ? slots++ : -1));
            (right[c], left[c]) = (coded[^1].MissingRight, coded[^1].MissingLeft);
            if (own.Length >= MostCode || slots * Abreast > ushort.MaxValue) return null;
        }

        var nodes = new Node[trees.Sum(t => t.Nodes.Length)];
        int[] leaves = new int[nodes.Length], roots = new int[trees.Length];
        var shares = new List<double>();
        int next = 0;
        for (int t = 0; t < trees.Length; t++)
        {
            ReadOnlySpan<TreeNode> tree = trees[t].Nodes;
            var waiting = new Stack<(int From, int To)>();
            roots[t] = next++;
            waiting.Push((0, roots[t]));
            while (waiting.TryPop(out (int From, int To) place))
            {
                TreeNode node = tree[place.From];
                if (node.Payload < 0)
                {
                    int leaf = ~node.Payload;
                    (nodes[place.To], leaves[place.To]) = (new Node(MostCode, 0, (uint)place.To), leaf < classes ? leaf : leaf + shares.Count);
                    continue;
                }

                int slot = (node.Payload == 1 ? left : right)[node.Column], rank = Array.BinarySearch(sorted[node.Column]!, node.Threshold);
                nodes[place.To] = new Node((ushort)rank, (ushort)(slot * Abreast), (uint)next);
                waiting.Push((node.Right, next + 1));
                waiting.Push((place.From + 1, next));
                next += 2;
            }

            shares.AddRange(trees[t].Shares);
        }

        return new ForestDescent(nodes, leaves, roots, [.. shares], classes, [.. coded], slots, new ColumnRanks(sorted));
    }

    /// <summary>Adds the shares of the classes in the leaf of each row, tree after tree, to sums.</summary>
    /// <param name="values">n x D values, row by row.</param>
    /// <param name="columns">D.</param>
    /// <param name="sums">n x K.</param>
    internal void AddTo(ReadOnlySpan<float> values, int columns, Span<double> sums)
    {
        int rows = values.Length / columns, tiles = (rows + Abreast - 1) / Abreast, tile = Math.Max(1, slots) * Abreast;
        ushort[] codes = ArrayPool<ushort>.Shared.Rent(tiles * tile);
        codes.AsSpan(0, tiles * tile).Clear();
        Span<ushort> own = columns <= 512 ? stackalloc ushort[columns] : new ushort[columns];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> cells = values.Slice(row * columns, columns);
            ranks.Of(cells, own);
            Span<ushort> to = codes.AsSpan((row / Abreast * tile) + (row % Abreast), tile - (row % Abreast));
            foreach (Coded column in coded)
            {
                ushort code = own[column.Column];
                if (column.MissingLeft >= 0) to[column.MissingLeft * Abreast] = code;
                if (column.MissingRight >= 0) to[column.MissingRight * Abreast] = float.IsNaN(cells[column.Column]) ? MostCode : code;
            }
        }

        foreach (int root in roots)
            for (int t = 0; t < tiles; t++)
                Descend(root, ref codes[t * tile], sums.Slice(t * Abreast * classes, Math.Min(Abreast, rows - (t * Abreast)) * classes));
        ArrayPool<ushort>.Shared.Return(codes);
    }

    /// <summary>Eight rows go down a tree side by side, since each step of one waits for memory.</summary>
    private void Descend(int root, ref ushort tile, Span<double> sums)
    {
        ref Node first = ref MemoryMarshal.GetArrayDataReference(nodes);
        uint a0 = (uint)root, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0, moved;
        do
        {
            // Two steps at a time: most of the way there is nothing to look after.
            uint b0 = Step(ref first, ref tile, Step(ref first, ref tile, a0, 0), 0), b1 = Step(ref first, ref tile, Step(ref first, ref tile, a1, 1), 1);
            uint b2 = Step(ref first, ref tile, Step(ref first, ref tile, a2, 2), 2), b3 = Step(ref first, ref tile, Step(ref first, ref tile, a3, 3), 3);
            moved = (a0 ^ b0) | (a1 ^ b1) | (a2 ^ b2) | (a3 ^ b3);
            (a0, a1, a2, a3) = (b0, b1, b2, b3);
            b0 = Step(ref first, ref tile, Step(ref first, ref tile, a4, 4), 4);
            b1 = Step(ref first, ref tile, Step(ref first, ref tile, a5, 5), 5);
            b2 = Step(ref first, ref tile, Step(ref first, ref tile, a6, 6), 6);
            b3 = Step(ref first, ref tile, Step(ref first, ref tile, a7, 7), 7);
            moved |= (a4 ^ b0) | (a5 ^ b1) | (a6 ^ b2) | (a7 ^ b3);
            (a4, a5, a6, a7) = (b0, b1, b2, b3);
        }
        while (moved != 0);
        Span<uint> at = [a0, a1, a2, a3, a4, a5, a6, a7];
        for (int i = 0; i < sums.Length / classes; i++) GiniTree.Leaf(leaves[at[i]], classes, shares, sums.Slice(i * classes, classes));
    }

    /// <summary>The child of a row, without a branch: which way it goes cannot be foretold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(ref Node nodes, ref ushort tile, uint at, int lane)
    {
        ref Node node = ref Unsafe.Add(ref nodes, (nint)at);
        return node.Left + ((uint)(node.Most - Unsafe.Add(ref tile, (nint)node.Column + lane)) >> 31);
    }

    /// <summary>A node.</summary>
    /// <param name="Most">The largest code that goes left.</param>
    /// <param name="Column">Where the codes of its column begin in a tile.</param>
    /// <param name="Left">The left child, which the right one follows; a leaf itself.</param>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Node(ushort Most, ushort Column, uint Left);

    /// <summary>A column with the places of its codes in a tile, -1 for none: one in which missing values go right, one in which they go left.</summary>
    private readonly record struct Coded(int Column, int MissingRight, int MissingLeft);
}
