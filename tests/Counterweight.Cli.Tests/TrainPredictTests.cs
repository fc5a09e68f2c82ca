using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Counterweight.Cli.Tests;

public sealed class TrainPredictTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Data(string name, int rows, bool label = true, string lastKind = "b", string first = "x")
    {
        var random = new SeededRandom(5);
        var text = new StringBuilder($"{first},kind,when{(label ? ",class" : "")}\n");
        for (int i = 0; i < rows; i++)
        {
            bool rare = i % 5 == 0;
            double x = random.NextGaussian() + (rare ? 3 : 0);
            text.Append(CultureInfo.InvariantCulture,
                $"{x:0.#####},{(i % 3 == 0 ? "a" : lastKind)},2026-01-{1 + (i % 28):00}{(label ? rare ? ",yes" : ",no" : "")}\n");
        }

        return files.Write(name, text.ToString());
    }

    [Fact]
    public void A_trained_model_predicts_every_row_of_another_file()
    {
        string model = files["model"];
        ToolResult trained = Tool.Run("train", Data("train.csv", 300), "-t", "class", "--learner", "linear", "--remedy", "weights:balanced+threshold:tuned",
            "--out", model);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("weights:balanced+threshold:tuned", trained.Output, StringComparison.Ordinal);
        ToolResult predicted = Tool.Run("predict", model, Data("new.csv", 50, label: false), "--probabilities");
        Assert.True(predicted.Code == 0, predicted.Error);
        string[] lines = predicted.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("prediction,probability:no,probability:yes", lines[0].TrimEnd('\r'));
        Assert.Equal(51, lines.Length);
        int right = Enumerable.Range(0, 50).Count(i => lines[i + 1].StartsWith(i % 5 == 0 ? "yes," : "no,", StringComparison.Ordinal));
        Assert.InRange(right, 42, 50);

        string parquet = files["out.parquet"];
        ToolResult written = Tool.Run("predict", model, files["new.csv"], "--out", parquet, "--json");
        using JsonDocument document = JsonDocument.Parse(written.Output);
        Assert.Equal(50, document.RootElement.GetProperty("rows").GetInt32());
        Assert.True(File.Exists(parquet));
    }

    [Fact]
    public void A_model_folder_has_a_schema_that_must_fit_its_model()
    {
        string model = files["model"];
        Assert.Equal(0, Tool.Run("train", Data("train.csv", 100), "-t", "class", "--learner", "linear", "--remedy", "none", "--out", model).Code);
        string path = Path.Combine(model, "schema.json"), text = File.ReadAllText(path);
        using (JsonDocument schema = JsonDocument.Parse(text))
        {
            JsonElement properties = schema.RootElement.GetProperty("properties");
            Assert.Equal(["x", "kind", "when"], properties.EnumerateObject().Select(p => p.Name));
            Assert.Equal(("number", "string", "date"),
                (properties.GetProperty("x").GetProperty("type")[0].GetString(), properties.GetProperty("kind").GetProperty("type")[0].GetString(),
                    properties.GetProperty("when").GetProperty("format").GetString()));
            Assert.Equal(["a", "b"], properties.GetProperty("kind").GetProperty("x-categories").EnumerateArray().Select(e => e.GetString()));
            JsonElement prediction = schema.RootElement.GetProperty("$defs").GetProperty("prediction").GetProperty("properties");
            Assert.Equal(["no", "yes"], prediction.GetProperty("prediction").GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
            Assert.True(prediction.TryGetProperty("probability:yes", out _));
        }

        File.WriteAllText(path, text.Replace("\"kind\"", "\"sort\"", StringComparison.Ordinal));
        ToolResult changed = Tool.Run("predict", model, files["train.csv"]);
        Assert.Equal(3, changed.Code);
        Assert.Contains("schema.json", changed.Error, StringComparison.Ordinal);
        File.Delete(path);
        Assert.Equal(3, Tool.Run("predict", model, files["train.csv"]).Code);
    }

    [Fact]
    public void A_recommendation_is_trained_and_unseen_categories_are_reported()
    {
        string data = Data("train.csv", 300), report = files["report"], model = files["model"];
        Assert.Equal(0, Tool.Run("compare", data, "-t", "class", "--learners", "linear", "--folds", "3", "--repeats", "1", "--remedies",
            "none,weights:balanced", "--out", report).Code);
        ToolResult trained = Tool.Run("train", data, "-t", "class", "--comparison", report, "--out", model, "--json");
        Assert.True(trained.Code == 0, trained.Error);
        using JsonDocument metadata = JsonDocument.Parse(trained.Output);
        Assert.Equal("linear", metadata.RootElement.GetProperty("learner").GetString());
        string named = Tool.Run("train", data, "-t", "class", "--learner", "linear", "--remedy", "weights:balanced+threshold:tuned", "--out", files["named"],
            "--json").Output;
        Assert.Contains("\"weights:balanced+threshold:tuned\"", named, StringComparison.Ordinal);
        ToolResult predicted = Tool.Run("predict", model, Data("new.csv", 30, label: false, lastKind: "never"));
        Assert.Equal(0, predicted.Code);
        Assert.Contains("'kind' has 20 values that training did not see", predicted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_done_is_named_and_leaves_no_file()
    {
        string data = Data("train.csv", 100), model = files["model"];
        Assert.Equal(2, Tool.Run("train", data, "-t", "class").Code);
        ToolResult refused = Tool.Run("train", data, "-t", "class", "--learner", "linear", "--remedy", "weights:costs", "--out", model);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--costs", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(model));
        Assert.Equal(3, Tool.Run("predict", model, data).Code);
        Assert.Equal(0, Tool.Run("train", data, "-t", "class", "--learner", "linear", "--remedy", "none", "--out", model).Code);
        ToolResult missing = Tool.Run("predict", model, Data("other.csv", 10, first: "xx"), "--out", files["p.csv"]);
        Assert.Equal(3, missing.Code);
        Assert.Contains("'x'", missing.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(files["p.csv"]));
        Assert.Equal("", Tool.Run("predict", model, files["other.csv"]).Output);    // not even a header
    }
}
