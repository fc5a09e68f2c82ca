using System.Text.Json;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli.Tests;

/// <summary>What docs/report.md shows a C# user: a report in one line, and the tool's documents by their types.</summary>
public sealed class LibraryReportTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void A_comparison_becomes_a_report_in_one_line()
    {
        string data = Reports.Table(files["data.csv"], ["no", "yes"], 200, "class"), report = files["report"];

        // the example of docs/report.md
        ComparisonResult result = RemedyComparison.Run(
            DatasetReader.Read(data, "class"),
            new ComparisonOptions { Learners = ["linear"], Remedies = [Remedy.Parse("weights:balanced")], Folds = 3, Repeats = 1 });
        ReportFiles written = ComparisonReport.Write(result, report);

        Assert.Equal((Path.Combine(report, "report.html"), Path.Combine(report, "comparison.json")), (written.Page, written.Document));
        Assert.StartsWith("<!doctype html>", File.ReadAllText(written.Page), StringComparison.OrdinalIgnoreCase);
        ComparisonDocument read = ComparisonDocument.Load(report);
        Assert.Equal(result.Recommendation.Candidate.Remedy.Name, read.Recommendation.Remedy);
        Assert.Equal(result.Candidates.Select(c => c.Mean?.Mean), read.Candidates.Select(c => c.Mean));
        using var page = new MemoryStream();
        ComparisonReport.WritePage(result, page);
        Assert.Equal(File.ReadAllBytes(written.Page), page.ToArray());
        Assert.Equal(2 * ComparisonReport.WritePictures(result, files["figures"]), Directory.GetFiles(files["figures"]).Length);
    }

    [Fact]
    public void A_diagnosis_and_a_decision_become_reports()
    {
        ReportFiles diagnosis = DiagnosisReport.Write(Diagnosis.Of(ClassWeights.Inverse(ClassCounts.From([900, 100])), 64), files["diagnosis"]);
        ExplainDocument explained = JsonSerializer.Deserialize(File.ReadAllText(diagnosis.Document), ExplainDocument.JsonType)!;
        Assert.Equal((1000L, "inverse", "weighted-mean"), (explained.Rows, explained.Scheme, explained.Reduction));

        var random = new SeededRandom(4);
        int[] truth = [.. Enumerable.Range(0, 400).Select(i => i % 5 == 0 ? 1 : 0)];
        double[] scores = [.. truth.SelectMany(t => Pair(Math.Clamp((0.3 * t) + (0.5 * random.NextDouble()), 0, 1)))];
        var study = DecisionStudy.Of(
            new DecisionQuestion(Predictions.FromProbabilities(truth, scores, 2), ["good", "bad"]) { Costs = CostMatrix.FromPair(1, 20) });
        Assert.Equal("expected-cost", study.Document.Metric);
        Assert.True(study.Document.Cost!.Saved > 0);
        ReportFiles decided = DecisionReport.Write(study, files["decided"]);
        Decision rule = Decision.Load(decided.Document);
        Assert.Equal(study.Rule.Decide(scores), rule.Decide(scores));
        Assert.True(new FileInfo(decided.Page).Length > 100_000);
        Assert.Throws<ArgumentException>(() => DecisionStudy.Of(new DecisionQuestion(Predictions.FromProbabilities(truth, scores, 2), ["one"])));
        Assert.Throws<ArgumentException>(() => DecisionStudy.Of(
            new DecisionQuestion(Predictions.FromProbabilities(truth, scores, 2), ["good", "bad"]) { Metric = Metric.RocAuc }));
    }

    [Fact]
    public void What_the_tool_prints_is_read_by_the_types_of_the_library()
    {
        WeightsDocument weights = Read(WeightsDocument.JsonType, "weights", "--counts", "900,100", "--emit", "pytorch");
        Assert.Equal((1000L, 9.0, "pytorch"), (weights.Rows, weights.PositiveWeight!.Value, weights.Snippets!.Single().Framework));
        RemediesDocument remedies = Read(RemediesDocument.JsonType, "remedies");
        Assert.Equal(Remedy.Catalogue.Select(m => m.Name), remedies.Remedies.Select(r => r.Name));
        ExplainDocument explained = Read(ExplainDocument.JsonType, "explain", "--counts", "900,100");
        Assert.Equal(2, explained.Classes.Count);
        DecideDocument decided = Read(DecideDocument.JsonType, "decide", "samples/scores-binary.csv", "-t", "label", "--scores", "p_bad");
        Assert.Equal("balanced-accuracy", decided.Metric);
        ResampleDocument resampled = Read(
            ResampleDocument.JsonType, "resample", "samples/hpc-jobs.csv", "-t", "class", "-m", "random-over", "-o", files["o.csv"]);
        Assert.Equal(resampled.Classes.Sum(c => c.After), resampled.RowsAfter);
    }

    private static double[] Pair(double positive) => [1 - positive, positive];

    private static T Read<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, params string[] arguments)
    {
        ToolResult result = Tool.Run([.. arguments, "--json", "-q"]);
        Assert.True(result.Code == 0, result.Error);
        return JsonSerializer.Deserialize(result.Output, type)!;
    }
}
