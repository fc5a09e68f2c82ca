using Counterweight.Comparison;
using Counterweight.LightGbm;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Counterweight.Onnx;

/// <summary>What a model computes, as nodes: N x K probabilities in doubles.</summary>
internal sealed class ModelNodes(GraphBuilder graph, FeatureNodes features)
{
    /// <summary>LightGBM's kZeroThreshold: what is this near to zero is zero.</summary>
    private const double NearZero = 1e-35f;

    internal string Probabilities(ModelForm form) => form switch
    {
        MeanForm mean => Mean(mean),
        LinearForm linear => Linear(linear),
        NetworkForm network => Network(network),
        BoostedForm boosted => Boosted(boosted),
        ForestForm forest => Forest(forest),
        _ => throw new NotSupportedException($"A {form.GetType().Name} has no form in ONNX."),
    };

    private string Mean(MeanForm mean)
    {
        double total = mean.Weights.Sum();
        string? sum = null;
        for (int m = 0; m < mean.Members.Count; m++)
        {
            string part = graph.Op("Mul", Probabilities(mean.Members[m]), graph.Double(mean.Weights[m] / total));
            sum = sum is null ? part : graph.Op("Add", sum, part);
        }

        return graph.Op("Min", sum!, graph.Double(1));
    }

    private string Linear(LinearForm form)
    {
        int k = form.Classes;
        double[] coefficients = [.. form.Coefficients];

        // Of two classes under a softmax only the difference counts: the first has the logit 0, as in training.
        if (k == 2 && form.Link == LogitLink.Softmax)
            for (int i = 0; i < coefficients.Length; i += 2) (coefficients[i], coefficients[i + 1]) = (0, coefficients[i + 1] - coefficients[i]);
        List<double> numbers = [];
        string? codes = null;
        int at = 0;
        for (int c = 0; c < features.Levels.Count; c++)
        {
            int width = Math.Max(1, features.Levels[c]);
            ReadOnlySpan<double> own = coefficients.AsSpan(at * k, width * k);
            if (features.Codes[c] is string code)
            {
                string part = graph.Node("Gather", [graph.Doubles(own, width, k), code], [GraphBuilder.Int("axis", 0)]);
                codes = codes is null ? part : graph.Op("Add", codes, part);
            }
            else numbers.AddRange(own);
            at += width;
        }

        string logits = graph.Doubles(coefficients.AsSpan(form.Width * k), 1, k);
        if (features.Numbers is not null)
            logits = graph.Op("Add", logits,
                graph.Op("MatMul", graph.Cast(features.Numbers, DataType.Double), graph.Doubles([.. numbers], numbers.Count / k, k)));
        if (codes is not null) logits = graph.Op("Add", logits, codes);
        return Link(logits, form.Link);
    }

    private string Network(NetworkForm form)
    {
        string hidden = "";
        int layers = form.Sizes.Count - 1;
        for (int layer = 0; layer < layers; layer++)
        {
            double[] weights = [.. form.Parameters[2 * layer].Select(w => (double)w)], biases = [.. form.Parameters[2 * layer + 1].Select(b => (double)b)];
            int from = form.Sizes[layer], to = form.Sizes[layer + 1];
            bool last = layer + 1 == layers;
            if (last && form.Cosines)
            {
                string length = graph.OverColumns("ReduceL2", hidden);
                hidden = graph.Op("Div", hidden, graph.Op("Max", length, graph.Double(1e-12)));
                hidden = graph.Op("MatMul", hidden, graph.Doubles(Transposed(Normalised(weights, from), from, to), from, to));
                continue;
            }

            string sum = layer == 0 ? Dense(weights, to) : graph.Op("MatMul", hidden, graph.Doubles(Transposed(weights, from, to), from, to));
            hidden = graph.Op("Add", sum, graph.Doubles(biases, to));
            if (!last) hidden = graph.Op("Relu", hidden);
        }

        return Link(hidden, form.Link);
    }

    /// <summary>The first layer: the numbers times their weights, and of every category the weights of its code.</summary>
    private string Dense(double[] weights, int outputs)
    {
        int width = weights.Length / outputs, at = 0;
        List<int> numbers = [];
        List<string> parts = [];
        for (int c = 0; c < features.Levels.Count; c++)
        {
            if (features.Codes[c] is string code)
            {
                int from = at;
                string table = graph.Doubles(Rows(Enumerable.Range(from, features.Levels[c])), features.Levels[c], outputs);
                parts.Add(graph.Node("Gather", [table, code], [GraphBuilder.Int("axis", 0)]));
                at += features.Levels[c];
            }
            else numbers.Add(at++);
        }

        if (features.Numbers is not null)
            parts.Insert(0, graph.Op("MatMul", graph.Cast(features.Numbers, DataType.Double), graph.Doubles(Rows(numbers), numbers.Count, outputs)));
        return parts.Aggregate((a, b) => graph.Op("Add", a, b));

        double[] Rows(IEnumerable<int> inputs) => [.. inputs.SelectMany(i => Enumerable.Range(0, outputs).Select(o => weights[(o * width) + i]))];
    }

