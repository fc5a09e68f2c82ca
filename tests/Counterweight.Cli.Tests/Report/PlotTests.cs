using System.Xml.Linq;
using SkiaSharp;

namespace Counterweight.Cli.Tests;

public sealed class PlotTests(Reports reports) : IClassFixture<Reports>
{
    [Fact]
    public void A_comparison_has_every_picture_as_png_and_svg()
    {
        string folder = reports.Folder("plots");
        string[] expected = ["comparison", "counts", "weights", "recall", "confusion-baseline", "confusion-recommended", "thresholds", "precision-recall",
            "roc", "reliability", "cost-curve"];
        Assert.Equal(expected.Length, ReportPlots.Write(folder, ComparisonReport.Of(reports.Binary)));
        Check(folder, expected);
        XDocument comparison = XDocument.Load(Path.Combine(folder, "comparison.svg"));
        string text = string.Join('\n', comparison.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
        foreach (string part in (string[])["linear / none", "linear / threshold:tuned", "balanced-accuracy", "recommended", "baseline"])
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_and_many_classes_are_drawn_too()
    {
        string folder = reports.Folder("hostile-plots");
        ReportPlots.Write(folder, ComparisonReport.Of(reports.Hostile));
        Check(folder, ["comparison", "counts", "weights", "recall", "confusion-baseline"], others: true);
        ClassCounts counts = ClassCounts.From([.. Enumerable.Range(0, 300).Select(c => 3 + 10_000L / (c + 1))]);
        string many = reports.Folder("many-plots");
        ReportPlots.Write(many, DiagnosisReport.Of(Diagnosis.Of(ClassWeights.Inverse(counts), 128, Reduction.Sum), "counts"));
        Check(many, ["prior", "chances", "lone-row", "exponent", "sample-size", "counts", "weights"]);
    }

    [Fact]
    public void Compare_writes_the_pictures_that_it_says()
    {
        string folder = reports.Folder("compare-plots"), file = Reports.Table(reports.Folder("plots.csv"), ["a", "b", "c"], 240, "class");
        ToolResult run = Tool.Run("compare", file, "--target", "class", "--learners", "linear", "--remedies", "none,weights:balanced", "--folds", "3",
            "--repeats", "1", "--plots", folder);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains($"{Directory.GetFiles(folder, "*.png").Length} pictures in {folder}", run.Error, StringComparison.Ordinal);
        Check(folder, ["comparison", "counts", "weights", "recall", "confusion-baseline"], others: true);
    }

    [Fact]
    public void Searches_the_front_and_the_curves_of_every_class_are_drawn_too()
    {
        string folder = reports.Folder("several-plots");
        ReportPlots.Write(folder, ComparisonReport.Of(reports.Several));
        string[] curves = [.. Enumerable.Range(0, 4)
            .SelectMany(c => (string[])[$"precision-recall-class-{c}", $"roc-class-{c}", $"reliability-class-{c}", $"cost-curve-class-{c}"])];
        Check(folder, ["comparison", "counts", "weights", "recall", "confusion-baseline", "confusion-recommended", "pareto", "search-1", "search-2", "ranking",
            "reliability-top", .. curves]);
        string text = string.Join('\n',
            XDocument.Load(Path.Combine(folder, "roc-class-3.svg")).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
        Assert.Contains("class D against the others", text, StringComparison.Ordinal);
        text = string.Join('\n', XDocument.Load(Path.Combine(folder, "pareto.svg")).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
        foreach (string part in (string[])["balanced-accuracy (more is better)", "mcc (more is better)", "on the front"])
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scores-binary.csv", "p_bad", "thresholds,precision-recall,roc,reliability,cost-curve")]
    [InlineData("scores-multiclass.csv", "p_F,p_L,p_M,p_VF",
        "ranking,reliability-top,precision-recall-class-1,roc-class-1,reliability-class-1,cost-curve-class-1")]
    public void Decide_writes_its_pictures(string file, string scores, string own)
    {
        string folder = reports.Folder("decide-plots-" + file);
        ToolResult run = Tool.Run("decide", "samples/" + file, "--target", "label", "--scores", scores, "--plots", folder);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains($"{Directory.GetFiles(folder, "*.png").Length} pictures in {folder}", run.Error, StringComparison.Ordinal);
        Check(folder, ["gains", "recall", "confusion-before", "confusion-after", "counts", "weights", .. own.Split(',')], others: true);
    }

    /// <summary>Every picture is there in both forms, opens, and shows something.</summary>
    internal static void Check(string folder, IReadOnlyList<string> expected, bool others = false)
    {
        string[] found = [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        string[] wanted = [.. expected.SelectMany(n => (string[])[n + ".png", n + ".svg"]).Order(StringComparer.Ordinal)];
        if (others) Assert.Superset(wanted.ToHashSet(), found.ToHashSet());
        else Assert.Equal(wanted, found);
        foreach (string name in found.Select(f => Path.Combine(folder, f)))
            if (name.EndsWith(".svg", StringComparison.Ordinal))
            {
                XElement root = XDocument.Load(name).Root!;
                Assert.Equal("svg", root.Name.LocalName);
                Assert.InRange(root.Descendants().Count(), 15, 100_000);
                Assert.DoesNotContain(root.Descendants(), e => e.Name.LocalName == "script");
            }
            else
            {
                using SKBitmap picture = SKBitmap.Decode(name);
                Assert.InRange(picture.Width, 500, 1200);
                Assert.InRange(picture.Height, 100, 1600);
                Assert.InRange(picture.Pixels.Distinct().Count(), 20, int.MaxValue);
                Assert.InRange(picture.Pixels.Count(p => p == SKColors.White) / (double)picture.Pixels.Length, 0.05, 0.995);
            }
    }
}
