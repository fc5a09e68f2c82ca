using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Counterweight.Cli.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Data(string name, int rows)
    {
        var random = new SeededRandom(5);
        var text = new StringBuilder("x,kind,when,class\n");
        for (int i = 0; i < rows; i++)
        {
            double x = random.NextGaussian() + (i % 5 == 0 ? 2 : 0);
            string kind = i % 7 == 0 ? "" : i % 3 == 0 ? "a" : "b, c";
            string number = i % 11 == 0 ? "" : x.ToString("0.#####", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{number},\"{kind}\",2026-01-{1 + (i % 28):00},{(i % 5 == 0 ? "yes" : "no")}\n");
        }

        return files.Write(name, text.ToString());
    }

    private string Model(string learner, string remedy)
    {
        string model = files[learner];
        ToolResult trained = Tool.Run("train", Data("train.csv", 300), "-t", "class", "--learner", learner, "--remedy", remedy, "--out", model);
        Assert.True(trained.Code == 0, trained.Error);
        return model;
    }

    [Fact]
    public void A_graph_predicts_what_its_model_does()
    {
        string model = Model("gbdt", "weights:balanced+threshold:tuned"), graph = files["model.onnx"];
        ToolResult exported = Tool.Run("export", model, "--to", "onnx", "--out", graph, "--data", files["train.csv"], "--json");
        Assert.True(exported.Code == 0, exported.Error);
        using (JsonDocument document = JsonDocument.Parse(exported.Output))
        {
            Assert.Equal(300, document.RootElement.GetProperty("givenRows").GetInt64());
            Assert.Equal(new FileInfo(graph).Length, document.RootElement.GetProperty("bytes").GetInt64());
        }

        ToolResult text = Tool.Run("export", model, "--to", "lightgbm", "--out", files["model.txt"]);
        Assert.True(text.Code == 0, text.Error);
        Assert.StartsWith("tree\n", File.ReadAllText(files["model.txt"]), StringComparison.Ordinal);
        ToolResult verified = Tool.Run("export", model, "--to", "lightgbm", "--out", files["model.txt"], "--data", files["train.csv"], "--json");
        using (JsonDocument document = JsonDocument.Parse(verified.Output))
        {
            Assert.Equal(300, document.RootElement.GetProperty("givenRows").GetInt64());
            Assert.True(document.RootElement.GetProperty("madeRows").GetInt32() > 2000);
            Assert.InRange(document.RootElement.GetProperty("largestDifference").GetDouble(), 0, 1e-12);
        }


        string rows = files.Write("new.csv", "when,kind,other,x\n2026-02-03,a,1,0.5\n,never,2,\n2026-01-03,,3,3\n");
        ToolResult byModel = Tool.Run("predict", model, rows), byGraph = Tool.Run("predict", graph, rows);
        Assert.Equal((0, byModel.Output, byModel.Error), (byGraph.Code, byGraph.Output, byGraph.Error));
        Assert.Contains("[unseen-category]", byGraph.Error, StringComparison.Ordinal);
        Assert.Contains("'x'", Tool.Run("predict", graph, files.Write("bad.csv", "when,kind,xx\n2026-02-03,a,0.5\n")).Error, StringComparison.Ordinal);
        Assert.Equal(3, Tool.Run("predict", graph, files.Write("text.csv", "when,kind,x\n2026-02-03,a,many\n")).Code);
    }

    [Fact]
    public void What_cannot_be_exported_or_read_is_said_and_nothing_is_written()
    {
        string model = Model("linear", "none");
        ToolResult format = Tool.Run("export", model, "--to", "onxx", "--out", files["m.onnx"]);
        Assert.Equal(2, format.Code);
        Assert.Contains("Did you mean 'onnx'?", format.Error, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("export", files["train.csv"], "--to", "onnx", "--out", files["m.onnx"]).Code);
        Assert.Equal(3, Tool.Run("export", files["nothing"], "--to", "onnx", "--out", files["m.onnx"]).Code);
        ToolResult place = Tool.Run("export", model, "--to", "onnx", "--out", Path.Combine(files["train.csv"], "m.onnx"));
        Assert.Equal(1, place.Code);
        ToolResult columns = Tool.Run("export", model, "--to", "onnx", "--out", files["m.onnx"], "--data", files.Write("other.csv", "a\n1\n"));
        Assert.Equal(3, columns.Code);
        Assert.False(File.Exists(files["m.onnx"]));
        ToolResult text = Tool.Run("predict", files["train.csv"], files["train.csv"]);
        Assert.Equal(3, text.Code);
        Assert.Contains("cannot read this file", text.Error, StringComparison.Ordinal);
        string metadata = Path.Combine(model, "metadata.json");
        File.WriteAllText(metadata, File.ReadAllText(metadata).Replace("\"version\": 2", "\"version\": 1", StringComparison.Ordinal));
        ToolResult old = Tool.Run("export", model, "--to", "onnx", "--out", files["m.onnx"]);
        Assert.Equal(3, old.Code);
        Assert.Contains("Train it again", old.Error, StringComparison.Ordinal);
    }
}