    internal string Link(string logits, LogitLink link)
    {
        if (link.Scale != 1) logits = graph.Op("Mul", logits, graph.Double(link.Scale));
        if (link.Sigmoids)
        {
            // log sigmoid(z) = min(z, 0) - log(1 + exp(-|z|))
            string far = graph.Op("Exp", graph.Op("Neg", graph.Op("Abs", logits)));
            logits = graph.Op("Sub", graph.Op("Min", logits, graph.Double(0)), graph.Op("Log", graph.Op("Add", far, graph.Double(1))));
        }

        return Softmax(logits);
    }

    private string Softmax(string logits)
    {
        string powers = graph.Op("Exp", graph.Op("Sub", logits, graph.OverColumns("ReduceMax", logits)));
        return graph.Op("Div", powers, graph.OverColumns("ReduceSum", powers));
    }

    /// <summary>1 / (1 + exp(-z)).</summary>
    private string Sigmoid(string score) => graph.Op("Div", graph.Double(1), graph.Op("Add", graph.Op("Exp", graph.Op("Neg", score)), graph.Double(1)));

    private string Boosted(BoostedForm form)
    {
        // A table for each score: ONNX Runtime adds up leaves of one target faster than those of several.
        TreeTable[] tables = [.. Enumerable.Range(0, form.Outputs).Select(_ => new TreeTable(1))];
        for (int t = 0; t < form.Trees.Count; t++)
        {
            TreeTable table = tables[t % form.Outputs];
            table.Root(Copy(table, form.Trees[t], 0, features.Places.Length));
        }

        string input = features.TreeInput;
        if (form.Trees.Any(t => Enumerable.Range(0, t.Columns.Length).Any(i => ZeroIsMissing(t, i))))
        {
            // The numbers again behind all columns, with a NaN for what is near zero.
            string numbers = graph.Cast(features.Numbers!, DataType.Double);
            string near = graph.Op("LessOrEqual", graph.Op("Abs", numbers), graph.Double(NearZero));
            input = graph.Columns([input, graph.Op("Where", near, graph.Double(double.NaN), numbers)]);
        }

        string scores = graph.Columns([.. tables.Select(t => t.AddTo(graph, input))]);
        string Steep() => form.Steepness == 1 ? scores : graph.Op("Mul", scores, graph.Double(form.Steepness));
        switch (form.Link)
        {
            case BoostingLink.Sigmoid:
                string second = Sigmoid(Steep());
                return graph.Columns([graph.Op("Sub", graph.Double(1), second), second]);
            case BoostingLink.Softmax:
                return Softmax(scores);
            case BoostingLink.OneVersusRest:
                return Shares(Sigmoid(Steep()), form.Classes);
            default:
                throw new NotSupportedException("Its scores are not those of classes.");
        }
    }

    /// <summary>Each value over the sum of its row; equal shares where that is 0.</summary>
    private string Shares(string values, int classes)
    {
        string sum = graph.OverColumns("ReduceSum", values);
        return graph.Op("Where", graph.Op("Greater", sum, graph.Double(0)), graph.Op("Div", values, sum), graph.Double(1.0 / classes));
    }

    /// <summary>Whether zeros go where missing values go at a node of numbers.</summary>
    private static bool ZeroIsMissing(BoostedTree tree, int node) => (tree.Decisions[node] & 13) == 4;

    private TreeTable.Child Copy(TreeTable table, BoostedTree tree, int target, int zeros)
    {
        TreeTable.Child[] leaves = [.. tree.Leaves.Select(value => table.Leaf(value, target))], nodes = new TreeTable.Child[tree.Columns.Length];

        // A child comes after its parent, so that from the end on all children are there.
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            TreeTable.Child left = Of(tree.Left[i]), right = Of(tree.Right[i]);
            int column = features.Places[tree.Columns[i]], decision = tree.Decisions[i];
            nodes[i] = (decision & 1) == 1 ? table.SetNode(column, tree.Set(i), Math.Max(1, features.Levels[tree.Columns[i]]), left, right)
                : table.Node(
                    ZeroIsMissing(tree, i) ? zeros + column : column, tree.Thresholds[i],
                    (decision >> 2 & 3) == 0 ? tree.Thresholds[i] >= 0 : (decision & 2) != 0, left, right);
        }

