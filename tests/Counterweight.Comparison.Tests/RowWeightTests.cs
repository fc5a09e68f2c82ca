using System.Text.Json;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

/// <summary>Rows that weigh differently: counts, training, decisions and scores, beside scikit-learn's <c>sample_weight</c>.</summary>
public sealed class RowWeightTests
{
    private static readonly IReadOnlyList<JsonElement> Cases = Golden.Cases("sample_weight");

    public static TheoryData<int, string> All => [.. Enumerable.Range(0, Cases.Count).SelectMany(i => (TheoryDataRow<int, string>[])[
        new(i, "none"), new(i, "weights:balanced")])];

    [Theory, MemberData(nameof(All))]
    public void Linear_and_metrics_are_those_of_scikit_learn(int number, string remedy)
    {
        (Dataset data, JsonElement golden) = Read(number);
        ClassCounts counts = data.CountLabels();
        Assert.True(counts.IsWeighted);
        for (int c = 0; c < counts.Classes; c++)
        {
            Assert.Equal(golden.GetProperty("totals")[c].GetDouble(), counts.Total(c), 1e-9);
            Assert.Equal(golden.GetProperty("balanced")[c].GetDouble(), ClassWeights.Balanced(counts)[c], 1e-9);
        }

        JsonElement expected = golden.GetProperty(remedy);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.Parse(remedy), null, TestContext.Current.CancellationToken);
        double[] made = trained.Predict(data.Columns).Probabilities, wanted = Numbers(expected.GetProperty("probabilities"));
        Assert.Equal(wanted.Length, made.Length);
        for (int i = 0; i < wanted.Length; i++) Assert.Equal(wanted[i], made[i], 1e-4);
        var rows = Predictions.FromProbabilities(data.LabelMemory, wanted, counts.Classes, data.SampleWeights);
        foreach (JsonProperty metric in expected.GetProperty("metrics").EnumerateObject())
            Assert.Equal(metric.Value.GetDouble(), Metric.Catalogue.Create(metric.Name).Evaluate(rows), 1e-9);
    }

    [Theory]
    [InlineData("linear", "none"), InlineData("gbdt", "none"), InlineData("mlp", "none")]
    [InlineData("linear", "sampler:sqrt"), InlineData("gbdt", "resample:random-under(ratio=1)"), InlineData("linear", "loss:focal(gamma=0)")]
    public void Every_learner_believes_the_weighted_shares(string learner, string remedy)
    {
        // The features say nothing, so what is left to learn are the shares: 1/3 of the rows are 'yes', and 2/3 of the weight.
        Dataset plain = Pure(900, i => i % 3 == 0, i => 1), weighted = Pure(900, i => i % 3 == 0, i => i % 3 == 0 ? 4 : 1);
        double before = Mean(plain), after = Mean(weighted);
        Assert.True(Math.Log(after / (1 - after)) - Math.Log(before / (1 - before)) is > 0.9 and < 1.9, $"{before} without and {after} with weights of 4");

        double Mean(Dataset data)
        {
            Remedy done = Remedy.Parse(remedy);
            using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, done, null, TestContext.Current.CancellationToken);
            double[] made = trained.Predict(data.Columns).Probabilities;
            return made.Where((_, i) => i % 2 == 1).Average();
        }
    }

    [Theory, InlineData("linear"), InlineData("gbdt"), InlineData("mlp")]
    public void Rows_of_no_weight_do_not_count_in_training_tuning_or_scores(string learner)
    {
        // Every other row is labelled at random and weighs nothing.
        Dataset data = Noisy(800);
        ComparisonOptions options = new()
        {
            Learners = [learner],
            Remedies = [Remedy.Parse("threshold:tuned"), Remedy.Parse("ensemble:easy(members=3)")],
            Repeats = 1,
            Folds = 4,
            Racing = false,
        };
        ComparisonResult with = RemedyComparison.Run(data.WithSampleWeights("w"), options, null, null, TestContext.Current.CancellationToken);
        ComparisonResult without = RemedyComparison.Run(data.SetAside(["w"]), options, null, null, TestContext.Current.CancellationToken);
        foreach (string remedy in (string[])["none", "threshold:tuned", "ensemble:easy(members=3)"])
        {
            Assert.True(Score(with, remedy) > 0.95, $"{remedy}: {Score(with, remedy)}");
            Assert.True(Score(without, remedy) < 0.85, $"{remedy}: {Score(without, remedy)}");
        }

        static double Score(ComparisonResult result, string remedy) => result.Candidates.Single(c => c.Candidate.Remedy.Name == remedy).Mean!.Mean;
    }

    public static TheoryData<string> Ensembles => [.. Ensemble.Catalogue.Select(m => m.Name)];

    [Theory, MemberData(nameof(Ensembles))]
    public void Every_ensemble_believes_the_weights_within_a_class(string name)
    {
        // x is 0 or 1 alike in both classes, and 'no' weighs nine times as much where it is 1: 'yes' has 5 of 6 parts at 0 and 5 of 14 at 1 once the classes
        // are balanced; boosting with its votes is only asked for the direction.
        IEnsemble ensemble = Ensemble.Catalogue.Create(name == "easy" || name == "balanced-forest" ? $"{name}(members=20)" : $"{name}(members=8)");
        Assert.True(ensemble.TakesRowWeights);
        double[] plain = Believed(i => 1), weighted = Believed(i => i % 4 == 1 ? 9 : 1), tenfold = Believed(i => i % 4 == 1 ? 90 : 10);
        Assert.Equal(weighted, tenfold);

        // A cascade then leaves out the rows of 'no' that are easy, those that weigh much, so that its members disagree by design.
        if (name == "balance-cascade")
        {
            Assert.NotEqual(plain, weighted);
            return;
        }

        if (!name.EndsWith("boost", StringComparison.Ordinal))
        {
            Assert.InRange(weighted[0] - weighted[1], 0.25, 0.75);
            Assert.InRange(plain[0] - plain[1], -0.2, 0.2);
        }

        Assert.True(weighted[0] - weighted[1] > plain[0] - plain[1] + 0.1, $"{plain[0]}, {plain[1]} and with weights {weighted[0]}, {weighted[1]}");

        double[] Believed(Func<int, double> weight)
        {
            // Of four rows in a row the first two are 'no' and the last two 'yes', of which a quarter is kept.
            int[] kept = [.. Enumerable.Range(0, 1200).Where(i => i % 4 < 2 || i % 16 < 4)];
            Dataset data = With(new Dataset("halves", "y", Array.ConvertAll(kept, i => i % 4 < 2 ? 0 : 1), ["no", "yes"],
                [new NumericColumn("x", Array.ConvertAll(kept, i => (double)(i % 2)))]), Array.ConvertAll(kept, i => weight(i)));
            using TrainedClassifier trained = TrainedClassifier.Fit(
                data, "gbdt", Remedy.Parse($"ensemble:{ensemble.Name}"), null, TestContext.Current.CancellationToken);
            double[] p = trained.Predict(data.Columns).Probabilities;
            int zero = Array.FindIndex(kept, i => i % 2 == 0), one = Array.FindIndex(kept, i => i % 2 == 1);
            return [p[(2 * zero) + 1], p[(2 * one) + 1]];
        }
    }

    [Fact]
    public void Equal_weights_of_any_size_change_nothing()
    {
        Dataset data = Simulated.Binary(300, 60, 1.5), same = With(data, [.. Enumerable.Repeat(7.5, data.Rows)]);
        foreach (string learner in (string[])["linear", "gbdt"])
        {
            using TrainedClassifier one = TrainedClassifier.Fit(data, learner, Remedy.Parse("weights:balanced+threshold:tuned"));
            using TrainedClassifier other = TrainedClassifier.Fit(same, learner, Remedy.Parse("weights:balanced+threshold:tuned"));
            double[] left = one.Predict(data.Columns).Probabilities, right = other.Predict(data.Columns).Probabilities;
            for (int i = 0; i < left.Length; i++) Assert.Equal(left[i], right[i], 1e-5);
        }
    }

    private static Dataset With(Dataset data, double[] weights) => new Dataset(
        data.Name, data.Target, data.Labels, data.ClassNames, [.. data.Columns, new NumericColumn("weight of rows", weights)])
        .WithSampleWeights("weight of rows");

    private static Dataset Pure(int rows, Func<int, bool> positive, Func<int, double> weight)
    {
        var random = new SeededRandom(3);
        double[] x = [.. Enumerable.Range(0, rows).Select(_ => random.NextGaussian())];
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => positive(i) ? 1 : 0)];
        return With(new Dataset("pure", "y", labels, ["no", "yes"], [new NumericColumn("x", x)]), [.. Enumerable.Range(0, rows).Select(weight)]);
    }

    private static Dataset Noisy(int rows)
    {
        var random = new SeededRandom(5);
        int[] labels = new int[rows];
        double[] x = new double[rows], w = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = random.NextInt32(4) == 0 ? 1 : 0;
            x[i] = random.NextGaussian() + (6 * labels[i]);
            w[i] = i % 2;
            if (w[i] == 0) labels[i] = random.NextInt32(2);
        }

        return new Dataset("noisy", "y", labels, ["no", "yes"], [new NumericColumn("x", x), new NumericColumn("w", w)]);
    }

    private static (Dataset Data, JsonElement Golden) Read(int number)
    {
        JsonElement golden = Cases[number];
        double[] x = Numbers(golden.GetProperty("x"));
        int[] labels = [.. golden.GetProperty("y").EnumerateArray().Select(v => v.GetInt32())];
        Column[] columns = [.. Enumerable.Range(0, 3).Select(d => new NumericColumn($"x{d}", [.. labels.Select((_, i) => x[(3 * i) + d])]))];
        string[] classes = [.. Enumerable.Range(0, golden.GetProperty("classes").GetInt32()).Select(c => $"c{c}")];
        return (With(new Dataset("golden", "y", labels, classes, columns), Numbers(golden.GetProperty("w"))), golden);
    }

    private static double[] Numbers(JsonElement list) => Golden.Vector(list);
}
