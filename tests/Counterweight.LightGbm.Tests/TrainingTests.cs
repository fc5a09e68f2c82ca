namespace Counterweight.LightGbm.Tests;

public class TrainingTests
{
    private static readonly LightGbmParameters Small = new() { Rounds = 20, Leaves = 8, MinRowsInLeaf = 5, Seed = 7, Threads = 1 };

    [Fact]
    public void Learns_predicts_and_explains_two_classes()
    {
        (double[] values, int[] labels) = Tables.Make(2000, 6);
        using LightGbmDataset data = Tables.Dataset((values, labels), Small);
        using LightGbmModel model = LightGbmModel.Train(data, Small);
        Assert.Equal((1, 2, 20, 20, BoostingLink.Sigmoid), (model.Outputs, model.Classes, model.Trees, model.Rounds, model.Link));
        double[] p = model.PredictProbabilities(values), raw = model.PredictScores(values), contributions = model.PredictContributions(values);
        Assert.Equal(4000, p.Length);
        int right = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            Assert.Equal(1, p[2 * i] + p[2 * i + 1], 12);
            Assert.Equal(1 / (1 + Math.Exp(-raw[i])), p[2 * i + 1], 12);
            Assert.Equal(raw[i], contributions.AsSpan(i * 7, 7).ToArray().Sum(), 9);
            if (p[2 * i + 1] > 0.5 == (labels[i] == 1)) right++;
        }

