using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

public sealed class CompareTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("counterweight").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Two noisy classes, 9 to 1, as a CSV with a category and gaps.</summary>
    private string Simulated(int rows = 400, Func<int, string>? label = null)
    {
        var random = new SeededRandom(5);
        var text = new StringBuilder("x,y,kind,class\n");
        for (int i = 0; i < rows; i++)
        {
            bool rare = i % 10 == 0;
            double x = random.NextGaussian() + (rare ? 1.5 : 0), y = random.NextGaussian();
            text.Append(CultureInfo.InvariantCulture,
                $"{x:0.#####},{(i % 17 == 3 ? "" : y.ToString("0.#####", CultureInfo.InvariantCulture))},"
                + $"{(i % 3 == 0 ? "a" : "b")},{(label is null ? rare ? "yes" : "no" : label(i))}\n");
        }

        return Write("data.csv", text.ToString());
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static ToolResult Compare(string file, params string[] more) =>
        Tool.Run(["compare", file, "--target", "class", "--learners", "linear", "--folds", "3", "--repeats", "2", .. more]);

    [Fact]
    public void The_json_has_the_fields_of_the_contract()
    {
        ToolResult run = Compare(Simulated(), "--remedies", "none,weights:balanced,threshold:tuned", "--json");
        Assert.Equal(0, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal(400, root.GetProperty("dataset").GetProperty("rows").GetInt32());
        Assert.Equal(3, root.GetProperty("dataset").GetProperty("features").GetInt32());
        Assert.Equal(40, root.GetProperty("dataset").GetProperty("classes")[1].GetProperty("count").GetInt32());
        Assert.Equal(("balanced-accuracy", 0, 3, 2),
            (root.GetProperty("metric").GetString(), root.GetProperty("seed").GetInt32(), root.GetProperty("folds").GetInt32(),
                root.GetProperty("repeats").GetInt32()));
        Assert.Equal("none", root.GetProperty("baseline").GetProperty("remedy").GetString());
        JsonElement[] candidates = [.. root.GetProperty("candidates").EnumerateArray()];
        Assert.Equal(3, candidates.Length);
        foreach (JsonElement candidate in candidates)
        {
            Assert.Equal("done", candidate.GetProperty("status").GetString());
            Assert.InRange(candidate.GetProperty("mean").GetDouble(), candidate.GetProperty("ciLow").GetDouble(), candidate.GetProperty("ciHigh").GetDouble());
            foreach (string name in (string[])["mean", "ciLow", "ciHigh", "pValue", "pValueHolm"])
                Assert.Equal(JsonValueKind.Number, candidate.GetProperty("versusBaseline").GetProperty(name).ValueKind);
            foreach (string name in (
                string[])["accuracy", "balanced-accuracy", "macro-f1", "weighted-f1", "f1", "f2", "precision", "recall", "specificity", "g-mean", "mcc",
                "kappa", "roc-auc", "average-precision", "brier", "log-loss", "ece", "expected-cost"])
                Assert.Equal(JsonValueKind.Number, candidate.GetProperty("metrics").GetProperty(name).ValueKind);
            Assert.True(candidate.GetProperty("fitSeconds").GetDouble() > 0);
        }

        JsonElement advice = root.GetProperty("recommendation");
        Assert.True(advice.GetProperty("beatsBaseline").GetBoolean());
        Assert.NotEqual("none", advice.GetProperty("remedy").GetString());
        Assert.InRange(advice.GetProperty("estimateOnUnseen").GetProperty("mean").GetDouble(), 0.5, 1);
    }

    [Fact]
    public void The_table_keeps_within_80_columns_and_ends_with_advice()
    {
        ToolResult run = Compare(Simulated(), "--quiet");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.All(run.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Contains("Recommendation", run.Output, StringComparison.Ordinal);
        Assert.Contains("Expect a balanced-accuracy of", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_at_any_number_of_threads()
    {
        string file = Simulated();
        static string WithoutTimes(string json) => System.Text.RegularExpressions.Regex.Replace(json, "\"fitSeconds\": [^,]+", "");
        string[] remedies = ["--remedies", "none,sampler:class-balanced,offsets:tuned", "--json"];
        Assert.Equal(WithoutTimes(Compare(file, [.. remedies, "--threads", "1"]).Output), WithoutTimes(Compare(file, [.. remedies, "--threads", "2"]).Output));
    }

    [Fact]
    public void A_search_with_several_metrics_and_the_bayesian_test_shows_in_text_and_json()
    {
        string file = Simulated(3000);
        string[] asked = ["--remedies", "weights:power(tau=0.5..1),threshold:tuned", "--search-size", "3", "--metric", "balanced-accuracy,brier", "--test",
            "bayesian", "--rope", "0.01"];
        ToolResult text = Compare(file, asked);
        Assert.True(text.Code == 0, text.Error);
        Assert.All(text.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Contains("Pareto front", text.Output, StringComparison.Ordinal);
        Assert.Contains("chance", text.Output, StringComparison.Ordinal);
        Assert.Contains("linear / weights:power(tau=0.5..1): 3 configurations", text.Output, StringComparison.Ordinal);
        Assert.Contains("Its probabilities (lower is better): brier 0.", text.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(Compare(file, [.. asked, "--json"]).Output);
        JsonElement root = document.RootElement;
        Assert.Equal(("balanced-accuracy", "brier", "bayesian", 0.01),
            (root.GetProperty("metric").GetString(), root.GetProperty("alsoMetrics")[0].GetString(), root.GetProperty("test").GetString(),
                root.GetProperty("equivalence").GetDouble()));
        JsonElement search = root.GetProperty("searches")[0];
        Assert.Equal(("weights:power(tau=0.5..1)", true, 3),
            (search.GetProperty("space").GetString(), search.GetProperty("complete").GetBoolean(), search.GetProperty("configurations").GetArrayLength()));
        Assert.Equal(1, search.GetProperty("configurations").EnumerateArray().Count(c => c.GetProperty("entered").GetBoolean()));
        Assert.Equal(3, root.GetProperty("candidates").GetArrayLength());
        Assert.True(root.GetProperty("pareto").GetArrayLength() >= 2);
    }

    [Fact]
    public void Time_trains_on_the_past_and_leaves_its_column_out()
    {
        var random = new SeededRandom(9);
        var text = new StringBuilder("x,when,class\n");
        for (int i = 0; i < 600; i++)
        {
            bool rare = random.NextInt32(4) == 0;
            text.Append(CultureInfo.InvariantCulture,
                $"{random.NextGaussian() + (rare ? 2 : 0):0.#####},{new DateTime(2026, 1, 1).AddDays((i * 7) % 300):yyyy-MM-dd},{(rare ? "yes" : "no")}\n");
        }

        ToolResult run = Tool.Run("compare", Write("times.csv", text.ToString()), "--target", "class", "--learners", "linear", "--folds", "4", "--time",
            "when", "--remedies", "none,weights:balanced", "--json");
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(("time", 1, 1),
            (document.RootElement.GetProperty("splits").GetString(), document.RootElement.GetProperty("repeats").GetInt32(),
                document.RootElement.GetProperty("dataset").GetProperty("features").GetInt32()));
        Assert.Equal(4, document.RootElement.GetProperty("candidates")[0].GetProperty("foldValues").GetArrayLength());
    }

    [Fact]
    public void A_run_killed_while_it_searches_resumes_to_the_very_result()
    {
        string file = Simulated(6000);
        string[] arguments = ["compare", file, "--target", "class", "--learners", "linear", "--folds", "3", "--repeats", "2", "--remedies",
            "weights:power(tau=0..1),sampler:power(q=0|0.5)+threshold:tuned"];
        static string Figures(string path)
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return string.Join('\n',
                document.RootElement.GetProperty("candidates").EnumerateArray().Select(c => c.GetProperty("remedy").ToString() + c.GetProperty("foldValues")))
                + document.RootElement.GetProperty("searches") + document.RootElement.GetProperty("recommendation");
        }

        string whole = Path.Combine(folder, "whole"), output = Path.Combine(folder, "killed");
        Assert.Equal(0, Tool.Run([.. arguments, "--out", whole, "--threads", "1"]).Code);
        var random = new Random(4);
        for (int kill = 0; kill < 4; kill++)
        {
            using Process process = Tool.Start(
                null, [.. arguments, kill == 0 ? "--out" : File.Exists(Path.Combine(output, "runs.duckdb")) ? "--resume" : "--out", output]);
            process.StandardInput.Close();
            if (!process.WaitForExit(1200 + random.Next(1500))) process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        ToolResult resumed = Tool.Run([.. arguments, File.Exists(Path.Combine(output, "runs.duckdb")) ? "--resume" : "--out", output]);
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(Figures(Path.Combine(whole, "comparison.json")), Figures(Path.Combine(output, "comparison.json")));
    }

    [Fact]
    public void An_out_folder_gets_its_files_and_a_run_in_it_is_not_overwritten()
    {
        string file = Simulated(), output = Path.Combine(folder, "out");
        Assert.Equal(0, Compare(file, "--remedies", "none,weights:balanced", "--out", output).Code);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "comparison.json")));
        Assert.Equal(2, document.RootElement.GetProperty("candidates").GetArrayLength());
        ToolResult again = Compare(file, "--remedies", "none", "--out", output);
        Assert.Equal(2, again.Code);
        Assert.Contains("--resume", again.Error, StringComparison.Ordinal);
        ToolResult other = Compare(file, "--remedies", "none", "--resume", output, "--seed", "7");
        Assert.Equal(3, other.Code);
        Assert.Contains("another comparison", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_run_resumes_to_the_very_result()
    {
        string file = Simulated(1200), output = Path.Combine(folder, "killed");
        string[] arguments = ["compare", file, "--target", "class", "--learners", "linear,mlp", "--folds", "3", "--repeats", "1", "--remedies",
            "none,weights:balanced,sampler:class-balanced", "--no-racing"];
        static string Figures(string path)
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            return string.Join('\n',
                document.RootElement.GetProperty("candidates").EnumerateArray()
                .Select(c => c.GetProperty("learner") + " " + c.GetProperty("remedy") + c.GetProperty("foldValues")))
                + document.RootElement.GetProperty("recommendation");
        }

        string whole = Path.Combine(folder, "whole");
        Assert.Equal(0, Tool.Run([.. arguments, "--out", whole]).Code);
        string store = Path.Combine(output, "runs.duckdb");
        using (Process process = Tool.Start(null, [.. arguments, "--out", output]))
        {
            process.StandardInput.Close();
            var error = process.StandardError;
            int seen = 0;
            while (seen < 1 && error.ReadLine() is string line)
                if (line.Contains('%', StringComparison.Ordinal)) seen++;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        Assert.True(File.Exists(store));
        Assert.False(File.Exists(Path.Combine(output, "comparison.json")));
        ToolResult resumed = Tool.Run([.. arguments, "--resume", output]);
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Contains("finished results were found", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(Figures(Path.Combine(whole, "comparison.json")), Figures(Path.Combine(output, "comparison.json")));
    }

    [Fact]
    public async Task A_run_killed_at_random_points_resumes_to_the_very_result()
    {
        string file = Simulated(1500), whole = Path.Combine(folder, "undisturbed");
        string[] arguments = ["compare", file, "--target", "class", "--learners", "linear,gbdt", "--folds", "4", "--repeats", "2", "--remedies",
            "none,weights:balanced,sampler:class-balanced,threshold:tuned"];
        // Everything but the times of the fits.
        static string Result(string at) =>
            System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(Path.Combine(at, "comparison.json")), "\"fitSeconds\": [^,]+", "");
        long started = Stopwatch.GetTimestamp();
        Assert.Equal(0, Tool.Run([.. arguments, "--out", whole]).Code);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        var random = new SeededRandom(77);
        int killed = 0;
        for (int round = 0; round < 3; round++)
        {
            string output = Path.Combine(folder, $"killed-{round}"), store = Path.Combine(output, "runs.duckdb");
            // The first point lies anywhere in the run, the second in what is left of it: while folds are judged, while they are stored, before there is a
            // store.
            for (int kill = 0; kill < 2; kill++)
            {
                using Process process = Tool.Start(null, [.. arguments, File.Exists(store) ? "--resume" : "--out", output]);
                process.StandardInput.Close();
                Task drained = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
                if (!process.WaitForExit(took * (0.15 + (0.75 * random.NextDouble())) * (kill == 0 ? 1 : 0.6)))
                {
                    process.Kill(entireProcessTree: true);
                    killed++;
                }

                await process.WaitForExitAsync();
                await drained;
                if (File.Exists(Path.Combine(output, "comparison.json"))) break;
            }

            ToolResult last = Tool.Run([.. arguments, File.Exists(store) ? "--resume" : "--out", output]);
            Assert.True(last.Code == 0, last.Error);
            Assert.Equal(Result(whole), Result(output));
        }

        Assert.InRange(killed, 1, 6);
    }

    [Theory]
    [InlineData("--remedies", "weights:balancd", 2, "Did you mean 'weights:balanced'?")]
    [InlineData("--learners", "forest", 2, "There is no learner 'forest'")]
    [InlineData("--metric", "auc", 2, "There is no metric 'auc'")]
    [InlineData("--metric", "expected-cost", 2, "--costs FILE")]
    [InlineData("--folds", "1", 2, "--folds is 2 or more")]
    [InlineData("--repeats", "0", 2, "--repeats is 1 to 1000")]
    [InlineData("--time-budget", "soon", 2, "'soon' is not")]
    [InlineData("--resume", "nowhere", 2, "no interrupted run in nowhere")]
    [InlineData("--positive", "maybe", 2, "There is no class 'maybe'")]
    [InlineData("--group", "kid", 2, "kind")]
    [InlineData("--time", "kid", 2, "kind")]
    [InlineData("--time", "kind", 3, "'a'")]
    [InlineData("--time", "y", 3, "no time")]
    [InlineData("--remedies", "weights:power(tau=1..0)", 2, "is empty")]
    [InlineData("--remedies", "weights:power(tau=0..x)", 2, "'x' is not")]
    [InlineData("--search-size", "1", 2, "--search-size is 2 to 243")]
    [InlineData("--test", "bayes", 2, "bayesian")]
    [InlineData("--rope", "-1", 2, "--rope is 0 or more")]
    [InlineData("--certainty", "2", 2, "--certainty lies between")]
    [InlineData("--metric", "mcc,auc", 2, "There is no metric 'auc'")]
    public void Wrong_options_are_named(string option, string value, int code, string part)
    {
        ToolResult run = Tool.Run("compare", Simulated(), "--target", "class", option, value);
        Assert.Equal("", run.Output);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Equal(code, run.Code);
    }

    public static TheoryData<string, string, string> BadFiles => new()
    {
        { "x,class\n1,a\n2,b\n", "fewer than the 2 folds", "a class with fewer rows than folds" },
        { "x,class\n1,a\n2,a\n3,a\n", "'a'", "one class only" },
        { "", "empty", "an empty file" },
        { "x,class\n", "no rows", "a header only" },
        { "x,klass\n1,a\n2,b\n", "Did you mean 'klass'?", "a misspelt target" },
        { "x,class\n1,a\n2,b,c,d\n3,a\n", "row 2", "ragged rows" },
        { "x,class\n1,a\nnan,b\n3,a\n", "row 2", "NaN" },
        { "x,class\n1,a\ninf,b\n3,a\n", "row 2", "infinite" },
        { "class\na\nb\n", "feature", "no feature" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void Unusable_data_ends_with_code_3_and_writes_nothing(string text, string part, string what)
    {
        string output = Path.Combine(folder, "bad");
        ToolResult run = Tool.Run("compare", Write("bad.csv", text), "--target", "class", "--out", output);
        Assert.True(run.Code == 3, $"{what}: {run.Code} {run.Error}");
        Assert.Contains(part, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("bad.csv", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.False(Directory.Exists(output) && Directory.EnumerateFiles(output, "*.json").Any());
    }

    [Fact]
    public void Files_that_are_no_tables_end_with_code_3()
    {
        Assert.Equal(3, Tool.Run("compare", Path.Combine(folder, "nothing.csv"), "--target", "class").Code);
        string binary = Path.Combine(folder, "binary.csv");
        File.WriteAllBytes(binary, [0x7F, 0x45, 0x4C, 0x46, 0, 0, 1, 2, 0, 255, 254]);
        Assert.Equal(3, Tool.Run("compare", binary, "--target", "class").Code);
        ToolResult regression = Tool.Run("compare", Simulated(12_000, i => $"v{i}"), "--target", "class");
        Assert.Equal(3, regression.Code);
        Assert.Contains("regression", regression.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cost_file_decides_what_is_best()
    {
        string costs = Write("costs.csv", "no,1\nyes,20\n");
        ToolResult run = Compare(Simulated(), "--metric", "expected-cost", "--costs", costs, "--remedies", "none,weights:costs,threshold:bayes", "--json");
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.True(document.RootElement.GetProperty("recommendation").GetProperty("beatsBaseline").GetBoolean());
        double none = document.RootElement.GetProperty("candidates").EnumerateArray().Single(c => c.GetProperty("remedy").GetString() == "none")
            .GetProperty("mean").GetDouble();
        Assert.True(document.RootElement.GetProperty("candidates")[0].GetProperty("mean").GetDouble() < none);
    }
}
