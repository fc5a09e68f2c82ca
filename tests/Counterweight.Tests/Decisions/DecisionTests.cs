using System.Text.Json;
using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

public class DecisionTests
{
    private const string Start =
        """{"format":"counterweight-decision","version":1,"classes":["a","b"],"scores":{"columnsPerRow":2,"scale":"probability"},"decision":""";

    [Fact]
    public void Golden_cost_matrices()
    {
        foreach (JsonElement test in Golden.Cases("thresholds").Where(c => c.GetProperty("kind").GetString() == "cost_matrix"))
        {
            JsonElement inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
            double[] p = Golden.Array(inputs.GetProperty("prob")).Data;
            (long[] shape, double[] cost) = Golden.Array(inputs.GetProperty("cost"));
            int k = (int)shape[0];
            var decision = new CostDecision(CostMatrix.From(cost, k));
            double[] risk = new double[p.Length];
            decision.Risks(p, risk);
            Close.All(Golden.Array(expected.GetProperty("risk")).Data, risk, 1e-12, "risk");
            int[] decided = decision.Decide(p);
            Assert.Equal(Golden.Integers(expected.GetProperty("decision")), decided);
            Close.All(Golden.Vector(expected.GetProperty("min_risk")), [.. decided.Select((d, i) => risk[i * k + d])], 1e-12, "minimum");
            int[] byRow = new int[decided.Length];
            CostDecision.DecideRows(p, [.. Enumerable.Repeat(cost, decided.Length).SelectMany(c => c)], k, byRow);
            Assert.Equal(decided, byRow);
        }
    }

    /// <summary>Scores that say nothing move no threshold and no offset, unless deciding all or none of the rows positive is worth more.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Constant_scores_change_nothing_that_gains_nothing(double score)
    {
        int[] truth = [.. Enumerable.Range(0, 60).Select(i => i % 6 == 0 ? 1 : 0)];
        double[] scores = [.. Enumerable.Range(0, 60).SelectMany(_ => (double[])[1 - score, score])];
        Predictions rows = Predictions.FromProbabilities(truth, scores, 2, positiveClass: 1);
        int[] plain = new ArgmaxDecision(2).Decide(scores);
        foreach (MethodDefinition method in Metric.Catalogue.Where(m => !Metric.Catalogue.Create(m.Name).NeedsProbabilities))
            foreach (string recipe in (string[])["threshold:tuned", "offsets:tuned"])
            {
                IMetric metric = Metric.Catalogue.Create(method.Name);
                if (metric.NeedsCosts) metric = metric.WithCosts(CostMatrix.FromPair(1, 5, 1));
                int[] decided = DecisionRecipe.Parse(recipe).Fit(rows, new DecisionContext { Metric = metric }).Decide(scores);
                Assert.True(decided.Distinct().Count() == 1, $"{metric.Name} {recipe}");
                double sign = metric.HigherIsBetter ? 1 : -1, before = sign * metric.Evaluate(rows.WithPredicted(plain));
                double after = sign * metric.Evaluate(rows.WithPredicted(decided));
                if (decided[0] != plain[0] && !double.IsNaN(before)) Assert.True(after > before, $"{metric.Name} {recipe}: {before} to {after}");
            }
    }

