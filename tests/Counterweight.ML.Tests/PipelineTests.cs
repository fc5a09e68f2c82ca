using System.Diagnostics;
using Counterweight.TestSupport;
using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Counterweight.ML.Tests;

public sealed class PipelineTests
{
    private static readonly MLContext Context = Tables.Context;

    [Fact]
    public void RowsWeighWhatTheirClassDoes()
    {
        Item[] items = Tables.Items(100);
        IDataView view = Tables.View(items);
        ClassWeights expected = ClassWeights.Balanced(ClassCounts.From([70, 20, 10]));
        IDataView keyed = Context.Transforms.Conversion.MapValueToKey("Key", "Kind").Fit(view).Transform(view);
        IDataView numbers = Numbers.View(items);
        foreach ((IDataView source, string label) in (IEnumerable<(IDataView, string)>)[(keyed, "Kind"), (keyed, "Key"),
            .. numbers.Schema.Select(c => (numbers, c.Name))])
            Assert.Equal(items.Select(i => (float)expected["abc".IndexOf(i.Kind[0])]), Weights(Context.Transforms.ClassWeights("W", label), source));
        ClassWeights two = ClassWeights.Balanced(ClassCounts.From([90, 10]));
        Assert.Equal(items.Select(i => (float)two[i.Label ? 1 : 0]), Weights(Context.Transforms.ClassWeights("W"), view));
    }

    [Fact]
    public void SchemesCostsAndOwnWeightsChangeThem()
    {
        Item[] items = Tables.Items(100);
        IDataView view = Tables.View(items);
        float[] root = Weights(Context.Transforms.ClassWeights("W", "Kind", WeightScheme.InverseSquareRoot), view);
        Assert.Equal(1, root.Average(), 5);
        Assert.Equal(Math.Sqrt(7), root[9] / root[0], 5);
        float[] costs = Weights(Context.Transforms.ClassWeights(CostMatrix.FromPair(1, 20), "W"), view);
        Assert.Equal(20, costs[9] / costs[0], 5);
        Assert.Equal(1, costs.Average(), 5);
        float[] own = Weights(Context.Transforms.ClassWeights("W", "Kind", sampleWeightColumnName: "Own"), view);
        ClassWeights expected = ClassWeights.From(Context.Data.CountClasses(view, "Kind", "Own"), WeightScheme.Balanced,
            new WeightOptions { Normalisation = Normalisation.MeanOne });
        Assert.Equal(items.Select(i => (float)expected["abc".IndexOf(i.Kind[0])] * i.Own), own);
        Assert.DoesNotContain(Context.Transforms.ClassWeights("W", "Kind", sampleWeightColumnName: "Own").Fit(view).Transform(view).Schema,
            c => c.Name.Contains("of the class", StringComparison.Ordinal));
    }

