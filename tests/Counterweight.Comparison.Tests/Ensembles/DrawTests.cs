namespace Counterweight.Comparison.Tests;

/// <summary>What the members see.</summary>
public sealed class DrawTests
{
    /// <summary>Keeps the labels of every fit and says that x, in [0, 1], is the probability of class 1.</summary>
    private sealed class Recorder : ILearner
    {
        internal List<int[]> Seen { get; } = [];

        internal List<float[]> Values { get; } = [];

        public string Name => "recorder";

        public bool NeedsFilledIn => false;

        public string? Refuses(TrainingPlan plan) => null;

        public IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
        {
            lock (Seen)
            {
                Seen.Add(labels.ToArray());
                Values.Add(features.Matrix.Values.ToArray());
            }

            Assert.Equal(labels.Length, plan.Counts.Rows);
            Assert.Null(plan.Ensemble);
            return new Model();
        }

        public IModel Load(string folder) => throw new NotSupportedException();

        private sealed class Model : IModel
        {
            public double[] Predict(FeatureTable features) => [.. features.Matrix.Values.ToArray().SelectMany(x => new double[] { 1 - x, x })];

            public void Save(string folder) { }

            public void Dispose() { }
        }
    }

    private static (Recorder Learner, FeatureTable Features, int[] Labels) Fit(string ensemble, int negatives = 400, int positives = 40)
    {
        int n = negatives + positives;
        int[] labels = [.. Enumerable.Range(0, n).Select(i => i < negatives ? 0 : 1)];
        float[] x = [.. Enumerable.Range(0, n).Select(i => i < negatives ? (float)i / negatives : 0.75f)];
        var features = new FeatureTable(new SampleMatrix<float>(x, 1), [0]);
        var learner = new Recorder();
        using IModel model = Ensemble.Catalogue.Create(ensemble)
            .Fit(learner, features, labels, new TrainingPlan { Counts = ClassCounts.From([negatives, positives]) }, new FitOptions(5, 2));
        Assert.Equal(2 * n, model.Predict(features).Length);
        return (learner, features, labels);
    }

    [Theory]
    [InlineData("easy(6)", 40)]
    [InlineData("under-bagging(6)", 40)]
    [InlineData("rus-boost(6)", 40)]
    [InlineData("self-paced(6)", 40)]
    [InlineData("balance-cascade(6)", 40)]
    [InlineData("smote-boost(6)", 400)]
    [InlineData("smote-bagging(6)", 400)]
    public void Every_member_sees_equal_classes(string ensemble, int each)
    {
        (Recorder learner, _, _) = Fit(ensemble);
        Assert.Equal(6, learner.Seen.Count);
        Assert.All(learner.Seen, labels => Assert.Equal((each, each), (labels.Count(l => l == 0), labels.Count(l => l == 1))));
    }

    [Fact]
    public void Balanced_bagging_is_balanced_exactly_or_on_average()
    {
        (Recorder exact, _, _) = Fit("balanced-bagging(20)");
        Assert.All(exact.Seen, labels => Assert.Equal(labels.Count(l => l == 0), labels.Count(l => l == 1)));
        (Recorder roughly, _, _) = Fit("balanced-bagging(60, roughly)");
        Assert.All(roughly.Seen, labels => Assert.Equal(40, labels.Count(l => l == 1)));
        double[] larger = [.. roughly.Seen.Select(labels => (double)labels.Count(l => l == 0))];
        Assert.True(larger.Distinct().Count() > 10);

        // The mean of 60 negative binomials with mean 40 and variance 80 has a standard error of 1.15.
        Assert.InRange(larger.Average(), 40 - 5, 40 + 5);
    }

    [Fact]
    public void Easy_keeps_all_rare_rows_and_draws_no_other_row_twice()
    {
        (Recorder learner, _, _) = Fit("easy(6)");
        foreach ((int[] labels, float[] values) in learner.Seen.Zip(learner.Values))
        {
            float[] others = [.. values.Where((_, i) => labels[i] == 0)];
            Assert.Equal(others.Length, others.Distinct().Count());
        }
    }

    [Fact]
    public void A_cascade_ends_on_the_hardest_rows_and_a_self_paced_ensemble_spreads_over_the_bins()
    {
        // The hardness of a negative row is x itself.
        (Recorder cascade, _, _) = Fit("balance-cascade(5)");
        float[] last = [.. cascade.Values[^1].Where((_, i) => cascade.Seen[^1][i] == 0)];
        Assert.Equal(40, last.Length);
        Assert.All(last, x => Assert.True(x >= 0.9f));
        (Recorder paced, _, _) = Fit("self-paced(5, bins=10)");
        float[] second = [.. paced.Values[1].Where((_, i) => paced.Seen[1][i] == 0)], spread = [.. paced.Values[^1].Where((_, i) => paced.Seen[^1][i] == 0)];
        Assert.All(Enumerable.Range(0, 10), b => Assert.Equal(4, spread.Count(x => (int)(x * 10 / (399f / 400)) == b || (b == 9 && x >= 399f / 400))));

        // alpha = tan(pi / 8): the bin of the least hardness weighs 1 / (0.05 + 0.41), that of the greatest 1 / (0.95 + 0.41).
        Assert.True(second.Count(x => x < 0.2) > second.Count(x => x >= 0.8));
    }

    [Fact]
    public void Boosting_turns_to_the_rows_that_were_hard()
    {
        (Recorder learner, _, _) = Fit("rus-boost(8)", negatives: 1000, positives: 200);
        double[] mean = [.. learner.Values.Zip(learner.Seen, (values, labels) => (double)values.Where((_, i) => labels[i] == 0).Average())];
        Assert.InRange(mean[0], 0.4, 0.6);
        Assert.True(mean[^1] > mean[0] + 0.05);
    }

    [Fact]
    public void Certain_members_make_a_certain_ensemble_and_no_more()
    {
        var features = new FeatureTable(new SampleMatrix<float>(new float[] { 0, 1, 0.5f }, 1), [0]);
        var random = new SeededRandom(1);
        for (int members = 1; members <= 100; members++)
        {
            IModel[] certain = [.. Enumerable.Range(0, members)
                .Select(_ => new Recorder().Fit(features, new[] { 0, 1, 0 }, new TrainingPlan { Counts = ClassCounts.From([2, 1]) }, new FitOptions(1)))];
            double[] votes = [.. certain.Select(_ => 0.1 + random.NextDouble())];
            using var ensemble = new EnsembleModel(certain, votes, classes: 2, threads: 1);
            double[] p = ensemble.Predict(features);
            Assert.All(p, v => Assert.InRange(v, 0, 1));
            Assert.Equal([1, 0, 0, 1, 0.5, 0.5], p, (a, b) => Math.Abs(a - b) < 1e-12);
        }
    }

    [Fact]
    public void Apportioned_numbers_sum_to_what_is_wanted_and_exceed_no_bin()
    {
        var random = new SeededRandom(1);
        for (int round = 0; round < 200; round++)
        {
            int bins = 1 + random.NextInt32(12);
            int[] there = [.. Enumerable.Range(0, bins).Select(_ => random.NextInt32(20))];
            double[] share = [.. there.Select(t => t == 0 ? 0 : 0.01 + random.NextDouble())];
            int wanted = random.NextInt32(there.Sum() + 1);
            int[] number = SelfPacedEnsemble.Apportion(share, there, wanted);
            Assert.Equal(wanted, number.Sum());
            Assert.All(number.Zip(there), p => Assert.InRange(p.First, 0, p.Second));
        }
    }
}
