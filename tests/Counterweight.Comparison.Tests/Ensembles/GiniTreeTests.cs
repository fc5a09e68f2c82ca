using CsCheck;

namespace Counterweight.Comparison.Tests;

public sealed class GiniTreeTests
{
    private static (GiniTree Tree, FeatureTable Features) Grow(float[] values, int[] levels, int[] labels, int[]? rows = null, int perSplit = 0)
    {
        int columns = levels.Length, classes = Math.Max(2, labels.Max() + 1);
        int[] categorical = [.. Enumerable.Range(0, columns).Where(c => levels[c] > 0)];
        var features = new FeatureTable(new SampleMatrix<float>(values, columns, categorical), levels);
        long[] counts = new long[classes];
        foreach (int label in labels) counts[label]++;
        var bins = ColumnBins.From(features, new ClassRows(labels, new TrainingPlan { Counts = ClassCounts.From(counts) }, "balanced-forest"), seed: 1, threads: 2);
        rows ??= [.. Enumerable.Range(0, labels.Length)];
        return (GiniTree.Grow(bins, rows, labels, classes, perSplit == 0 ? columns : perSplit, new SeededRandom(1)), features);
    }

    private static double[] Predict(GiniTree tree, FeatureTable features, int classes)
    {
        double[] p = new double[features.Rows * classes], again = new double[p.Length];
        ReadOnlySpan<float> values = features.Matrix.Values.Span;
        bool whole = !System.Numerics.Tensors.TensorPrimitives.IsNaNAny(values);
        tree.AddTo(values, features.Columns, whole, p);
        tree.AddTo(values, features.Columns, whole: false, again);
        Assert.Equal(p, again);
        return p;
    }

    private static byte[] Written(GiniTree tree)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) tree.Write(writer);
        return stream.ToArray();
    }

    [Fact]
    public void A_tree_that_sees_rows_that_differ_knows_them_all() =>
        Gen.Select(Gen.Int[30, 200], Gen.Int[2, 5], Gen.Long).Sample((n, classes, seed) =>
        {
            // Numbers with gaps, and a category; the second column tells all rows apart.
            var random = new SeededRandom(seed);
            int[] labels = [.. Enumerable.Range(0, n).Select(i => i < 5 * classes ? i % classes : random.NextInt32(classes))];
            float[] values = new float[3 * n];
            for (int i = 0; i < n; i++)
            {
                values[3 * i] = random.NextDouble() < 0.2 ? float.NaN : (float)random.NextGaussian();
                values[(3 * i) + 1] = i * 0.25f;
                values[(3 * i) + 2] = random.NextInt32(6);
            }

            foreach (int perSplit in (int[])[1, 3])
            {
                (GiniTree tree, FeatureTable features) = Grow(values, [0, 0, 6], labels, perSplit: perSplit);
                double[] p = Predict(tree, features, classes);
                for (int i = 0; i < n; i++)
                    for (int c = 0; c < classes; c++) Assert.Equal(labels[i] == c ? 1 : 0, p[(i * classes) + c]);
            }
        }, iter: 30);

    [Fact]
    public void The_first_split_is_the_one_of_least_impurity()
    {
        // Parting at 6.5 leaves (10, 1) and (0, 4): 101 / 11 + 16 / 4; at 4.5 it were (8, 0) and (2, 5): 64 / 8 + 29 / 7.
        float[] x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        int[] labels = [0, 0, 0, 0, 0, 1, 0, 1, 1, 1];
        (GiniTree tree, _) = Grow([.. x, .. new float[] { 1, 3, 6, 8, 2 }], [0], [.. labels, 0, 0, 0, 1, 0]);
        Assert.Equal(6.5f, BitConverter.ToSingle(Written(tree), 8));
        var between = new FeatureTable(new SampleMatrix<float>(new[] { 4.4f, 4.6f, 6.4f, 6.6f, -100, 100 }, 1), [0]);
        double[] p = Predict(tree, between, 2);
        Assert.Equal([0, 1, 0, 1, 0, 1], Enumerable.Range(0, 6).Select(i => p[(2 * i) + 1]));
    }

    [Fact]
    public void Rows_that_cannot_be_told_apart_share_a_leaf()
    {
        (GiniTree tree, FeatureTable features) = Grow([1, 1, 1, 1, 2, 2, 1, 1, 2, 2, 2], [0], [0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0]);
        double[] p = Predict(tree, features, 2);
        Assert.Equal(0.5, p[1], 12);
        Assert.Equal(3.0 / 5, p[9], 12);
    }

    [Fact]
    public void Missing_values_go_where_their_class_is_and_unknown_ones_with_the_most()
    {
        float[] values = [.. Enumerable.Range(0, 40).Select(i => i < 10 ? float.NaN : (float)i)];
        (GiniTree tree, FeatureTable features) = Grow(values, [0], [.. Enumerable.Range(0, 40).Select(i => i < 10 ? 1 : 0)]);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i < 10 ? 1.0 : 0), Enumerable.Range(0, 40).Select(i => Predict(tree, features, 2)[(2 * i) + 1]));
        (tree, _) = Grow([.. Enumerable.Range(0, 40).Select(i => (float)i)], [0], [.. Enumerable.Range(0, 40).Select(i => i < 30 ? 1 : 0)]);
        Assert.Equal([0, 1], Predict(tree, new FeatureTable(new SampleMatrix<float>(new[] { float.NaN }, 1), [0]), 2));
    }

    [Fact]
    public void Categories_are_split_as_sets()
    {
        // Even against odd codes: one split, which no order of the codes would give.
        int n = 800;
        float[] values = [.. Enumerable.Range(0, n).Select(i => (float)(i % 200))];
        int[] labels = [.. Enumerable.Range(0, n).Select(i => i % 2)];
        (GiniTree tree, FeatureTable features) = Grow(values, [200], labels);
        double[] p = Predict(tree, features, 2);
        for (int i = 0; i < n; i++) Assert.Equal(labels[i], p[(2 * i) + 1]);
        Assert.Equal(3, BitConverter.ToInt32(Written(tree), 0));
    }
}
