using System.Globalization;
using System.Text;
using System.Text.Json;
using Counterweight.Comparison;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Counterweight.Cli.Tests;

public sealed class ReportTests(Browser browser, Reports reports) : IClassFixture<Browser>, IClassFixture<Reports>
{
    [Theory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Every_picture_is_drawn_without_network_or_console_message(int width, ColorScheme scheme)
    {
        await using OpenReport report = await browser.Open(reports.BinaryPage, width, scheme);
        await report.DrawAll();
        string[] pictures = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.chart')].map(c => c.id)");
        foreach (string expected in (
            string[])["comparison", "counts", "weights", "recall", "confusion-baseline", "confusion-recommended", "precision-recall", "roc", "reliability",
            "cost-curve", "live-chart"])
            Assert.Contains("chart-" + expected, pictures);
        int[] marks = await report.Page.EvaluateAsync<int[]>("() => [...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('svg path, svg "
            + "text').length)");
        Assert.All(marks, count => Assert.InRange(count, 8, int.MaxValue));
        Assert.True(await report.FitsItsWidth());
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Accessibility_checks_find_nothing_serious(ColorScheme scheme)
    {
        await using OpenReport report = await browser.Open(reports.BinaryPage, scheme: scheme);
        await report.DrawAll();
        // Thousands of lines of thresholds are more of the same to axe, and take it minutes.
        await report.Page.EvaluateAsync("() => { for (const id of ['comparison', 'counts', 'weights', 'recall', 'confusion-baseline', 'reliability']) "
            + "document.getElementById('table-' + id).open = true; }");
        await report.Page.Locator("#table-reliability table").WaitForAsync();
        AxeResult result = await report.Page.RunAxe();
        Assert.NotEmpty(result.Passes);
        Assert.Empty(result.Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{v.Id}: {v.Help} {string.Join(' ', v.Nodes.Take(3).Select(n => n.Html))}"));
    }

    [Fact]
    public async Task Moving_the_threshold_shows_exactly_the_figures_of_the_library()
    {
        ComparisonResult result = reports.Binary;
        CurvesEntry curves = ComparisonReport.Of(result).Curves!;
        await using OpenReport report = await browser.Open(reports.BinaryPage);
        foreach (CurveEntry set in curves.Sets)
        {
            await report.Page.Locator($"input[name=live-model][value='{set.Role}']").CheckAsync();
            CandidateResult candidate = result.Candidates.First(
                c => set.Name == c.Candidate.ToString() || set.Name.StartsWith(c.Candidate + " and ", StringComparison.Ordinal));
            foreach ((double threshold, double ratio) in new[] { (0.5, 7.0), (0.137, 1), (0.9, 0.25), (-1, 30), (2, 3) })
            {
                await Fill(report, "live-threshold-number", threshold);
                await Fill(report, "live-ratio-number", ratio);
                await Same(report, result, candidate, ratio);
            }

            await report.Page.Locator("#live-follow").CheckAsync();
            await Fill(report, "live-ratio-number", 12.5);
            ThresholdMetric cost = ThresholdMetric.ExpectedCost(CostMatrix.FromPair(1, 12.5));
            double least = Scores(result, candidate).Select(r => r.Score).Append(double.PositiveInfinity).Distinct()
                .Min(t => cost.Evaluate(Count(result, candidate, t)));
            Assert.Equal(least, await Shown(report, "[data-metric=expected-cost]"));
            await Same(report, result, candidate, 12.5);

            string before = (await report.Page.Locator("#live").GetAttributeAsync("data-threshold"))!;
            await report.Page.Locator("#live-threshold").PressAsync("ArrowLeft");
            Assert.NotEqual(before, await report.Page.Locator("#live").GetAttributeAsync("data-threshold"));
            Assert.False(await report.Page.Locator("#live-follow").IsCheckedAsync());
            await Same(report, result, candidate, 12.5);
            await report.Page.Locator("#live-ratio").PressAsync("ArrowRight");
            Assert.NotEqual("12.5", await report.Page.Locator("#live-ratio-number").InputValueAsync());
        }

        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Tables_hold_the_figures_of_the_document()
    {
        ComparisonDocument document = ComparisonDocument.Of(reports.Binary);
        await using OpenReport report = await browser.Open(reports.BinaryPage);
        await report.OpenTables();
        string[][] comparison = await report.Table("comparison");
        Assert.Equal(document.Candidates.Count, comparison.Length);
        foreach ((CandidateEntry entry, string[] row) in document.Candidates.Zip(comparison))
        {
            Assert.Equal([entry.Learner, entry.Remedy, entry.Status], row[..3]);
            Assert.Equal([entry.Mean, entry.CiLow, entry.CiHigh, entry.VersusBaseline!.Mean, entry.VersusBaseline.CiLow, entry.VersusBaseline.CiHigh,
                entry.VersusBaseline.PValueHolm], row[3..10].Select(Number));
            Assert.Equal(entry.Instability, Number(row[12]));
            Assert.Equal(entry.Metrics.Values, row[13..].Select(Number));
        }

        Assert.Equal(document.Dataset.Classes.Select(c => (c.Label, (double?)c.Count)), (await report.Table("counts")).Select(r => (r[0], Number(r[1]))));
        foreach (string[] row in await report.Table("weights"))
            Assert.Equal(ClassWeights.From(reports.Binary.Counts, WeightScheme.Parse(row[0])).ToArray().Select(w => (double?)w), row[1..^1].Select(Number));
        CandidateResult baseline = reports.Binary.Of(reports.Binary.Baseline), advised = reports.Binary.Of(reports.Binary.Recommendation.Candidate);
        Assert.NotEqual(baseline, advised);
        foreach ((string id, CandidateResult candidate) in new[] { ("confusion-baseline", baseline), ("confusion-recommended", advised) })
            Assert.Equal(document.Candidates.Single(c => c.Remedy == candidate.Candidate.Remedy.Name).Confusion!.SelectMany(r => r),
                (await report.Table(id)).SelectMany(r => r[1..^1]).Select(c => Number(c)!.Value));
        string[][] recall = await report.Table("recall");
        for (int c = 0; c < 2; c++)
            Assert.Equal([baseline.Confusion![c, c] / baseline.Confusion.Truths[c], advised.Confusion![c, c] / advised.Confusion.Truths[c]],
                recall[c][1..].Select(Number));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Hostile_names_are_shown_as_text()
    {
        await using OpenReport report = await browser.Open(reports.HostilePage, 390);
        await report.DrawAll();
        await report.OpenTables();
        string[][] counts = await report.Table("counts");
        Assert.Equal(reports.Hostile.Counts.Labels, counts.Select(row => row[0]));
        Assert.Equal(Reports.HostileLabels.Order(StringComparer.Ordinal), counts.Select(row => row[0]).Order(StringComparer.Ordinal));
        Assert.True(await report.Page.EvaluateAsync<bool>("() => window.hacked === undefined && document.scripts.length === 3 && "
            + "document.querySelectorAll('img, iframe, object, [onload], [onerror]').length === 0"));
        Assert.Contains(Reports.HostileTarget, await report.Page.Locator("#facts").TextContentAsync(), StringComparison.Ordinal);
        Assert.True(await report.FitsItsWidth());
        // A pointer over every picture brings up the tooltips.
        foreach (ILocator chart in await report.Page.Locator(".chart").AllAsync())
            foreach (float x in (float[])[0.5f, 0.7f, 0.9f])
                await chart.HoverAsync(new() { Force = true, Position = new() { X = x * 340, Y = 60 } });
        Assert.True(await report.Page.EvaluateAsync<bool>("() => window.hacked === undefined && document.images.length === 0"));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task A_thousand_classes_and_two_hundred_candidates_stay_readable()
    {
        Assert.InRange(new FileInfo(reports.LargePage).Length, 1, 4_000_000);
        await using OpenReport report = await browser.Open(reports.LargePage, 390);
        await report.DrawAll();
        Assert.True(await report.FitsItsWidth());
        double[] heights = await report.Page.EvaluateAsync<double[]>("() => [...document.querySelectorAll('.chart')].map(c => c.clientHeight)");
        Assert.All(heights, height => Assert.InRange(height, 100, 2500));
        ILocator next = report.Page.Locator("#comparison").GetByRole(AriaRole.Button, new() { Name = "Next Candidates" });
        for (int page = 1; page < 7; page++) await next.PressAsync("Enter");
        Assert.True(await next.IsDisabledAsync());
        Assert.Contains("181 to 200 of 200", await report.Page.Locator("#comparison .pager").TextContentAsync(), StringComparison.Ordinal);
        Assert.Contains("(tau=0.9)", await report.Page.Locator("#chart-comparison svg").TextContentAsync(), StringComparison.Ordinal);
        await report.OpenTables();
        Assert.Equal((200, 1000), ((await report.Table("comparison")).Length, (await report.Table("counts")).Length));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Only_what_is_in_view_is_drawn_and_what_is_drawn_is_little()
    {
        await using OpenReport report = await browser.Open(reports.LargePage);
        // The first picture is there; those far below wait, tables are empty until they are opened, and no picture holds a mark per class of a thousand.
        string[] drawn = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('[data-drawn]')].map(c => c.id)");
        Assert.Equal("chart-comparison", drawn[0]);
        Assert.InRange(drawn.Length, 1, 2);
        Assert.Equal(0, await report.Page.Locator("details table").CountAsync());
        Assert.InRange(await report.Page.EvaluateAsync<int>("() => document.querySelectorAll('*').length"), 50, 1200);
        await report.DrawAll();
        Assert.InRange(await report.Page.EvaluateAsync<int>("() => document.querySelectorAll('*').length"), 500, 6000);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task On_paper_pictures_fit_the_page_short_tables_are_open_and_controls_are_gone()
    {
        await using OpenReport report = await browser.Open(reports.BinaryPage, scheme: ColorScheme.Dark);
        await report.Page.SetViewportSizeAsync(794, 1123);
        await report.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await report.Page.WaitForFunctionAsync("() => 'print' in document.documentElement.dataset && "
            + "document.querySelectorAll('.chart:not([data-drawn])').length === 0");
        Assert.Equal(0, await report.Page.EvaluateAsync<int>("() => [...document.querySelectorAll('button, input, select, summary, nav')].filter(e => "
            + "e.getClientRects().length > 0).length"));
        Assert.Equal(["comparison", "recall", "confusion-baseline", "confusion-recommended", "reliability", "counts", "weights"],
            await report.Page.EvaluateAsync<string[]>("() => ['comparison', 'recall', 'confusion-baseline', 'confusion-recommended', 'reliability', "
            + "'counts', 'weights'].filter(id => document.querySelector('#table-' + id + ' table')?.getClientRects().length > 0)"));
        Assert.Equal(0, await report.Page.EvaluateAsync<int>("() => { const right = document.body.getBoundingClientRect().right + 1; return "
            + "[...document.querySelectorAll('svg, table, .results > div')].filter(e => e.getBoundingClientRect().right > right).length; }"));
        Assert.Equal("rgb(255, 255, 255)", await report.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor"));
        byte[] pdf = await report.Page.PdfAsync(new() { Format = "A4" });
        Assert.StartsWith("%PDF", Encoding.Latin1.GetString(pdf, 0, 8), StringComparison.Ordinal);
        Assert.InRange(Encoding.Latin1.GetString(pdf).Split("/Type /Page\n").Length - 1, 3, 25);
        await report.Page.EmulateMediaAsync(new() { Media = Media.Screen });
        await report.Page.WaitForFunctionAsync("() => !('print' in document.documentElement.dataset) && "
            + "document.querySelectorAll('details[open]').length === 0");
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task The_page_of_decide_shows_what_its_json_says()
    {
        string folder = reports.Folder("decided");
        ToolResult run = Tool.Run("decide", "samples/scores-binary.csv", "--target", "label", "--scores", "p_bad", "--costs", "1,12", "--out",
            folder, "--json");
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        await using OpenReport report = await browser.Open(Path.Combine(folder, "report.html"), 390);
        await report.DrawAll();
        string[] pictures = await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.chart')].map(c => c.id.slice(6)).sort()");
        Assert.Equal(["confusion-after", "confusion-before", "cost-curve", "counts", "gains", "live-chart", "precision-recall", "recall", "reliability", "roc",
            "weights"], pictures);
        foreach (string id in (string[])["gains", "confusion-before", "confusion-after", "counts"])
            await report.Page.EvaluateAsync("id => document.getElementById('table-' + id).open = true", id);
        await report.Page.Locator("#table-counts table").WaitForAsync();
        Assert.Equal(
            root.GetProperty("metrics").EnumerateArray()
            .SelectMany(m => (string[])["before", "after", "gain", "ciLow", "ciHigh"], (m, n) => (double?)m.GetProperty(n).GetDouble()),
            (await report.Table("gains")).SelectMany(row => row[1..].Select(Number)));
        foreach ((string id, string property) in new[] { ("confusion-before", "confusionBefore"), ("confusion-after", "confusionAfter") })
            Assert.Equal(root.GetProperty(property).EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(c => (double?)c.GetDouble()),
                (await report.Table(id)).SelectMany(r => r[1..^1]).Select(Number));
        Assert.Equal("12", await report.Page.Locator("#live-ratio-number").InputValueAsync());
        Assert.True(await report.FitsItsWidth());
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Pictures_are_saved_as_svg_png_and_csv()
    {
        await using OpenReport report = await browser.Open(reports.BinaryPage);
        foreach ((string kind, string start) in new[] { ("SVG", "<svg"), ("PNG", "\u0089PNG"), ("CSV", "\"class\"") })
        {
            IDownload download = await report.Page.RunAndWaitForDownloadAsync(
                () => report.Page.Locator("#counts").GetByRole(AriaRole.Button, new() { Name = $"Save {kind}" }).ClickAsync());
            Assert.Equal($"counterweight-counts.{kind.ToLowerInvariant()}", download.SuggestedFilename);
            Assert.StartsWith(start, Encoding.Latin1.GetString(await File.ReadAllBytesAsync((await download.PathAsync())!)), StringComparison.Ordinal);
        }

        Assert.Empty(report.Problems);
    }

    [Fact]
    public void The_selection_of_thresholds_keeps_counts_exact_and_the_cheapest_of_every_cost()
    {
        var random = new SeededRandom(1);
        int[] truth = [.. Enumerable.Range(0, 20_000).Select(i => i % 15 == 0 ? 1 : 0)];
        double[] scores = [.. truth.Select(t => 1 / (1 + Math.Exp(-random.NextGaussian() - 1.5 * t)))];
        CurveEntry entry = BinaryCurves.Of("m", "baseline", [new(truth, scores, [])], 1)!;
        Assert.InRange(entry.Thresholds.Count, 500, BinaryCurves.MostThresholds);
        Assert.Equal(20_000, entry.DistinctScores);
        for (int i = 0; i < entry.Thresholds.Count; i += 97)
            Assert.Equal(
                (truth.Where((t, r) => t == 1 && scores[r] >= entry.Thresholds[i]).Count(),
                    truth.Where((t, r) => t == 0 && scores[r] >= entry.Thresholds[i]).Count()),
                (entry.TruePositives[i], entry.FalsePositives[i]));
        CostCurve costs = CostCurve.Of(ScoreSteps.Of(truth, scores));
        foreach (double t in costs.Thresholds.ToArray().Where(double.IsFinite)) Assert.Contains(t, entry.Thresholds);
    }

    [Fact]
    public void A_missing_browser_is_named_and_no_browser_is_no_error()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, own = Path.Combine(folder, OperatingSystem.IsWindows() ? "chrome.exe" : "google-chrome");
        string? found = Browser.Find(null, folder);
        Assert.NotEqual(own, found);
        File.WriteAllText(own, "");
        Assert.Equal(found ?? own, Browser.Find("", folder));
        Assert.Equal(own, Browser.Find(own, null));
        Directory.Delete(folder, true);
        Assert.Contains("CHROME_PATH is /nowhere/chromium", Assert.Throws<InvalidOperationException>(() => Browser.Find("/nowhere/chromium", null)).Message,
            StringComparison.Ordinal);
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    private static async Task Fill(OpenReport report, string id, double value)
    {
        ILocator field = report.Page.Locator("#" + id);
        await field.FillAsync(value.ToString(CultureInfo.InvariantCulture));
        await field.PressAsync("Enter");
    }

    private static async Task<double> Shown(OpenReport report, string selector) =>
        Number((await report.Page.Locator($"#live {selector}").GetAttributeAsync("data-value"))!)!.Value;

    private static IEnumerable<(bool Positive, double Score)> Scores(ComparisonResult result, CandidateResult candidate) => candidate.Judged.SelectMany(
        fold => fold.Fold.Test.Select(
            (row, i) => (result.Dataset.Labels[row] == result.PositiveClass, (double)fold.Probabilities[2 * i + result.PositiveClass])));

    private static BinaryCounts Count(ComparisonResult result, CandidateResult candidate, double threshold)
    {
        int[] counts = new int[4];
        foreach ((bool positive, double score) in Scores(result, candidate)) counts[(positive ? 0 : 2) + (score >= threshold ? 0 : 1)]++;
        return new(counts[0], counts[2], counts[1], counts[3]);
    }

    /// <summary>The page's confusion matrix and metrics at its threshold are those of the library, to the last bit.</summary>
    private static async Task Same(OpenReport report, ComparisonResult result, CandidateResult candidate, double ratio)
    {
        string threshold = (await report.Page.Locator("#live").GetAttributeAsync("data-threshold"))!;
        BinaryCounts counts = Count(result, candidate, threshold == "Infinity" ? double.PositiveInfinity : Number(threshold)!.Value);
        Assert.Equal(
            (counts.TruePositives, counts.FalsePositives, counts.FalseNegatives, counts.TrueNegatives),
            (await Shown(report, "[data-cell=tp]"), await Shown(report, "[data-cell=fp]"), await Shown(report, "[data-cell=fn]"),
                await Shown(report, "[data-cell=tn]")));
        foreach (string metric in (
            string[])["accuracy", "balanced-accuracy", "precision", "recall", "specificity", "f1", "f2", "macro-f1", "weighted-f1", "g-mean", "mcc", "kappa"])
            Assert.Equal(ThresholdMetric.Catalogue.Create(metric).Evaluate(counts), await Shown(report, $"[data-metric={metric}]"));
        Assert.Equal(ThresholdMetric.ExpectedCost(CostMatrix.FromPair(1, ratio)).Evaluate(counts), await Shown(report, "[data-metric=expected-cost]"));
    }
}
