using System.Runtime.InteropServices;
using Onnx;

namespace Counterweight.Onnx;

/// <summary>Trees in the form of the operator TreeEnsemble of ai.onnx.ml 5: nodes and leaves in tables, thresholds and sums in doubles.</summary>
/// <remarks>
/// Codes of categories are given with <see cref="FirstCode"/> added: ONNX Runtime 1.31 makes chains of small sets with members up to 30, and where a node
/// without a match leads to another set of the same column, it takes the two for one. Larger members stay sets. It also took a tree for a lone leaf if its
/// root's two children had one index, even where one is a leaf and the other a node (microsoft/onnxruntime, issue 24679); so no root gets such children.
/// </remarks>
internal sealed class TreeTable(int targets)
{
    /// <summary>What is added to codes of categories.</summary>
    internal const int FirstCode = 100;

    private const byte AtMost = 0, Member = 6;
    private readonly List<long> features = [], yes = [], no = [], yesIsLeaf = [], noIsLeaf = [], missing = [], leafTargets = [], roots = [];
    private readonly List<byte> modes = [];
    private readonly List<double> splits = [], members = [], leafWeights = [];

    /// <summary>A node or a leaf by its index.</summary>
    internal readonly record struct Child(int Index, bool IsLeaf);

    internal bool IsEmpty => roots.Count == 0;

    internal Child Leaf(double weight, int target)
    {
        leafWeights.Add(weight);
        leafTargets.Add(target);
        return new(leafWeights.Count - 1, true);
    }

    /// <summary>A node at which numbers up to a threshold take the first child, as does a NaN if it is said so.</summary>
    internal Child Node(int column, double threshold, bool missingFirst, Child first, Child second) =>
        Add(column, AtMost, threshold, missingFirst, first, second);

    /// <summary>
    /// A node at which the codes of a set take the first child, and all others of <paramref name="codes"/> codes the second; the column has the codes from
    /// <see cref="FirstCode"/> on.
    /// </summary>
    internal Child SetNode(int column, int[] set, int codes, Child first, Child second)
    {
        int[] own = [.. set.Where(c => c < codes).Order()];
        if (own.Length == 0 || own[^1] == own.Length - 1) return Node(column, FirstCode + own.Length - 1, false, first, second);
        if (own[0] == codes - own.Length) return Node(column, FirstCode + own[0] - 1, false, second, first);
        foreach (int code in own) members.Add(FirstCode + code);
        members.Add(double.NaN);
        return Add(column, Member, 0, false, first, second);
    }

    /// <summary>Ends a tree.</summary>
    internal void Root(Child root)
    {
        if (root.IsLeaf) root = Node(0, 0, false, root, root);
        else
        {
            (int at, long a, long b) = (root.Index, yes[root.Index], no[root.Index]);
            if (a == b && yesIsLeaf[at] != noIsLeaf[at])
            {
                // The leaf again, under another index.
                int leaf = (int)a;
                Child copy = Leaf(leafWeights[leaf], (int)leafTargets[leaf]);
                if (copy.Index == leaf) copy = Leaf(leafWeights[leaf], (int)leafTargets[leaf]);
                if (yesIsLeaf[at] == 1) yes[at] = copy.Index;
                else no[at] = copy.Index;
            }
        }

        roots.Add(root.Index);
    }

    /// <summary>Adds the operator to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">N x D doubles.</param>
    /// <returns>N x targets doubles: the sums over the trees.</returns>
    internal string AddTo(GraphBuilder graph, string input)
    {
        List<AttributeProto> attributes =
        [
            GraphBuilder.Int("n_targets", targets), GraphBuilder.Int("aggregate_function", 1), GraphBuilder.Int("post_transform", 0),
            GraphBuilder.Ints("tree_roots", roots), GraphBuilder.Ints("nodes_featureids", features), GraphBuilder.Ints("nodes_truenodeids", yes),
            GraphBuilder.Ints("nodes_falsenodeids", no), GraphBuilder.Ints("nodes_trueleafs", yesIsLeaf), GraphBuilder.Ints("nodes_falseleafs", noIsLeaf),
            GraphBuilder.Ints("nodes_missing_value_tracks_true", missing), GraphBuilder.Ints("leaf_targetids", leafTargets),
            GraphBuilder.Tensor("nodes_modes", TensorProto.Types.DataType.Uint8, CollectionsMarshal.AsSpan(modes), modes.Count),
            Doubles("nodes_splits", splits), Doubles("leaf_weights", leafWeights),
        ];
        if (members.Count > 0) attributes.Add(Doubles("membership_values", members));
        return graph.Node("TreeEnsemble", [input], attributes, GraphBuilder.MachineLearning);

        static AttributeProto Doubles(string name, List<double> values) =>
            GraphBuilder.Tensor(name, TensorProto.Types.DataType.Double, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(values)), values.Count);
    }

    private Child Add(int column, byte mode, double threshold, bool missingFirst, Child first, Child second)
    {
        features.Add(column);
        modes.Add(mode);
        splits.Add(threshold);
        missing.Add(missingFirst ? 1 : 0);
        yes.Add(first.Index);
        yesIsLeaf.Add(first.IsLeaf ? 1 : 0);
        no.Add(second.Index);
        noIsLeaf.Add(second.IsLeaf ? 1 : 0);
        return new(features.Count - 1, false);
    }
}
