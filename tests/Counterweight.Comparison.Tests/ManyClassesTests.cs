using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

public sealed class ManyClassesTests
{
    [Fact]
    public void A_thousand_classes_with_names_are_compared_trained_and_predicted()
    {
        Dataset made = Simulated.Many([.. Enumerable.Range(0, 1000).Select(c => c < 100 ? 4 : 2)], radius: 500);
        string[] names = [.. Enumerable.Range(0, 1000).Select(c => $"species {c:000}")];
        var data = new Dataset("species", "class", made.Labels, names, made.Columns);
        var options = new ComparisonOptions
        {
            Learners = ["mlp"],
            Remedies = Remedy.ParseList("none, weights:balanced, sampler:class-balanced"),
            Folds = 2,
            Repeats = 1,
            Metric = Metric.Accuracy
        };
        ComparisonResult result = RemedyComparison.Run(data, options);
        Assert.All(result.Candidates, c => Assert.Equal(CandidateStatus.Done, c.Status));
        Assert.Equal(result.Candidates.Count(c => c.Candidate == result.Baseline || c.Candidate == result.Recommendation.Candidate),
            result.Candidates.Count(c => c.Confusion is not null));
        using var stream = new MemoryStream();
        ComparisonDocument.Of(result).Write(stream);
        Assert.InRange(stream.Length, 1, 2_000_000);

        string folder = Path.Combine(Directory.CreateTempSubdirectory("counterweight").FullName, "model");
        try
        {
            using (TrainedClassifier trained = TrainedClassifier.Fit(data, "mlp", Remedy.Parse("weights:balanced"), options)) trained.Save(folder);
            using TrainedClassifier loaded = TrainedClassifier.Load(folder);
            PredictedRows rows = loaded.Predict(data.Columns);
            Assert.Equal(names, rows.Classes);
            Assert.Equal(data.Rows, rows.Labels.Length);
            Assert.All(Enumerable.Range(0, data.Rows), i => Assert.Equal(1, rows.Probabilities.AsSpan(i * 1000, 1000).ToArray().Sum(), 1e-6));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
    }
}
