using System.Text.Json;

namespace Counterweight.Cli.Tests;

public sealed class DecideTests : IDisposable
{
    private const string Binary = "samples/scores-binary.csv", Multi = "samples/scores-multiclass.csv";
    private readonly TempFiles files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Costs_of_a_binary_file_give_a_threshold_the_money_and_a_file_that_decides()
    {
        JsonElement root = Json(Binary, "-t", "label", "--scores", "p_bad", "--costs", "1,20", "--out", files["out"]);
        Assert.Equal(("bad", "expected-cost", false),
            (root.GetProperty("positiveClass").GetString(), root.GetProperty("metric").GetString(), root.GetProperty("higherIsBetter").GetBoolean()));
        double threshold = root.GetProperty("decision").GetProperty("threshold").GetDouble();
        (string[] labels, double[] scores) = Read(Binary, 1);
        double Cost(double t) => labels.Zip(scores).Sum(r => r.First == "good" ? (r.Second >= t ? 1 : 0) : r.Second >= t ? 0 : 20);
        Assert.Equal(scores.Distinct().Min(Cost), Cost(threshold));
        Assert.Equal(Cost(0.5000001), root.GetProperty("cost").GetProperty("before").GetDouble(), 1e-6);
        Assert.Equal(root.GetProperty("cost").GetProperty("saved").GetDouble(),
            root.GetProperty("cost").GetProperty("before").GetDouble() - root.GetProperty("cost").GetProperty("after").GetDouble(), 1e-6);
        Assert.InRange(root.GetProperty("cost").GetProperty("ciLow").GetDouble(), 1, root.GetProperty("cost").GetProperty("saved").GetDouble());
        Assert.True(root.GetProperty("cost").GetProperty("after").GetDouble() >= Cost(threshold),
            "the judged cost is not that of the rows that tuned the threshold");

        Decision decision = Decision.Load(root.GetProperty("decisionFile").GetString()!);
        int[] decided = decision.Decide(scores);
        Assert.Equal(scores.Select(s => s >= threshold ? 0 : 1), decided);
        Assert.Equal(["bad", "good"], decision.Labels);
        Assert.Equal(labels.Length, root.GetProperty("confusionAfter").EnumerateArray().SelectMany(r => r.EnumerateArray()).Sum(v => v.GetInt64()));
    }

    [Fact]
    public void Offsets_of_a_multi_class_file_gain_and_decide()
    {
        JsonElement root = Json(Multi, "-t", "label", "--scores", "p_VF,p_F,p_M,p_L", "--metric", "macro-f1", "--out", files["out"]);
        JsonElement gain = root.GetProperty("metrics")[0];
        Assert.Equal("macro-f1", gain.GetProperty("name").GetString());
        Assert.True(gain.GetProperty("ciLow").GetDouble() > 0, gain.ToString());
        Assert.InRange(gain.GetProperty("gain").GetDouble(), gain.GetProperty("ciLow").GetDouble(), gain.GetProperty("ciHigh").GetDouble());
        Assert.Equal(4, root.GetProperty("decision").GetProperty("offsets").GetArrayLength());
        Decision decision = Decision.Load(files["out/decision.json"]);
        Assert.Equal(["p_F", "p_L", "p_M", "p_VF"], decision.ScoreColumns);
        (string[] labels, double[] scores) = Read(Multi, 4);
        double right = decision.DecideLabels(scores).Zip(labels).Count(r => r.First == r.Second);
        Assert.InRange(right / labels.Length, 0.65, 0.8);
    }

    [Fact]
    public void The_same_seed_gives_the_same_document_at_any_number_of_threads()
    {
        string[] arguments = ["decide", Multi, "-t", "label", "--scores", "p_F,p_L,p_M,p_VF", "--seed", "5", "--json"];
        Assert.Equal(Tool.Run([.. arguments, "--threads", "1"]).Output, Tool.Run([.. arguments, "--threads", "3"]).Output);
    }

