using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Comparison.Tests;

public sealed class GiniTreeTests
{
    private static (GiniTree Tree, FeatureTable Features) Grow(
        float[] values, int[] levels, int[] labels, int[]? rows = null, int[]? times = null, int perSplit = 0)
    {
        int columns = levels.Length, classes = Math.Max(2, labels.Max() + 1);
        int[] categorical = [.. Enumerable.Range(0, columns).Where(c => levels[c] > 0)];
        var features = new FeatureTable(new SampleMatrix<float>(values, columns, categorical), levels);
        long[] counts = new long[classes];
        foreach (int label in labels) counts[label]++;
        var bins = ColumnBins.From(
            features, new RowsByClass(labels, new TrainingPlan { Counts = ClassCounts.From(counts) }, "balanced-forest"), seed: 1, threads: 2);
        rows ??= [.. Enumerable.Range(0, labels.Length)];
        times ??= [.. rows.Select(_ => 1)];
        var grower = new TreeGrower(bins, labels, classes, perSplit == 0 ? columns : perSplit);
        GiniTree tree = grower.Grow(rows, times, new SeededRandom(1));
        Assert.Equal(Written(tree), Written(grower.Grow([.. rows.Reverse()], [.. times.Reverse()], new SeededRandom(1))));
        return (tree, features);
    }