    [Fact]
    public void Row_costs_of_two_classes_are_those_of_a_matrix_per_row()
    {
        (from p in Gen.Double[0, 1] from alarm in Gen.Double[0.1, 9] from miss in Gen.Double[0.1, 9] select (p, alarm, miss)).Sample(t =>
        {
            int[] simple = new int[1], full = new int[1];
            CostDecision.DecideRows([t.p], [t.alarm], [t.miss], simple);
            CostDecision.DecideRows([1 - t.p, t.p], [0, t.alarm, t.miss, 0], 2, full);
            if (Math.Abs(t.p - t.alarm / (t.alarm + t.miss)) > 1e-12) Assert.Equal(full, simple);
        }, iter: 200);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => CostDecision.DecideRows([0.5], [double.NaN], [1], new int[1])).Row);
        Assert.Throws<ArgumentException>(() => CostDecision.DecideRows([0.5, 0.5], [1, 2, 3], 2, new int[1]));
    }

    [Fact]
    public void Every_recipe_fits_decides_and_reads_back_from_its_file()
    {
        foreach (int k in new[] { 2, 4 })
        {
            Predictions rows = Sample(400, k, seed: k);
            var context = new DecisionContext
            {
                Metric = Metric.MacroF1,
                TrainingPrior = [.. Enumerable.Repeat(1.0 / k, k)],
                Costs = CostMatrix.From([.. Enumerable.Range(0, k * k).Select(i => i / k == i % k ? 0.0 : 1 + i / k)], k),
            };
            foreach (MethodDefinition method in Decision.Catalogue)
            {
                DecisionRecipe recipe = Decision.Catalogue.Create(method.Name);
                Assert.Equal(recipe.Name, DecisionRecipe.Parse(recipe.Name).Name);
                if (!recipe.Supports(k))
                {
                    Assert.Contains("offsets:tuned", Assert.Throws<ArgumentException>(() => recipe.Fit(rows, context)).Message, StringComparison.Ordinal);
                    continue;
                }

                IDecision fitted = (method.Name is "threshold:precision" ? DecisionRecipe.Parse("threshold:precision(0.3)") : recipe).Fit(rows, context);
                int[] decided = fitted.Decide(rows.Scores.Span);
                Assert.All(decided, d => Assert.InRange(d, 0, k - 1));
                var decision = new Decision(
                    fitted, [.. Enumerable.Range(0, k).Select(c => $"class {c}")], scoreColumns: [.. Enumerable.Range(0, k).Select(c => $"p{c}")],
                    origin: recipe.Name);
                Decision back = Decision.Parse(decision.ToJson());
                Assert.Equal(decided, back.Decide(rows.Scores.Span));
                Assert.Equal(decision.ToJson(), back.ToJson());
                Assert.Equal(fitted.Description, back.Description);
            }
        }
    }

    [Fact]
    public void A_file_and_five_lines_decide()
    {
        string folder = Directory.CreateTempSubdirectory("decision").FullName, file = Path.Combine(folder, "decision.json");
        try
        {
            new Decision(new ThresholdDecision(0.25), ["good", "bad"], singleColumn: true, scoreColumns: ["score"]).Save(file);
            new Decision(new ThresholdDecision(0.3), ["good", "bad"], singleColumn: true, scoreColumns: ["score"]).Save(file);
            Assert.Equal([file], Directory.GetFiles(folder));
            Decision decision = Decision.Load(file);
            Assert.Equal([0, 1, 1], decision.Decide([0.2, 0.3, 0.9]));
            Assert.Equal(["good", "bad"], decision.DecideLabels([0.2, 0.3]));
            Assert.Throws<UnusableDataException>(() => decision.Decide([double.NaN]));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void One_column_logits_and_the_other_positive_class()
    {
        var logits = new Decision(new ThresholdDecision(0.5, 0), singleColumn: true, positiveClass: 0, scoresAreLogits: true);
        Assert.Equal([0, 1, 0], logits.Decide([2.0, -2.0, 0.0]));
        var three = new Decision(new OffsetsDecision([0, 0, 5]), scoresAreLogits: true);
        Assert.Equal([2, 0], three.Decide([3, 1, 2, 9, 1, 2]));
        Assert.Equal([2, 0], Decision.Parse(three.ToJson()).Decide([3, 1, 2, 9, 1, 2]));
        Assert.Throws<ArgumentException>(() => three.Decide([1.0, 2.0]));
        Assert.Throws<ArgumentException>(() => new Decision(new ArgmaxDecision(3), singleColumn: true));
    }

    [Theory]
    [InlineData("{}", "no decision file")]
    [InlineData("[1]", "no decision file")]
    [InlineData("{", "damaged")]
    [InlineData("""{"format":"counterweight-decision","version":9}""", "version 9")]
    [InlineData(Start + """{"kind":"coin"}}""", "coin")]
    [InlineData(Start + """{"kind":"threshold"}}""", "damaged")]
    [InlineData("""
        {"format":"counterweight-decision","version":1,"classes":["a"],"scores":{"columnsPerRow":2,"scale":"probability"},
        "decision":{"kind":"argmax","classes":2}}
        """, "labels")]
    public void Damaged_files_are_refused_with_a_reason(string json, string reason)
    {
        UnusableDataException problem = Assert.Throws<UnusableDataException>(() => Decision.Parse(json, "decision.json"));
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
        Assert.Equal("decision.json", problem.File);
    }

    [Fact]
    public void Recipes_combine_in_order()
    {
        Predictions rows = Sample(600, 2, seed: 9);
        var context = new DecisionContext { Costs = CostMatrix.FromPair(1, 5), TrainingPrior = [0.5, 0.5] };
        DecisionRecipe recipe = DecisionRecipe.Parse("prior-corrected + threshold:bayes");
        Assert.Equal("prior-corrected+threshold:bayes", recipe.Name);
        var decision = Assert.IsType<TransformedDecision>(recipe.Fit(rows, context));
        Assert.Equal(1.0 / 6, Assert.IsType<ThresholdDecision>(decision.Inner).Threshold, 1e-12);
        Assert.Equal([0.5, 0.5], Assert.IsType<PriorCorrection>(decision.Transform).TrainingPrior.ToArray());
        Assert.True(DecisionRecipe.Parse("calibrate:platt+prior-corrected+threshold:tuned").IsBinaryOnly);
        Assert.Contains("nothing can follow", Assert.Throws<FormatException>(() => DecisionRecipe.Parse("threshold:bayes+prior-corrected")).Message,
            StringComparison.Ordinal);
        Assert.Contains("threshold:tuned", Assert.Throws<FormatException>(() => DecisionRecipe.Parse("threshold:tune")).Message, StringComparison.Ordinal);
        Assert.Equal("threshold:tuned", DecisionRecipe.Parse("threshold:tuned").Name);
        Assert.Equal("threshold:tuned(metric=f1)", DecisionRecipe.Parse("threshold:tuned(f1)").Name);
    }

    [Fact]
    public void Threshold_recipe_takes_metric_costs_and_constraints_from_the_context()
    {
        Predictions rows = Sample(500, 2, seed: 3);
        double[] scores = [.. Enumerable.Range(0, rows.Rows).Select(i => rows.Scores.Span[2 * i + 1])];
        int[] truth = rows.Truth.ToArray();
        double Fit(string recipe, DecisionContext context) => ((ThresholdDecision)DecisionRecipe.Parse(recipe).Fit(rows, context)).Threshold;
        Assert.Equal(Threshold.Tune(ThresholdMetric.F2, scores, truth).Threshold, Fit("threshold:tuned", new() { Metric = Metric.F2 }));
        Assert.Equal(Threshold.Tune(ThresholdMetric.F1, scores, truth).Threshold, Fit("threshold:tuned(f1)", new() { Metric = Metric.F2 }));
        Assert.Equal(Threshold.Tune(ThresholdMetric.BalancedAccuracy, scores, truth).Threshold,
            Fit("threshold:tuned", new() { Metric = Metric.AveragePrecision }));
        var costs = CostMatrix.FromPair(1, 4);
        Assert.Equal(Threshold.Tune(ThresholdMetric.ExpectedCost(costs), scores, truth).Threshold,
            Fit("threshold:tuned", new() { Metric = Metric.ExpectedCost(), Costs = costs }));
        Assert.Equal(
            Threshold.Tune(ThresholdMetric.F1, scores, truth, constraints: [ThresholdConstraint.RecallAtLeast(0.9)]).Threshold,
            Fit("threshold:tuned", new() { Metric = Metric.F1, Constraints = [ThresholdConstraint.RecallAtLeast(0.9)] }));
        Assert.Equal(Threshold.Tune(ThresholdMetric.Precision, scores, truth, constraints: [ThresholdConstraint.RecallAtLeast(0.9)]).Threshold,
            Fit("threshold:recall(0.9)", new()));
        int[] upsideDown = [.. truth.Select(t => 1 - t)];
        IDecision none = DecisionRecipe.Parse("threshold:tuned").Fit(
            Predictions.FromScores(upsideDown, scores), new() { Metric = Metric.ExpectedCost(), Costs = CostMatrix.FromPair(1000, 1) });
        Assert.Equal(double.PositiveInfinity, Assert.IsType<ThresholdDecision>(none).Threshold);
    }

    [Fact]
    public void Cross_fitting_decides_each_row_by_the_other_folds()
    {
        Predictions rows = Sample(200, 2, seed: 6);
        int[] folds = CrossFitting.StratifiedFolds(rows.Truth.Span, 2, 5, seed: 1);
        var recipe = DecisionRecipe.Parse("threshold:tuned(f1)");
        int[] decided = CrossFitting.Decide(recipe, rows, folds);
        for (int f = 0; f < 5; f++)
        {
            int[] inside = [.. Enumerable.Range(0, 200).Where(i => folds[i] == f)], outside = [.. Enumerable.Range(0, 200).Where(i => folds[i] != f)];
            int[] expected = recipe.Fit(rows.Select(outside)).Decide(rows.Select(inside).Scores.Span);
            Assert.Equal(expected, inside.Select(i => decided[i]));
        }

        Assert.Throws<ArgumentException>(() => CrossFitting.Decide(recipe, rows, new int[200]));
        Assert.Throws<ArgumentException>(() => CrossFitting.Decide(recipe, rows, [0, 1]));
    }

    [Fact]
    public void Folds_spread_every_class_evenly()
    {
        int[] labels = [.. Enumerable.Range(0, 103).Select(i => i % 10 == 0 ? 1 : i % 17 == 0 ? 2 : 0)];
        int[] folds = CrossFitting.StratifiedFolds(labels, 3, 4, seed: 2);
        Assert.Equal(folds, CrossFitting.StratifiedFolds(labels, 3, 4, seed: 2));
        Assert.NotEqual(folds, CrossFitting.StratifiedFolds(labels, 3, 4, seed: 3));
        for (int c = 0; c < 3; c++)
        {
            int[] counts = [.. Enumerable.Range(0, 4).Select(f => Enumerable.Range(0, labels.Length).Count(i => labels[i] == c && folds[i] == f))];
            Assert.True(counts.Max() - counts.Min() <= 1);
        }
    }

    [Theory]
    [InlineData("accuracy")]
    [InlineData("balanced-accuracy")]
    [InlineData("macro-f1")]
    [InlineData("weighted-f1")]
    [InlineData("g-mean")]
    [InlineData("mcc")]
    [InlineData("kappa")]
    [InlineData("recall")]
    [InlineData("expected-cost")]
    public void Offsets_cannot_be_improved_one_at_a_time(string name)
    {
        IMetric metric = Metric.Catalogue.Create(name);
        foreach (bool weighted in new[] { false, true })
        {
            Predictions rows = Sample(60, 3, seed: 11, weighted: weighted);
            OffsetsResult result = ClassOffsets.Tune(metric, rows, starts: 4);
            double[] offsets = [.. result.Offsets];
            double Value(double[] o) => metric.Evaluate(rows.WithPredicted(new OffsetsDecision(o).Decide(rows.Scores.Span)));
            double sign = metric.HigherIsBetter ? 1 : -1;
            Assert.Equal(result.Value, Value(offsets), 1e-10);
            Assert.Equal(result.ValueWithout, Value([0, 0, 0]), 1e-10);
            Assert.True(sign * result.Value >= sign * result.ValueWithout - 1e-12);
            for (int c = 0; c < 3; c++)
                for (double step = -6; step <= 6; step += 0.01)
                {
                    double[] moved = [.. offsets];
                    moved[c] += step;
                    Assert.True(sign * Value(moved) <= sign * result.Value + 1e-9, $"{name}: offset {c} moved by {step}");
                }
        }
    }

    [Fact]
    public void Offsets_of_two_classes_are_as_good_as_the_best_threshold()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Predictions rows = Sample(80, 2, seed);
            foreach (IMetric metric in new[] { Metric.F1, Metric.MatthewsCorrelation, Metric.BalancedAccuracy, Metric.ExpectedCost(CostMatrix.FromPair(1, 6)) })
            {
                OffsetsResult offsets = ClassOffsets.Tune(metric, rows);
                ThresholdResult threshold = Threshold.Tune(metric, rows);
                double sign = metric.HigherIsBetter ? 1 : -1;
                Assert.True(sign * offsets.Value >= sign * threshold.Value - 1e-10, $"{metric.Name}: {offsets.Value} against {threshold.Value}");
            }
        }
    }

    [Fact]
    public void Offsets_do_not_depend_on_threads()
    {
        Predictions one = Sample(300, 4, seed: 5, threads: 1), many = Sample(300, 4, seed: 5, threads: 3);
        Assert.Equal(ClassOffsets.Tune(Metric.MacroF1, one, seed: 7).Offsets, ClassOffsets.Tune(Metric.MacroF1, many, seed: 7).Offsets);
    }

    [Fact]
    public void Decisions_do_not_depend_on_threads_and_refuse_wrong_shapes()
    {
        Predictions rows = Sample(30_000, 3, seed: 2);
        foreach (IDecision decision in new IDecision[] { new ArgmaxDecision(3), new OffsetsDecision([0.1, -1, 1]), new CostDecision(CostMatrix.ZeroOne(3)) })
        {
            Assert.Equal(decision.Decide(rows.Scores.Span, 1), decision.Decide(rows.Scores.Span, 4));
            Assert.Throws<ArgumentException>(() => decision.Decide([0.1, 0.2]));
            Assert.Equal(2, Assert.Throws<UnusableDataException>(() => decision.Decide([0.1, 0.2, 0.7, 0.1, double.NaN, 0.2])).Row);
        }

        Assert.Equal(new ArgmaxDecision(3).Decide(rows.Scores.Span), new CostDecision(CostMatrix.ZeroOne(3)).Decide(rows.Scores.Span));
        Assert.Throws<ArgumentException>(() => new OffsetsDecision([0, double.NaN]));
        Assert.Throws<ArgumentException>(() => new ThresholdDecision(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArgmaxDecision(1));
    }

    [Fact]
    public void Logit_adjustment_divides_by_the_shares()
    {
        Predictions rows = Sample(500, 3, seed: 8);
        double[] shares = [.. Enumerable.Range(0, 3).Select(c => rows.Truth.ToArray().Count(t => t == c) / 500.0)];
        int[] decided = DecisionRecipe.Parse("offsets:logit-adjusted").Fit(rows).Decide(rows.Scores.Span),
            bayes = DecisionRecipe.Parse("threshold:bayes").Fit(rows).Decide(rows.Scores.Span);
        Assert.Equal(decided, bayes);
        Assert.Equal(decided, rows.Scores.ToArray().Chunk(3).Select(r => Enumerable.Range(0, 3).MaxBy(c => r[c] / shares[c])));
    }

    /// <summary>Rows of unequal classes with honest but blurred probabilities.</summary>
    private static Predictions Sample(int n, int k, int seed, bool weighted = false, int threads = 0)
    {
        var random = new SeededRandom(seed, 77);
        double[] p = new double[n * k], weights = new double[weighted ? n : 0];
        int[] truth = new int[n];
        for (int i = 0; i < n; i++)
        {
            truth[i] = i < k ? i : Math.Min(k - 1, (int)(k * Math.Pow(random.NextDouble(), 3)));
            double sum = 0;
            for (int c = 0; c < k; c++) sum += p[i * k + c] = Math.Exp(1.2 * random.NextGaussian() + (c == truth[i] ? 1 : 0) - c);
            for (int c = 0; c < k; c++) p[i * k + c] /= sum;
            if (weighted) weights[i] = random.NextInt32(3);
        }

        return Predictions.FromProbabilities(truth, p, k, weights, threads: threads);
    }
}