        Assert.True(right > 1700, $"{right} of 2000");
        float[] floats = [.. values.Select(v => (float)v)];
        Assert.Equal(model.PredictScores([.. floats.Select(f => (double)f)]), model.PredictScores(floats));
        Assert.Equal(2000 * 20, model.PredictLeaves(values).Length);
        Assert.All(model.PredictLeaves(values), leaf => Assert.InRange(leaf, 0, 7));
        Assert.True(model.Importance()[0] > 0 && model.Importance(gain: true)[0] > 0);
    }

    [Fact]
    public void One_row_at_a_time_gives_the_same()
    {
        foreach (int classes in (int[])[2, 3])
        {
            LightGbmParameters parameters = Small
                with
            { Objective = classes == 2 ? LightGbmObjective.Binary : LightGbmObjective.Multiclass, Classes = classes };
            (double[] values, int[] labels) = Tables.Make(500, 4, classes);
            LightGbmRowPredictor predictor, raw;
            double[] p, scores;
            using (LightGbmDataset data = Tables.Dataset((values, labels), parameters))
            using (LightGbmModel model = LightGbmModel.Train(data, parameters))
            {
                (p, scores) = (model.PredictProbabilities(values), model.PredictScores(values));
                (predictor, raw) = (model.CreateRowPredictor(), model.CreateRowPredictor(rawScores: true));
            }

            // The model is disposed and the predictors are not.
            using (predictor)
            using (raw)
            {
                double[] one = new double[classes], two = new double[raw.Results];
                Parallel.For(0, 4, _ =>
                {
                    double[] mine = new double[classes];
                    for (int i = 0; i < 50; i++)
                    {
                        predictor.Predict(values.AsSpan(4 * i, 4), mine);
                        Assert.Equal(p.AsSpan(classes * i, classes).ToArray(), mine);
                    }
                });
                for (int i = 0; i < 500; i++)
                {
                    raw.Predict(values.AsSpan(4 * i, 4), two);
                    Assert.Equal(scores.AsSpan(raw.Results * i, raw.Results).ToArray(), two);
                }

                Assert.Throws<ArgumentException>(() => predictor.Predict([1, 2], new double[classes]));
                Assert.Throws<ArgumentException>(() => predictor.Predict([1, 2, 3, 4], new double[1]));
            }
        }
    }

    [Fact]
    public void Same_trees_at_any_number_of_threads_and_for_any_layout()
    {
        (double[] values, int[] labels) = Tables.Make(3000, 7);
        double[] byColumn = new double[values.Length];
        for (int i = 0; i < 3000; i++)
            for (int c = 0; c < 7; c++) byColumn[c * 3000 + i] = values[i * 7 + c];

        string? expected = null;
        foreach (int threads in (int[])[1, 2])
        {
            foreach (string? loss in (string?[])[null, "focal"])
            {
                LightGbmParameters parameters = Small with { Threads = threads, RowFraction = 0.8, RowFractionEvery = 1, ColumnFraction = 0.8 };
                var options = new LightGbmDatasetOptions { Parameters = parameters };
                IBoostingObjective? objective = loss is null ? null : BoostingObjective.Parse(loss).For(ClassCounts.Of(labels));
                foreach (int layout in (int[])[0, 1, 2, 3])
                {
                    using LightGbmDataset data = layout switch
                    {
                        0 => LightGbmDataset.FromRows(values, 7, options),
                        1 => LightGbmDataset.FromColumns(byColumn, 7, options),
                        2 => LightGbmDataset.FromChunks(3000, 7, () => RowChunks(values, 7, 1000), options),
                        _ => LightGbmDataset.FromChunks(3000, 7, () => ColumnChunks(byColumn, 7, 3000, 700), options),
                    };
                    data.SetLabels(labels);
                    using LightGbmModel model = LightGbmModel.Train(data, parameters, new LightGbmTraining { Objective = objective });
                    string trees = loss + Tables.Trees(model);
                    if (loss is null) Assert.Equal(expected ??= trees, trees);
                    else if (layout > 0) Assert.StartsWith(loss, trees, StringComparison.Ordinal);
                }
            }
        }

        string One(int threads, string loss)
        {
            LightGbmParameters parameters = Small with { Threads = threads };
            using LightGbmDataset data = Tables.Dataset((values, labels), parameters);
            using LightGbmModel model = LightGbmModel.Train(
                data, parameters, new LightGbmTraining { Objective = BoostingObjective.Parse(loss).For(ClassCounts.Of(labels)) });
            return model.ToText();
        }

        foreach (MethodDefinition method in BoostingObjective.Catalogue) Assert.Equal(One(1, method.Name), One(2, method.Name));
    }

    internal static IEnumerable<LightGbmChunk> RowChunks(double[] values, int columns, int rows)
    {
        for (int at = 0; at < values.Length; at += rows * columns)
            yield return LightGbmChunk.FromRows(values.AsMemory(at, Math.Min(rows * columns, values.Length - at)), columns);
    }

    internal static IEnumerable<LightGbmChunk> ColumnChunks(double[] byColumn, int columns, int rows, int size)
    {
        for (int at = 0; at < rows; at += size)
            yield return LightGbmChunk.FromColumns(
                [.. Enumerable.Range(0, columns).Select(c => (ReadOnlyMemory<double>)byColumn.AsMemory(c * rows + at, Math.Min(size, rows - at)))]);
    }

    [Fact]
    public void Chunks_carry_labels_and_weights_and_floats()
    {
        (double[] values, int[] labels) = Tables.Make(900, 3);
        float[] floats = [.. values.Select(v => (float)v)], y = [.. labels.Select(l => (float)l)], w = [.. labels.Select(l => l == 1 ? 3f : 1f)];
        var options = new LightGbmDatasetOptions { Parameters = Small };
        IEnumerable<LightGbmChunk> Read()
        {
            for (int at = 0; at < 900; at += 250)
            {
                int n = Math.Min(250, 900 - at), from = at;
                ReadOnlyMemory<float>[] columns = [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(from, n).Select(i => floats[3 * i + c]).ToArray())];
                LightGbmChunk chunk = at == 250 ? LightGbmChunk.FromColumns(columns) : LightGbmChunk.FromRows(floats.AsMemory(3 * at, 3 * n), 3);
                yield return chunk with { Labels = y.AsMemory(at, n), Weights = w.AsMemory(at, n) };
            }
        }

        using LightGbmDataset streamed = LightGbmDataset.FromChunks(900, 3, Read, options), whole = LightGbmDataset.FromRows(floats, 3, options);
        whole.SetLabels(y);
        whole.SetWeights(w);
        using LightGbmModel first = LightGbmModel.Train(streamed, Small), second = LightGbmModel.Train(whole, Small);
        Assert.Equal(Tables.Trees(second), Tables.Trees(first));
    }

    [Fact]
    public void Stops_early_at_the_best_round_and_reports_every_round()
    {
        LightGbmParameters parameters = Small
            with
        { Rounds = 500, EarlyStoppingRounds = 10, LearningRate = 0.3, Metrics = ["auc", "binary_logloss"], EarlyStoppingMetric = "binary_logloss" };
        (double[] values, int[] labels) = Tables.Make(600, 5);
        foreach (string? loss in (string?[])[null, "focal(gamma=1)"])
        {
            LightGbmParameters own = loss is null ? parameters : parameters with { Metrics = ["auc"], EarlyStoppingMetric = loss };
            List<LightGbmProgress> reports = [];
            using LightGbmDataset data = Tables.Dataset((values, labels), own), held = Tables.Dataset(Tables.Make(400, 5, seed: 2), own, data);
            using LightGbmModel model = LightGbmModel.Train(data, own, new LightGbmTraining
            {
                Objective = loss is null ? null : BoostingObjective.Parse(loss).For(ClassCounts.Of(labels)),
                Validation = [new("held out", held)],
                Evaluators = [new("mean score", true,
                    (s, y, w) => { Assert.Equal((400, 400, 0), (s.Length, y.Length, w.Length)); return s.ToArray().Average(); })],
                Progress = reports.Add,
            });
            double[] losses = [.. reports.Select(r => r.Metrics.Single(m => m.Metric == own.EarlyStoppingMetric).Value)];
            int best = Array.IndexOf(losses, losses.Min()) + 1;
            Assert.Equal(best, model.Rounds);
            Assert.Equal(best + 10, reports.Count);
            Assert.Equal(best, LightGbmModel.BestRounds(data, own, new LightGbmTraining
            {
                Objective = loss is null ? null : BoostingObjective.Parse(loss).For(ClassCounts.Of(labels)),
                Validation = [new("held out", held)],
            }, CancellationToken.None));
            Assert.Equal(best, reports[^1].BestRound);
            Assert.Equal(loss is null ? ["auc", "binary_logloss", "mean score"] : [loss, "auc", "mean score"], reports[0].Metrics.Select(m => m.Metric));
            Assert.All(reports, r => Assert.InRange(r.Metrics.Single(m => m.Metric == "auc").Value, 0.5, 1));

            // The loss reported at the best round is the loss of the model's own predictions.
            (double[] rows, int[] truth) = Tables.Make(400, 5, seed: 2);
            double[] p = model.PredictProbabilities(rows);
            double mean = truth.Select((y, i) => Math.Pow(1 - p[2 * i + y], loss is null ? 0 : 1) * -Math.Log(p[2 * i + y])).Average();
            Assert.Equal(mean, losses[best - 1], 10);
        }
    }

    [Fact]
    public void Where_no_tree_can_be_grown_the_best_round_is_the_first()
    {
        (double[] values, int[] labels) = Tables.Make(200, 3);
        LightGbmParameters none = Small with { MinHessianInLeaf = 1e9, Rounds = 20, EarlyStoppingRounds = 5 };
        using LightGbmDataset data = Tables.Dataset((values, labels), none), held = Tables.Dataset(Tables.Make(100, 3, seed: 2), none, data);
        var training = new LightGbmTraining { Validation = [new("held out", held)] };
        using LightGbmModel model = LightGbmModel.Train(data, none, training);
        Assert.Equal(Math.Max(1, model.Rounds), LightGbmModel.BestRounds(data, none, training, CancellationToken.None));
    }

    [Fact]
    public void Cross_entropy_from_here_gives_the_trees_of_the_built_in_loss()
    {
        // Two classes: the same gradients and second derivatives up to rounding, so the same scores up to rounding.
        (double[] values, int[] labels) = Tables.Make(2000, 5);
        float[] weights = [.. labels.Select((_, i) => 0.5f + i % 3)];
        using LightGbmDataset data = Tables.Dataset((values, labels), Small);
        data.SetWeights(weights);
        double[] totals = [.. Enumerable.Range(0, 2).Select(c => labels.Zip(weights).Where(z => z.First == c).Sum(z => (double)z.Second))];
        using LightGbmModel builtIn = LightGbmModel.Train(data, Small);
        using LightGbmModel own = LightGbmModel.Train(
            data, Small, new LightGbmTraining { Objective = BoostingObjective.Parse("cross-entropy").For(ClassCounts.Of(labels), totals) });
        double[] a = builtIn.PredictScores(values), b = own.PredictScores(values);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 4);

        // More classes, too: LightGBM's factor K / (K - 1) is in both.
        (values, labels) = Tables.Make(2000, 5, classes: 4);
        LightGbmParameters many = Small with { Objective = LightGbmObjective.Multiclass, Classes = 4 };
        using LightGbmDataset more = Tables.Dataset((values, labels), many);
        using LightGbmModel builtInMany = LightGbmModel.Train(more, many);
        using LightGbmModel ownMany = LightGbmModel.Train(
            more, many, new LightGbmTraining { Objective = BoostingObjective.Parse("cross-entropy").For(ClassCounts.Of(labels)) });
        a = builtInMany.PredictProbabilities(values);
        b = ownMany.PredictProbabilities(values);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 3);
    }

    [Theory, MemberData(nameof(ObjectiveTests.All), MemberType = typeof(ObjectiveTests))]
    public void Every_objective_trains_and_its_model_predicts_probabilities_after_saving(string text)
    {
        foreach (int classes in (int[])[2, 3])
        {
            (double[] values, int[] labels) = Tables.Make(800, 4, classes, rareness: 1);
            LightGbmParameters parameters = Small with { Rounds = 30 };
            using LightGbmDataset data = Tables.Dataset((values, labels), parameters);
            IBoostingObjective objective = BoostingObjective.Parse(text).For(ClassCounts.Of(labels));
            double before = double.NaN, after = 0;
            using LightGbmModel model = LightGbmModel.Train(data, parameters, new LightGbmTraining
            {
                Objective = objective,
                Validation = [new("training", data)],
                Progress = r => (before, after) = (double.IsNaN(before) ? r.Metrics[0].Value : before, r.Metrics[0].Value),
            });
            Assert.True(after < before, $"{text}: {before} -> {after}");
            using LightGbmModel read = LightGbmModel.Parse(model.ToText());
            Assert.Equal(objective.Name, read.Objective);
            Assert.Equal(classes, read.Classes);
            double[] p = read.PredictProbabilities(values);
            Assert.Equal(model.PredictProbabilities(values), p);
            if (objective.Link != BoostingLink.OneVersusRest)
                for (int i = 0; i < 800; i++) Assert.Equal(1, p.AsSpan(i * classes, classes).ToArray().Sum(), 9);
            int right = Enumerable.Range(0, 800)
                .Count(i => p.AsSpan(i * classes, classes).IndexOf(p.AsSpan(i * classes, classes).ToArray().Max()) == labels[i]);
            Assert.True(right > 400, $"{text}, {classes} classes: {right} of 800");
        }
    }

    [Fact]
    public void Weights_unbalance_and_subsets_change_what_is_learnt()
    {
        (double[] values, int[] labels) = Tables.Make(3000, 4, rareness: 3);
        double Mean(LightGbmParameters parameters, float[]? weights = null, int[]? subset = null)
        {
            using LightGbmDataset data = Tables.Dataset((values, labels), parameters);
            if (weights is not null) data.SetWeights(weights);
            using LightGbmDataset part = subset is null ? data : data.Subset(subset);
            using LightGbmModel model = LightGbmModel.Train(part, parameters);
            double[] p = model.PredictProbabilities(values);
            return Enumerable.Range(0, 3000).Average(i => p[2 * i + 1]);
        }

        double plain = Mean(Small), ratio = labels.Count(l => l == 0) / (double)labels.Count(l => l == 1);
        Assert.Equal(labels.Average(), plain, 2);
        double unbalanced = Mean(Small with { IsUnbalance = true });
        Assert.True(unbalanced > plain * 1.2);
        Assert.Equal(unbalanced, Mean(Small with { ScalePositiveWeight = ratio }), 6);
        Assert.True(Mean(Small, [.. labels.Select(l => l == 1 ? (float)ratio : 1f)]) > plain * 1.2);
        int[] balanced = [.. Enumerable.Range(0, 3000).Where(i => labels[i] == 1 || i % 10 == 0)];
        Assert.True(Mean(Small, subset: balanced) > plain * 1.2);
    }

    [Fact]
    public void Categories_and_missing_values_are_used()
    {
        var random = new SeededRandom(5);
        const int Rows = 2000;
        double[] values = new double[2 * Rows];
        int[] labels = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            int category = random.NextInt32(20);
            bool missing = random.NextDouble() < 0.3;
            (values[2 * i], values[2 * i + 1]) = (category, missing ? double.NaN : random.NextGaussian());
            labels[i] = category % 3 == 0 || missing ? 1 : 0;
        }

        var options = new LightGbmDatasetOptions { Parameters = Small, CategoricalColumns = [0], ColumnNames = ["kind of thing", "size"] };
        using LightGbmDataset data = LightGbmDataset.FromRows(values, 2, options);
        data.SetLabels(labels);
        using LightGbmModel model = LightGbmModel.Train(data, Small);
        Assert.Contains("cat_threshold", model.ToText(), StringComparison.Ordinal);
        Assert.Equal(["kind of thing", "size"], model.ColumnNames);
        double[] p = model.PredictProbabilities(values);
        Assert.All(Enumerable.Range(0, Rows), i => Assert.Equal(labels[i], Math.Round(p[2 * i + 1])));
        using LightGbmModel read = LightGbmModel.Parse(model.ToText());
        Assert.Equal(p, read.PredictProbabilities(values));
        Assert.Equal(["kind of thing", "size"], read.ColumnNames);
    }

    [Fact]
    public void Initial_scores_are_used_and_stay_out_of_the_model()
    {
        (double[] values, int[] labels) = Tables.Make(1000, 4);
        using LightGbmDataset data = Tables.Dataset((values, labels), Small);
        using LightGbmModel first = LightGbmModel.Train(data, Small);
        data.SetInitialScores(first.PredictScores(values));
        foreach (IBoostingObjective? objective in (IBoostingObjective?[])[null, BoostingObjective.Parse("cross-entropy").For(ClassCounts.Of(labels))])
        {
            using LightGbmModel second = LightGbmModel.Train(data, Small, new LightGbmTraining { Objective = objective });
            double[] a = first.PredictScores(values), b = second.PredictScores(values);
            double LogLoss(Func<int, double> score) => Enumerable.Range(0, 1000).Average(i => Math.Log(1 + Math.Exp(labels[i] == 1 ? -score(i) : score(i))));
            Assert.True(LogLoss(i => a[i] + b[i]) < 0.8 * LogLoss(i => a[i]));
            Assert.True(b.Average(Math.Abs) < a.Average(Math.Abs));
        }
    }

    [Fact]
    public void Trainings_with_different_numbers_of_threads_run_at_the_same_time()
    {
        (double[] values, int[] labels) = Tables.Make(2000, 6);
        string[] texts = new string[8];
        Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            LightGbmParameters parameters = Small with { Threads = 1 + i % 2 };
            using LightGbmDataset data = Tables.Dataset((values, labels), parameters);
            using LightGbmModel model = LightGbmModel.Train(data, parameters);
            texts[i] = model.ToText() + string.Join(',', model.PredictProbabilities(values, threads: 2 - i % 2));
        });
        Assert.All(texts, t => Assert.Equal(texts[0], t));
    }
}
