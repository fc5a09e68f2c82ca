using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.TestSupport;
using Microsoft.ML;

namespace Counterweight.ML.Tests;

public sealed class LearnerTests
{
    private static readonly EstimatorLearner Logistic =
        new("logistic", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"));

    private static readonly Lazy<Dataset> Two = new(() => Made(2, 400)), Three = new(() => Made(3, 400));

    [Fact]
    public void RemediesAreComparedOnAnEstimator()
    {
        ComparisonResult Run(int threads) => RemedyComparison.Run(Two.Value, new ComparisonOptions
        {
            OwnLearners = [Logistic],
            Remedies = Remedy.ParseList("none, weights:balanced, sampler:class-balanced, resample:smote, threshold:tuned, scale-pos-weight, "
                + "ensemble:under-bagging(members=3), loss:focal"),
            Folds = 3,
            Repeats = 1,
            Threads = threads,
            Racing = false,
        });
        ComparisonResult result = Run(1);
        CandidateResult Of(string remedy) => result.Candidates.Single(
            c => c.Candidate.Learner == "logistic" && c.Candidate.Remedy.ToString().StartsWith(remedy, StringComparison.Ordinal));
        Assert.Equal(CandidateStatus.Refused, Of("loss:focal").Status);
        foreach (CandidateResult candidate in result.Candidates.Where(c => c.Status != CandidateStatus.Refused))
            Assert.True(candidate.Status == CandidateStatus.Done, $"{candidate.Candidate}: {candidate.Reason}");
        Assert.True(Of("weights:balanced").Metrics["recall"] > Of("none").Metrics["recall"] + 0.1);
        ComparisonResult again = Run(2);
        Assert.Equal(result.Candidates.Select(c => c.Mean?.Mean), again.Candidates.Select(c => c.Mean?.Mean));
    }

    /// <summary>Balanced weights of the comparison are those of ML.NET's own pipeline on the same rows.</summary>
    [Fact]
    public void TheModelIsTheOneThatMlNetTrains()
    {
        Dataset data = Two.Value;
        int[] all = [.. Enumerable.Range(0, data.Rows)];
        FeatureTable features = Preprocessor.Fit(data, all).Transform(data, all, fillIn: true);
        ClassCounts counts = data.CountLabels();
        var plan = new TrainingPlan { Counts = counts, Weights = ClassWeights.Balanced(counts) };
        using IModel model = Logistic.Fit(features, data.LabelMemory, plan, new FitOptions(5));
        double[] probabilities = model.Predict(features);
        var context = new MLContext(5);
        float[] dense = features.ToDense();
        IDataView view = context.Data.LoadFromEnumerable(all.Select(
            i => new Row3 { Label = data.Labels[i] == 1, Features = dense.AsSpan(i * 3, 3).ToArray() }));
        IDataView scored = context.Transforms.ClassWeights()
            .Append(context.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight")).Fit(view).Transform(view);
        float[] expected = [.. Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float>(scored, "Probability")];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], probabilities[(2 * i) + 1], 1e-5);
    }

    [Fact]
    public void SeveralClassesAndKeysWork()
    {
        var entropy = new EstimatorLearner("entropy", ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(exampleWeightColumnName: "Weight"))
        {
            KeyLabels = true,
        };
        foreach (Dataset data in (Dataset[])[Two.Value, Three.Value])
        {
            ComparisonResult result = RemedyComparison.Run(data, new ComparisonOptions
            {
                OwnLearners = [entropy],
                Remedies = Remedy.ParseList("none, weights:balanced, offsets:tuned"),
                Folds = 3,
                Repeats = 1,
                Threads = 2,
            });
            Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
        }

        var booleans = new EstimatorLearner("entropy", ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        Assert.Contains("KeyLabels", Fails(booleans, "none").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWeightThatIsNotReadIsRefused()
    {
        var deaf = new EstimatorLearner("deaf", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression());
        string message = Assert.Throws<RemedyRefusedException>(() => Fit(deaf, "weights:balanced")).Message;
        Assert.Contains("exampleWeightColumnName", message, StringComparison.Ordinal);
        using IModel model = Fit(deaf, "none");
    }

    [Fact]
    public void AnEstimatorWithoutProbabilitiesIsRefused()
    {
        var raw = new EstimatorLearner("raw", ml => ml.BinaryClassification.Trainers.AveragedPerceptron());
        Assert.Contains("Platt", Fails(raw, "none").Message, StringComparison.Ordinal);
        var calibrated = new EstimatorLearner("calibrated", ml => ml.BinaryClassification.Trainers.AveragedPerceptron()
            .Append(ml.BinaryClassification.Calibrators.Platt()));
        using IModel model = Fit(calibrated, "none");
        Assert.Throws<ArgumentException>(() => new EstimatorLearner("gbdt", ml => ml.BinaryClassification.Trainers.AveragedPerceptron()));
        Assert.Throws<ArgumentException>(() => new EstimatorLearner("a b", ml => ml.BinaryClassification.Trainers.AveragedPerceptron()));
    }

    [Fact]
    public void AModelIsSavedAndLoaded()
    {
        using var files = new TempFiles();
        Dataset data = Two.Value;
        using TrainedClassifier trained = TrainedClassifier.Fit(data, Logistic, Remedy.Parse("weights:balanced+threshold:tuned"));
        trained.Save(files["model"]);
        using TrainedClassifier loaded = TrainedClassifier.Load(files["model"], Logistic);
        Assert.Equal(trained.Predict(data.Columns).Labels, loaded.Predict(data.Columns).Labels);
        File.WriteAllText(Path.Combine(Directory.GetFiles(files["model"], "mlnet.zip", SearchOption.AllDirectories).Single()), "no zip");
        string message = Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(files["model"], Logistic)).Message;
        Assert.Contains("no model", message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFingerprintKnowsWhatTheFactoryTookAlong()
    {
        EstimatorLearner With(float l2) => new("own", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(l2Regularization: l2));
        Assert.Equal(With(1).Fingerprint, With(1).Fingerprint);
        Assert.NotEqual(With(1).Fingerprint, With(2).Fingerprint);
    }

    private static InvalidOperationException Fails(EstimatorLearner learner, string remedy) =>
        Assert.Throws<InvalidOperationException>(() => Fit(learner, remedy));

    private static IModel Fit(EstimatorLearner learner, string remedy)
    {
        Dataset data = Two.Value;
        int[] all = [.. Enumerable.Range(0, data.Rows)];
        ClassCounts counts = data.CountLabels();
        var plan = new TrainingPlan { Counts = counts, Weights = remedy == "none" ? null : ClassWeights.Balanced(counts) };
        return learner.Fit(Preprocessor.Fit(data, all).Transform(data, all, fillIn: true), data.LabelMemory, plan, new FitOptions(1));
    }

    private static Dataset Made(int classes, int rows)
    {
        Item[] items = Tables.Items(rows);
        int[] labels = [.. items.Select(i => classes == 3 ? "abc".IndexOf(i.Kind[0]) : i.Label ? 1 : 0)];
        return new Dataset("made", "y", labels, [.. "xyz"[..classes].Select(c => c.ToString())],
            [.. Enumerable.Range(0, 3).Select(c => new NumericColumn($"f{c}", [.. items.Select(i => (double)i.Features[c])]))]);
    }

    private sealed class Row3
    {
        public bool Label { get; set; }

        [Microsoft.ML.Data.VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
