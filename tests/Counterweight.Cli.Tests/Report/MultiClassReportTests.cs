using System.Globalization;
using System.Text.Json;
using Counterweight.Comparison;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Counterweight.Cli.Tests;

public sealed class MultiClassReportTests(Browser browser, Reports reports) : IClassFixture<Browser>, IClassFixture<Reports>
{
    private static readonly string[] Curves = ["precision-recall", "roc", "reliability", "cost-curve", "reliability-top"];

    private static readonly string[] Metrics = ["accuracy", "balanced-accuracy", "macro-f1", "weighted-f1", "precision", "recall", "mcc", "kappa"];

    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Every_picture_is_drawn_and_everyone_can_read_the_page(int width, ColorScheme scheme)
    {
        await using OpenReport report = await browser.Open(reports.SeveralPage, width, scheme);
        await report.DrawAll();
        string[] pictures = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.chart')].map(c => c.id.slice(6))");
        Assert.Equal(["comparison", "pareto", "recall", "live-chart", "confusion-baseline", "confusion-recommended", "ranking", .. Curves, "search-1",
            "search-2", "counts", "weights"], pictures);
        Assert.All(await report.Page.EvaluateAsync<int[]>("() => [...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('svg path, svg "
            + "text').length)"), n => Assert.InRange(n, 8, int.MaxValue));
        Assert.True(await report.FitsItsWidth());
        await report.Page.EvaluateAsync("() => { for (const id of ['pareto', 'live-chart', 'ranking', 'reliability-top', 'search-1', 'search-2']) "
            + "document.getElementById('table-' + id).open = true; }");
        await report.Page.Locator("#table-search-2 table").WaitForAsync();
        AxeResult result = await report.Page.RunAxe();
        Assert.NotEmpty(result.Passes);
        Assert.Empty(result.Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{v.Id}: {v.Help} {string.Join(' ', v.Nodes.Take(3).Select(n => n.Html))}"));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task The_chosen_class_has_the_curves_of_the_library()
    {
        ComparisonResult result = reports.Several;
        CandidateResult baseline = result.Of(result.Baseline);
        await using OpenReport report = await browser.Open(reports.SeveralPage, 390);
        await report.DrawAll();
        ILocator choice = report.Page.Locator("#curve-class");
        Assert.Equal("3", await choice.InputValueAsync());
        foreach (string id in Curves) await report.Page.EvaluateAsync("id => document.getElementById('table-' + id).open = true", id);
        await report.Page.Locator("#table-reliability-top table").WaitForAsync();
        for (int c = 3; c >= 0; c--)
        {
            (int[] truth, double[] scores) = Against(result, baseline, c);
            ScoreSteps steps = ScoreSteps.Of(truth, scores);
            string[] roc = [.. (await report.Table("roc")).Where(row => row[0].StartsWith("baseline", StringComparison.Ordinal)).SelectMany(row => row[1..])];
            double[] kept = [.. roc.Where((_, i) => i % 3 == 0).Select(Number)];
            Assert.InRange(kept.Length, Math.Min(steps.Count, 300), 600);
            for (int i = 0; i < kept.Length; i += 7)
            {
                double found = truth.Where((t, r) => t == 1 && scores[r] >= kept[i]).Count(),
                    alarms = truth.Where((t, r) => t == 0 && scores[r] >= kept[i]).Count();
                Assert.Equal((alarms / steps.Negatives, found / steps.Positives), (Number(roc[3 * i + 1]), Number(roc[3 * i + 2])));
            }

            string[][] ranking = await Ranking(report);
            Assert.Equal([steps.Positives, steps.AveragePrecision(), steps.RocAuc()], ranking[c][1..4].Select(Number));
            Assert.Equal(
                ReliabilityCurve.Compute(scores, truth).Bins.SelectMany(b => (double[])[b.MeanPredicted, b.ObservedShare, b.StandardError, b.Weight]),
                (await report.Table("reliability")).Where(row => row[0].StartsWith("baseline", StringComparison.Ordinal))
                .SelectMany(row => row[1..].Select(Number)));
            string label = (await report.Page.Locator("#chart-roc").GetAttributeAsync("aria-label"))!;
            Assert.Contains($"class {result.Counts.Labels[c]} against the others", label, StringComparison.Ordinal);
            Assert.Contains(steps.RocAuc().ToString("0.000", CultureInfo.InvariantCulture), await report.Page.Locator("#curves-intro").TextContentAsync(),
                StringComparison.Ordinal);
            if (c > 0) await choice.PressAsync("ArrowUp");
        }

        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task The_bands_are_those_of_the_folds_and_the_top_label_is_right_as_often_as_shown()
    {
        ComparisonResult result = reports.Several;
        CandidateResult baseline = result.Of(result.Baseline);
        ByClassEntry curves = ComparisonReport.Of(result).ByClass!;
        Assert.Equal(3, curves.First);
        JudgedFold[] folds = [.. baseline.Judged.Where(j => j.Fold.Repeat == 0)];
        Assert.All(baseline.Judged.Where(j => j.Fold.Repeat == 1), j => Assert.Empty(j.Probabilities));
        foreach (ClassCurvesEntry entry in curves.Classes)
        {
            double[] areas = [.. folds.Select(f => RocCurve.Of(Steps(f, entry.Code)).FalsePositiveRates.Length)];
            Assert.Equal(3, areas.Length);
            BandEntry band = entry.Sets[0].PrecisionBand!;
            for (int i = 0; i <= 50; i += 10)
            {
                double[] heights = [.. folds.Select(f => PrecisionRecallCurve.Of(Steps(f, entry.Code)).PrecisionAtRecall(i / 50.0).Precision)];
                Assert.Equal((heights.Min(), heights.Max()), (band.Low[i], band.High[i]),
                    (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-6 && Math.Abs(a.Item2 - b.Item2) < 1e-6);
            }
        }

        (int[] truth, float[] scores) = Embedded(ComparisonReport.Of(result).Scores!, 0);
        int[] decided = new ArgmaxDecision(4).Decide([.. scores.Select(s => (double)s)]);
        Assert.Equal(truth.Where((t, i) => t == decided[i]).Count(), curves.TopLabels[0].Reliability.Sum(b => b.Observed * b.Rows), 1e-6);
        await using OpenReport report = await browser.Open(reports.SeveralPage);
        await report.DrawAll();
        Assert.Empty(report.Problems);

        ScoreSteps Steps(JudgedFold fold, int c) =>
            ScoreSteps.Of([.. fold.Fold.Test.Select(row => result.Dataset.Labels[row] == c ? 1 : 0)],
                [.. fold.Fold.Test.Select((_, i) => (double)fold.Probabilities[4 * i + c])]);
    }

    [Fact]
    public async Task Moving_offsets_and_costs_shows_exactly_the_figures_of_the_library()
    {
        ReportModel model = ComparisonReport.Of(reports.Several);
        ScoresEntry scores = model.Scores!;
        Assert.Equal(2500, scores.Rows);
        await using OpenReport report = await browser.Open(reports.SeveralPage);
        double[] ones = [1, 1, 1, 1], offsets = [0, 0, 0, 0];
        for (int set = 0; set < scores.Sets.Count; set++)
        {
            if (scores.Sets.Count > 1) await report.Page.Locator($"input[name=live-model][value='{scores.Sets[set].Role}']").CheckAsync();
            await report.Page.Locator("#live-rule").SelectOptionAsync("argmax");
            await Same(report, scores, set, new ArgmaxDecision(4), Costs(ones));
            await report.Page.Locator("#live-rule").SelectOptionAsync("equal");
            Assert.All(await Offsets(report), o => Assert.True(o > 0));
            await Same(report, scores, set, new OffsetsDecision(await Offsets(report)), Costs(ones));
            foreach ((int c, double offset) in new[] { (3, 2.25), (0, -1.5), (1, 0.333), (3, -9), (3, 1.7) })
            {
                await Fill(report, $"live-offset-{c}-number", offset);
                Assert.Equal("own", await report.Page.Locator("#live-rule").InputValueAsync());
                Assert.Equal(offset, (await Offsets(report))[c]);
                await Same(report, scores, set, new OffsetsDecision(await Offsets(report)), Costs(ones));
            }

            offsets = await Offsets(report);
            await report.Page.Locator("#live-offset-2").PressAsync("ArrowRight");
            double[] moved = await Offsets(report);
            Assert.NotEqual(offsets[2], moved[2]);
            Assert.Equal(offsets[3], moved[3]);
            await Same(report, scores, set, new OffsetsDecision(moved), Costs(ones));

            double[] costs = [1, 2.5, 8, 30];
            for (int c = 0; c < 4; c++) await Fill(report, $"live-cost-{c}", costs[c]);
            await Same(report, scores, set, new OffsetsDecision(moved), Costs(costs));
            await report.Page.Locator("#live-rule").SelectOptionAsync("cheapest");
            Assert.False(await report.Page.Locator("#live-offset-0").IsVisibleAsync());
            await Same(report, scores, set, new CostDecision(Costs(costs)), Costs(costs));
            for (int c = 0; c < 4; c++) await Fill(report, $"live-cost-{c}", 1);
        }

        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Of_many_rows_an_even_selection_is_carried_and_said_and_figures_are_of_it()
    {
        const int k = 30, n = 40_000;
        var random = new SeededRandom(5);
        int[] truth = [.. Enumerable.Range(0, n).Select(_ => (int)(k * Math.Pow(random.NextDouble(), 2)))];
        float[] probabilities = [.. Enumerable.Range(0, n * k).Select(i => (float)(random.NextDouble() + (i % k == truth[i / k] ? 0.6 : 0)))];
        MultiClassScores.Set[] sets = [new("scores", "scores", probabilities)];
        ScoresEntry scores = MultiClassScores.Rows(truth, k, sets, null, null)!;
        Assert.Equal((MultiClassScores.ScoreBudget / k, n), (scores.Rows, scores.Of));
        (int[] kept, _) = Embedded(scores, 0);
        for (int c = 0; c < k; c++) Assert.InRange(kept.Count(t => t == c) - (truth.Count(t => t == c) * (double)scores.Rows / n), -1.001, 1.001);
        Assert.Null(MultiClassScores.Rows(truth, MultiClassScores.MostDecided + 1, sets, null, null));

        ReportModel small = ComparisonReport.Of(reports.Several);
        double[] cells = new double[k * k];
        for (int i = 0; i < n; i++) cells[truth[i] * k + truth[i] / 2]++;
        ConfusionMatrix confusion = ConfusionMatrix.From(cells, k);
        string page = reports.Page("sampled.html", small with
        {
            Classes = [.. Enumerable.Range(0, k)
                .Select(c => new ClassCountEntry(
                    c == 4 ? Reports.HostileLabels[6] : c == 5 ? Reports.HostileLabels[1] : $"class {c}", truth.Count(t => t == c)))],
            Weights = [],
            Decided = [ComparisonReport.Decided("scores", "before", confusion)],
            ByClass = MultiClassScores.Curves(truth, new int[n], k, sets, MultiClassScores.Codes(confusion), "The curves are of made rows."),
            Scores = scores,
        });
        Assert.InRange(new FileInfo(page).Length, 1, 4_000_000);
        await using OpenReport report = await browser.Open(page, 390);
        await report.DrawAll();
        Assert.Contains($"{scores.Rows:N0} of the {n:N0} judged rows", await report.Page.Locator("#live > .how").TextContentAsync(), StringComparison.Ordinal);
        double[] costs = [.. Enumerable.Repeat(1.0, k)];
        await report.Page.Locator("#live-rule").SelectOptionAsync("argmax");
        foreach (int c in (int[])[4, 29])
        {
            await report.Page.Locator("#live-class").SelectOptionAsync(c.ToString(CultureInfo.InvariantCulture));
            await Fill(report, $"live-offset-{c}-number", 0.4);
            await Same(report, scores, 0, new OffsetsDecision(await Offsets(report)), Costs(costs));
        }

        Assert.Equal(2, (await Offsets(report)).Count(o => o == 0.4));
        Assert.True(await report.FitsItsWidth());
        Assert.True(await report.Page.EvaluateAsync<bool>("() => window.hacked === undefined && document.scripts.length === 3"));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task A_row_that_weighs_two_counts_as_two_rows_in_curves_and_in_decisions_of_the_page()
    {
        const int k = 3, n = 400;
        var random = new SeededRandom(8);
        int[] truth = [.. Enumerable.Range(0, n).Select(_ => (int)(k * Math.Pow(random.NextDouble(), 2)))];
        float[] scores = [.. Enumerable.Range(0, n * k).Select(i => (float)(random.NextDouble() + (i % k == truth[i / k] ? 0.3 : 0)) / 4)];
        double[] weights = [.. Enumerable.Range(0, n).Select(_ => 1.0 + random.NextInt32(3))];
        int[] repeated = [.. Enumerable.Range(0, n).SelectMany(i => Enumerable.Repeat(i, (int)weights[i]))];
        int[] many = Array.ConvertAll(repeated, i => truth[i]);
        MultiClassScores.Set[] one = [new("s", "scores", scores)],
            all = [new("s", "scores", [.. repeated.SelectMany(i => scores.AsSpan(i * k, k).ToArray())])];
        ByClassEntry weighed = MultiClassScores.Curves(truth, new int[n], k, one, [0, 1, 2], "", weights)!,
            counted = MultiClassScores.Curves(many, new int[many.Length], k, all, [0, 1, 2], "")!;
        foreach ((ClassCurvesEntry left, ClassCurvesEntry right) in weighed.Classes.Zip(counted.Classes))
        {
            (CurveEntry a, CurveEntry b) = (left.Sets[0], right.Sets[0]);
            Assert.Equal(b.Thresholds, a.Thresholds);
            Assert.Equal(b.TruePositives, a.TruePositives);
            Assert.Equal(b.FalsePositives, a.FalsePositives);
            Assert.Equal(b.RocAuc, a.RocAuc, 1e-12);
            Assert.Equal(b.AveragePrecision, a.AveragePrecision, 1e-12);
            Assert.Equal(b.Reliability.Select(r => (r.Rows, Math.Round(r.Observed, 12))), a.Reliability.Select(r => (r.Rows, Math.Round(r.Observed, 12))));
        }

        Assert.Equal(counted.TopLabels[0].Reliability.Sum(r => r.Rows), weighed.TopLabels[0].Reliability.Sum(r => r.Rows), 1e-9);

        ReportModel model = ComparisonReport.Of(reports.Several) with
        {
            Classes = [.. Enumerable.Range(0, k).Select(c => new ClassCountEntry($"class {c}", many.Count(t => t == c)))],
            Weights = [],
            Decided = [],
            ByClass = weighed,
            Scores = MultiClassScores.Rows(truth, k, one, null, null, weights),
        };
        ReportModel repeats = model with { Scores = MultiClassScores.Rows(many, k, all, null, null) };
        string[] pages = [reports.Page("weighed.html", model), reports.Page("repeated.html", repeats)];
        var shown = new List<string>();
        foreach (string page in pages)
        {
            await using OpenReport report = await browser.Open(page);
            await report.Page.Locator("#live-rule").SelectOptionAsync("equal");
            string equal = string.Join(' ', await Offsets(report));
            await Fill(report, "live-offset-2-number", 0.7);
            string? summary = await report.Page.Locator("#live-summary").TextContentAsync();
            shown.Add($"{equal} {summary} {await report.Page.Locator("#live-metrics").TextContentAsync()}");
            Assert.Empty(report.Problems);
        }

        Assert.Equal(shown[1], shown[0]);
    }

    [Fact]
    public async Task Tables_of_searches_and_of_the_front_hold_the_figures_of_the_document()
    {
        ComparisonDocument document = ComparisonDocument.Of(reports.Several);
        await using OpenReport report = await browser.Open(reports.SeveralPage, scheme: ColorScheme.Dark);
        await report.DrawAll();
        for (int s = 0; s < document.Searches.Count; s++)
        {
            await report.Page.EvaluateAsync("id => document.getElementById('table-' + id).open = true", $"search-{s + 1}");
            await report.Page.Locator($"#table-search-{s + 1} table").WaitForAsync();
            Assert.Equal(
                document.Searches[s].Configurations.SelectMany(
                    c => c.Rungs.Select((r, i) =>
                        (c.Remedy, r.RowShare, r.Folds, r.Mean, r.CiLow!.Value, r.CiHigh!.Value, i < c.Rungs.Count - 1 ? "went on" : c.Entered
                            ? "in the comparison" : "stopped"))),
                (await report.Table($"search-{s + 1}")).Select(r => (r[0], Number(r[1]), (int)Number(r[2]), Number(r[3]), Number(r[4]), Number(r[5]), r[6])));
        }

        Assert.Contains(document.Searches[0].Configurations, c => c.Rungs.Count > 1);
        Assert.Contains(document.Searches[0].Configurations, c => c is { Entered: false, Rungs.Count: 1 });
        await report.Page.EvaluateAsync("() => document.getElementById('table-pareto').open = true");
        await report.Page.Locator("#table-pareto table").WaitForAsync();
        string[][] rows = await report.Table("pareto");
        Assert.Equal(document.Candidates.Count, rows.Length);
        Assert.Equal(
            document.Pareto.SelectMany(
                p => (string[])[p.Learner, p.Remedy, .. p.Values.Values.Select(v => v!.Value.ToString("R", CultureInfo.InvariantCulture))]),
            rows.Where(r => r[^1] != "\u2013").OrderBy(r => Number(r[^1]))
            .SelectMany(r => (string[])[.. r[..2], .. r[2..^1].Select(v => Number(v).ToString("R", CultureInfo.InvariantCulture))]));
        Assert.Equal(document.Pareto.Count, await report.Page.Locator("#front-list li").CountAsync());
        await report.Page.Locator("#front-y").SelectOptionAsync("2");
        Assert.Contains("accuracy (more is better)", await report.Page.Locator("#chart-pareto svg").TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task The_page_of_decide_begins_with_the_offsets_that_it_found()
    {
        string folder = reports.Folder("decided-several");
        ToolResult run = Tool.Run("decide", "samples/scores-multiclass.csv", "--target", "label", "--scores", "p_F,p_L,p_M,p_VF", "--metric", "macro-f1",
            "--out", folder, "--json");
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        double[] found = [.. document.RootElement.GetProperty("decision").GetProperty("offsets").EnumerateArray().Select(o => o.GetDouble())];
        string file = Path.Combine(folder, "report.html");
        string html = File.ReadAllText(file);
        int start = html.IndexOf("id=\"report-data\">", StringComparison.Ordinal) + "id=\"report-data\">".Length;
        ReportModel model = JsonSerializer.Deserialize(
            html[start..html.IndexOf("</script>", start, StringComparison.Ordinal)], ReportJson.Default.ReportModel)!;
        await using OpenReport report = await browser.Open(file, 390, ColorScheme.Dark);
        await report.DrawAll();
        Assert.Equal("found", await report.Page.Locator("#live").GetAttributeAsync("data-rule"));
        Assert.Equal(found, await Offsets(report));
        await Same(report, model.Scores!, 0, new OffsetsDecision(found), CostMatrix.ZeroOne(4));
        string[] pictures = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.chart')].map(c => c.id.slice(6))");
        Assert.Equal(["gains", "recall", "live-chart", "confusion-before", "confusion-after", "ranking", .. Curves, "counts", "weights"], pictures);
        Assert.True(await report.FitsItsWidth());
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Hostile_names_are_text_in_the_chooser_the_controls_and_the_curves()
    {
        await using OpenReport report = await browser.Open(reports.HostileSeveralPage, 390);
        await report.DrawAll();
        ILocator choice = report.Page.Locator("#curve-class");
        for (int c = 0; c < Reports.HostileLabels.Length; c++)
        {
            await choice.SelectOptionAsync(c.ToString(CultureInfo.InvariantCulture));
            await Fill(report, $"live-offset-{c}-number", 0.1 * (c + 1));
        }

        await report.Page.EvaluateAsync("() => document.getElementById('table-live-chart').open = true");
        await report.Page.Locator("#table-live-chart table").WaitForAsync();
        Assert.Equal(reports.Hostile.Counts.Labels, (await report.Table("live-chart")).Select(r => r[0]));
        Assert.True(await report.FitsItsWidth());
        Assert.True(await report.Page.EvaluateAsync<bool>("() => window.hacked === undefined && document.scripts.length === 3 && "
            + "document.querySelectorAll('img, iframe, object, [onload], [onerror]').length === 0"));
        Assert.Empty(report.Problems);
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static async Task<string[][]> Ranking(OpenReport report)
    {
        await report.Page.EvaluateAsync("() => document.getElementById('table-ranking').open = true");
        await report.Page.Locator("#table-ranking table").WaitForAsync();
        return await report.Table("ranking");
    }

    private static async Task Fill(OpenReport report, string id, double value)
    {
        ILocator field = report.Page.Locator("#" + id);
        await field.FillAsync(value.ToString(CultureInfo.InvariantCulture));
        await field.PressAsync("Enter");
    }

    private static async Task<double[]> Offsets(OpenReport report) =>
        JsonSerializer.Deserialize<double[]>((await report.Page.Locator("#live").GetAttributeAsync("data-offsets"))!)!;

    /// <summary>Costs of an error that depend on the true class alone.</summary>
    private static CostMatrix Costs(double[] ofError) =>
        CostMatrix.From([.. Enumerable.Range(0, ofError.Length * ofError.Length)
            .Select(i => i / ofError.Length == i % ofError.Length ? 0 : ofError[i / ofError.Length])], ofError.Length);

    /// <summary>The rows of the first repeat, a class against the others.</summary>
    private static (int[] Truth, double[] Scores) Against(ComparisonResult result, CandidateResult candidate, int c)
    {
        JudgedFold[] folds = [.. candidate.Judged.Where(j => j.Fold.Repeat == 0)];
        int[] labels = result.Dataset.Labels.ToArray();
        return ([.. folds.SelectMany(f => f.Fold.Test).Select(row => labels[row] == c ? 1 : 0)],
            [.. folds.SelectMany(f => f.Fold.Test.Select((_, i) => (double)f.Probabilities[result.Counts.Classes * i + c]))]);
    }

    private static (int[] Truth, float[] Scores) Embedded(ScoresEntry entry, int set)
    {
        byte[] codes = Convert.FromBase64String(entry.Truth), scores = Convert.FromBase64String(entry.Sets[set].Probabilities);
        return ([.. Enumerable.Range(0, entry.Rows).Select(i => (int)BitConverter.ToUInt16(codes, 2 * i))],
            [.. Enumerable.Range(0, scores.Length / 4).Select(i => BitConverter.ToSingle(scores, 4 * i))]);
    }

    /// <summary>The page's confusion matrix and metrics are the library's on the scores that the page carries: to the last bit, but for the geometric mean,
    /// which takes logarithms.</summary>
    private static async Task Same(OpenReport report, ScoresEntry entry, int set, IDecision decision, CostMatrix costs)
    {
        (int[] truth, float[] scores) = Embedded(entry, set);
        int k = decision.Classes;
        ConfusionMatrix expected = ConfusionMatrix.Of(truth, decision.Decide([.. scores.Select(s => (double)s)]), k);
        string[][] cells = (await report.Page.EvaluateAsync<string[][]>("() => [...document.querySelectorAll('#live [data-cell]')].map(c => "
            + "[c.dataset.cell, c.dataset.value])"))!;
        Assert.Equal(k <= 24 ? k * k : 12, cells.Length);
        foreach (string[] cell in cells)
        {
            int[] at = [.. cell[0].Split(',').Select(int.Parse)];
            Assert.Equal(expected[at[0], at[1]], Number(cell[1]));
        }

        Dictionary<string, double> shown = (
            await report.Page.EvaluateAsync<string[][]>("() => [...document.querySelectorAll('#live [data-metric]')].map(c => [c.dataset.metric, "
            + "c.dataset.value])"))!.ToDictionary(p => p[0], p => Number(p[1]));
        Predictions predictions = Predictions.FromLabels(truth, decision.Decide([.. scores.Select(s => (double)s)]), k);
        foreach (string metric in Metrics) Assert.Equal(Metric.Catalogue.Create(metric).Evaluate(predictions), shown[metric]);
        Assert.Equal(Metric.GeometricMean.Evaluate(predictions), shown["g-mean"], 1e-12);
        Assert.Equal(Metric.ExpectedCost(costs).Evaluate(predictions), shown["expected-cost"]);
        Assert.Equal(Metrics.Length + 2, shown.Count);
    }
}
