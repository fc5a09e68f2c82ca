using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Counterweight.TestSupport;

namespace Counterweight.Cli.Tests;

/// <summary>Files as strangers bring them, found in public reports of other tools and by trying; each test names the kind of its fault.</summary>
public sealed class StrangersFileTests : IDisposable
{
    private readonly CaseFolder files = new();

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData(19, 1)]
    [InlineData(10, 200)]
    public void Json_lines_may_lack_keys_and_have_many(int lines, int keys)
    {
        files.Write("a.jsonl", CaseFolder.Lines(lines, i =>
            "{" + string.Concat(Enumerable.Range(0, keys).Select(k => $"\"k{(keys == 1 ? i : k)}\":{i},")) + $"\"y\":{(i % 3 == 0 ? 1 : 0)}}}"));
        int ones = (lines + 2) / 3;
        Assert.Equal(new() { ["0"] = lines - ones, ["1"] = ones }, files.Counts("a.jsonl", "-t", "y"));
    }

    [Fact]
    public void Whole_numbers_of_64_bits_stay_whole()
    {
        string[] ids = ["9007199254740993", "9007199254740995", "1234567890123456789", "1234567890123456790"];
        files.Write("a.csv", "id,x,y\n" + CaseFolder.Lines(4, i => $"{ids[i]},0.{i},{(i == 3 ? 1 : 0)}"));
        files.Done("resample", "a.csv", "-t", "y", "-m", "random-over", "-o", "o.csv", "-q");
        Assert.Equal(ids.Order(), files.Rows("o.csv").Select(r => r["id"]).Distinct().Order());
    }

    [Fact]
    public void Text_labels_keep_their_spelling()
    {
        string[] labels = ["01", "01", "01", "1", "1", "02"];
        files.Write("a.jsonl", CaseFolder.Lines(6, i => $"{{\"x\":{i},\"y\":\"{labels[i]}\"}}"));
        Assert.Equal(new() { ["01"] = 3, ["1"] = 2, ["02"] = 1 }, files.Counts("a.jsonl", "-t", "y"));
        files.Write("a.csv", "x,y\n" + CaseFolder.Lines(40, i => $"{i},{(i % 4 == 0 ? "02" : "01")}"));
        Assert.Equal(new() { ["01"] = 30, ["02"] = 10 }, files.Counts("a.csv", "-t", "y"));
        files.Done("weights", "a.csv", "-t", "y", "--positive", "02", "-q");
        files.Done("resample", "a.csv", "-t", "y", "-m", "random-over", "-o", "o.csv", "-q");
        Assert.Equal(["01", "02"], files.Rows("o.csv").Select(r => r["y"]).Distinct().Order());
    }

    [Fact]
    public void A_quoted_header_may_have_a_line_break_in_a_file_of_windows()
    {
        files.Write("a.csv", "\"note\nof case\",y\r\n1,a\r\n2,a\r\n3,b\r\n");
        Assert.Equal(new() { ["a"] = 2, ["b"] = 1 }, files.Counts("a.csv", "-t", "y"));
    }

    [Fact]
    public void Wide_tables_are_read()
    {
        const int columns = 7000;
        var random = new Random(1);
        files.Write("w.csv", string.Concat(Enumerable.Range(0, columns).Select(i => $"g{i},")) + "y\n" + CaseFolder.Lines(100, i =>
            string.Concat(Enumerable.Range(0, columns).Select(_ => CaseFolder.Invariant($"{random.NextDouble():0.000},"))) + (i % 5 == 0 ? 1 : 0)));
        files.Done("resample", "w.csv", "-t", "y", "-m", "smote", "-o", "o.csv", "-q");
        Assert.Equal(160, files.Rows("o.csv").Length);
    }

    [Fact]
    public void Huge_finite_values_are_refused_or_right()
    {
        string Table(string huge)
        {
            var random = new SeededRandom(2, 0);
            return "a,b,y\n" + CaseFolder.Lines(200, i =>
            {
                double a = random.NextGaussian(), b = random.NextGaussian() + (i % 4 == 0 ? 1 : 0);
                return (i is 3 or 50 or 90 ? huge : CaseFolder.Invariant($"{a:R}")) + CaseFolder.Invariant($",{b:R},{(i % 4 == 0 ? 1 : 0)}");
            });
        }

        files.Write("s.csv", Table("-3.4028234663852886e38"));
        ToolResult scaled = files.Run("resample", "s.csv", "-t", "y", "-m", "smote", "--scale", "standard", "-o", "o.csv", "-q");
        if (scaled.Code == 0)
        {
            string[] made = [.. files.Rows("o.csv").Skip(200).Select(r => r["a"])];
            Assert.DoesNotContain("", made);
            Assert.True(made.Distinct().Count() > 0.6 * made.Length);
        }
        else
        {
            Assert.Equal(3, scaled.Code);
            Assert.Contains("'a'", scaled.Error, StringComparison.Ordinal);
        }

        files.Write("d.csv", Table("1.7976931348623157e308"));
        Assert.Contains(files.Run("train", "d.csv", "-t", "y", "-l", "linear", "-r", "weights:balanced", "-o", "m", "-q").Code, new[] { 0, 3 });
        Assert.Contains(files.Run("compare", "d.csv", "-t", "y", "-l", "linear", "-r", "weights:balanced", "-q").Code, new[] { 0, 3 });
    }

    [Theory]
    [InlineData("e-13")]
    [InlineData("e-300")]
    [InlineData("e+150")]
    public void Columns_of_any_scale_count(string scale)
    {
        var random = new SeededRandom(3, 0);
        files.Write("t.csv", "a,y\n" + CaseFolder.Lines(400, i =>
            CaseFolder.Invariant($"{random.NextGaussian() + (i % 5 == 0 ? 3 : 0):0.000000}{scale},{(i % 5 == 0 ? 1 : 0)}")));
        JsonElement document = CaseFolder.Json(
            files.Done("compare", "t.csv", "-t", "y", "-l", "linear", "-r", "none,weights:balanced", "--repeats", "1", "--json", "-q"));
        Assert.True(document.GetProperty("candidates").EnumerateArray().Max(c => c.GetProperty("mean").GetDouble()) > 0.85);
    }

    [Fact]
    public void Rounded_probabilities_are_accepted_and_others_are_not()
    {
        const string rows = "0,0.823,0.091,0.086\n0,0.752,0.039,0.209\n0,0.377,0.222,0.401\n0,0.375,0.208,0.416\n1,0.200,0.500,0.300\n2,0.100,0.200,0.700\n"
            + "2,0.300,0.200,0.500\n1,0.300,0.600,0.100\n";
        files.Write("p.csv", "y,p_0,p_1,p_2\n" + rows);
        files.Done("decide", "p.csv", "-t", "y", "--scores", "p_0,p_1,p_2", "-m", "macro-f1", "--folds", "2", "-q");
        files.Write("q.csv", "y,p_0,p_1,p_2\n" + rows.Replace("0.416", "0.426", StringComparison.Ordinal));
        files.Ended(3, "decide", "q.csv", "-t", "y", "--scores", "p_0,p_1,p_2", "-m", "macro-f1", "--folds", "2", "-q");
    }

    [Fact]
    public void A_remedy_that_cannot_be_met_does_not_stop_the_others()
    {
        files.Write("b.csv", CaseFolder.Base);
        JsonElement first = CaseFolder.Json(files.Done(
            "compare", "b.csv", "-t", "y", "-l", "linear", "-r", "none,weights:balanced,threshold:alerts", "--folds", "3", "--repeats", "1", "--json", "-q"));
        foreach (string remedy in (string[])["none", "weights:balanced"])
            Assert.Equal("done", CaseFolder.Candidates(first)[("linear", remedy)].GetProperty("status").GetString());
        JsonElement second = CaseFolder.Json(files.Done("compare", "b.csv", "-t", "y", "-l", "linear,gbdt", "-r", "none,threshold:precision(at-least=0.9)",
            "--folds", "3", "--repeats", "2", "--seed", "3", "--json", "-q"));
        JsonElement baseline = second.GetProperty("baseline");
        var key = (baseline.GetProperty("learner").GetString()!, baseline.GetProperty("remedy").GetString()!);
        Assert.Equal("done", CaseFolder.Candidates(second)[key].GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("c=zzz")]
    [InlineData("y=7")]
    [InlineData("lr=0.1")]
    [InlineData("[a]*?")]
    public void Names_of_folders_are_no_data_and_no_patterns(string folder)
    {
        string file = files.Write(folder + "/b.csv", CaseFolder.Base);
        Assert.Equal(new() { ["0"] = 100, ["1"] = 20 }, files.Counts(file, "-t", "y"));
        files.Done("resample", file, "-t", "y", "-m", "random-over", "-o", "o.csv", "-q");
        Dictionary<string, string>[] rows = files.Rows("o.csv");
        Assert.Equal(["u", "v", "w"], rows.Select(r => r["c"]).Distinct().Order());
        Assert.Equal(4, rows[0].Count);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1)]
    public void A_gzip_that_breaks_off_is_refused(double kept)
    {
        using var made = new MemoryStream();
        using (var gzip = new GZipStream(made, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes("x,y\n" + CaseFolder.Lines(15_000, i => $"{i},{i % 3}")));
            gzip.Flush();
            if (kept >= 1) files.Write("h.csv.gz", made.ToArray()); // what a flush leaves ends at the end of a row, without the trailer
        }

        if (kept < 1) files.Write("h.csv.gz", made.ToArray()[..(int)(kept * made.Length)]);
        ToolResult refused = files.Ended(3, "weights", "h.csv.gz", "-t", "y", "-q");
        Assert.Contains("h.csv.gz", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_row_is_dropped_because_it_is_long()
    {
        files.Write("l.csv", "t,y\n" + CaseFolder.Lines(50, i => $"a{i},{i % 2}") + new string('x', 20_000_000) + ",1\n");
        ToolResult result = files.Run("weights", "l.csv", "-t", "y", "--json", "-q");
        if (result.Code != 3) Assert.Equal(51, CaseFolder.Json(result).GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("count").GetInt64()));
    }

    [Fact]
    public void What_can_be_read_once_only_is_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no /dev/stdin on Windows.");
        ToolResult result = Tool.RunWith(CaseFolder.Base, null, "weights", "/dev/stdin", "-t", "y", "--json", "-q");
        Assert.True(result.Code == 0, $"exit {result.Code}: {result.Error}");
        Assert.Equal([100, 20], CaseFolder.Json(result).GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("count").GetInt32()));
    }

    /// <summary>A pipe with a name gives its rows once: whoever looks at them before the reader does has taken them.</summary>
    [Theory]
    [InlineData("weights", "-t", "y", "--json")]
    [InlineData("compare", "-t", "y", "-l", "linear", "-r", "none", "--repeats", "1", "--folds", "2")]
    [InlineData("resample", "-t", "y", "-m", "random-over", "-o", "o.csv")]
    [InlineData("train", "-t", "y", "-l", "linear", "-r", "none", "-o", "m")]
    public async Task Named_pipes_are_read(string verb, params string[] options)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no named pipes in folders on Windows.");
        using (Process made = Process.Start("mkfifo", [files.Path("f.csv")]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, made.ExitCode);
        }

        Task writing = Task.Run(() => File.WriteAllText(files.Path("f.csv"), CaseFolder.Base), TestContext.Current.CancellationToken);
        files.Done([verb, "f.csv", .. options, "-q"]);
        await writing;
    }

    [Fact]
    public void Threads_are_capped()
    {
        files.Write("b.csv", CaseFolder.Base);
        files.Done("weights", "b.csv", "-t", "y", "-q", "--threads", "20000");
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("5hs")]
    [InlineData("")]
    [InlineData("-1m")]
    public void A_wrong_time_is_told_as_such(string budget)
    {
        files.Write("b.csv", CaseFolder.Base);
        files.Ended(2, "compare", "b.csv", "-t", "y", "--time-budget", budget);
    }

    [Fact]
    public void Counts_at_the_end_of_the_range_are_right_or_wrong_but_no_fault()
    {
        ToolResult result = files.Run("weights", "--counts", "9223372036854775807,1");
        Assert.Contains(result.Code, new[] { 0, 2 });
        Assert.DoesNotContain("Overflow", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fold_of_groups_has_every_class_or_the_data_are_refused()
    {
        (int Negative, int Positive)[] groups = [(35, 1), (0, 3), (19, 0), (1, 1), (10, 2)];
        var random = new SeededRandom(4, 0);
        var text = new StringBuilder("g,x,y\n");
        for (int g = 0; g < groups.Length; g++)
            for (int i = 0; i < groups[g].Negative + groups[g].Positive; i++)
            {
                bool negative = i < groups[g].Negative;
                text.Append(CaseFolder.Invariant($"{g},{random.NextDouble() + (negative ? 0 : 1):0.000},{(negative ? "neg" : "pos")}\n"));
            }

        files.Write("g.csv", text.ToString());
        ToolResult result = files.Run("compare", "g.csv", "-t", "y", "--group", "g", "-m", "roc-auc", "-l", "linear", "-r", "none,weights:balanced",
            "--folds", "3", "--repeats", "1", "--json", "-q");
        Assert.Contains(result.Code, new[] { 0, 3 });
    }

    [Fact]
    public void Training_keeps_what_the_comparison_was_asked()
    {
        var random = new SeededRandom(5, 0);
        files.Write("d.csv", "x,id,y\n" + CaseFolder.Lines(1500, i =>
            CaseFolder.Invariant($"{random.NextGaussian() + (i % 12 == 0 ? 1.2 : 0):0.0000},{i},{(i % 12 == 0 ? 1 : 0)}")));
        files.Done("compare", "d.csv", "-t", "y", "-m", "f1", "-l", "linear", "-r", "threshold:tuned", "--drop", "id", "--repeats", "1", "--out", "C", "-q");
        files.Done("train", "d.csv", "-t", "y", "--comparison", "C", "-o", "m1", "-q");
        files.Done("train", "d.csv", "-t", "y", "-m", "f1", "-l", "linear", "-r", "threshold:tuned", "--drop", "id", "-o", "m2", "-q");
        int Positives(string model)
        {
            files.Done("predict", model, "d.csv", "-o", model + ".csv", "-q");
            return files.Rows(model + ".csv").Count(r => r["prediction"] == "1");
        }

        Assert.Equal(Positives("m2"), Positives("m1"));
        files.Write("e.csv", "x,id,z\n" + CaseFolder.Lines(40, i => $"{i},{i},{i % 2}"));
        files.Ended(3, "train", "e.csv", "-t", "z", "--comparison", "C", "-o", "m3", "-q");
    }

    [Theory]
    [InlineData("balanced-accuracy", 0)]
    [InlineData("roc-auc", 0)]
    [InlineData("mcc", -1)]
    public void Intervals_stay_in_the_range_of_the_metric(string metric, double lowest)
    {
        files.Write("b.csv", CaseFolder.Base);
        JsonElement document = CaseFolder.Json(files.Done(
            "compare", "b.csv", "-t", "y", "-l", "linear,gbdt", "-r", "none,weights:balanced", "--folds", "3", "--repeats", "1", "-m", metric, "--json", "-q"));
        foreach (JsonElement candidate in document.GetProperty("candidates").EnumerateArray())
        {
            double low = candidate.GetProperty("ciLow").GetDouble(), mean = candidate.GetProperty("mean").GetDouble();
            double high = candidate.GetProperty("ciHigh").GetDouble();
            Assert.True(lowest <= low && low <= mean && mean <= high && high <= 1, $"{low} {mean} {high}");
        }
    }

    [Fact]
    public void Names_that_differ_in_case_are_two()
    {
        var random = new SeededRandom(6, 0);
        files.Write("n.csv", "x,y\n" + CaseFolder.Lines(90, i => CaseFolder.Invariant($"{random.NextDouble():0.000},{(i % 3 == 0 ? "no" : "No")}")));
        files.Done("train", "n.csv", "-t", "y", "-l", "linear", "-r", "none", "-o", "m", "-q");
        files.Done("predict", "m", "n.csv", "-p", "-o", "p.csv", "-q");
        Assert.Equal(90, files.Rows("p.csv").Length);
    }

    [Fact]
    public void A_tilde_in_the_name_of_a_file_is_a_letter()
    {
        files.Write("~q.csv", CaseFolder.Base);
        files.Write("home/q.csv", "a,y\n1,5\n2,6\n");
        Assert.Equal(new() { ["0"] = 100, ["1"] = 20 }, files.Counts(new Dictionary<string, string> { ["HOME"] = files.Path("home") }, "~q.csv", "-t", "y"));
    }

    [Fact]
    public void Identifiers_are_not_made_up_in_silence()
    {
        var random = new SeededRandom(7, 0);
        files.Write("i.csv", "id,x,y\n" + CaseFolder.Lines(160, i => CaseFolder.Invariant($"{i + 1000},{random.NextDouble():0.0000},{(i % 8 == 0 ? 1 : 0)}")));
        Assert.Contains("identifier", files.Done("resample", "i.csv", "-t", "y", "-m", "smote", "-o", "o.csv").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Booleans_stay_booleans()
    {
        files.Write("a.jsonl", CaseFolder.Lines(50, i => $"{{\"b\":{(i % 2 == 0 ? "true" : "false")},\"x\":{i},\"out\":{(i % 5 == 0 ? "true" : "false")}}}"));
        files.Done("resample", "a.jsonl", "-t", "out", "-m", "random-over", "-o", "o.jsonl", "-q");
        foreach (string line in File.ReadAllLines(files.Path("o.jsonl")))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            Assert.Contains(row.RootElement.GetProperty("b").ValueKind, new[] { JsonValueKind.True, JsonValueKind.False });
            Assert.Contains(row.RootElement.GetProperty("out").ValueKind, new[] { JsonValueKind.True, JsonValueKind.False });
        }
    }

    [Fact]
    public void The_classes_of_a_file_of_costs_are_named()
    {
        files.Write("d.csv", "x,y\n" + CaseFolder.Lines(30, i => $"{i},{((string[])["cat", "dog", "bird"])[i % 3]}"));
        files.Write("k.csv", "class,cost\ndogs,2\ncat,1\nbird,5\n");
        Assert.Contains("dogs", files.Ended(3, "weights", "d.csv", "-t", "y", "--costs", "k.csv").Error, StringComparison.Ordinal);
        files.Write("s.csv", "class;cost\ndog;2,5\ncat;1\nbird;5\n");
        files.Done("weights", "d.csv", "-t", "y", "--costs", "s.csv", "-q");
        files.Write("m.csv", "class,cost\ndog,2\ncat,1\n");
        Assert.Contains("bird", files.Ended(3, "weights", "d.csv", "-t", "y", "--costs", "m.csv").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_header_can_be_said_to_have_none()
    {
        files.Write("n.csv", "5,2,1\n" + CaseFolder.Lines(20, i => $"{i % 9},{i % 3},{(i % 4 == 0 ? 1 : 0)}"));
        Assert.Equal(new() { ["0"] = 15, ["1"] = 6 }, files.Counts("n.csv", "--no-header", "-t", "2"));
    }

    [Fact]
    public void A_class_too_rare_for_the_usual_folds_takes_fewer()
    {
        var random = new SeededRandom(8, 0);
        int[] rows = [60, 30, 4];
        files.Write("r.csv", "x,y\n" + string.Concat(rows.Select((n, k) =>
            CaseFolder.Lines(n, _ => CaseFolder.Invariant($"{random.NextGaussian() + (2 * k):0.000},{"abc"[k]}")))));
        ToolResult result = files.Done("compare", "r.csv", "-t", "y", "-l", "linear", "-r", "none,weights:balanced", "--json");
        Assert.Equal(4, CaseFolder.Json(result).GetProperty("folds").GetInt32());
        files.Ended(3, "compare", "r.csv", "-t", "y", "-l", "linear", "-r", "none", "--folds", "5");
    }

    [Fact]
    public void Numbers_in_disguise_are_told()
    {
        files.Write("m.csv", "price,share,y\n" + CaseFolder.Lines(200, i => $"\"{1 + (i % 90)},{i % 10}00.50\",{i % 100}%,{(i % 5 == 0 ? 1 : 0)}"));
        foreach (string[] verb in (string[][])[["compare", "--repeats", "1"], ["train", "-o", "m"]])
        {
            ToolResult result = files.Done([verb[0], "m.csv", "-t", "y", "-l", "linear", "-r", "none", .. verb[1..]]);
            Assert.Contains("price", result.Error, StringComparison.Ordinal);
            Assert.Contains("share", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("loss:logit-adjusted")]
    [InlineData("loss:balanced-softmax")]
    [InlineData("weights:balanced")]
    [InlineData("sampler:class-balanced")]
    public void Decisions_read_the_prior_that_training_left(string remedy)
    {
        var random = new SeededRandom(10, 0);
        files.Write("d.csv", "x,y\n" + CaseFolder.Lines(3000, i =>
            CaseFolder.Invariant($"{random.NextGaussian() + (i % 10 == 0 ? 1 : 0):0.0000},{(i % 10 == 0 ? 1 : 0)}")));
        JsonElement document = CaseFolder.Json(files.Done(
            "compare", "d.csv", "-t", "y", "-l", "linear", "-r", $"none,{remedy},{remedy}+prior-corrected", "--repeats", "1", "--json", "-q", "--no-racing"));
        double Brier(Func<string, bool> which) => document.GetProperty("candidates").EnumerateArray()
            .Single(c => which(c.GetProperty("remedy").GetString()!)).GetProperty("metrics").GetProperty("brier").GetDouble();
        Assert.True(Brier(r => r.Contains("prior-corrected", StringComparison.Ordinal)) < 1.05 * Brier(r => r == "none"));
    }

    [Fact]
    public void A_message_names_the_encoding()
    {
        files.Write("l.csv", Encoding.Latin1.GetBytes("Qualität,y\n1,a\n2,b\n3,a\n"));
        Assert.Contains("UTF-8", files.Ended(3, "weights", "l.csv", "-t", "Qualität").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_effective_sample_size_is_called_that() =>
        Assert.Contains("effective sample size", files.Done("explain", "--counts", "1016,12852,12888,3380,296", "--weights", "inverse").Output,
            StringComparison.OrdinalIgnoreCase);
}