    private static double[] Predict(GiniTree tree, FeatureTable features, int classes)
    {
        double[] p = new double[features.Rows * classes], again = new double[p.Length];
        tree.AddTo(features.Matrix.Values.Span, features.Columns, p);
        ForestDescent? descent = ForestDescent.Of([tree], classes, features.Columns);
        Assert.Equal(tree.HasSets, descent is null);
        if (descent is null) return p;
        descent.AddTo(features.Matrix.Values.Span, features.Columns, again);
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

            float[] numbers = [.. values.Where((_, i) => i % 3 < 2)];
            foreach ((float[] cells, int[] levels) in ((float[], int[])[])[(values, [0, 0, 6]), (numbers, [0, 0])])
                foreach (int perSplit in (int[])[1, levels.Length])
                {
                    (GiniTree tree, FeatureTable features) = Grow(cells, levels, labels, perSplit: perSplit);
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
    public void A_threshold_lies_in_the_middle_of_the_values_of_its_node()
    {
        // The bins know of 1 and 99, which no tree has drawn.
        float[] x = [0, 1, 99, 108, 0, 1, 99, 108, 0, 108];
        (GiniTree tree, _) = Grow(x, [0], [0, 0, 1, 1, 0, 0, 1, 1, 0, 1], rows: [0, 3, 4, 7]);
        Assert.Equal(54f, BitConverter.ToSingle(Written(tree), 8));
    }

    [Fact]
    public void A_bootstrap_sample_of_a_balanced_cut_has_equal_classes_in_the_mean_only()
    {
        // All rows are alike, so that a tree is one leaf with the shares of what it saw: 40 draws from 20 and 20 rows.
        const int rare = 20, fits = 500;
        int[] labels = [.. Enumerable.Range(0, 220).Select(i => i < rare ? 1 : 0)];
        var features = new FeatureTable(new SampleMatrix<float>(new float[labels.Length], 1), [0]);
        var plan = new TrainingPlan { Counts = ClassCounts.From([200, rare]) };
        IEnsemble forest = Ensemble.Catalogue.Create("balanced-forest(members=1)");
        double[] share = [.. Enumerable.Range(0, fits).Select(seed =>
        {
            using IModel tree = forest.Fit(new GbdtLearner(), features, labels, plan, new FitOptions(seed));
            return tree.Predict(features)[1];
        })];
        double mean = share.Average(), variance = share.Sum(s => (s - mean) * (s - mean)) / (fits - 1), expected = 0.25 / (2 * rare);
        Assert.InRange(mean, 0.5 - (4 * Math.Sqrt(expected / fits)), 0.5 + (4 * Math.Sqrt(expected / fits)));
        Assert.InRange(variance, 0.75 * expected, 1.25 * expected);
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
    public void A_row_that_was_drawn_twice_counts_twice() =>
        Gen.Select(Gen.Int[30, 120], Gen.Int[2, 4], Gen.Long).Sample((n, classes, seed) =>
        {
            // Rows of whole numbers, so that many share a leaf, each there once or twice; against the same with every row in its own place.
            var random = new SeededRandom(seed);
            int[] labels = [.. Enumerable.Range(0, n).Select(i => i < 5 * classes ? i % classes : random.NextInt32(classes))],
                times = [.. labels.Select(_ => 1 + random.NextInt32(2))];
            float[] values = [.. Enumerable.Range(0, 3 * n)
                .Select(i => i % 3 == 2 ? random.NextInt32(4) : random.NextInt32(6) == 0 ? float.NaN : random.NextInt32(4))];
            (GiniTree tree, _) = Grow(values, [0, 0, 4], labels, times: times);
            int[] twice = [.. Enumerable.Range(0, n).SelectMany(i => Enumerable.Repeat(i, times[i]))];
            (GiniTree apart, _) = Grow(values, [0, 0, 4], labels, rows: twice);
            Assert.Equal(Written(apart), Written(tree));
        }, iter: 30);

    [Fact]
    public void Trees_of_many_rows_go_the_same_way_side_by_side()
    {
        // Several trees, several classes, missing values on either side, and rows that do not fill the last tile.
        int n = 1003, columns = 11, classes = 3;
        var random = new SeededRandom(4);
        float[] values = [.. Enumerable.Range(0, n * columns)
            .Select(i => random.NextInt32(9) == 0 ? float.NaN : i % columns < 4 ? random.NextInt32(5) : (float)random.NextGaussian())];
        int[] labels = [.. Enumerable.Range(0, n)
            .Select(i => values[i * columns] > 2 ? 2 : values[(i * columns) + 5] > 0 ? random.NextInt32(2) : random.NextInt32(3))];
        var features = new FeatureTable(new SampleMatrix<float>(values, columns), new int[columns]);
        var bins = ColumnBins.From(
            features, new RowsByClass(
                labels, new TrainingPlan { Counts = ClassCounts.From([.. Enumerable.Range(0, classes).Select(c => (long)labels.Count(l => l == c))]) }, "x"),
                1, 1);
        var grower = new TreeGrower(bins, labels, classes, 3);
        GiniTree[] trees = [.. Enumerable.Range(0, 7)
            .Select(t => grower.Grow(
                [.. Enumerable.Range(0, n).Where(i => i % 7 != t)], [.. Enumerable.Range(0, n).Where(i => i % 7 != t).Select(_ => 1)], new SeededRandom(t)))];
        double[] each = new double[n * classes], together = new double[n * classes];
        foreach (GiniTree tree in trees) tree.AddTo(values, columns, each);
        ForestDescent.Of(trees, classes, columns)!.AddTo(values, columns, together);
        Assert.Equal(each, together);
        Assert.All(Enumerable.Range(0, n), i => Close.One(7, together.AsSpan(i * classes, classes).ToArray().Sum(), 1e-12, "sum"));
    }

    [Fact]
    public void Ranks_are_the_thresholds_below() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 70], Gen.Long).Sample((columns, most, seed) =>
        {
            var random = new SeededRandom(seed);
            float[]?[] thresholds = [.. Enumerable.Range(0, columns).Select(c => c % 5 == 4 ? null
                : Enumerable.Range(0, 1 + random.NextInt32(most)).Select(_ => random.NextInt32(20) == 0 ? float.PositiveInfinity : random.NextInt32(50))
                .Distinct().Order().ToArray())];
            thresholds[0] = [0, 1];
            var ranks = new ColumnRanks(thresholds);
            float[] row = [.. Enumerable.Range(0, columns)
                .Select(_ => random.NextInt32(
                    8) switch { 0 => float.NaN, 1 => float.PositiveInfinity, 2 => float.NegativeInfinity, _ => random.NextInt32(100) / 2f })];
            ushort[] found = new ushort[columns];
            ranks.Of(row, found);
            for (int c = 0; c < columns; c++)
                if (thresholds[c] is { } own) Assert.Equal(own.Count(t => t < row[c]), found[c]);
        }, iter: 300);

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