    [Fact]
    public void People_read_it_in_80_columns()
    {
        ToolResult result = Tool.Run("decide", Binary, "--target", "label", "--scores", "p_bad", "--constraint", "recall>=0.8", "--calibrate", "platt",
            "--out", files["out"]);
        Assert.Equal(0, result.Code);
        Assert.Equal($"wrote {files["out/decision.json"]} and {files["out/report.html"]}\n", result.Error);
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        foreach (string part in (
            string[])["9,857 rows", "'bad' from a probability of", "keeping recall>=0.8", "Before: the most probable class", "4 of 5 folds", "precision",
            "log-loss", "95 % interval"])
            Assert.Contains(part, result.Output, StringComparison.Ordinal);
        string wide = string.Join('\n',
            ["label," + string.Join(',', Enumerable.Range(0, 12).Select(c => $"a-long-class-name-{c}")), .. Enumerable.Range(0, 120).Select(i =>
            $"a-long-class-name-{i % 12}," + string.Join(',', Enumerable.Range(0, 12).Select(c => c == (i * 7 / 5) % 12 ? 0.45 : 0.05)))]);
        result = Tool.Run("decide", files.Write("wide.csv", wide + "\n"), "-t", "label", "--scores",
            string.Join(',', Enumerable.Range(0, 12).Select(c => $"a-long-class-name-{c}")));
        Assert.Equal(0, result.Code);
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void Costs_may_be_a_file_and_a_class_that_is_never_chosen_is_warned_of()
    {
        string costs = files.Write("costs.csv", ",F,L,M,VF\nF,0,9,1,1\nL,9,8,4,9\nM,2,8,0,2\nVF,1,9,2,0\n");
        JsonElement root = Json(Multi, "-t", "label", "--scores", "p_F,p_L,p_M,p_VF", "--costs", costs, "--recipe", "threshold:bayes");
        JsonElement warning = Assert.Single(root.GetProperty("warnings").EnumerateArray());
        Assert.Equal("never-chosen", warning.GetProperty("code").GetString());
        Assert.Contains("'L'", warning.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, root.GetProperty("confusionAfter").EnumerateArray().Sum(r => r[1].GetInt64()));
        Assert.True(root.GetProperty("cost").GetProperty("saved").GetDouble() > 0);
    }

    [Fact]
    public void Standard_input_logits_and_the_positive_class()
    {
        string csv = "y,s\n" + string.Concat(
            Enumerable.Range(0, 60).Select(i => $"{(i % 3 == 0 ? "yes" : "no")},{(i % 3 == 0 ? 1.5 : -1.5) + (i % 7 - 3) * 0.8:0.0}\n"));
        ToolResult result = Tool.RunWith(csv, null, "decide", "-", "-t", "y", "--scores", "s", "--logits", "--metric", "f1", "--json");
        Assert.True(result.Code == 0, result.Error);
        Assert.Equal("yes", JsonDocument.Parse(result.Output).RootElement.GetProperty("positiveClass").GetString());
        string file = files.Write("logits.csv", csv);
        Assert.Equal("no", Json(file, "-t", "y", "--scores", "1", "--logits", "--positive", "no").GetProperty("positiveClass").GetString());
    }

    [Fact]
    public void Training_shares_undo_what_weights_did()
    {
        string csv = "y,p\n" + string.Concat(
            Enumerable.Range(0, 200).Select(i => $"{(i % 10 == 0 ? 1 : 0)},{(i % 10 == 0 ? 0.75 : 0.35) + (i % 4) * 0.05:0.00}\n"));
        JsonElement root = Json(
            files.Write("weighted.csv", csv), "-t", "y", "--scores", "p", "--training-shares", "0.5,0.5", "--recipe", "prior-corrected", "--out", files["out"]);
        Assert.Equal("prior-corrected", root.GetProperty("decision").GetProperty("recipe").GetString());
        Decision decision = Decision.Load(files["out/decision.json"]);
        Assert.Equal([0, 0, 1], decision.Decide([0.5, 0.85, 0.95]));
    }

    [Theory]
    [InlineData("There is no metric 'f11'", "--scores", "p_bad", "--metric", "f11")]
    [InlineData("no decision can change it", "--scores", "p_bad", "--metric", "roc-auc")]
    [InlineData("There is no calibration method 'plat'. Did you mean 'platt'?", "--scores", "p_bad", "--calibrate", "plat")]
    [InlineData("recall>=R", "--scores", "p_bad", "--constraint", "recall>0.5")]
    [InlineData("two costs, of a false alarm and of a miss; 3 are given", "--scores", "p_bad", "--costs", "1,2,3")]
    [InlineData("A cost of an error is a finite number of 0 or more", "--scores", "p_bad", "--costs", "-1,2")]
    [InlineData("There is no class 'god' for --positive. Did you mean 'good'?", "--scores", "p_bad", "--positive", "god")]
    [InlineData("There is no decision 'threshold:tune'. Did you mean 'threshold:tuned'?", "--scores", "p_bad", "--recipe", "threshold:tune")]
    [InlineData("--folds is 2 or more", "--scores", "p_bad", "--folds", "1")]
    [InlineData("'label' is the label column", "--scores", "label")]
    [InlineData("names a column twice", "--scores", "p_bad,p_bad")]
    [InlineData("--training-shares takes 2 shares", "--scores", "p_bad", "--training-shares", "1,2,3")]
    [InlineData("--scores", "--metric", "f1")]
    public void A_wrong_command_line_is_2(string part, params string[] arguments)
    {
        ToolResult result = Tool.Run(["decide", Binary, "--target", "label", .. arguments]);
        Assert.Equal(("", 2), (result.Output, result.Code));
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_cannot_be_used_is_3_and_says_where()
    {
        string good = "y,p,q\n0,0.1,0.9\n1,0.8,0.2\n0,0.3,0.7\n1,0.6,0.4\n";
        (string Content, string[] Arguments, string[] Parts)[] cases =
        [
            (good.Replace("0.8", "nan", StringComparison.Ordinal), ["--scores", "p"], ["row 2, column 'p'"]),
            (good.Replace("0.8", "", StringComparison.Ordinal), ["--scores", "p"], ["row 2, column 'p'", "missing"]),
            (good.Replace("0.8", "high", StringComparison.Ordinal), ["--scores", "p"], ["row 2, column 'p'", "'high' is no number"]),
            (good.Replace("0.8", "1.8", StringComparison.Ordinal), ["--scores", "p"], ["row 2, column 'p'", "--logits"]),
            (good.Replace("0.8", "-0.1", StringComparison.Ordinal), ["--scores", "q,p"], ["row 2", "0..1"]),
            (good.Replace("0.8", "0.5", StringComparison.Ordinal), ["--scores", "q,p"], ["row 2", "sum to"]),
            (good, ["--scores", "r"], ["there is no column 'r' for the scores"]),
            (good, ["--scores", "q,p", "--classes", "0,2"], ["row 2, column 'y'", "'1' is not in the class list (0, 2)"]),
            (good + "2,0.5,0.5\n", ["--scores", "p"], ["one score column and 3 classes"]),
            (good + "2,0.5,0.5\n", ["--scores", "p,q"], ["2 score columns and 3 classes"]),
            (good.Replace("p,q", "p_0,p_1", StringComparison.Ordinal) + "2,0.5,0.5\n", ["--scores", "p_0,p_1"],
                ["row 5, column 'y'", "the label '2' has no score column"]),
            (good, ["--scores", "p", "--constraint", "precision>=1,recall>=1,alerts<=1/4"],
                ["No threshold meets precision>=1 and recall>=1 and alerts<=1/4", "can be reached"]),
            (good, ["--scores", "p", "--costs", files.Write("costs.csv", "0,1\n1,0\n2,2\n3,3\n")], ["costs.csv", "2 lines of 2 costs"]),
            (good, ["--scores", "p", "--costs", files["none.csv"]], ["none.csv", "there is no such file"]),
        ];
        foreach ((string content, string[] arguments, string[] parts) in cases)
        {
            ToolResult result = Tool.Run(["decide", files.Write("scores.csv", content), "-t", "y", "--json", .. arguments]);
            Assert.True(result is { Code: 3, Output: "" }, $"{string.Join(' ', arguments)}: {result}");
            Assert.All(parts, part => Assert.Contains(part, result.Error, StringComparison.Ordinal));
        }
    }

    private static JsonElement Json(params string[] arguments)
    {
        ToolResult result = Tool.Run(["decide", .. arguments, "--json"]);
        Assert.True(result is { Code: 0, Error: "" }, result.ToString());
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static (string[] Labels, double[] Scores) Read(string file, int columns)
    {
        string[][] rows = [.. File.ReadAllLines(Path.Combine(TestSupport.Repository.Root, file)).Skip(1).Select(l => l.Split(','))];
        return ([.. rows.Select(r => r[0])],
            [.. rows.SelectMany(r => r.Skip(1).Take(columns).Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)))]);
    }
}
