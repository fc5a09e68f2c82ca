using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Onnx.Tests;

/// <summary>Every kind of decision behind every learner: the decision file of a saved model is changed, and the graph must follow.</summary>
public sealed class DecisionGraphTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Learner, ensemble and number of classes.</summary>
    public static TheoryData<string, string, int> Learners => new()
    {
        { "linear", "none", 2 }, { "gbdt", "none", 2 }, { "mlp", "none", 2 }, { "linear", "none", 3 }, { "gbdt", "none", 7 }, { "mlp", "none", 4 },
        { "gbdt", "ensemble:balanced-forest(members=10)", 2 },
    };

    [Theory]
    [MemberData(nameof(Learners))]
    public void Every_decision_is_the_same_in_the_graph(string learner, string ensemble, int classes)
    {
        Dataset data = Tables.Random(classes, 250, distance: 1, seed: 5);
        string saved = Path.Combine(folder, "model"), graph = Path.Combine(folder, "model.onnx");
        using (TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(ensemble), OnnxExportTests.Quick)) trained.Save(saved);
        IReadOnlyList<Column> rows = Tables.Strange(data, 300, seed: 6);
        double[] scores;
        using (TrainedClassifier plain = TrainedClassifier.Load(saved)) scores = plain.Predict(data.Columns).Probabilities;
        foreach (IDecision rule in Rules(scores, data.Labels.ToArray(), classes))
        {
            new Decision(rule, data.ClassNames).Save(Path.Combine(saved, "decision.json"));
            using TrainedClassifier model = TrainedClassifier.Load(saved);
            try
            {
                OnnxExport.Save(model, graph, [data.Columns, rows], threads: 1);
            }
            catch (UnusableDataException otherwise)
            {
                Assert.Fail($"{rule.Description}: {otherwise.Message}");
            }

            using OnnxClassifier written = OnnxClassifier.Load(graph, threads: 1);
            PredictedRows expected = model.Predict(rows), found = written.Predict(rows);
            Assert.Equal(expected.Labels, found.Labels);
            for (int i = 0; i < scores.Length && i < expected.Probabilities.Length; i++)
                Assert.Equal(expected.Probabilities[i], found.Probabilities[i], 1e-6);
        }
    }

    private static IEnumerable<IDecision> Rules(double[] scores, int[] labels, int classes)
    {
        var random = new SeededRandom(7);
        double[] offsets = new double[classes], prior = new double[classes], costs = new double[classes * classes];
        for (int c = 0; c < classes; c++) (offsets[c], prior[c]) = (random.NextGaussian(), random.NextDouble() + 0.1);
        for (int i = 0; i < costs.Length; i++) costs[i] = i % (classes + 1) == 0 ? 0 : random.NextDouble() * 5;
        List<IDecision> last = [new ArgmaxDecision(classes), new OffsetsDecision(offsets), new CostDecision(CostMatrix.From(costs, classes))];
        if (classes == 2)
        {
            last.Add(new ThresholdDecision(scores[1], 1));
            last.Add(new ThresholdDecision(scores[4], 0));
            last.Add(new ThresholdDecision(double.PositiveInfinity, 1));
            last.Add(new ThresholdDecision(0, 1));
        }

        double[] even = [.. Enumerable.Repeat(1.0, classes)], without = [.. prior];
        without[^1] = 0;
        List<IProbabilityTransform> transforms = [new PriorCorrection(prior, even), new PriorCorrection(prior, without)];
        transforms.AddRange(Calibrator.Catalogue.Select(m => Calibrator.Fit(m.Name, scores, labels, classes)));
        foreach (IDecision rule in last) yield return rule;

        // Every recipe of the catalogue, as 'compare' and 'train' fit it; docs/models.md lists them.
        Predictions rows = Predictions.FromProbabilities(labels, scores, classes);
        IEnumerable<string> names = Decision.Catalogue.Select(m => m.Name == "threshold:alerts" ? "threshold:alerts(at-most=5000)" : m.Name);
        foreach (DecisionRecipe recipe in names.Select(DecisionRecipe.Parse).Where(r => r.Supports(classes)))
            yield return recipe.Fit(rows, new DecisionContext { TrainingPrior = prior });

        // A class that is ruled out; behind a calibration it would tie with probabilities that are zero but for rounding.
        offsets[0] = double.NegativeInfinity;
        yield return new OffsetsDecision(offsets);
        for (int t = 0; t < transforms.Count; t++)
        {
            yield return new TransformedDecision(transforms[t], last[t % last.Count]);
            yield return new TransformedDecision(transforms[t], new TransformedDecision(transforms[(t + 1) % transforms.Count], last[(t + 1) % last.Count]));
        }
    }
}
