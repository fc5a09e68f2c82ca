using System.Text;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.TestSupport;
using Counterweight.Torch;
using Google.Protobuf;
using Onnx;
using static TorchSharp.torch;

namespace Counterweight.Onnx.Tests;

public sealed class ModelGraphTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Losses => [.. Loss.Catalogue.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_link_of_a_loss_is_what_its_probabilities_are(string name)
    {
        PlannedLoss planned = PlannedLoss.Parse(name == "warm-up" ? "warm-up(to=ldam)" : name);
        if (planned.Network is null) return;
        using TrainingLoss loss = TrainingLoss.For(planned, [60, 30, 10]);
        double[] logits = [1.5, -2, 0.3, -40, -42, -45, 30, 0, 1];
        double[] expected = [.. loss.Probabilities(tensor(logits, [3, 3])).data<double>().ToArray()];
        var graph = new GraphBuilder(["z", "p"]);
        graph.Input("z", TensorProto.Types.DataType.Double, "", 3);
        graph.Node("Identity", [new ModelNodes(graph, null!).Link("z", loss.Link)], output: "p");
        graph.Output("p", TensorProto.Types.DataType.Double, "", 3);
        double[] found = Runs.Of(graph.Graph, "z", logits, 3, "p");
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Zeros_and_gaps_go_where_LightGBM_sends_them(long seed)
    {
        Dataset data = Tables.Random(2, 300, distance: 1, seed);
        string saved = Path.Combine(folder, "model");
        using (TrainedClassifier trained = TrainedClassifier.Fit(data, "gbdt", Remedy.None, OnnxExportTests.Quick)) trained.Save(saved);

        // Every node of a number gets a direction of its own, and a meaning of zero: nothing, zero or NaN is missing.
        string path = Path.Combine(saved, "model", "gbdt.txt");
        string[] lines = File.ReadAllLines(path), kinds = ["0", "2", "4", "6", "8"];
        var random = new SeededRandom(seed);
        int changed = 0;
        for (int l = 0; l < lines.Length; l++)
        {
            if (!lines[l].StartsWith("decision_type=", StringComparison.Ordinal)) continue;
            string[] own = lines[l]["decision_type=".Length..].Split(' ');
            for (int i = 0; i < own.Length; i++)
                if (own[i].Length == 1 && (own[i][0] & 1) == 0 && ++changed > 0) own[i] = kinds[random.NextInt32(kinds.Length)];
            lines[l] = "decision_type=" + string.Join(' ', own);
        }

        Assert.True(changed > 50);
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        using TrainedClassifier model = TrainedClassifier.Load(saved);
        IReadOnlyList<Column> rows = Tables.Strange(data, 1000, seed);
        Column[] zeros = [.. rows.Select((c, at) => c is NumericColumn n
            ? new NumericColumn(c.Name, [.. n.Values.ToArray().Select((v, i) => (i + at) % 3 == 0 ? model.Preparation.Columns[at].Mean : v)]) : c)];
        OnnxExportResult result = OnnxExport.Save(model, Path.Combine(folder, "m.onnx"), [zeros], threads: 1);
        Assert.InRange(result.LargestDifference, 0, 1e-12);
    }

    [Theory]
    [InlineData("gbdt", "ensemble:balanced-forest(members=500)")]
    [InlineData("linear", "threshold:bayes")]
    public void A_model_that_learns_nothing_decides_the_same(string learner, string remedy)
    {
        int[] labels = [.. Enumerable.Range(0, 200).Select(i => i % 4 == 0 ? 1 : 0)];
        var data = new Dataset("same", "class", labels, ["no", "yes"], [new NumericColumn("x", new double[200])]);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy), OnnxExportTests.Quick);
        Assert.InRange(OnnxExport.Save(trained, Path.Combine(folder, "m.onnx"), [data.Columns], threads: 1).LargestDifference, 0, 1e-12);
    }

    [Fact]
    public void Trees_of_one_leaf_give_their_sum()
    {
        Dataset data = Tables.Random(2, 200, distance: 1, seed: 4);
        string saved = Path.Combine(folder, "model"), path = Path.Combine(saved, "model", "gbdt.txt");
        using (TrainedClassifier trained = TrainedClassifier.Fit(data, "gbdt", Remedy.None, OnnxExportTests.Quick)) trained.Save(saved);
        string text = File.ReadAllText(path);
        string header = string.Concat(text[..text.IndexOf("\nTree=", StringComparison.Ordinal)].Split('\n')
            .Where(l => !l.StartsWith("tree_sizes", StringComparison.Ordinal)).Select(l => l + "\n"));
        const string leaf = "num_leaves=1\nnum_cat=0\nleaf_value=";
        string end = text[text.IndexOf("end of trees", StringComparison.Ordinal)..];
        File.WriteAllText(path, $"{header}\nTree=0\n{leaf}-0.75\nshrinkage=1\n\n\nTree=1\n{leaf}0.5\nshrinkage=1\n\n\n{end}");
        new Decision(new ThresholdDecision(1 / (1 + Math.Exp(0.25))), data.ClassNames).Save(Path.Combine(saved, "decision.json"));
        using TrainedClassifier model = TrainedClassifier.Load(saved);
        Assert.Equal(1 / (1 + Math.Exp(0.25)), model.Predict(data.Columns).Probabilities[1], 1e-15);
        Assert.InRange(OnnxExport.Save(model, Path.Combine(folder, "m.onnx"), [data.Columns], threads: 1).LargestDifference, 0, 1e-15);
    }

    [Theory]
    [InlineData("hpc-jobs.csv", "class", "gbdt", "weights:balanced")]
    [InlineData("hpc-jobs.csv", "class", "linear", "offsets:logit-adjusted")]
    [InlineData("lending-club.csv", "Class", "gbdt", "ensemble:balanced-forest(members=50)")]
    public void The_samples_export(string file, string target, string learner, string remedy)
    {
        Dataset data = DatasetReader.Read(Path.Combine(Repository.Root, "samples", file), target);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, learner, Remedy.Parse(remedy), OnnxExportTests.Quick);
        OnnxExportResult result = OnnxExport.Save(trained, Path.Combine(folder, "m.onnx"), [data.Columns], threads: 1);
        Assert.Equal(data.Rows, result.GivenRows);
        Assert.InRange(result.LargestDifference, 0, 1e-6);
    }

    [Fact]
    public void A_file_of_someone_else_and_a_damaged_one_are_told()
    {
        var graph = new GraphBuilder(["x", "y"]);
        graph.Input("x", TensorProto.Types.DataType.Double, "");
        graph.Node("Identity", ["x"], output: "y");
        graph.Output("y", TensorProto.Types.DataType.Double, "", 1);
        string path = Path.Combine(folder, "other.onnx");
        File.WriteAllBytes(path, Runs.Model(graph.Graph).ToByteArray());
        Assert.Contains("was not written by", Assert.Throws<UnusableDataException>(() => OnnxClassifier.Load(path)).Message, StringComparison.Ordinal);

        Dataset data = Tables.Random(2, 200, 1, seed: 1);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.None, OnnxExportTests.Quick);
        OnnxExport.Save(trained, path, threads: 1);
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        Assert.Equal("counterweight", model.ProducerName);
        Assert.Contains(model.MetadataProps, p => p.Key == "counterweight.verified");
        using (OnnxClassifier read = OnnxClassifier.Load(path, threads: 1))
        {
            Assert.Equal(trained.Decision.ToJson(), read.Metadata["counterweight.decision"]);
            Assert.Equal(trained.JsonSchema, read.Metadata["counterweight.schema"]);
            Assert.Contains("'whole'", Assert.Throws<UnusableDataException>(() => read.Predict([.. data.Columns.Where(c => c.Name != "whole")])).Message,
                StringComparison.Ordinal);
            Column[] text = [.. data.Columns.Select(c => c.Name == "x" ? new CategoricalColumn("x", new int[200], ["many"]) : c)];
            Assert.Contains("has text", Assert.Throws<UnusableDataException>(() => read.Predict(text)).Message, StringComparison.Ordinal);
        }

        // Columns, classes, the format: each must fit the graph.
        foreach ((string key, string value, string said) in ((string, string, string)[])
        [
            ("counterweight.format", "9", "format 9"), ("counterweight.columns", "[]", "damaged"), ("counterweight.columns", "{", "damaged"),
            ("counterweight.classes", "[\"a\"]", "damaged"),
        ])
        {
            ModelProto other = model.Clone();
            other.MetadataProps.Single(p => p.Key == key).Value = value;
            File.WriteAllBytes(path, other.ToByteArray());
            Assert.Contains(said, Assert.Throws<UnusableDataException>(() => OnnxClassifier.Load(path)).Message, StringComparison.Ordinal);
        }

        byte[] whole = model.ToByteArray();
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Assert.Contains("cannot read this file", Assert.Throws<UnusableDataException>(() => OnnxClassifier.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_decides_otherwise_is_not_written()
    {
        Dataset data = Tables.Random(2, 200, 1, seed: 2);
        using TrainedClassifier trained = TrainedClassifier.Fit(data, "linear", Remedy.None, OnnxExportTests.Quick);
        string path = Path.Combine(folder, "m.onnx");
        File.WriteAllText(path, "kept");
        var form = (LinearForm)trained.Describe()!;
        LinearForm wrong = form with { Coefficients = [.. form.Coefficients.Select(c => 1.01 * c)] };
        string message = Assert.Throws<UnusableDataException>(() => OnnxExport.Save(trained, wrong, path, [data.Columns], 1, CancellationToken.None)).Message;
        Assert.Contains("Nothing was written", message, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(path, Encoding.UTF8));
        Assert.Equal([path], Directory.GetFiles(folder));
    }
}
