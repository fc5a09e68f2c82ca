using System.Globalization;

namespace Counterweight.LightGbm.Tests;

public class BadInputTests
{
    private static readonly LightGbmParameters Small = new() { Rounds = 5, Leaves = 6, MinRowsInLeaf = 5, Threads = 1 };

    private static void Says(string part, Exception exception) => Assert.Contains(part, exception.Message, StringComparison.Ordinal);

    [Fact]
    public void Parameters_out_of_range_are_named()
    {
        (double[], int[]) table = Tables.Make(100, 3);
        foreach ((string name, LightGbmParameters parameters) in ((string, LightGbmParameters)[])
        [
            ("Rounds", Small with { Rounds = 0 }), ("Leaves", Small with { Leaves = 1 }), ("LearningRate", Small with { LearningRate = double.NaN }),
            ("RowFraction", Small with { RowFraction = 0 }), ("L2", Small with { L2 = -1 }), ("Classes", Small with { Classes = 3 }),
            ("Threads", Small with { Threads = -1 }),
            ("IsUnbalance", Small with { Objective = LightGbmObjective.Multiclass, Classes = 3, IsUnbalance = true }),
            ("ScalePositiveWeight", Small with { IsUnbalance = true, ScalePositiveWeight = 2 }),
            ("EarlyStoppingRounds", Small with { Boosting = LightGbmBoosting.Dart, EarlyStoppingRounds = 3 }),
            ("RowFraction", Small with { Boosting = LightGbmBoosting.RandomForest }),
            ("num_leaves", Small with { Extra = new Dictionary<string, string> { ["num_leaves"] = "3" } }),
            ("num_threads", Small with { Extra = new Dictionary<string, string> { ["num_threads"] = "3" } }),
            ("num_leafs", Small with { Extra = new Dictionary<string, string> { ["num_leafs"] = "3" } }),
            ("path_smooth", Small with { Extra = new Dictionary<string, string> { ["path_smooth"] = "1 num_leaves=2" } }),
            ("a c", Small with { Metrics = ["a c"] }),
        ])
            Says(name, Assert.ThrowsAny<ArgumentException>(() => Tables.Dataset(table, parameters)));
    }

    [Fact]
    public void Extra_parameters_reach_the_library_and_its_own_message_comes_back()
    {
        (double[], int[]) table = Tables.Make(200, 3);
        LightGbmParameters extra = Small with { Extra = new Dictionary<string, string> { ["path_smooth"] = "3.5" } };
        using LightGbmDataset data = Tables.Dataset(table, extra);
        using LightGbmModel model = LightGbmModel.Train(data, extra);
        Says("[path_smooth: 3.5]", new InvalidDataException(model.ToText()));
        LightGbmParameters wrong = Small with { Extra = new Dictionary<string, string> { ["monotone_constraints"] = "1,0" } };
        Says("monotone_constraints", Assert.Throws<LightGbmException>(() => LightGbmModel.Train(data, wrong)));
    }

    [Fact]
    public void Rows_that_cannot_be_used_are_pointed_at()
    {
        var options = new LightGbmDatasetOptions { Parameters = Small };
        Says("no rows", Assert.Throws<UnusableDataException>(() => LightGbmDataset.FromRows(Array.Empty<double>(), 3, options)));
        Assert.Throws<ArgumentException>(() => LightGbmDataset.FromRows(new double[7], 3, options));
        Assert.Throws<ArgumentOutOfRangeException>(() => LightGbmDataset.FromRows(new double[7], 0, options));
        UnusableDataException allMissing = Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromRows(Enumerable.Repeat(double.NaN, 300).ToArray(), 3, options with { ColumnNames = ["a", "b", "c"] }));
        Says("'a', 'b', 'c'", allMissing);

