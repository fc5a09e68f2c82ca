using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Onnx.Tests;

public sealed class OnnxExportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    /// <summary>One thread, since the tests beside fill the others, and few inner folds.</summary>
    internal static ComparisonOptions Quick { get; } = new() { Threads = 1, InnerFolds = 2 };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string, string, int> Binary => new()
    {
        { "linear", "none", 2 }, { "linear", "threshold:tuned", 2 }, { "linear", "resample:random-over+threshold:bayes", 2 },
        { "linear", "loss:asymmetric", 2 },
        { "linear", "loss:ldam", 2 }, { "linear", "weights:balanced+prior-corrected+threshold:tuned", 2 },
        { "gbdt", "none", 2 }, { "gbdt", "weights:balanced+threshold:tuned", 2 }, { "gbdt", "resample:smote", 2 }, { "gbdt", "calibrate:isotonic", 2 },
        { "gbdt", "calibrate:beta+threshold:tuned", 2 }, { "gbdt", "calibrate:platt", 2 }, { "gbdt", "loss:focal", 2 }, { "gbdt", "threshold:recall", 2 },
        { "mlp", "none", 2 }, { "mlp", "loss:ldam+calibrate:vector", 2 }, { "mlp", "loss:focal-sigmoid+threshold:tuned", 2 },
        { "linear", "offsets:logit-adjusted", 5 }, { "linear", "calibrate:platt+offsets:tuned", 5 }, { "linear", "loss:asymmetric", 5 },
        { "gbdt", "none", 5 }, { "gbdt", "loss:asymmetric", 5 }, { "gbdt", "calibrate:isotonic", 5 }, { "gbdt", "calibrate:beta+offsets:tuned", 5 },
        { "gbdt", "threshold:bayes", 5 }, { "mlp", "calibrate:temperature", 5 }, { "mlp", "weights:balanced+prior-corrected", 5 },
        { "gbdt", "ensemble:easy(members=3)", 5 }, { "gbdt", "ensemble:balanced-forest(members=30)", 5 }, { "gbdt", "ensemble:rus-boost(members=4)", 2 },
        { "linear", "ensemble:smote-boost(members=3)", 2 }, { "linear", "ensemble:self-paced(members=3)+calibrate:isotonic", 2 },
        { "mlp", "ensemble:under-bagging(members=2)", 2 }, { "gbdt", "ensemble:balance-cascade(members=3)", 2 },
        { "gbdt", "ensemble:balanced-bagging(members=3)+prior-corrected", 2 }, { "linear", "ensemble:smote-bagging(members=3)", 2 },
        { "gbdt", "ensemble:easy(members=2, rounds=2)", 2 }, { "gbdt", "ensemble:balanced-forest(members=30)+prior-corrected+threshold:tuned", 2 },
        { "gbdt", "none", 50 }, { "linear", "calibrate:isotonic", 50 }, { "mlp", "none", 50 }, { "gbdt", "ensemble:balanced-forest(members=10)", 50 },
    };

    [Theory]
    [MemberData(nameof(Binary))]
    public void A_graph_gives_the_decisions_and_probabilities_of_its_model(string learner, string remedy, int classes)
    {
        Dataset data = Tables.Random(classes, 150 + (11 * classes), distance: 1, seed: 3);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy), Quick);
        string path = Path.Combine(folder, "model.onnx");
        IReadOnlyList<Column> strange = Tables.Strange(data, 500, seed: 4);
        OnnxExportResult result = OnnxExport.Save(trained, path, [data.Columns, strange], threads: 1);
        Assert.InRange(result.LargestDifference, 0, 1e-6);
        Assert.True(result.MadeRows > 2000);
        Assert.Equal(data.Rows + 500, result.GivenRows);
        using OnnxClassifier written = OnnxClassifier.Load(path, threads: 1);
        PredictedRows expected = trained.Predict(strange), found = written.Predict([.. strange.Reverse()]);
        Assert.Equal(expected.Labels, found.Labels);
        for (int i = 0; i < expected.Probabilities.Length; i++) Assert.Equal(expected.Probabilities[i], found.Probabilities[i], 1e-6);
    }
}
