using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public sealed class LearnerTests
{
    public static TheoryData<string> Learners => [.. LearnerCatalogue.All.Select(l => l.Name)];

    private static (FeatureTable Features, int[] Labels) Prepare(Dataset data)
    {
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        return (Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true), data.Labels.ToArray());
    }

    private static double[] Fit(string learner, Dataset data, string remedy, int threads = 1, long seed = 3)
    {
        (FeatureTable features, int[] labels) = Prepare(data);
        ILearner made = LearnerCatalogue.All.Create(learner);
        Remedy parsed = Remedy.Parse(remedy);
        TrainingPlan plan = RemedyTraining.Plan(parsed, labels, data.ClassNames, 1, null);
        using TrainedModel model = RemedyTraining.Fit(made, parsed, plan, features, labels, new FitOptions(seed, threads));
        return model.Model.Predict(features);
    }

    private static double Recall(Dataset data, double[] probabilities, int code)
    {
        int hit = 0, rows = 0;
        for (int i = 0; i < data.Rows; i++)
        {
            if (data.Labels[i] != code) continue;
            rows++;
            ReadOnlySpan<double> row = probabilities.AsSpan(i * data.Classes, data.Classes);
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row) == code) hit++;
        }

        return (double)hit / rows;
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void Probabilities_sum_to_one_and_separate_what_is_separable(string learner)
    {
        Dataset data = Simulated.Many([300, 150, 60], radius: 5);
        double[] p = Fit(learner, data, "none");
        for (int i = 0; i < data.Rows; i++) Close.One(1, p.AsSpan(i * 3, 3).ToArray().Sum(), 1e-9, "sum");
        for (int c = 0; c < 3; c++) Assert.True(Recall(data, p, c) > 0.9);
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void Weights_and_sampling_raise_the_recall_of_the_rare_class(string learner)
    {
        Dataset data = Simulated.Binary(1500, 100, distance: 1.2);
        double plain = Recall(data, Fit(learner, data, "none"), 1);
        Assert.True(Recall(data, Fit(learner, data, "weights:balanced"), 1) > plain + 0.2);
        Assert.True(Recall(data, Fit(learner, data, "sampler:class-balanced"), 1) > plain + 0.2);
        Assert.True(Recall(data, Fit(learner, data, "resample:random-over"), 1) > plain + 0.2);
    }

    [Theory]
    [InlineData("loss:drw")]
    [InlineData("loss:progressive-balancing")]
    [InlineData("loss:influence-balanced")]
    public void A_schedule_is_trained_to_its_end_before_the_network_stops_early(string remedy)
    {
        Dataset data = Simulated.Binary(1500, 100, distance: 1.2);
        Assert.True(Recall(data, Fit("mlp", data, remedy), 1) > Recall(data, Fit("mlp", data, "none"), 1) + 0.2, remedy);
    }

    public static TheoryData<string> Losses => [.. Torch.Loss.Catalogue.Select(l => l.Name)];

    [Theory]
    [MemberData(nameof(Losses))]
    public void Every_loss_of_the_catalogue_trains_the_network(string loss)
    {
        Dataset data = Simulated.Many([300, 120, 60], radius: 4);
        Remedy remedy = Remedy.Parse($"loss:{loss}");
        TrainingPlan plan = RemedyTraining.Plan(remedy, data.Labels, data.ClassNames, 1, null);
        Assert.Null(new MlpLearner().Refuses(plan));
        double[] p = Fit("mlp", data, remedy.Name);

        // Ranking losses order the rows well without being probabilities, so that all are judged by their order.
        double area = Metric.RocAuc.Evaluate(Predictions.FromProbabilities(data.LabelMemory, p, 3));
        Assert.True(area > 0.9, $"{loss}: the area under the ROC curve is {area}");
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void The_same_seed_gives_the_same_model(string learner)
    {
        Dataset data = Simulated.Binary(400, 60, distance: 1);
        Assert.Equal(Fit(learner, data, "sampler:class-balanced"), Fit(learner, data, "sampler:class-balanced"));
    }

    [Theory]
    [MemberData(nameof(Learners))]
    public void A_saved_model_predicts_the_same(string learner)
    {
        Dataset data = Simulated.Binary(300, 60, distance: 1);
        (FeatureTable features, int[] labels) = Prepare(data);
        ILearner made = LearnerCatalogue.All.Create(learner);
        using IModel model = made.Fit(features, labels, new TrainingPlan { Counts = data.CountLabels() }, new FitOptions(1));
        string folder = Directory.CreateTempSubdirectory("counterweight").FullName;
        try
        {
            model.Save(folder);
            using IModel loaded = made.Load(folder);
            Assert.Equal(model.Predict(features), loaded.Predict(features));
            foreach (string file in Directory.GetFiles(folder)) File.WriteAllText(file, "damaged");
            Assert.Throws<UnusableDataException>(() => made.Load(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_linear_learner_finds_the_optimum_of_its_penalised_likelihood()
    {
        Dataset data = Simulated.Binary(300, 100, distance: 1);
        (FeatureTable features, int[] labels) = Prepare(data);
        double[] p = Fit("linear", data, "none");
        float[] x = features.ToDense();
        int width = features.DenseWidth;

        // At the optimum the intercept's gradient, sum of (p - y), is zero.
        double residual = 0;
        for (int i = 0; i < labels.Length; i++) residual += p[(2 * i) + 1] - labels[i];
        Assert.InRange(residual / labels.Length, -1e-5, 1e-5);
        Assert.Equal(labels.Length * width, x.Length);
    }

    [Fact]
    public void Cancellation_ends_a_fit()
    {
        Dataset data = Simulated.Binary(400, 60, distance: 1);
        (FeatureTable features, int[] labels) = Prepare(data);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        foreach (MethodDefinition learner in LearnerCatalogue.All)
            Assert.ThrowsAny<OperationCanceledException>(() => LearnerCatalogue.All.Create(learner.Name).Fit(
                features, labels, new TrainingPlan { Counts = data.CountLabels() }, new FitOptions(1, 1, cancelled.Token)));
    }
}