    /// <summary>Each fold of ML.NET's own cross-validation has the weights of its training rows.</summary>
    [Fact]
    public void WeightsGoIntoAPipelineThatIsCrossValidated()
    {
        var pipeline = Context.Transforms.ClassWeights().Append(
            Context.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"));
        var unweighted = Context.BinaryClassification.Trainers.LbfgsLogisticRegression();
        IDataView view = Tables.View(Tables.Items(400));
        double with = Context.BinaryClassification.CrossValidate(view, pipeline, 3).Average(f => f.Metrics.PositiveRecall);
        Assert.True(with >= Context.BinaryClassification.CrossValidate(view, unweighted, 3).Average(f => f.Metrics.PositiveRecall));
    }

    [Fact]
    public void APipelineWithoutItsColumnsIsRefused()
    {
        IDataView view = Tables.View(Tables.Items(30));
        Assert.Equal("Lbl", Assert.Throws<UnusableDataException>(() => Context.Transforms.ClassWeights("W", "Lbl").Fit(view)).Column);
        var chained = Context.Transforms.CopyColumns("X", "Own").Append(Context.Transforms.ClassWeights("W", "Lbl"));
        Assert.Equal("Lbl", Assert.Throws<UnusableDataException>(() => chained.Fit(view)).Column);
        Assert.Equal("Features", Assert.Throws<UnusableDataException>(() => Context.Transforms.ClassWeights("W", "Features").Fit(view)).Column);
    }

    [Fact]
    public void ASavedPipelineScoresInAProcessWithoutCounterweight()
    {
        using var files = new TempFiles();
        IDataView view = Tables.View(Tables.Items(300));
        var pipeline = Context.Transforms.ClassWeights("Weight", "Label", sampleWeightColumnName: "Own")
            .Append(Context.BinaryClassification.Trainers.LbfgsLogisticRegression(exampleWeightColumnName: "Weight"))
            .Append(Context.Transforms.Decide(new ThresholdDecision(0.8)));
        ITransformer model = pipeline.Fit(view);
        Context.Model.Save(model, view.Schema, files["model.zip"]);
        using (FileStream stream = File.Create(files["rows.idv"])) Context.Data.SaveAsBinary(view, stream);
        IDataView scored = model.Transform(view);
        Assert.Equal(scored.GetColumn<bool>("PredictedLabel").Select(p => p.ToString()), Elsewhere(files, "PredictedLabel"));
        Assert.Equal(scored.GetColumn<float>("Probability").Select(p => p.ToString("R", System.Globalization.CultureInfo.InvariantCulture)),
            Elsewhere(files, "Probability"));
        Assert.Equal(scored.GetColumn<float>("Probability").Select(p => p >= 0.8), scored.GetColumn<bool>("PredictedLabel"));
    }

    /// <summary>Whatever decision: the transform decides every probability of 32 bits as the decision does.</summary>
    [Fact]
    public void ADecisionInAPipelineIsTheDecision()
    {
        Gen<IDecision> rules = Gen.OneOf(
            Gen.Double[0, 1.1].Select(t => (IDecision)new ThresholdDecision(t)),
            Gen.Double[-40, 0].Select(t => (IDecision)new ThresholdDecision(Math.Exp(t))),
            Gen.Select(Gen.Double[-5, 5], Gen.Double[-5, 5]).Select(o => (IDecision)new OffsetsDecision([o.Item1, o.Item2])),
            Gen.Select(Gen.Double[0, 9], Gen.Double[0.01, 9]).Select(c => (IDecision)new CostDecision(CostMatrix.FromPair(c.Item1, c.Item2))),
            Gen.Double[0.05, 0.95].Select(q => (IDecision)new TransformedDecision(new PriorCorrection([1 - q, q], [0.9, 0.1]), new ThresholdDecision(0.4))),
            Gen.Const((IDecision)new ArgmaxDecision(2)), Gen.Const((IDecision)new ThresholdDecision(double.PositiveInfinity)),
            Gen.Const((IDecision)new ThresholdDecision(0)));
        Gen.Select(rules, Gen.Single[0, 1].Array[20]).Sample(
            (rule, own) =>
            {
                BinaryCut cut = BinaryCut.Of(rule);
                float t = cut.Threshold;
                float[] values = [0, 1, .. own, .. cut.Never ? (float[])[] : [t, MathF.BitDecrement(t), MathF.BitIncrement(t)]];
                values = [.. values.Where(v => v is >= 0 and <= 1)];
                int[] expected = rule.Decide([.. values.SelectMany(v => new[] { 1 - (double)v, v })]);
                IDataView view = Context.Data.LoadFromEnumerable(values.Select(v => new Scored { Probability = v }));
                bool[] decided = [.. Context.Transforms.Decide(rule).Fit(view).Transform(view).GetColumn<bool>("PredictedLabel")];
                Assert.Equal(expected.Select(e => e == 1), decided);
            },
            iter: 150, threads: 1);
    }

    /// <summary>Decisions of several classes are ML.NET's own linear models, and decide as the library does where no two classes are all but equal.</summary>
    [Fact]
    public void DecisionsOfSeveralClassesSaveWithTheModel()
    {
        using var files = new TempFiles();
        IDataView view = Tables.View([.. Tables.Items(300).Reverse()]);
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Key", "Kind").Append(Context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key"));
        IDataView scored = pipeline.Fit(view).Transform(view);
        double[] probabilities = [.. scored.GetColumn<float[]>("Score").SelectMany(s => s.Select(p => (double)p))];
        CostMatrix costs = CostMatrix.From(new double[,] { { 0, 1, 4 }, { 2, 0, 3 }, { 30, 9, -1 } });
        IDecision[] rules =
        [
            new ArgmaxDecision(3), new OffsetsDecision([0.7, -0.2, 2.5]), new OffsetsDecision([0, double.NegativeInfinity, 0]), new CostDecision(costs),
            new TransformedDecision(new PriorCorrection([0.4, 0.3, 0.3], [0.1, 0.7, 0.2]), new CostDecision(costs)),
            new Decision(new OffsetsDecision([2, 0, 1]), ["c", "a", "b"]),
        ];
        foreach (IDecision rule in rules)
        {
            ITransformer model = pipeline.Append(Context.Transforms.Decide(rule)).Fit(view);
            IDataView decided = model.Transform(view);
            Assert.Equal(rule.Decide(probabilities).Select(c => (uint)c + 1), decided.GetColumn<uint>("PredictedLabel"));
            Assert.Equal(scored.GetColumn<float[]>("Score"), decided.GetColumn<float[]>("Score"));
            ImbalanceMetrics metrics = Context.MulticlassClassification.EvaluateImbalance(decided, "Key");
            Assert.Equal(["c", "a", "b"], metrics.ClassNames);
            if (rule is not CostDecision) continue;
            Context.Model.Save(model, view.Schema, files["model.zip"]);
            using (FileStream stream = File.Create(files["rows.idv"])) Context.Data.SaveAsBinary(view, stream);
            Assert.Equal(decided.GetColumn<uint>("PredictedLabel").Select(k => k.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                Elsewhere(files, "PredictedLabel"));

            // the names of the classes are still there
            IDataView named = Context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(decided).Transform(decided);
            Assert.Contains("c", named.GetColumn<string>("PredictedLabel"));
        }

        var other = new Decision(new ArgmaxDecision(3), ["a", "b", "c"]);
        Assert.Contains("same order", Assert.Throws<UnusableDataException>(() => pipeline.Append(Context.Transforms.Decide(other)).Fit(view)).Message,
            StringComparison.Ordinal);
        var calibrated = new TransformedDecision(Calibrator.Fit("temperature", probabilities, [.. Enumerable.Range(0, 300).Select(i => i % 3)], 3),
            new OffsetsDecision([0, 0, 1]));
        Assert.Contains("Decision.Save", Assert.Throws<ArgumentException>(() => pipeline.Append(Context.Transforms.Decide(calibrated)).Fit(view)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A multi-class trainer on two classes gives a vector, and a threshold decides on it.</summary>
    [Theory]
    [InlineData(0.2, 1)]
    [InlineData(0.7, 0)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(0, 0)]
    public void AThresholdDecidesOnAVector(double threshold, int positive)
    {
        IDataView view = Tables.View(Tables.Items(200));
        IDataView scored = Context.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(Context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key")).Fit(view).Transform(view);
        var rule = new ThresholdDecision(threshold, positive);
        double[] probabilities = [.. scored.GetColumn<float[]>("Score").SelectMany(s => s.Select(p => (double)p))];
        IDataView decided = Context.Transforms.Decide(rule, probabilityColumnName: "Score").Fit(scored).Transform(scored);
        uint[] expected = [.. rule.Decide(probabilities).Select(c => (uint)c + 1)];
        Assert.Equal(expected, decided.GetColumn<uint>("PredictedLabel"));

        // under another name, beside what the model said
        decided = Context.Transforms.Decide(rule, "Decided", "Score").Fit(scored).Transform(scored);
        Assert.Equal(expected, decided.GetColumn<uint>("Decided"));
        Assert.Equal(scored.GetColumn<uint>("PredictedLabel"), decided.GetColumn<uint>("PredictedLabel"));
        Assert.Equal(scored.GetColumn<float[]>("Score"), decided.GetColumn<float[]>("Score"));
        IDataView bare = Context.Transforms.CopyColumns("P", "Score").Append(Context.Transforms.DropColumns("Score", "PredictedLabel"))
            .Fit(scored).Transform(scored);
        decided = Context.Transforms.Decide(rule, "Decided", "P", "Key").Fit(bare).Transform(bare);
        Assert.Equal(expected, decided.GetColumn<uint>("Decided"));
        Assert.Null(decided.Schema.GetColumnOrNull("Score"));
    }

    [Fact]
    public void ADecisionThatIsNoThresholdIsRefused()
    {
        IDataView scored = Context.Data.LoadFromEnumerable([new Scored { Probability = 0.5f }]);
        Assert.Contains("for two", Assert.Throws<ArgumentException>(
            () => Context.Transforms.Decide(new ArgmaxDecision(3), probabilityColumnName: "Probability").Fit(scored)).Message, StringComparison.Ordinal);
        Assert.Equal("Score", Assert.Throws<UnusableDataException>(() => Context.Transforms.Decide(new ArgmaxDecision(3)).Fit(scored)).Column);
        var falling = new ThresholdDecision(0.3, positiveClass: 0);
        Assert.Equal(0.7f, BinaryCut.Of(falling).Threshold, 4f);
        Assert.Contains("changes", Assert.Throws<ArgumentException>(() => Context.Transforms.Decide(new Backwards()).Fit(scored)).Message,
            StringComparison.Ordinal);
    }

    private static float[] Weights(IEstimator<ITransformer> weights, IDataView view) => [.. weights.Fit(view).Transform(view).GetColumn<float>("W")];

    private static string[] Elsewhere(TempFiles files, string column)
    {
        string program = Path.Combine(Repository.Root, "artifacts", "bin", "MlNetOnly", Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory)!));
        Assert.Empty(Directory.GetFiles(program, "Counterweight*"));
        string[] words = [Path.Combine(program, "MlNetOnly.dll"), files["model.zip"], files["rows.idv"], column];
        using var process = Process.Start(new ProcessStartInfo("dotnet", words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private sealed class Scored
    {
        public float Probability { get; set; }
    }

    /// <summary>Positive where the probability is low.</summary>
    private sealed class Backwards : IDecision
    {
        public int Classes => 2;

        public string Description => "backwards";

        public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0)
        {
            for (int i = 0; i < decisions.Length; i++) decisions[i] = probabilities[(2 * i) + 1] < 0.5 ? 1 : 0;
        }
    }
}
