using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

public sealed class TrainedClassifierTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("linear", "none")]
    [InlineData("linear", "weights:balanced+prior-corrected")]
    [InlineData("mlp", "sampler:class-balanced+threshold:tuned")]
    [InlineData("mlp", "loss:ldam")]
    public void A_saved_model_predicts_as_before_on_rows_in_another_order_of_columns(string learner, string remedy)
    {
        Dataset data = Simulated.Binary(300, 60, distance: 1.5);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy));
        PredictedRows expected = trained.Predict(data.Columns);
        string path = Path.Combine(folder, "model");
        trained.Save(path);
        trained.Save(path);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
        using TrainedClassifier loaded = TrainedClassifier.Load(path);
        PredictedRows found = loaded.Predict([.. data.Columns.Reverse()]);
        Assert.Equal(expected.Labels, found.Labels);
        Assert.Equal(expected.Probabilities, found.Probabilities);
        Assert.Equal(remedy == "none" ? "none" : Remedy.Parse(remedy).Name, loaded.Metadata.Remedy);
        Assert.Equal(expected.Labels, loaded.Decision.DecideLabels(trained.Decision.Rule is TransformedDecision ? Raw(loaded, data) : expected.Probabilities));
    }

    private static double[] Raw(TrainedClassifier trained, Dataset data)
    {
        // Undo the prior correction: the decision file takes the model's own probabilities.
        var transform = (TransformedDecision)trained.Decision.Rule;
        PredictedRows corrected = trained.Predict(data.Columns);
        double[] factors = new double[2];
        transform.Transform.Transform([0.5, 0.5], factors);
        double[] raw = new double[corrected.Probabilities.Length];
        for (int i = 0; i < raw.Length; i += 2)
        {
            double a = corrected.Probabilities[i] / factors[0], b = corrected.Probabilities[i + 1] / factors[1];
            (raw[i], raw[i + 1]) = (a / (a + b), b / (a + b));
        }

        return raw;
    }

    [Fact]
    public void Unseen_categories_and_gaps_are_taken_and_missing_columns_are_named()
    {
        Dataset data = Simulated.Binary(200, 60, distance: 1.5);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.None);
        PredictedRows rows = trained.Predict(
            [new NumericColumn("x", [double.NaN]), new NumericColumn("y", [1]), new CategoricalColumn("kind", [0], ["never seen"])]);
        Assert.Equal(1, rows.Probabilities.Sum(), 1e-9);
        Assert.Contains("'kind'", Assert.Throws<UnusableDataException>(() => trained.Predict([data.Columns[0], data.Columns[1]])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_remedies_damaged_folders_and_foreign_folders_are_errors()
    {
        Dataset data = Simulated.Many([60, 40, 30], radius: 2);
        Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(data, "linear", Remedy.Parse("threshold:tuned")));
        Assert.Throws<RemedyRefusedException>(() => TrainedClassifier.Fit(data, "linear", Remedy.Parse("positive-weight")));
        Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(Path.Combine(folder, "nothing")));
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.None);
        string foreign = Path.Combine(folder, "foreign");
        Directory.CreateDirectory(foreign);
        File.WriteAllText(Path.Combine(foreign, "thesis.txt"), "mine");
        Assert.Throws<IOException>(() => trained.Save(foreign));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(foreign, "thesis.txt")));
        string path = Path.Combine(folder, "model");
        trained.Save(path);
        File.WriteAllText(Path.Combine(path, "metadata.json"), "{}");
        Assert.Throws<UnusableDataException>(() => TrainedClassifier.Load(path));
    }
}