        (double[] values, int[] labels) = Tables.Make(200, 3);
        using LightGbmDataset data = LightGbmDataset.FromRows(values, 3, options);
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => data.SetLabels([0f, float.NaN, .. new float[198]])).Row);
        Assert.Equal(3, Assert.Throws<UnusableDataException>(() => data.SetLabels([0, 0, -1, .. new int[197]])).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => data.SetWeights([-1f, .. new float[199]])).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => data.SetInitialScores([double.PositiveInfinity, .. new double[199]])).Row);
        Says("199 labels", Assert.Throws<ArgumentException>(() => data.SetLabels(new int[199])));
        Assert.Throws<ArgumentException>(() => data.SetGroups([100, 99]));
        Assert.Throws<ArgumentException>(() => data.Subset([3, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.Subset([0, 200]));
        Says("no labels", Assert.Throws<UnusableDataException>(() => LightGbmModel.Train(data, Small)));
        data.SetLabels([.. labels.Select((l, i) => i == 41 ? 2 : l)]);
        Assert.Equal(42, Assert.Throws<UnusableDataException>(() => LightGbmModel.Train(data, Small)).Row);
        data.SetLabels(new int[200]);
        Says("Class 1", Assert.Throws<UnusableDataException>(() => LightGbmModel.Train(data, Small)));
        data.SetLabels(labels);
        Says("Class 2", Assert.Throws<UnusableDataException>(
            () => LightGbmModel.Train(data, Small with { Objective = LightGbmObjective.Multiclass, Classes = 3 })));

        // A class that training never saw, in the validation data.
        using LightGbmDataset held = LightGbmDataset.FromRows(values, 3, options with { Reference = data });
        held.SetLabels([.. labels.Select((l, i) => i == 9 ? 2 : l)]);
        UnusableDataException unseen = Assert.Throws<UnusableDataException>(
            () => LightGbmModel.Train(data, Small, new LightGbmTraining { Validation = [new("held out", held)] }));
        Says("held out", unseen);
        Assert.Equal(10, unseen.Row);
        Says("validation", Assert.Throws<ArgumentException>(() => LightGbmModel.Train(data, Small with { EarlyStoppingRounds = 3 })));
        Says("binary_logloss", Assert.Throws<ArgumentException>(
            () => LightGbmModel.Train(
                data, Small with { Metrics = ["binary_logloss"] },
                new LightGbmTraining { Objective = BoostingObjective.Parse("focal").For(ClassCounts.Of(labels)) })));
    }

    [Fact]
    public void One_missing_column_is_only_left_out()
    {
        (double[] values, int[] labels) = Tables.Make(300, 3);
        for (int i = 0; i < 300; i++) values[3 * i + 1] = double.NaN;
        using LightGbmDataset data = Tables.Dataset((values, labels), Small);
        Assert.Equal(["Column_1"], data.UnusedColumns);
        using LightGbmModel model = LightGbmModel.Train(data, Small);
        Assert.Equal(0, model.Importance()[1]);
    }

    [Fact]
    public void Categories_that_the_library_cannot_take_are_pointed_at()
    {
        foreach (double bad in (double[])[-1, 1.5, 2147483647, 1e12, double.PositiveInfinity])
        {
            double[] values = [.. Enumerable.Range(0, 400).Select(i => i == 2 * 70 ? bad : i % 7)];
            var options = new LightGbmDatasetOptions { Parameters = Small, CategoricalColumns = [0], ColumnNames = ["kind", "size"] };
            UnusableDataException e = Assert.Throws<UnusableDataException>(() => LightGbmDataset.FromRows(values, 2, options));
            Assert.Equal((71, "kind"), (e.Row, e.Column));
            e = Assert.Throws<UnusableDataException>(() => LightGbmDataset.FromChunks(200, 2, () => TrainingTests.RowChunks(values, 2, 60), options));
            Assert.Equal((71, "kind"), (e.Row, e.Column));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => LightGbmDataset.FromRows(new double[4], 2, new LightGbmDatasetOptions { CategoricalColumns = [2] }));
    }

    [Fact]
    public void Columns_that_differ_from_training_are_named()
    {
        (double[] values, int[] labels) = Tables.Make(200, 3);
        var options = new LightGbmDatasetOptions { Parameters = Small, ColumnNames = ["age", "income", "debt"] };
        using LightGbmDataset data = LightGbmDataset.FromRows(values, 3, options);
        data.SetLabels(labels);
        using LightGbmModel model = LightGbmModel.Train(data, Small);
        model.CheckColumns(["age", "income", "debt"]);
        UnusableDataException e = Assert.Throws<UnusableDataException>(() => model.CheckColumns(["age", "wage", "debt"]));
        Says("missing: 'income'", e);
        Says("not in training: 'wage'", e);
        Says("'income' is in the place of 'age'", Assert.Throws<UnusableDataException>(() => model.CheckColumns(["income", "age", "debt"])));
        Says("3 columns", Assert.Throws<ArgumentException>(() => model.PredictProbabilities(new double[7])));
        Says("'wage'", Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromRows(values, 3, options with { Reference = data, ColumnNames = ["age", "wage", "debt"] })));
        Says("2 columns", Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromRows(values, 2, new LightGbmDatasetOptions { Parameters = Small, Reference = data })));
        Says("'age'", Assert.Throws<ArgumentException>(() => LightGbmDataset.FromRows(values, 3, options with { ColumnNames = ["age", "age", "debt"] })));
    }

    [Fact]
    public void Odd_column_names_come_back()
    {
        string[] names = ["a b", "a_b", "{\"x\": [1]}", "größe=\t1", "", "日本"];
        (double[] values, int[] labels) = Tables.Make(300, 6);
        using LightGbmDataset data = LightGbmDataset.FromRows(values, 6, new LightGbmDatasetOptions { Parameters = Small, ColumnNames = names });
        data.SetLabels(labels);
        using LightGbmModel model = LightGbmModel.Train(data, Small);
        Assert.Equal(names, model.ColumnNames);
        using LightGbmModel read = LightGbmModel.Parse(model.ToText());
        Assert.Equal(names, read.ColumnNames);
        Assert.Equal(model.ToText(), read.ToText());
    }

    [Fact]
    public void Chunks_that_do_not_fit_are_refused()
    {
        (double[] values, _) = Tables.Make(200, 3);
        var options = new LightGbmDatasetOptions { Parameters = Small };
        Says("200 were read", Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromChunks(201, 3, () => TrainingTests.RowChunks(values, 3, 50), options)));
        Says("more were read", Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromChunks(199, 3, () => TrainingTests.RowChunks(values, 3, 50), options)));
        int readings = 0;
        Says("second time", Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromChunks(200, 3, () => TrainingTests.RowChunks(values, 3, 50).Take(readings++ == 0 ? 4 : 3), options)));
        Says("chunk has 2", Assert.Throws<UnusableDataException>(
            () => LightGbmDataset.FromChunks(300, 3, () => TrainingTests.RowChunks(values, 2, 50), options)));
        using var stop = new CancellationTokenSource();
        IEnumerable<LightGbmChunk> Stopping()
        {
            foreach (LightGbmChunk chunk in TrainingTests.RowChunks(values, 3, 50))
            {
                yield return chunk;
                if (++readings > 6) stop.Cancel();
            }
        }

        Assert.ThrowsAny<OperationCanceledException>(() => LightGbmDataset.FromChunks(200, 3, Stopping, options, stop.Token));
    }

    [Fact]
    public void Cancelling_ends_a_training_between_rounds()
    {
        (double[], int[] Labels) table = Tables.Make(500, 3);
        using LightGbmDataset data = Tables.Dataset(table, Small);
        foreach (bool own in (bool[])[false, true])
        {
            using var stop = new CancellationTokenSource();
            int rounds = 0;
            var training = new LightGbmTraining
            {
                Objective = own ? BoostingObjective.Parse("focal").For(ClassCounts.Of(table.Labels)) : null,
                Progress = _ =>
                {
                    if (++rounds == 3) stop.Cancel();
                },
            };
            Assert.ThrowsAny<OperationCanceledException>(() => LightGbmModel.Train(data, Small with { Rounds = 1000 }, training, stop.Token));
            Assert.Equal(3, rounds);
        }

        // An exception of a callback ends it too, and the data can be used again.
        Assert.Throws<InvalidTimeZoneException>(
            () => LightGbmModel.Train(data, Small, new LightGbmTraining { Progress = _ => throw new InvalidTimeZoneException() }));
        using LightGbmModel model = LightGbmModel.Train(data, Small);
        data.Dispose();
        Assert.Throws<ObjectDisposedException>(() => LightGbmModel.Train(data, Small));
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.PredictScores(new double[3]));
    }

    [Fact]
    public void Damaged_models_are_refused_and_never_crash()
    {
        LightGbmParameters parameters = Small with { Objective = LightGbmObjective.Multiclass, Classes = 3 };
        (double[] values, int[] labels) = Tables.Make(300, 3, 3, rareness: 0.5);
        for (int i = 0; i < 300; i++) values[3 * i] = i % 17;
        using LightGbmDataset data = LightGbmDataset.FromRows(values, 3, new LightGbmDatasetOptions { Parameters = parameters, CategoricalColumns = [0] });
        data.SetLabels(labels);
        using LightGbmModel model = LightGbmModel.Train(data, parameters);
        string text = model.ToText();
        LightGbmModel.Parse(text.Replace("\n", "\r\n", StringComparison.Ordinal).Replace("tree_sizes", "old_sizes", StringComparison.Ordinal)).Dispose();

        // Cut off anywhere before the last tree has ended.
        int end = text.IndexOf("end of trees", StringComparison.Ordinal);
        for (int at = 0; at < end; at += 211) Assert.Throws<UnusableDataException>(() => LightGbmModel.Parse(text[..at]));
        foreach ((string from, string to) in ((string, string)[])
        [
            ("tree\n", "forest\n"), ("num_class=3", "num_class=4"), ("num_class:3", "num_class:5"), ("max_feature_idx=2", "max_feature_idx=1"),
            ("max_feature_idx=2", "max_feature_idx=x"),
            ("Tree=1\n", "Tri=1\n"), ("num_leaves=6", "num_leaves=7"), ("num_leaves=6", "num_leaves=-6"), ("left_child=1", "left_child=99"),
            ("left_child=1", "left_child=0"),
            ("split_feature=", "split_feature=7 "), ("leaf_value=", "leaf_value=x"), ("num_cat=", "num_cat=9"), ("objective=multiclass", "objective=binary"),
            ("label_index", "label"),
            ("end of trees", "end of leaves"), ("threshold=", "threshold=\0"), ("right_child=", "rightchild="),
        ])
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            UnusableDataException e = Assert.Throws<UnusableDataException>(() => LightGbmModel.Parse(Replace(text, from, to)));
            Assert.True(e.Row > 0);
        }

        // Any digit or letter changed: either it is refused, or it still predicts something.
        var random = new SeededRandom(11);
        int refused = 0;
        for (int i = 0; i < 400; i++)
        {
            char[] damaged = text.ToCharArray();
            int at = random.NextInt32(end);
            damaged[at] = "0123456789-. =\nx"[random.NextInt32(16)];
            try
            {
                using LightGbmModel read = LightGbmModel.Parse(new string(damaged));
                read.PredictProbabilities(values);
                read.PredictContributions(values.AsSpan(0, 30));
            }
            catch (Exception e) when (e is UnusableDataException or LightGbmException)
            {
                refused++;
            }
        }

        Assert.True(refused > 50, refused.ToString(CultureInfo.InvariantCulture));
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, [0, 1, 2, 255, 254]);
        Says(path, Assert.Throws<UnusableDataException>(() => LightGbmModel.Load(path)));
        File.Delete(path);
        Assert.Throws<FileNotFoundException>(() => LightGbmModel.Load(path));
    }

    private static string Replace(string text, string from, string to)
    {
        int at = text.IndexOf(from, StringComparison.Ordinal);
        return string.Concat(text.AsSpan(0, at), to, text.AsSpan(at + from.Length));
    }

    [Fact]
    public void Saving_replaces_a_file_as_a_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "model.txt");
        (double[] values, int[] labels) = Tables.Make(300, 3);
        using LightGbmDataset data = Tables.Dataset((values, labels), Small);
        using LightGbmModel model = LightGbmModel.Train(
            data, Small, new LightGbmTraining { Objective = BoostingObjective.Parse("focal").For(ClassCounts.Of(labels)) });
        File.WriteAllText(path, "old");
        model.Save(path);
        model.Save(path);
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Equal(model.ToText(), File.ReadAllText(path));
        using LightGbmModel read = LightGbmModel.Load(path);
        Assert.Equal(model.PredictProbabilities(values), read.PredictProbabilities(values));
        Assert.ThrowsAny<IOException>(() => model.Save(Path.Combine(path, "model.txt"))); // a file is no folder
        Directory.Delete(folder, recursive: true);
    }
}
