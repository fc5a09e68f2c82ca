using Counterweight.Data;
using Counterweight.LightGbm;

namespace Counterweight.Comparison.Tests;

public sealed class GbdtLearnerTests
{
    private static double[] Fit(Dataset data, string remedy, int threads = 1, int positive = 1)
    {
        int[] rows = [.. Enumerable.Range(0, data.Rows)], labels = data.Labels.ToArray();
        FeatureTable features = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: false);
        Remedy parsed = Remedy.Parse(remedy);
        TrainingPlan plan = RemedyTraining.Plan(parsed, labels, data.ClassNames, positive, null);
        var learner = new GbdtLearner();
        Assert.Null(learner.Refuses(plan));
        using TrainedModel model = RemedyTraining.Fit(learner, parsed, plan, features, labels, new FitOptions(3, threads));
        return model.Model.Predict(features);
    }

    private static double MeanOf(double[] probabilities, int code) => probabilities.Where((_, i) => i % 2 == code).Average();

    [Fact]
    public void Every_loss_that_trees_can_minimise_is_trained()
    {
        foreach (Dataset data in (Dataset[])[Simulated.Binary(500, 80, distance: 2), Simulated.Many([200, 120, 60], radius: 3)])
        {
            foreach (MethodDefinition loss in BoostingObjective.Catalogue)
            {
                if (!Remedy.Catalogue.Contains($"loss:{loss.Name}")) continue;
                double[] p = Fit(data, $"loss:{loss.Name}");
                int right = Enumerable.Range(0, data.Rows)
                    .Count(i => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(p.AsSpan(i * data.Classes, data.Classes)) == data.Labels[i]);
                Assert.True(right > 0.8 * data.Rows, $"{loss.Name}: {right} of {data.Rows}");
                for (int i = 0; i < data.Rows; i++) Assert.Equal(1, p.AsSpan(i * data.Classes, data.Classes).ToArray().Sum(), 9);
            }
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        Dataset data = Simulated.Binary(300, 60, distance: 1);
        Assert.Equal(Fit(data, "weights:balanced"), Fit(data, "weights:balanced", threads: 2));
    }

    [Fact]
    public void Bins_that_candidates_share_change_nothing()
    {
        Dataset data = Simulated.Binary(300, 60, distance: 1);
        int[] rows = [.. Enumerable.Range(0, data.Rows)], train = [.. rows.Where(i => i % 3 > 0)], test = [.. rows.Where(i => i % 3 == 0)];
        string[] remedies = ["none", "weights:balanced", "sampler:class-balanced", "loss:logit-adjusted", "loss:focal", "resample:smote",
            "resample:random-under", "ensemble:easy(members=2)", "weights:inverse-sqrt"];
        FitScores Judged(FoldFeatures fold, string remedy)
        {
            Remedy parsed = Remedy.Parse(remedy);
            TrainingPlan plan = RemedyTraining.Plan(parsed, fold.TrainLabels, data.ClassNames, 1, null);
            return RemedyTraining.Score(new GbdtLearner(), parsed, plan, fold, new FitOptions(3), innerFolds: 3);
        }

        double[][] alone = [.. remedies.Select(remedy =>
        {
            using var fold = new FoldFeatures(data, new Fold(0, 0, train, test), []);
            using FitScores scores = Judged(fold, remedy);
            return (double[])[.. scores.Test, .. scores.Tuning.Value.Probabilities];
        })];
        double[][] together = new double[remedies.Length][];
        using (var shared = new FoldFeatures(data, new Fold(0, 0, train, test), []))
        {
            int next = -1;
            Workers.Run(3, () =>
            {
                for (int i = Interlocked.Increment(ref next); i < remedies.Length; i = Interlocked.Increment(ref next))
                {
                    using FitScores scores = Judged(shared, remedies[i]);
                    together[i] = [.. scores.Test, .. scores.Tuning.Value.Probabilities];
                }
            });
            FeatureTable kept = shared.Features(false).Train;
            Assert.True(shared.Bins(false).Are(kept));
            Assert.False(shared.Bins(false).Are(kept.Select(Enumerable.Range(0, kept.Rows).ToArray())));
        }

        Assert.Equal(alone, together);

        // Without a fold around them bins are nobody's but the fit's.
        FeatureTable features = Preprocessor.Fit(data, train).Transform(data, train, fillIn: false);
        int[] labels = Array.ConvertAll(train, i => data.Labels[i]);
        TrainingPlan none = RemedyTraining.Plan(Remedy.None, labels, data.ClassNames, 1, null);
        using IModel own = new GbdtLearner().Fit(features, labels, none, new FitOptions(3));
        using var again = new FoldFeatures(data, new Fold(0, 0, train, test), []);
        Assert.Equal(own.Predict(again.Features(false).Test), alone[0][..(test.Length * 2)]);
    }

    [Fact]
    public void The_loss_to_stop_by_takes_the_class_shares_of_training_back()
    {
        // Two classes trained to even shares whose rows stand 9 to 1: p = 0.5 means 0.1 there.
        var loss = new HeldOutLogLoss([0.5 / 0.9, 0.5 / 0.1], own: null);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.1)) / 2, loss.Mean([0.5, 0.5], [0, 1], raw: false), 12);
        Assert.Equal(loss.Mean([0.8, 0.3], [0, 1], raw: false), loss.Mean([Math.Log(4), Math.Log(3.0 / 7)], [0, 1], raw: true), 12);
        var three = new HeldOutLogLoss([1, 2, 4], [1, 3]);
        double[] raw = [0.3, -1, 1.2, 0.5, -0.4, 2], p = new double[6];
        for (int i = 0; i < 2; i++)
            for (int c = 0; c < 3; c++) p[(2 * c) + i] = Math.Exp(raw[(2 * c) + i]) / Enumerable.Range(0, 3).Sum(k => Math.Exp(raw[(2 * k) + i]));
        double First(int row, int label) => p[(2 * label) + row] / (1 << label) / Enumerable.Range(0, 3).Sum(k => p[(2 * k) + row] / (1 << k));
        double expected = -(Math.Log(First(0, 1)) + (3 * Math.Log(First(1, 2)))) / 4;
        Assert.Equal(expected, three.Mean(p, [1, 2], raw: false), 12);
        Assert.Equal(expected, three.Mean(raw, [1, 2], raw: true), 12);
    }

    [Theory]
    [InlineData("weights:balanced")]
    [InlineData("sampler:class-balanced")]
    public void Weights_of_rare_rows_do_not_end_boosting_before_it_learnt_to_rank(string remedy)
    {
        // The shape of card fraud: few positives, half of them like others. Stopped by the weighted loss alone, the trees under weights rank much worse.
        (Dataset train, Dataset fresh) = (Fraud(12_000, 60, 1), Fraud(12_000, 200, 2));
        double none = Precision(train, fresh, "none"), weighted = Precision(train, fresh, remedy);
        Assert.True(weighted > 0.75 * none, $"{weighted} under {remedy}, {none} without");
    }

    private static Dataset Fraud(int negatives, int positives, long seed)
    {
        const int columns = 10;
        var random = new SeededRandom(seed);
        int[] labels = [.. Enumerable.Repeat(0, negatives), .. Enumerable.Repeat(1, positives)];
        double[][] values = [.. Enumerable.Range(0, columns).Select(_ => new double[labels.Length])];
        for (int i = 0; i < labels.Length; i++)
        {
            bool plain = labels[i] == 0 || random.NextDouble() < 0.3;
            for (int c = 0; c < columns; c++) values[c][i] = random.NextGaussian() + (plain ? 0 : c % 3 == 0 ? 1.3 : -0.5);
        }

        return new Dataset("fraud", "class", labels, ["no", "yes"], [.. values.Select((v, c) => (Column)new NumericColumn($"x{c}", v))]);
    }

    private static double Precision(Dataset train, Dataset fresh, string remedy)
    {
        var options = new ComparisonOptions { Seed = 1, Threads = 1, PositiveClass = 1 };
        using TrainedClassifier model = TrainedClassifier.Fit(train, "gbdt", Remedy.Parse(remedy), options);
        return Metric.AveragePrecision.Evaluate(Predictions.FromProbabilities(
            fresh.LabelMemory, model.Predict(fresh.Columns).Probabilities, 2, positiveClass: 1));
    }

    [Fact]
    public void Its_own_switches_weight_the_positive_class()
    {
        Dataset data = Simulated.Binary(800, 100, distance: 1);
        double plain = MeanOf(Fit(data, "none"), 1);
        Assert.True(MeanOf(Fit(data, "is-unbalance"), 1) > plain * 1.25);
        Assert.True(MeanOf(Fit(data, "scale-pos-weight"), 1) > plain * 1.25);
        Assert.Equal(Fit(data, "scale-pos-weight"), Fit(data, "scale-pos-weight(weight=8)"));
        Assert.True(MeanOf(Fit(data, "scale-pos-weight(2)"), 1) < MeanOf(Fit(data, "scale-pos-weight"), 1));

        // With the frequent class as the positive one, its weight falls.
        Assert.True(MeanOf(Fit(data, "scale-pos-weight", positive: 0), 1) > plain * 1.25);
    }

    [Fact]
    public void A_switch_with_a_loss_becomes_weights_and_the_prior_knows_of_it()
    {
        Dataset data = Simulated.Binary(800, 100, distance: 1);
        Assert.Equal(Fit(data, "positive-weight+loss:focal"), Fit(data, "is-unbalance+loss:focal"));
        Assert.True(MeanOf(Fit(data, "is-unbalance+loss:focal"), 1) > 1.25 * MeanOf(Fit(data, "loss:focal"), 1));
        foreach (string remedy in (string[])["is-unbalance", "scale-pos-weight"])
        {
            Remedy parsed = Remedy.Parse(remedy);
            int[] rows = [.. Enumerable.Range(0, data.Rows)];
            using TrainedModel switched = RemedyTraining.Fit(
                new GbdtLearner(), parsed, RemedyTraining.Plan(parsed, data.Labels, data.ClassNames, 1, null),
                Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: false), data.Labels.ToArray(), new FitOptions(1));
            Assert.All(switched.EffectivePrior!, share => Assert.Equal(0.5, share, 1e-12));
        }

        using var linear = TrainedClassifier.Fit(data, "linear", Remedy.Parse("scale-pos-weight"), new ComparisonOptions { Threads = 1 });
        using var weighted = TrainedClassifier.Fit(data, "linear", Remedy.Parse("positive-weight"), new ComparisonOptions { Threads = 1 });
        Assert.Equal(weighted.Predict(data.Columns).Probabilities, linear.Predict(data.Columns).Probabilities);
        Assert.Contains("switch of gradient boosting",
            Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(data, "linear", Remedy.Parse("is-unbalance"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_become_a_loss()
    {
        Dataset data = Simulated.Binary(800, 100, distance: 1);
        using var dear = TrainedClassifier.Fit(
            data, "gbdt", Remedy.Parse("loss:cost-matrix"),
            new ComparisonOptions { Costs = CostMatrix.From([0, 1, 20, 0], 2), PositiveClass = 1, Threads = 1 });
        using var stated = TrainedClassifier.Fit(
            data, "gbdt", Remedy.Parse("loss:cost-matrix(0, 1, 20, 0)"), new ComparisonOptions { PositiveClass = 1, Threads = 1 });
        using var cheap = TrainedClassifier.Fit(
            data, "gbdt", Remedy.Parse("loss:cost-matrix(0, 1, 1, 0)"), new ComparisonOptions { PositiveClass = 1, Threads = 1 });
        double[] p = dear.Predict(data.Columns).Probabilities;
        Assert.Equal(stated.Predict(data.Columns).Probabilities, p);
        Assert.True(MeanOf(p, 1) > 2 * MeanOf(cheap.Predict(data.Columns).Probabilities, 1));
        Assert.Contains("take 4",
            Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(data, "gbdt", Remedy.Parse("loss:cost-matrix(0, 1)"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("costs of 0 or more", Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(
            data, "gbdt", Remedy.Parse("loss:cost-matrix"), new ComparisonOptions { Costs = CostMatrix.From([-1, 1, 20, 0], 2) })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_the_reason()
    {
        var learner = new GbdtLearner();
        var plan = new TrainingPlan { Counts = ClassCounts.From([50, 30, 20]) };
        NativeSwitch unbalance = Remedy.Parse("is-unbalance").Apply(new() { Counts = ClassCounts.From([50, 30]) }).Native!;
        Assert.Null(learner.Refuses(plan));
        Assert.Contains("no form for boosted trees", learner.Refuses(plan with { Loss = PlannedLoss.Parse("ldam-drw") }), StringComparison.Ordinal);
        Assert.Contains("two classes", learner.Refuses(plan with { Native = unbalance }), StringComparison.Ordinal);
        Assert.Contains("cannot be combined",
            learner.Refuses(new TrainingPlan
            {
                Counts = ClassCounts.From([50, 30]),
                Native = unbalance,
                Weights = ClassWeights.Balanced(ClassCounts.From([50, 30]))
            }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_rows_are_enough()
    {
        double[] p = Fit(Simulated.Binary(20, 4, distance: 3), "none");
        Assert.All(p, v => Assert.InRange(v, 0, 1));
    }

    [Fact]
    public void The_result_of_a_query_is_binned_as_the_rows_themselves()
    {
        const string Rows = "select (i * 37 % 101)::integer as a, case when i % 11 = 0 then null else sqrt(i % 53) end as b, (i % 3)::utinyint as kind, (i "
            + "% 7 = 0 or i % 101 > 80) as churned, (1 + i % 2)::float as w from range(900) t(i) order by i";
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        connection.Open();
        System.Data.Common.DbDataReader Query(string sql)
        {
            System.Data.Common.DbCommand command = connection.CreateCommand();
            command.CommandText = sql;
            return command.ExecuteReader();
        }

        var options = new LightGbmDatasetOptions
        {
            Parameters = new() { Rounds = 5, Leaves = 6, MinRowsInLeaf = 5, Threads = 1 },
            ColumnNames = ["a", "b", "kind"],
            CategoricalColumns = [2]
        };
        using LightGbmDataset streamed = LightGbmDataset.FromChunks(
            900, 3, () => LightGbmChunk.FromReader(Query(Rows), "churned", "w", rowsPerChunk: 70), options);
        double[] values = [.. Enumerable.Range(0, 900).SelectMany(i => new[] { i * 37 % 101, i % 11 == 0 ? double.NaN : Math.Sqrt(i % 53), i % 3 })];
        using LightGbmDataset whole = LightGbmDataset.FromRows(values, 3, options);
        whole.SetLabels([.. Enumerable.Range(0, 900).Select(i => i % 7 == 0 || i % 101 > 80 ? 1 : 0)]);
        whole.SetWeights([.. Enumerable.Range(0, 900).Select(i => 1f + (i % 2))]);
        using LightGbmModel first = LightGbmModel.Train(streamed, options.Parameters), second = LightGbmModel.Train(whole, options.Parameters);
        Assert.Equal(second.ToText(), first.ToText());

        UnusableDataException text = Assert.Throws<UnusableDataException>(() => LightGbmChunk.FromReader(Query("select 1 as a, 'x' as b")).Count());
        Assert.Equal("b", text.Column);
        UnusableDataException missing = Assert.Throws<UnusableDataException>(
            () => LightGbmChunk.FromReader(Query("select 1 as a, case when i = 4 then null else 1 end as y from range(9) t(i) order by i"), "y").Count());
        Assert.Equal((5, "y"), (missing.Row, missing.Column));
        Assert.Contains("'z'", Assert.Throws<ArgumentException>(() => LightGbmChunk.FromReader(Query("select 1 as a"), "z").Count()).Message,
            StringComparison.Ordinal);
        System.Data.Common.DbDataReader given = Query("select i from range(9) t(i)");
        Assert.Single(LightGbmChunk.FromReader(given, rowsPerChunk: 2).Take(1));
        Assert.True(given.IsClosed);
    }

    [Fact]
    public void Rows_made_by_resampling_do_not_decide_the_number_of_rounds()
    {
        // Held-out copies are no news: with them, boosting would go on until the rare rows are known by heart.
        Dataset data = Simulated.Binary(1500, 100, distance: 0.7);
        double[] p = Fit(data, "resample:random-over");
        double own = Enumerable.Range(0, data.Rows).Where(i => data.Labels[i] == 1).Average(i => p[(2 * i) + 1]);
        Assert.InRange(own, 0.5, 0.85);
    }
}
