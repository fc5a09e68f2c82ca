using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary><c>weights</c>, <c>explain</c> and <c>decide</c> on labels that stand elsewhere than in one column of a table.</summary>
public sealed class LabelSourcesTests
{
    private const string Samples = "samples/labels";

    private static JsonElement Json(params string[] arguments)
    {
        ToolResult run = Tool.Run([.. arguments, "--json"]);
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }

    private static string Classes(JsonElement json) => string.Join("; ", json.GetProperty("classes").EnumerateArray().Select(c => string.Join(' ',
        c.EnumerateObject().Where(p => p.Name != "share").Select(p => p.Value.ToString()))));

    private static double[] Weights(JsonElement json, string scheme) => [.. json.GetProperty("schemes").EnumerateArray()
        .First(s => s.GetProperty("name").GetString() == scheme).GetProperty("weights").EnumerateArray().Select(w => w.GetDouble())];

    [Fact]
    public void Masks_have_pixels_images_and_the_pixels_of_these_images()
    {
        JsonElement json = Json("weights", $"{Samples}/masks", "--as", "masks", "--ignore", "255", "-s", "median-frequency,balanced");
        Assert.Equal("pixels", json.GetProperty("unit").GetString());
        Assert.Equal("0 130089 24 143277; 1 5516 20 119083; 2 4041 18 107045; 3 1953 9 53175; 4 1678 6 35220", Classes(json));
        double[] frequency = [130089 / 143277.0, 5516 / 119083.0, 4041 / 107045.0, 1953 / 53175.0, 1678 / 35220.0];
        double median = frequency.Order().ElementAt(2);
        Close.All([.. frequency.Select(f => median / f)], Weights(json, "median-frequency"), 1e-12, "median-frequency");
        Assert.Equal(143277, json.GetProperty("rows").GetInt64());
    }

    [Theory]
    [InlineData("coco/instances.json", "boxes", "person 33 20; car 24 18; dog 10 9; backpack 0 0; kite 6 6")]
    [InlineData("yolo/data.yaml", "boxes", "person 26 14; car 19 14; dog 9 8; kite 6 6")]
    [InlineData("voc", "boxes", "car 24 18; dog 10 9; kite 6 6; person 33 20")]
    [InlineData("conll/yard.conll", "tokens", "B-LOC 5; B-PER 24; I-PER 12; O 170")]
    [InlineData("folders", "images", "car 8; dog 5; kite 6; person 4")]
    public void A_source_is_told_from_its_content_and_said_on_standard_error(string path, string unit, string classes)
    {
        ToolResult run = Tool.Run("weights", $"{Samples}/{path}", "--json", "--empty-class", "zero", "-s", "balanced");
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal((0, unit, classes), (run.Code, json.RootElement.GetProperty("unit").GetString()!, Classes(json.RootElement)));
        Assert.Contains($"{Samples}/{path}: taken for ", run.Error, StringComparison.Ordinal);
        Assert.Equal("", Tool.Run("weights", $"{Samples}/{path}", "--json", "-q", "--empty-class", "zero", "-s", "balanced").Error);
    }

    [Fact]
    public void A_table_says_that_it_counts_rows() =>
        Assert.Equal("rows", Json("weights", "samples/hpc-jobs.csv", "-t", "class", "-s", "balanced").GetProperty("unit").GetString());

