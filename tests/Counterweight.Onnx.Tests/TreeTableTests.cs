using Onnx;

namespace Counterweight.Onnx.Tests;

public sealed class TreeTableTests
{
    private const int Columns = 3, Codes = 41;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(30, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(200, true)]
    public void Random_trees_give_their_leaves_in_onnx_runtime(int trees, bool sets)
    {
        var random = new SeededRandom(11);
        for (int round = 0; round < 10; round++)
        {
            var table = new TreeTable(2);
            List<Func<double[], (double, int)>> expected = [];
            for (int t = 0; t < trees; t++)
            {
                (TreeTable.Child root, Func<double[], (double, int)> leaf) = Grow(table, ref random, sets, 0);
                table.Root(root);
                expected.Add(leaf);
            }

            double[] rows = new double[3 * 500];
            for (int i = 0; i < rows.Length; i += Columns)
                (rows[i], rows[i + 1], rows[i + 2]) = (TreeTable.FirstCode + random.NextInt32(Codes),
                    random.NextDouble() < 0.1 ? double.NaN : random.NextInt32(9), TreeTable.FirstCode + random.NextInt32(5));
            double[] found = Run(table, rows);
            for (int i = 0; i < 500; i++)
            {
                double[] row = rows[(i * Columns)..((i + 1) * Columns)], sums = new double[2];
                foreach (Func<double[], (double, int)> tree in expected)
                {
                    (double weight, int target) = tree(row);
                    sums[target] += weight;
                }

                Assert.Equal(sums, found[(2 * i)..((2 * i) + 2)]);
            }
        }
    }

    /// <summary>A random tree whose leaves are whole numbers, and the same as a function.</summary>
    private static (TreeTable.Child, Func<double[], (double, int)>) Grow(TreeTable table, ref SeededRandom random, bool sets, int depth)
    {
        if (random.NextDouble() < 0.15 * depth)
        {
            (double weight, int target) = (random.NextInt32(1000), random.NextInt32(2));
            return (table.Leaf(weight, target), _ => (weight, target));
        }

        (TreeTable.Child a, Func<double[], (double, int)> first) = Grow(table, ref random, sets, depth + 1);
        (TreeTable.Child b, Func<double[], (double, int)> second) = Grow(table, ref random, sets, depth + 1);
        if (sets && random.NextDouble() < 0.6)
        {
            int most = random.NextInt32(random.NextDouble() < 0.5 ? Codes : 3) + 1, column = random.NextDouble() < 0.7 ? 0 : 2, codes = column == 0 ? Codes : 5;
            var set = new HashSet<int>();
            for (int i = 0; i < most; i++) set.Add(random.NextInt32(codes));
            return (table.SetNode(column, [.. set], codes, a, b), row => set.Contains((int)row[column] - TreeTable.FirstCode) ? first(row) : second(row));
        }

        (int at, double threshold, bool missing) = (1, random.NextInt32(8) + 0.5, random.NextDouble() < 0.5);
        return (table.Node(at, threshold, missing, a, b),
            row => row[at] <= threshold || (missing && double.IsNaN(row[at])) ? first(row) : second(row));
    }

    private static double[] Run(TreeTable table, double[] rows)
    {
        var graph = new GraphBuilder(["x", "y"]);
        graph.Input("x", TensorProto.Types.DataType.Double, "", Columns);
        graph.Node("Identity", [table.AddTo(graph, "x")], output: "y");
        graph.Output("y", TensorProto.Types.DataType.Double, "", 2);
        return Runs.Of(graph.Graph, "x", rows, Columns, "y");
    }
}
