using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Counterweight.Comparison;

namespace Counterweight.Cli.Tests;

/// <summary><c>train --comparison</c> trains on the terms of the comparison, or says what is different.</summary>
public sealed class TrainTermsTests : IDisposable
{
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    private string Data(string name, string target = "y", string rare = "1", string third = "", int rows = 600)
    {
        var random = new SeededRandom(5);
        var text = new StringBuilder($"x,id,kind,{target}\n");
        for (int i = 0; i < rows; i++)
        {
            bool positive = i % 12 == 0;
            string label = positive ? rare : third.Length > 0 && i % 12 == 1 ? third : "0";
            text.Append(CultureInfo.InvariantCulture, $"{random.NextGaussian() + (positive ? 1.2 : 0):0.####},{i},{"ab"[i % 2]},{label}\n");
        }

        return files.Write(name, text.ToString());
    }

    private string Compared(string data, params string[] more)
    {
        string folder = files["compared"];
        ToolResult result = Tool.Run(["compare", data, "-t", "y", "-l", "linear", "--folds", "3", "--repeats", "1", "--out", folder, "-q", .. more]);
        Assert.True(result.Code == 0, result.Error);
        return folder;
    }

    [Fact]
    public void The_model_is_the_one_that_the_same_options_train()
    {
        string data = Data("d.csv"), costs = files.Write("k.csv", "class;cost\n0;1\n1;7,5\n");
        string[] asked = ["-m", "f1", "--drop", "id", "--positive", "0", "--costs", costs];
        string folder = Compared(data, [.. asked, "-r", "weights:costs+threshold:tuned"]);
        Assert.Equal(0, Tool.Run("train", data, "--comparison", folder, "-o", files["m1"], "-q").Code);
        Assert.Equal(0, Tool.Run(["train", data, "-t", "y", "-l", "linear", "-r", Recommended(folder), "-o", files["m2"], "-q", .. asked]).Code);
        foreach (string part in (string[])["decision.json", "preparation.json", "metadata.json", "schema.json"])
            Assert.Equal(File.ReadAllText(Path.Combine(files["m2"], part)), File.ReadAllText(Path.Combine(files["m1"], part)));
        string schema = File.ReadAllText(Path.Combine(files["m1"], "schema.json"));
        Assert.DoesNotContain("\"id\"", schema, StringComparison.Ordinal);

        // What is given here goes first; columns left out come on top of those of the comparison.
        Assert.Equal(0, Tool.Run("train", data, "-t", "y", "--comparison", folder, "-o", files["m3"], "--drop", "kind", "--positive", "1", "-m", "mcc",
            "-q").Code);
        using JsonDocument metadata = JsonDocument.Parse(File.ReadAllText(Path.Combine(files["m3"], "metadata.json")));
        Assert.Equal(1, metadata.RootElement.GetProperty("positiveClass").GetInt32());
        Assert.Equal(["x"], metadata.RootElement.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
    }

    [Fact]
    public void A_comparison_of_something_else_is_refused_by_name()
    {
        string folder = Compared(Data("d.csv"), "-r", "weights:balanced");
        (string Data, string Target, string[] Parts)[] cases =
        [
            (Data("target.csv", target: "z"), "z", ["'y'", "'z'"]),
            (Data("class.csv", rare: "rare"), "y", ["'1' is missing here", "'rare' is new here"]),
            (Data("third.csv", third: "2"), "y", ["'2' is new here"]),
        ];
        foreach ((string data, string target, string[] parts) in cases)
        {
            ToolResult result = Tool.Run("train", data, "-t", target, "--comparison", folder, "-o", files["m"]);
            Assert.True(result.Code == 3, result.ToString());
            Assert.All(parts, part => Assert.Contains(part, result.Error, StringComparison.Ordinal));
            Assert.False(Directory.Exists(files["m"]));
        }
    }

    [Fact]
    public void A_damaged_comparison_is_unusable_data_wherever_the_damage_is()
    {
        string data = Data("d.csv"), folder = Compared(data, "-r", "weights:balanced,threshold:tuned"), path = Path.Combine(folder, "comparison.json");
        string whole = File.ReadAllText(path);
        Assert.Equal("weights:balanced", ComparisonDocument.Load(folder).Candidates.Single(c => c.Remedy == "weights:balanced").Remedy);
        JsonNode root = JsonNode.Parse(whole)!;
        var places = new List<string>();
        Walk(root, "$", places);
        Assert.True(places.Count > 60, $"{places.Count} places");
        int refused = 0;
        foreach (string place in places)
            foreach (string? damage in (string?[])[null, "{}", "[]", "\"text\"", "-1e400"])
            {
                JsonNode copy = JsonNode.Parse(whole)!;
                Replace(copy, place, damage);
                File.WriteAllText(path, copy.ToJsonString());
                try
                {
                    _ = ComparisonDocument.Load(path).Candidates.Sum(c => c.Learner.Length + c.Remedy.Length + c.Metrics.Count + c.FoldValues.Count);
                }
                catch (UnusableDataException problem)
                {
                    refused++;
                    Assert.Equal(path, problem.File);
                }
            }

        Assert.True(refused > places.Count, $"{refused} of {5 * places.Count} damages were refused");
        foreach ((string Place, string? Damage) damaged in (ReadOnlySpan<(string, string?)>)[
            ("$.recommendation.learner", null), ("$.recommendation.learner", "\"tree\""), ("$.recommendation.remedy", "\"weight\""), ("$.metric", "\"f3\""),
            ("$.dataset.classes[0]", null), ("$.candidates[0].learner", null), ("$", "[]")])
        {
            JsonNode copy = JsonNode.Parse(whole)!;
            File.WriteAllText(path, damaged.Place == "$" ? damaged.Damage! : Replaced(copy, damaged.Place, damaged.Damage));
            ToolResult result = Tool.Run("train", data, "-t", "y", "--comparison", folder, "-o", files["m"]);
            Assert.True(result.Code == 3, $"{damaged.Place}: {result}");
            Assert.StartsWith($"error: {folder}", result.Error, StringComparison.Ordinal);
        }
    }

    private static string Recommended(string folder) => ComparisonDocument.Load(folder).Recommendation.Remedy;

    private static void Walk(JsonNode? node, string path, List<string> places)
    {
        if (path != "$") places.Add(path);
        if (node is JsonObject o)
            foreach ((string name, JsonNode? value) in o.ToArray()) Walk(value, name.All(char.IsLetter) ? $"{path}.{name}" : $"{path}['{name}']", places);
        if (node is JsonArray { Count: > 0 } a) Walk(a[0], $"{path}[0]", places);
    }

    private static string Replaced(JsonNode root, string path, string? json)
    {
        Replace(root, path, json);
        return root.ToJsonString();
    }

    private static void Replace(JsonNode root, string path, string? json)
    {
        JsonNode? at = root;
        string[] steps = path[1..].Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal)
            .Replace("[", ".#", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).TrimStart('.').Split('.');
        foreach (string step in steps[..^1]) at = step[0] == '#' ? at![int.Parse(step[1..], CultureInfo.InvariantCulture)] : at![step];
        JsonNode? value = json is null ? null : JsonNode.Parse(json);
        if (steps[^1][0] == '#') at![int.Parse(steps[^1][1..], CultureInfo.InvariantCulture)] = value;
        else at![steps[^1]] = value;
    }
}
