using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Counterweight.Comparison;
using Counterweight.Data;
using Microsoft.DotNet.Interactive.Formatting;

namespace Counterweight.Interactive.Tests;

public sealed class NotebookTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&\u202E";

    private static readonly ClassCounts Counts = ClassCounts.From([900, 80, 20], ["plenty", Hostile, new string('x', 10_000)]);

    public NotebookTests() => NotebookFormatters.Register();

    /// <summary>The HTML as a notebook shows it: well formed, without an element that is not the formatter's own.</summary>
    private static XElement Shown(object value)
    {
        string html = value.ToDisplayString("text/html");
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(html.Length, 20, 200_000);
        var page = XElement.Parse($"<div>{html}</div>");
        string[] known = ["div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "bdi", "strong", "ul", "li", "br", "code", "svg",
            "line", "circle"];
        Assert.All(page.DescendantsAndSelf(), e => Assert.Contains(e.Name.LocalName, known));
        return page;
    }

    private static string[][] Rows(XElement page) => [.. page.Descendants("tbody").Elements("tr").Select(r => r.Elements().Select(e => e.Value).ToArray())];

    [Fact]
    public void Counts_and_weights_show_every_class()
    {
        string[][] counts = Rows(Shown(Counts));
        Assert.Equal(["900", "80", "20"], counts.Select(r => r[1]));
        Assert.Equal(["90%", "8%", "2%"], counts.Select(r => r[2]));
        Assert.Contains("<script>alert(1)</script>", counts[1][0], StringComparison.Ordinal);
        Assert.Equal(80, counts[2][0].Length);
        string[][] weights = Rows(Shown(ClassWeights.Balanced(Counts)));
        Assert.Equal("16.6667", weights[2][2]);
        Assert.All(weights, row => Assert.Equal("33.33%", row[4]));
    }

    [Fact]
    public void Of_many_classes_the_ends_are_shown()
    {
        XElement page = Shown(ClassCounts.From([.. Enumerable.Range(1, 1000).Select(i => (long)i)]));
        string[][] rows = Rows(page);
        Assert.Equal((24, "1,000", "1"), (rows.Length, rows[0][1], rows[^1][1]));
        Assert.Contains("of 1000 classes", page.Value, StringComparison.Ordinal);
        double[] cells = new double[900];
        for (int i = 0; i < 30; i++) (cells[31 * i], cells[(30 * i) + ((i + 1) % 30)]) = (5, i);
        Assert.Equal(24, Rows(Shown(ConfusionMatrix.From(cells, 30))).Length);
    }

    [Fact]
    public void Matrices_and_scores_show_their_figures()
    {
        ConfusionMatrix confusion = ConfusionMatrix.From([8, 2, 1, 4], 2);
        Assert.Equal([["0", "8", "2", "10", "80%"], ["1", "1", "4", "5", "80%"]], Rows(Shown(confusion)));
        string[][] scores = Rows(Shown(confusion.Scores()));
        Assert.Equal("0.8", scores[0][2]);
        Assert.Equal(["0", "1", "macro", "micro", "weighted"], scores.Select(r => r[0]));
        Assert.Contains("0.5 (95% interval 0.4 to 0.6)", Shown(new MetricInterval(0.5, 0.4, 0.6, 0.05, 0.95)).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_diagnosis_shows_its_figures_and_findings()
    {
        Diagnosis diagnosis = Diagnosis.Of(ClassWeights.Inverse(Counts), 32);
        XElement page = Shown(diagnosis);
        Assert.Equal(3, Rows(page).Length);
        Assert.Equal(diagnosis.Findings.Count, page.Descendants("li").Count());
        Assert.Equal(diagnosis.Findings.Where(f => f.Command is not null).Select(f => f.Command), page.Descendants("code").Select(c => c.Value));
    }

    [Fact]
    public void A_comparison_shows_its_advice_and_every_candidate_as_an_interval()
    {
        string path = Path.GetTempFileName();
        try
        {
            var random = new SeededRandom(3);
            var text = new StringBuilder($"x,y\n");
            for (int i = 0; i < 300; i++)
                text.Append(CultureInfo.InvariantCulture,
                    $"{random.NextGaussian() + (i % 6 == 0 ? 2 : 0):0.###},{(i % 6 == 0 ? "\"<b onclick=\"\"x\"\">\"" : "no")}\n");
            File.WriteAllText(path, text.ToString());
            ComparisonResult result = RemedyComparison.Run(
                DatasetReader.Read(path, "y"),
                new ComparisonOptions
                {
                    Learners = ["linear"],
                    Remedies = [Remedy.Parse("none"), Remedy.Parse("weights:balanced")],
                    Folds = 3,
                    Repeats = 1,
                    Threads = 1,
                    Racing = false
                });
            XElement page = Shown(result);
            Assert.Equal(2, Rows(page).Length);
            Assert.Equal(2, page.Descendants("svg").Count());
            Assert.Contains(result.Recommendation.Reason, page.Value, StringComparison.Ordinal);
            Assert.Contains("baseline", page.Value, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
