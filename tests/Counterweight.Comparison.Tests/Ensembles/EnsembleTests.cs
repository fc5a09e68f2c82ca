using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public sealed class EnsembleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public static TheoryData<string> Names => [.. Ensemble.Catalogue.Select(e => e.Name)];

    /// <summary>Every ensemble on every learner that it can be made of.</summary>
    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (MethodDefinition learner in LearnerCatalogue.All)
                foreach (MethodDefinition ensemble in Ensemble.Catalogue)
                    if (Ensemble.Catalogue.Create(ensemble.Name)
                        .Refuses(LearnerCatalogue.All.Create(learner.Name), new TrainingPlan { Counts = ClassCounts.From([10, 10]) }) is null)
                        pairs.Add(learner.Name, ensemble.Name);
            return pairs;
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static (FeatureTable Features, int[] Labels) Prepare(Dataset data, bool fillIn = true)
    {
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        return (Preprocessor.Fit(data, rows).Transform(data, rows, fillIn), data.Labels.ToArray());
    }

    private static TrainedModel Train(string learner, Dataset data, string remedy, int threads = 1, long seed = 3)
    {
        ILearner made = LearnerCatalogue.All.Create(learner);
        var parsed = Remedy.Parse(remedy);
        TrainingPlan plan = RemedyTraining.Plan(parsed, data.Labels, data.ClassNames, 1, null);
        (FeatureTable features, int[] labels) = Prepare(data, RemedyTraining.NeedsFilledIn(made, plan));
        return RemedyTraining.Fit(made, parsed, plan, features, labels, new FitOptions(seed, threads));
    }

    private static double[] Predict(string learner, Dataset train, Dataset test, string remedy, int threads = 1)
    {
        ILearner made = LearnerCatalogue.All.Create(learner);
        TrainingPlan plan = RemedyTraining.Plan(Remedy.Parse(remedy), train.Labels, train.ClassNames, 1, null);
        int[] rows = [.. Enumerable.Range(0, train.Rows)], testRows = [.. Enumerable.Range(0, test.Rows)];
        bool fillIn = RemedyTraining.NeedsFilledIn(made, plan);
        var preparation = Preprocessor.Fit(train, rows);
        using TrainedModel model = RemedyTraining.Fit(
            made, Remedy.Parse(remedy), plan, preparation.Transform(train, rows, fillIn), train.Labels.ToArray(), new FitOptions(3, threads));
        return model.Model.Predict(preparation.Transform(test, testRows, fillIn));
    }

    private static double[] Recalls(Dataset data, double[] p)
    {
        double[] hits = new double[data.Classes], rows = new double[data.Classes];
        for (int i = 0; i < data.Rows; i++)
        {
            rows[data.Labels[i]]++;
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(p.AsSpan(i * data.Classes, data.Classes)) == data.Labels[i]) hits[data.Labels[i]]++;
        }

        return [.. hits.Zip(rows, (h, r) => h / r)];
    }

    private static string Small(string ensemble) => $"ensemble:{ensemble}(members={(ensemble == "balanced-forest" ? 20 : 4)})";

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_ensemble_raises_the_recall_of_the_rare_class_on_new_rows(string learner, string ensemble)
    {
        Dataset train = Simulated.Binary(900, 60, distance: 1.5, seed: 1), test = Simulated.Binary(900, 300, distance: 1.5, seed: 2);
        double[] plain = Recalls(test, Predict(learner, train, test, "none")), p = Predict(learner, train, test, Small(ensemble), threads: 2),
            found = Recalls(test, p);
        for (int i = 0; i < test.Rows; i++) Close.One(1, p[2 * i] + p[(2 * i) + 1], 1e-9, "sum");
        Assert.True(found[1] > plain[1] + 0.1, $"recall {found[1]:0.000} after {plain[1]:0.000}");

        // The last members of a cascade see the rows that lie amid the rare class, so that on classes that overlap as these it pays with the others.
        if (ensemble == "balance-cascade") return;
        Assert.True(found.Average() > plain.Average() + 0.03, $"balanced accuracy {found.Average():0.000} after {plain.Average():0.000}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Several_classes_are_told_apart(string ensemble)
    {
        Dataset train = Simulated.Many([500, 120, 40], radius: 3, seed: 1), test = Simulated.Many([200, 200, 200], radius: 3, seed: 2);
        double[] found = Recalls(test, Predict("gbdt", train, test, Small(ensemble)));
        Assert.All(found, r => Assert.InRange(r, 0.85, 1));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_number_of_threads_changes_nothing(string learner, string ensemble)
    {
        Dataset data = Simulated.Binary(300, 40, distance: 1);
        Assert.Equal(Predict(learner, data, data, Small(ensemble), threads: 1), Predict(learner, data, data, Small(ensemble), threads: 3));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_saved_ensemble_predicts_the_same(string learner, string ensemble)
    {
        Dataset data = Simulated.Binary(200, 40, distance: 1);
        bool known = Ensemble.Catalogue.Parse(ensemble).PriorAfter(data.CountLabels()).IsKnown;
        using var trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(Small(ensemble) + (known ? "+prior-corrected" : "")));
        string path = Path.Combine(folder, "model");
        trained.Save(path);
        using (var loaded = TrainedClassifier.Load(path))
        {
            Assert.Equal(trained.Predict(data.Columns).Probabilities, loaded.Predict(data.Columns).Probabilities);
            Assert.Equal(trained.Predict(data.Columns).Labels, loaded.Predict(data.Columns).Labels);
            Assert.StartsWith($"ensemble:{ensemble}(", loaded.Metadata.Remedy, StringComparison.Ordinal);
        }

        if (ensemble == "balanced-forest")
        {
            string file = Path.Combine(path, "model", "forest.bin");
            byte[] whole = File.ReadAllBytes(file);
            for (int at = 0; at < whole.Length; at += 397)
            {
                File.WriteAllBytes(file, whole[..at]);
                Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(path));
            }

            // A changed byte is found, or changes a number only: no prediction leaves the model.
            for (int at = 0; at < whole.Length; at += 97)
            {
                byte[] changed = [.. whole];
                changed[at] ^= 0x80;
                File.WriteAllBytes(file, changed);
                try
                {
                    using var odd = TrainedClassifier.Load(path);
                    odd.Predict(data.Columns);
                }
                catch (UnusableDataException)
                {
                }
            }

            return;
        }

        string last = Directory.GetDirectories(Path.Combine(path, "model")).Order(StringComparer.Ordinal).Last();
        Directory.Delete(last, recursive: true);
        Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(path));
        File.WriteAllText(Path.Combine(path, "model", "ensemble.json"), """{ "version": 1, "classes": 2, "weights": [] }""");
        Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(path));
    }

    [Fact]
    public void Boosted_members_of_easy_are_saved_too()
    {
        Dataset data = Simulated.Binary(200, 40, distance: 1);
        using var trained = TrainedClassifier.Fit(data, "linear", Remedy.Parse("ensemble:easy(members=2, rounds=3)"));
        string path = Path.Combine(folder, "model");
        trained.Save(path);
        using var loaded = TrainedClassifier.Load(path);
        Assert.Equal(trained.Predict(data.Columns).Probabilities, loaded.Predict(data.Columns).Probabilities);
    }

    [Fact]
    public void Prior_correction_gives_the_probabilities_of_the_classes_as_they_are()
    {
        Dataset train = Simulated.Binary(3000, 150, distance: 1.5, seed: 1), test = Simulated.Binary(3000, 150, distance: 1.5, seed: 2);
        using var balanced = TrainedClassifier.Fit(train, "linear", Remedy.Parse("ensemble:easy(4)"));
        using var corrected = TrainedClassifier.Fit(train, "linear", Remedy.Parse("ensemble:easy(4)+prior-corrected"));
        double Mean(TrainedClassifier model) => model.Predict(test.Columns).Probabilities.Where((_, i) => i % 2 == 1).Average();
        Assert.InRange(Mean(balanced), 0.15, 0.5);
        Assert.InRange(Mean(corrected), 0.03, 0.07);
        using TrainedModel model = Train("linear", train, "ensemble:under-bagging(3)");
        Assert.All(model.EffectivePrior!, share => Assert.Equal(0.5, share, 1e-12));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Too_few_rows_of_a_class_are_refused_by_name(string ensemble)
    {
        Dataset data = Simulated.Binary(60, Ensemble.LeastRows - 1, distance: 2);
        Assert.Contains("Class 'yes' has 4 training rows", Assert.Throws<RemedyRefusedException>(() => Train("gbdt", data, Small(ensemble))).Message,
            StringComparison.Ordinal);
        Dataset enough = Simulated.Binary(60, Ensemble.LeastRows, distance: 2);
        Assert.All(Predict("gbdt", enough, enough, Small(ensemble)), p => Assert.InRange(p, 0, 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cancellation_ends_a_fit(string ensemble)
    {
        (FeatureTable features, int[] labels) = Prepare(Simulated.Binary(100, 30, distance: 1));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Ensemble.Catalogue.Create(ensemble).Fit(
            new GbdtLearner(), features, labels, new TrainingPlan { Counts = ClassCounts.From([100, 30]) }, new FitOptions(1, 2, cancelled.Token)));
    }

    [Theory]
    [InlineData("ensemble:easy+resample:smote", "nothing left to resample")]
    [InlineData("ensemble:easy+sampler:class-balanced", "draw from them again")]
    [InlineData("ensemble:rus-boost+weights:balanced", "count the imbalance twice")]
    [InlineData("ensemble:self-paced+loss:ldam", "see equal ones")]
    public void Combinations_without_sense_are_refused_with_the_reason(string remedy, string reason) =>
        Assert.Contains(reason, Assert.Throws<RemedyRefusedException>(
            () => Remedy.Parse(remedy).Apply(new TrainingPlan { Counts = ClassCounts.From([90, 10]) })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_forest_is_made_of_trees_and_a_plain_loss_goes_with_the_others()
    {
        Dataset data = Simulated.Binary(100, 30, distance: 1);
        Assert.Contains("made of trees",
            Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(data, "linear", Remedy.Parse("ensemble:balanced-forest"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("takes no loss",
            Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(data, "gbdt", Remedy.Parse("ensemble:balanced-forest+loss:focal"))).Message,
            StringComparison.Ordinal);
        using var focal = TrainedClassifier.Fit(data, "linear", Remedy.Parse("ensemble:easy(2)+loss:focal"));
        Assert.Equal(data.Rows, focal.Predict(data.Columns).Labels.Length);
    }

    [Fact]
    public void The_catalogue_has_sources_and_canonical_names_that_read_back()
    {
        Assert.All(Ensemble.Catalogue, m => Assert.NotEmpty(m.Source));
        Assert.All(Ensemble.Catalogue, m => Assert.Contains(m.Parameters, p => p.Name == "members"));
        foreach (MethodDefinition method in Ensemble.Catalogue)
        {
            IEnsemble made = Ensemble.Catalogue.Create(method.Name);
            Assert.Equal(made.Name, Ensemble.Catalogue.Create(made.Name).Name);
            Assert.True(Remedy.Catalogue.Contains($"ensemble:{method.Name}"));
            Assert.Equal(RemedyFamily.Ensemble, Remedy.Parse($"ensemble:{method.Name}").Family);
        }

        Assert.Equal("ensemble:easy(members=20)", Remedy.Parse("ensemble:easy(20)").Name);
        Assert.Equal("ensemble:balanced-bagging(members=10, balance=roughly)", Remedy.Parse("ensemble:balanced-bagging(balance=roughly)").Name);
    }
}