    [Fact]
    public void A_category_without_boxes_follows_the_policy_and_is_the_datas_fault()
    {
        ToolResult refused = Tool.Run("weights", $"{Samples}/coco/instances.json");
        Assert.Equal(3, refused.Code);
        Assert.Contains("the class 'backpack' has no boxes", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--empty-class zero", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, Weights(Json("weights", $"{Samples}/coco/instances.json", "--empty-class", "zero", "-s", "balanced"), "balanced")[3]);
    }

    [Fact]
    public void Several_labels_a_row_have_a_positive_weight_and_the_shift_that_undoes_it()
    {
        (string, long, long)[] expected = [("person", 182, 218), ("car", 116, 284), ("dog", 49, 351), ("kite", 17, 383)];
        foreach (string[] arguments in new string[][]
                 {
                     [$"{Samples}/multilabel/columns.csv", "-t", "person,car,dog,kite"],
                     [$"{Samples}/multilabel/tags.csv", "-t", "tags", "--separator", "|"],
                 })
        {
            JsonElement json = Json(["weights", .. arguments]);
            Assert.False(json.TryGetProperty("classes", out _));
            Dictionary<string, JsonElement> labels = json.GetProperty("labels").EnumerateArray().ToDictionary(l => l.GetProperty("label").GetString()!);
            foreach ((string label, long positives, long negatives) in expected)
            {
                Assert.Equal((positives, negatives), (labels[label].GetProperty("positives").GetInt64(), labels[label].GetProperty("negatives").GetInt64()));
                double weight = (double)negatives / positives;
                Assert.Equal(weight, labels[label].GetProperty("positiveWeight").GetDouble(), 1e-12);
                Assert.Equal(Math.Log(weight), labels[label].GetProperty("logitShift").GetDouble(), 1e-12);
            }
        }
    }

    [Fact]
    public void Decide_tunes_a_threshold_per_label_and_judges_macro_and_micro()
    {
        JsonElement json = Json("decide", $"{Samples}/multilabel/columns.csv", "-t", "person,car,dog,kite", "--scores", "p_car,p_person,p_dog,p_kite");
        JsonElement[] labels = [.. json.GetProperty("labels").EnumerateArray()];
        Assert.Equal(["person p_person", "car p_car", "dog p_dog", "kite p_kite"], labels.Select(l => $"{l.GetProperty("label")} {l.GetProperty("score")}"));
        Assert.All(labels, l => Assert.InRange(l.GetProperty("threshold").GetDouble(), 0.15, 0.5));
        foreach (string part in (ReadOnlySpan<string>)["before", "after"])
            Assert.Equal(labels.Average(l => l.GetProperty("metrics")[0].GetProperty(part).GetDouble()),
                json.GetProperty("macro")[0].GetProperty(part).GetDouble(), 1e-12);
        JsonElement micro = json.GetProperty("micro")[0];
        Assert.Equal("f1", micro.GetProperty("name").GetString());
        Assert.True(micro.GetProperty("after").GetDouble() > micro.GetProperty("before").GetDouble() + 0.1);

        // The micro F1 before by hand: true and false positives of every label at 0.5.
        string[][] rows = [.. File.ReadAllLines(Path.Combine(Repository.Root, Samples, "multilabel", "columns.csv")).Skip(1).Select(l => l.Split(','))];
        int hits = 0, alarms = 0, misses = 0;
        foreach (string[] row in rows)
            for (int l = 1; l <= 4; l++)
            {
                bool truth = row[l] == "1", said = double.Parse(row[l + 4], System.Globalization.CultureInfo.InvariantCulture) > 0.5;
                hits += truth && said ? 1 : 0;
                alarms += !truth && said ? 1 : 0;
                misses += truth && !said ? 1 : 0;
            }

        Assert.Equal(2.0 * hits / ((2 * hits) + alarms + misses), micro.GetProperty("before").GetDouble(), 1e-12);
        Assert.Contains("macro is the mean over labels",
            Tool.Run("decide", $"{Samples}/multilabel/columns.csv", "-t", "person,car", "--scores", "p_person,p_car").Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "for masks", "weights", Samples + "/voc", "--ignore", "255")]
    [InlineData(2, "counted as voc, which has none", "weights", Samples + "/voc", "-t", "x")]
    [InlineData(2, "no kind of label source 'mask'", "weights", Samples + "/masks", "--as", "mask")]
    [InlineData(2, "each has a positive weight", "weights", Samples + "/multilabel/columns.csv", "-t", "person,car", "-s", "balanced")]
    [InlineData(2, "explain one of them with --target", "explain", Samples + "/multilabel/columns.csv", "-t", "person,car")]
    [InlineData(2, "give a score column per label", "decide", Samples + "/multilabel/columns.csv", "-t", "person,car", "--scores", "p_car")]
    [InlineData(2, "is for one label column", "decide", Samples + "/multilabel/columns.csv", "-t", "person,car", "--scores", "p_car,p_person",
        "--positive", "1")]
    [InlineData(2, "repeats images", "weights", Samples + "/conll/yard.conll", "--emit", "repeat-factors")]
    [InlineData(2, "--split is one of", "weights", Samples + "/yolo", "--split", "training")]
    [InlineData(3, "this is a file, and folders are", "weights", Samples + "/voc/Annotations/yard_00.xml", "--as", "folders")]
    [InlineData(3, "this is no JSON|JSON as it should be|no COCO", "weights", Samples + "/yolo/data.yaml", "--as", "coco")]
    [InlineData(3, "Name a file in it: columns.csv, tags.csv", "weights", Samples + "/multilabel")]
    [InlineData(3, "no such file", "weights", Samples + "/mask")]
    public void What_does_not_fit_is_refused_with_the_right_code(int code, string expected, params string[] arguments)
    {
        ToolResult run = Tool.Run(arguments);
        Assert.Equal(code, run.Code);
        Assert.Equal("", run.Output);
        Assert.Matches(expected, run.Error);
    }

    [Fact]
    public void Explain_speaks_of_pixels_and_of_images()
    {
        ToolResult run = Tool.Run("explain", $"{Samples}/masks", "--ignore", "255", "-w", "balanced");
        string text = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("A batch of 8 images has 559 pixels of '4' on average and none with a chance of 5.9%", text, StringComparison.Ordinal);
        Assert.Contains("the 143,277 pixels carry as much", text, StringComparison.Ordinal);
        Assert.Contains("mean IoU", text, StringComparison.Ordinal);
        Assert.Contains("--emit repeat-factors", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("\\brows?\\b", text);
        JsonElement json = Json("explain", $"{Samples}/conll/yard.conll", "-b", "4");
        Assert.Equal("tokens", json.GetProperty("unit").GetString());
        Assert.Equal(4 * 5 / 24.0, json.GetProperty("classes")[0].GetProperty("rowsPerBatch").GetDouble(), 1e-12);
    }

    [Fact]
    public void Repeat_factors_are_a_line_per_image()
    {
        ToolResult run = Tool.Run("weights", $"{Samples}/yolo", "--emit", "repeat-factors", "--repeat-threshold", "0.5", "-q");
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(18, lines.Length);
        double largest = lines.Max(l => double.Parse(l.Split('\t')[1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Math.Sqrt(0.5 / (6 / 18.0)), largest, 1e-12);
        Assert.StartsWith("images/train/yard_00.JPG\t", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.EndsWith("yard_05.jpg\t1", StringComparison.Ordinal));
    }
}
