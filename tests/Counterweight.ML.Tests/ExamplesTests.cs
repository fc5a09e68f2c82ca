using System.Text.RegularExpressions;
using System.Xml.Linq;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.TestSupport;
using Microsoft.ML;

namespace Counterweight.ML.Tests;

/// <summary>Every example of the public members and of docs/mlnet.md is run here, line by line; a test finds the lines that are not.</summary>
public sealed class ExamplesTests
{
    [Fact]
    public void Splits()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = Tables.View(Tables.Items(300));
        ClassCounts counts = mlContext.Data.CountClasses(data, "Label");
        double ratio = counts.ImbalanceRatio;
        Assert.Equal(9, ratio);
        var pipeline = mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression();
        int folds = 0;
        foreach ((IDataView train, IDataView test) in mlContext.Data.StratifiedCrossValidationSplit(data, "Label", numberOfFolds: 5))
        {
            var model = pipeline.Fit(train);
            var metrics = mlContext.BinaryClassification.EvaluateImbalance(model.Transform(test));
            Assert.Equal(60, metrics.Predictions.Rows);
            folds++;
        }

        Assert.Equal(5, folds);
        Once(mlContext, data);
    }

    private static void Once(MLContext mlContext, IDataView data)
    {
        (IDataView train, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(data, "Label", testFraction: 0.2);
        Assert.Equal((240, 60), (train.GetRowCount(), test.GetRowCount()));
    }

    [Fact]
    public void Resampling()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = Tables.View(Tables.Items(300));
        (IDataView train, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(data);
        IDataView balanced = mlContext.Data.Resample(train, Resampler.Create("smote"));
        var model = mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(balanced);
        Assert.Equal(432, balanced.GetRowCount());
        Assert.True(mlContext.BinaryClassification.EvaluateImbalance(model.Transform(test))["recall"] > 0.5);
    }

    [Fact]
    public void WeightsAndDecisions()
    {
        using var files = new TempFiles();
        string here = Environment.CurrentDirectory;
        var mlContext = new MLContext(seed: 1);
        (IDataView train, IDataView held) = mlContext.Data.StratifiedTrainTestSplit(Tables.View(Tables.Items(300)));
        var pipeline = mlContext.Transforms.ClassWeights("Weight", "Label")
            .Append(mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"));
        var weights = mlContext.Transforms.ClassWeights(CostMatrix.FromPair(falsePositive: 1, falseNegative: 20));
        Assert.NotNull(weights.Fit(train));
        try
        {
            Environment.CurrentDirectory = files.Folder;
            var deciding = pipeline.Append(mlContext.Transforms.Decide(new ThresholdDecision(0.2)));
            mlContext.Model.Save(deciding.Fit(train), train.Schema, "model.zip");
            Assert.True(File.Exists(files["model.zip"]));
            Tuned(mlContext, pipeline.Fit(train), train, held);
        }
        finally
        {
            Environment.CurrentDirectory = here;
        }
    }

    private static void Tuned(MLContext mlContext, ITransformer model, IDataView train, IDataView held)
    {
        Predictions tuning = mlContext.BinaryClassification.EvaluateImbalance(model.Transform(held)).Predictions;
        IDecision decision = DecisionRecipe.Parse("threshold:tuned").Fit(tuning, new DecisionContext { Metric = Metric.F1 });
        ITransformer deciding = model.Append(mlContext.Transforms.Decide(decision).Fit(model.Transform(train)));
        mlContext.Model.Save(deciding, train.Schema, "model.zip");
        ImbalanceMetrics decided = mlContext.BinaryClassification.EvaluateImbalance(mlContext.Model.Load("model.zip", out _).Transform(held));
        Assert.True(decided["f1"] >= mlContext.BinaryClassification.EvaluateImbalance(model.Transform(held))["f1"]);
        Assert.Equal(tuning.WithPredicted(decision.Decide(tuning.Scores.Span)).Confusion.Accuracy, decided.Confusion.Accuracy, 12);
    }

    [Fact]
    public void Evaluation()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView train, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(Tables.View(Tables.Items(300)));
        ITransformer model = mlContext.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(train);
        IDataView scored = model.Transform(test);
        ImbalanceMetrics metrics = mlContext.BinaryClassification.EvaluateImbalance(model.Transform(test));
        Console.WriteLine($"{metrics.BalancedAccuracy:0.000} {metrics.AveragePrecision:0.000}");
        double recall = mlContext.BinaryClassification.EvaluateAtThreshold(scored, threshold: 0.2)["recall"];
        Assert.True(recall >= metrics["recall"]);
        Assert.InRange(metrics["f-beta(beta=2)"], 0.1, 1);
        Shown(mlContext, scored);
        Many(mlContext);
    }

    private static void Shown(MLContext mlContext, IDataView scored)
    {
        ImbalanceMetrics metrics = mlContext.BinaryClassification.EvaluateImbalance(scored);
        double balanced = metrics.BalancedAccuracy, precision = metrics["precision"];
        Assert.InRange(balanced, 0.5, 1);
        Assert.InRange(precision, 0.1, 1);
        Assert.StartsWith("balanced accuracy 0.", metrics.ToString(), StringComparison.Ordinal);
    }

    private static void Many(MLContext mlContext)
    {
        IDataView view = Tables.View(Tables.Items(300));
        IDataView keyed = mlContext.Transforms.DropColumns("Label").Append(mlContext.Transforms.Conversion.MapValueToKey("Label", "Kind"))
            .Fit(view).Transform(view);
        (IDataView train, IDataView test) = mlContext.Data.StratifiedTrainTestSplit(keyed);
        ITransformer model = mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy().Fit(train);
        ImbalanceMetrics metrics = mlContext.MulticlassClassification.EvaluateImbalance(model.Transform(test));
        double macro = metrics.MacroF1;
        Assert.InRange(macro, 0.3, 1);
    }

    [Fact]
    public void Learner()
    {
        Item[] items = Tables.Items(150);
        var dataset = new Dataset("items", "Label", [.. items.Select(i => i.Label ? 1 : 0)], ["no", "yes"],
            [new NumericColumn("first", [.. items.Select(i => (double)i.Features[0])])]);
        var learner = new EstimatorLearner("logistic", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"));
        var options = new ComparisonOptions { OwnLearners = [learner], Remedies = Remedy.ParseList("none, weights:balanced, threshold:tuned") };
        options = options with { Folds = 3, Repeats = 1 };
        ComparisonResult result = RemedyComparison.Run(dataset, options);
        Assert.Equal(3, result.Candidates.Count);
    }

    [Fact]
    public void EveryExampleIsAmongTheLinesAbove()
    {
        string own = Plain(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Counterweight.ML.Tests", "ExamplesTests.cs")));
        List<(string Where, string Code)> blocks = [];
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "src", "Counterweight.ML"), "*.cs"))
        {
            IEnumerable<string> lines = File.ReadLines(file).Select(l => l.Trim());
            string comments = string.Join('\n', lines.Select(l => l.StartsWith("///", StringComparison.Ordinal) ? l[3..] : ""));
            foreach (Match block in Regex.Matches(comments, "<code>(.*?)</code>", RegexOptions.Singleline))
                blocks.Add((Path.GetFileName(file), XElement.Parse(block.Value).Value));
        }

        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "mlnet.md"));
        foreach (Match block in Regex.Matches(page, "```csharp\n(.*?)```", RegexOptions.Singleline)) blocks.Add(("docs/mlnet.md", block.Groups[1].Value));
        Assert.True(blocks.Count > 15);
        foreach ((string where, string code) in blocks)
            foreach (string line in code.Split('\n').Select(Plain).Where(l => l.Length > 1 && !l.StartsWith("using", StringComparison.Ordinal)))
                Assert.True(own.Contains(line, StringComparison.Ordinal), $"{where}: no test runs '{line}'.");

        static string Plain(string code) => Regex.Replace(code, "//.*|\\s", "");
    }
}
