using System.Globalization;
using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Counterweight.Cli.Tests;

public sealed class ExplainReportTests(Browser browser, Reports reports) : IClassFixture<Browser>, IClassFixture<Reports>
{
    private static readonly string[] Pictures = ["prior", "lone-row", "chances", "exponent", "sample-size", "counts", "weights"];

    [Theory]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    public async Task Every_picture_is_drawn_and_everyone_can_read_the_page(int width, ColorScheme scheme)
    {
        await using OpenReport report = await browser.Open(reports.ExplainPage, width, scheme);
        await report.DrawAll();
        Assert.Equal(Pictures.Select(p => "chart-" + p),
            await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.chart')].map(c => c.id)"));
        Assert.All(await report.Page.EvaluateAsync<int[]>("() => [...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('svg path, svg "
            + "text').length)"), n => Assert.InRange(n, 8, int.MaxValue));
        Assert.True(await report.FitsItsWidth());
        await report.OpenTables();
        AxeResult result = await report.Page.RunAxe();
        Assert.NotEmpty(result.Passes);
        Assert.Empty(result.Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{v.Id}: {v.Help} {string.Join(' ', v.Nodes.Take(3).Select(n => n.Html))}"));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task The_findings_and_their_commands_are_there()
    {
        await using OpenReport report = await browser.Open(reports.ExplainPage);
        string text = (await report.Page.Locator("#advice").TextContentAsync())!;
        foreach (Finding finding in Reports.Discussion.Findings)
        {
            Assert.Contains(finding.Code == "do" ? finding.Text[3..] : finding.Text, text, StringComparison.Ordinal);
            if (finding.Code == "do") Assert.Contains(finding.Command!, await report.Page.Locator("#advice code").AllTextContentsAsync());
        }
    }

    [Fact]
    public async Task Moving_scheme_batch_and_reduction_shows_exactly_the_figures_of_the_library()
    {
        ClassCounts counts = Reports.Discussion.Weights.Counts;
        await using OpenReport report = await browser.Open(reports.ExplainPage);
        await Same(report, Reports.Discussion);
        foreach ((string scheme, int batch, string reduction, Reduction means) in new[]
        {
            ("effective-number(beta=0.999)", 64, "sum", Reduction.Sum), ("inverse-sqrt", 1, "batch-mean", Reduction.BatchMean),
                ("balanced", 30432, "weighted-mean", Reduction.WeightedMean), ("inverse-log(c=1.02)", 17, "batch-mean", Reduction.BatchMean),
        })
        {
            await report.Page.Locator("#explain-scheme").SelectOptionAsync(new SelectOptionValue { Label = scheme });
            await report.Page.Locator("#explain-reduction").SelectOptionAsync(reduction);
            await Fill(report, batch);
            await Same(report, Diagnosis.Of(ClassWeights.From(counts, WeightScheme.Parse(scheme)), batch, means));
        }

        ILocator tau = report.Page.Locator("#explain-tau");
        foreach (string key in (string[])["Home", "ArrowRight", "PageUp", "End", "ArrowLeft"])
        {
            await tau.PressAsync(key);
            await Same(report, Diagnosis.Of(
                ClassWeights.From(counts, WeightScheme.Parse((await report.Page.Locator("#explain").GetAttributeAsync("data-scheme"))!)), 17,
                Reduction.BatchMean));
        }

        Assert.Equal("power", await report.Page.Locator("#explain-scheme").InputValueAsync());
        string before = await report.Page.Locator("#explain-batch-number").InputValueAsync();
        await report.Page.Locator("#explain-batch").PressAsync("PageUp");
        Assert.True(int.Parse(await report.Page.Locator("#explain-batch-number").InputValueAsync(), CultureInfo.InvariantCulture) > int.Parse(
            before, CultureInfo.InvariantCulture));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task A_thousand_classes_with_hostile_names_stay_small_and_are_text()
    {
        Assert.InRange(new FileInfo(reports.LargeExplainPage).Length, 1, 4_000_000);
        await using OpenReport report = await browser.Open(reports.LargeExplainPage, 390);
        await report.DrawAll();
        await report.Page.Locator("#explain-scheme").SelectOptionAsync("power");
        await report.Page.Locator("#explain-tau").PressAsync("ArrowLeft");
        await report.Page.Locator("#lone-row").GetByRole(AriaRole.Button, new() { Name = "Next Classes" }).PressAsync("Enter");
        Assert.True(await report.FitsItsWidth());
        Assert.All(await report.Page.EvaluateAsync<double[]>("() => [...document.querySelectorAll('.chart')].map(c => c.clientHeight)"),
            height => Assert.InRange(height, 100, 2500));
        Assert.True(await report.Page.EvaluateAsync<bool>("() => window.hacked === undefined && document.scripts.length === 3 && "
            + "document.querySelectorAll('img, iframe, object, [onload], [onerror]').length === 0"));
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void Explain_writes_its_files_and_the_json_it_prints()
    {
        string folder = reports.Folder("explained"), plots = reports.Folder("explained-plots");
        ToolResult run = Tool.Run("explain", "--counts", "1016,12852,12888,3380,296", "--out", folder, "--plots", plots, "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(run.Output, File.ReadAllText(Path.Combine(folder, "diagnosis.json")));
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(30432, document.RootElement.GetProperty("rows").GetInt32());
        Assert.Contains("30,432 rows in 5 classes", File.ReadAllText(Path.Combine(folder, "report.html")), StringComparison.Ordinal);
        PlotTests.Check(plots, Pictures);
        Assert.Equal(2, Tool.Run("explain", "--counts", "9,1", "--out", Path.Combine(folder, "report.html")).Code);
    }

    private static async Task Fill(OpenReport report, int batch)
    {
        ILocator field = report.Page.Locator("#explain-batch-number");
        await field.FillAsync(batch.ToString(CultureInfo.InvariantCulture));
        await field.PressAsync("Enter");
    }

    /// <summary>The page's figures, and those of each class in its table, are the library's to the last bit.</summary>
    private static async Task Same(OpenReport report, Diagnosis expected)
    {
        Assert.Equal(expected.Weights.Scheme, await report.Page.Locator("#explain").GetAttributeAsync("data-scheme"));
        string[][] shown = (await report.Page.EvaluateAsync<string[][]>("() => [...document.querySelectorAll('[data-figure]')].map(c => [c.dataset.figure, "
            + "c.dataset.value])"))!;
        var figures = new Dictionary<string, double>
        {
            ["accuracy"] = expected.AccuracyAfter,
            ["balanced accuracy"] = expected.BalancedAccuracyAfter,
            ["effective rows"] = expected.EffectiveSampleSize,
            ["effective rows of a batch"] = expected.EffectiveBatchSize,
            ["growth of the gradient\u2019s variance"] = expected.GradientVarianceGrowth,
            ["learning rate that offsets it"] = expected.LearningRateThatOffsets,
            ["mean row weight"] = expected.MeanWeight,
            ["factor on the learning rate"] = expected.LearningRateFactor,
            ["largest share of one row"] = expected.LargestRowShare,
            ["learning rate that makes it an equal share"] = expected.LearningRateThatEvensRows,
        };
        Assert.Equal(figures, shown.ToDictionary(p => p[0], p => double.Parse(p[1], CultureInfo.InvariantCulture)));
        await report.Page.EvaluateAsync("() => document.getElementById('table-prior').open = true");
        await report.Page.Locator("#table-prior table").WaitForAsync();
        Assert.Equal(
            expected.Classes.SelectMany(
                c => (double[])[c.Count, c.Weight, c.Share, c.PriorAfter, c.RowsPerBatch, c.ChanceAbsent, c.BatchesBetween, c.LoneRowShare]),
            (await report.Table("prior")).SelectMany(row => row[1..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))));
    }
}
