using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight.Comparison;

/// <summary>A node of a tree. The left child follows its parent.</summary>
/// <param name="Column">The column that is looked at; 0 for a leaf.</param>
/// <param name="Threshold">Numbers up to it go left; not a number for a leaf.</param>
/// <param name="Right">The right child; a leaf itself.</param>
/// <param name="Payload">Of a leaf: the complement of its class, or of K + where its shares begin. Of a number: 1 if missing values go left. Of a category: 2
/// + where the set of those that go left begins.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TreeNode(int Column, float Threshold, int Right, int Payload);

/// <summary>A classification tree, as <see cref="TreeGrower"/> grows it.</summary>
internal sealed class GiniTree
{
    private readonly TreeNode[] nodes;
    private readonly double[] shares;
    private readonly ulong[] sets;
    private readonly int classes;

    internal GiniTree(TreeNode[] nodes, double[] shares, ulong[] sets, int classes) =>
        (this.nodes, this.shares, this.sets, this.classes) = (nodes, shares, sets, classes);

    /// <summary>The nodes; the first is the root.</summary>
    internal ReadOnlySpan<TreeNode> Nodes => nodes;

    /// <summary>Shares of the classes in leaves of several classes, K for each.</summary>
    internal ReadOnlySpan<double> Shares => shares;

    /// <summary>Whether a column of categories is looked at.</summary>
    internal bool HasSets => sets.Length > 0;

    /// <summary>The categories that go left at a node that looks at them.</summary>
    internal int[] Set(TreeNode node)
    {
        int at = node.Payload - 2;
        return [.. Enumerable.Range(0, (int)sets[at] * 64).Where(category => Holds(at, category))];
    }

    /// <summary>Adds the shares of the classes in the leaf of each row to sums.</summary>
    /// <param name="values">n x D values, row by row.</param>
    /// <param name="columns">D.</param>
    /// <param name="sums">n x K.</param>
    internal void AddTo(ReadOnlySpan<float> values, int columns, Span<double> sums)
    {
        for (int row = 0; row < values.Length / columns; row++)
        {
            ReadOnlySpan<float> cells = values.Slice(row * columns, columns);
            int at = 0;
            TreeNode node;
            while ((node = nodes[at]).Payload >= 0)
            {
                float value = cells[node.Column];
                at = (node.Payload >= 2 ? Holds(node.Payload - 2, (int)value) : value <= node.Threshold || (node.Payload == 1 && float.IsNaN(value))) ? at + 1
                    : node.Right;
            }

            Leaf(~node.Payload, classes, shares, sums.Slice(row * classes, classes));
        }
    }

    /// <summary>Adds the shares of a leaf.</summary>
    /// <param name="leaf">Its class, or K + where its shares begin.</param>
    /// <param name="classes">K.</param>
    /// <param name="shares">The shares of leaves of several classes.</param>
    /// <param name="sums">K values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Leaf(int leaf, int classes, double[] shares, Span<double> sums)
    {
        if (leaf < classes) sums[leaf]++;
        else
            for (int c = 0; c < classes; c++) sums[c] += shares[leaf - classes + c];
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(nodes.Length);
        foreach (TreeNode node in nodes)
        {
            writer.Write(node.Column);
            writer.Write(node.Threshold);
            writer.Write(node.Right);
            writer.Write(node.Payload);
        }

        writer.Write(shares.Length);
        foreach (double share in shares) writer.Write(share);
        writer.Write(sets.Length);
        foreach (ulong word in sets) writer.Write(word);
    }

    /// <summary>Reads a tree and checks every index that a prediction will follow.</summary>
    internal static GiniTree Read(BinaryReader reader, int classes, int columns)
    {
        var nodes = new TreeNode[reader.ReadCount(16)];
        for (int i = 0; i < nodes.Length; i++) nodes[i] = new TreeNode(reader.ReadInt32(), reader.ReadSingle(), reader.ReadInt32(), reader.ReadInt32());
        double[] shares = new double[reader.ReadCount(8)];
        for (int i = 0; i < shares.Length; i++) shares[i] = reader.ReadDouble();
        ulong[] sets = new ulong[reader.ReadCount(8)];
        for (int i = 0; i < sets.Length; i++) sets[i] = reader.ReadUInt64();
        bool whole = nodes.Length > 0 && shares.All(s => s is >= 0 and <= 1);
        bool[] reached = new bool[nodes.Length];
        for (int i = 0; i < nodes.Length && whole; i++)
        {
            TreeNode node = nodes[i];
            whole = node.Payload < 0
                ? node.Column == 0 && node.Right == i && float.IsNaN(node.Threshold) && ~node.Payload < (shares.Length == 0 ? classes : shares.Length + 1)
                : node.Column >= 0 && node.Column < columns && node.Right > i + 1 && node.Right < nodes.Length && !float.IsNaN(node.Threshold)
                    && Once(i + 1) && Once(node.Right)
                    && (node.Payload < 2 || (node.Payload - 2 < sets.Length && sets[node.Payload - 2] < (ulong)(sets.Length - node.Payload + 2)));
        }

        return whole ? new GiniTree(nodes, shares, sets, classes) : throw new InvalidDataException("A tree points out of itself.");

        bool Once(int node) => !reached[node] && (reached[node] = true);
    }

    private bool Holds(int set, int category)
    {
        int word = category >> 6;
        return (ulong)word < sets[set] && (sets[set + 1 + word] >> (category & 63) & 1) != 0;
    }
}