        return nodes.Length == 0 ? leaves[0] : nodes[0];

        TreeTable.Child Of(int child) => child >= 0 ? nodes[child] : leaves[~child];
    }

    private string Forest(ForestForm form)
    {
        int k = form.Classes;
        if (k == 2)
        {
            var second = new TreeTable(1);
            foreach (GiniTree tree in form.Trees) second.Root(Second(second, tree));
            string share = graph.Op("Div", second.AddTo(graph, features.TreeInput), graph.Double(form.Trees.Count));
            return graph.Columns([graph.Op("Sub", graph.Double(1), share), share]);
        }

        var table = new TreeTable(k);
        foreach (GiniTree tree in form.Trees)
        {
            // A leaf of the operator adds to one class; leaves of several classes need the tree once for each.
            int copies = 1;
            foreach (TreeNode node in tree.Nodes)
                if (node.Payload < 0 && ~node.Payload >= k) copies = Math.Max(copies, Several(tree, node, k).Length);
            for (int copy = 0; copy < copies; copy++)
                if (Copy(table, tree, k, copy) is { } root) table.Root(root);
        }

        return graph.Op("Div", table.AddTo(graph, features.TreeInput), graph.Double(form.Trees.Count));
    }

    /// <summary>A tree whose leaves add the share of one of their classes; null where there is nothing to add.</summary>
    private TreeTable.Child? Copy(TreeTable table, GiniTree tree, int classes, int copy)
    {
        ReadOnlySpan<TreeNode> nodes = tree.Nodes;
        var made = new TreeTable.Child?[nodes.Length];
        TreeTable.Child? nothing = null;
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            TreeNode node = nodes[i];
            if (node.Payload < 0)
            {
                int leaf = ~node.Payload;
                if (leaf < classes) made[i] = copy == 0 ? table.Leaf(1, leaf) : null;
                else if (Several(tree, node, classes) is var several && copy < several.Length) made[i] = table.Leaf(several[copy].Share, several[copy].Class);
                continue;
            }

            if (made[i + 1] is null && made[node.Right] is null) continue;
            made[i] = Split(table, tree, node, made[i + 1] ?? Nothing(), made[node.Right] ?? Nothing());
        }

        return made[0];

        TreeTable.Child Nothing() => nothing ??= table.Leaf(0, 0);
    }

    /// <summary>A tree of two classes, whose leaves give the share of the second.</summary>
    private TreeTable.Child Second(TreeTable table, GiniTree tree)
    {
        ReadOnlySpan<TreeNode> nodes = tree.Nodes;
        var made = new TreeTable.Child[nodes.Length];
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            TreeNode node = nodes[i];
            int leaf = ~node.Payload;
            made[i] = node.Payload >= 0 ? Split(table, tree, node, made[i + 1], made[node.Right])
                : table.Leaf(leaf < 2 ? leaf : tree.Shares[leaf - 1], 0);
        }

        return made[0];
    }

    private TreeTable.Child Split(TreeTable table, GiniTree tree, TreeNode node, TreeTable.Child left, TreeTable.Child right)
    {
        int column = features.Places[node.Column];
        return node.Payload >= 2 ? table.SetNode(column, tree.Set(node), Math.Max(1, features.Levels[node.Column]), left, right)
            : table.Node(column, node.Threshold, node.Payload == 1, left, right);
    }

    private static (int Class, double Share)[] Several(GiniTree tree, TreeNode leaf, int classes)
    {
        ReadOnlySpan<double> shares = tree.Shares.Slice(~leaf.Payload - classes, classes);
        var several = new List<(int, double)>();
        for (int c = 0; c < classes; c++)
            if (shares[c] > 0) several.Add((c, shares[c]));
        return [.. several];
    }

    private static double[] Transposed(double[] weights, int inputs, int outputs)
    {
        double[] turned = new double[weights.Length];
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++) turned[(i * outputs) + o] = weights[(o * inputs) + i];
        return turned;
    }

    private static double[] Normalised(double[] weights, int width)
    {
        double[] scaled = new double[weights.Length];
        for (int at = 0; at < weights.Length; at += width)
        {
            double sum = 0;
            for (int i = 0; i < width; i++) sum += weights[at + i] * weights[at + i];
            double length = Math.Max(Math.Sqrt(sum), 1e-12);
            for (int i = 0; i < width; i++) scaled[at + i] = weights[at + i] / length;
        }

        return scaled;
    }
}
