using System.Globalization;
using System.Text;
using Counterweight.Comparison;
using Counterweight.Data;

namespace Counterweight.Cli.Tests;

/// <summary>Comparisons and their pages, made once for all tests.</summary>
public sealed class Reports : IDisposable
{
    private readonly TempFiles files = new();
    private readonly Lazy<ComparisonResult> binary, hostile, several;

    public Reports()
    {
        binary = new(() => Compare("binary.csv", "class", ["no", "yes"], 600, "none,weights:balanced,threshold:tuned"));
        several = new(() => Compare("several.csv", "class", ["A", "B", "C", "D"], 2500,
            "none,weights:power(tau=0.25..1),offsets:tuned,offsets:logit-adjusted(tau=0.5|1)", Metric.MatthewsCorrelation, Metric.Accuracy));
        hostile = new(() => Compare("hostile.csv", HostileTarget, HostileLabels, 400, "none,weights:balanced"));
    }

    internal const string HostileTarget = "<img src=x onerror=window.hacked=1>\u202E\"'";

    internal static readonly string[] HostileLabels =
    [
        "<script>window.hacked=1</script>", "</script><script>window.hacked=1</script><!--", "\"><svg onload=window.hacked=1>'",
        "\u202Eright to left \u05D0\u05D1\u05D2",
        "{{advice}} {a|b} __proto__", "=HYPERLINK(\"x\")", new string('x', 10_000), "\u65E5\u672C\u8A9E \U0001F40B & co",
    ];

    internal ComparisonResult Binary => binary.Value;

    internal ComparisonResult Hostile => hostile.Value;

    /// <summary>Four classes of very different size, two searches, and a second and third metric.</summary>
    internal ComparisonResult Several => several.Value;

    internal string SeveralPage => Page("several.html", ComparisonReport.Of(Several));

    /// <summary>The hostile classes with their own curves and controls.</summary>
    internal string HostileSeveralPage => Page("hostile-several.html", ComparisonReport.Of(Hostile));

    internal string Page(string name, ReportModel model)
    {
        string path = files[name];
        if (!File.Exists(path)) AtomicFile.Write(path, stream => ReportPage.Write(stream, model));
        return path;
    }

    internal string BinaryPage => Page("binary.html", ComparisonReport.Of(Binary));

    /// <summary>The hostile classes, and two of them as the classes of the curves.</summary>
    internal string HostilePage => Page("hostile.html", ComparisonReport.Of(Hostile) with
    {
        Curves = ComparisonReport.Of(Binary).Curves! with { Positive = HostileLabels[1], Negative = HostileLabels[6] },
        ByClass = null,
        Scores = null,
        Warnings = [new("hostile", HostileLabels[0] + HostileLabels[6])],
    });

    /// <summary>1,000 classes and 200 candidates.</summary>
    internal string LargePage
    {
        get
        {
            const int k = 1000, candidates = 200;
            var random = new SeededRandom(3);
            ClassCounts counts = ClassCounts.From(
                [.. Enumerable.Range(0, k).Select(c => 5 + 100_000L / (c + 1))], [.. Enumerable.Range(0, k).Select(c => $"species number {c:0000}")]);
            double[] cells = new double[k * k];
            for (int t = 0; t < k; t++)
                for (int i = 0; i < counts[t]; i += 5) cells[t * k + (random.NextDouble() < 0.6 ? t : (int)(random.NextDouble() * k))] += 5;
            ConfusionMatrix confusion = ConfusionMatrix.From(cells, k);
            ReportModel small = ComparisonReport.Of(Hostile);
            string[] metrics = [.. Metric.Catalogue.Select(m => m.Name)];
            const int judged = 3000;
            int[] truth = [.. Enumerable.Range(0, judged).Select(i => i % k)];
            float[] scores = [.. Enumerable.Range(0, judged * k).Select(i => (float)(random.NextDouble() * (i % k == truth[i / k] ? 1 : 0.01)))];
            MultiClassScores.Set[] sets = [
                new("linear / none", "baseline", scores), new("linear / weights:balanced", "recommended", [.. scores.Select(s => s * s)])];
            return Page("large.html", small with
            {
                ByClass = MultiClassScores.Curves(
                    truth, [.. truth.Select((_, i) => i / k)], k, sets, MultiClassScores.Codes(confusion), "The curves are of made rows."),
                Scores = MultiClassScores.Rows(truth, k, sets, null, null),
                Facts = ["large"],
                Warnings = [],
                Advice = "Large.",
                Classes = [.. counts.Labels.Select((l, c) => new ClassCountEntry(l, counts[c]))],
                Weights = ComparisonReport.Weights(counts),
                Curves = null,
                Decided = [ComparisonReport.Decided("linear / none", "baseline", confusion),
                    ComparisonReport.Decided("linear / weights:balanced", "recommended", confusion)],
                Comparison = new("macro-f1", true, 0.005,
                    [.. Enumerable.Range(0, candidates).Select(i => new ComparedEntry(
                        i % 2 == 0 ? "linear" : "mlp", $"weights:power(tau={i / 200.0})+resample:smote-enn(k={i})+offsets:tuned", "done", i == 150, i == 0,
                        i is > 0 and < 5, 0.8 - i / 400.0, 0.78 - i / 400.0,
                        0.82 - i / 400.0, new((150 - i) / 400.0, 0, 0.5, 0.01, 0.1), [.. metrics.Select(_ => (double?)random.NextDouble())], 1.5, null, 10))],
                    metrics),
            });
        }
    }

    /// <summary>The case of the discussion.</summary>
    internal static Diagnosis Discussion { get; } = Diagnosis.Of(ClassWeights.Inverse(ClassCounts.From([1016, 12852, 12888, 3380, 296])));

    internal string ExplainPage => Page("explain.html", DiagnosisReport.Of(Discussion, "The counts"));

    /// <summary>A thousand classes, with labels that are hostile here and there.</summary>
    internal string LargeExplainPage
    {
        get
        {
            ClassCounts counts = ClassCounts.From(
                [.. Enumerable.Range(0, 1000).Select(c => 3 + 100_000L / (c + 1))],
                [.. Enumerable.Range(0, 1000).Select(c => c < HostileLabels.Length ? HostileLabels[c] : $"species {c:0000}")]);
            return Page("explain-large.html",
                DiagnosisReport.Of(Diagnosis.Of(ClassWeights.Balanced(counts), 256, Reduction.BatchMean), HostileTarget));
        }
    }

    /// <summary>A folder of its own for a test.</summary>
    internal string Folder(string name) => files[name];

    public void Dispose() => files.Dispose();

    /// <summary>Writes a table of two noisy features, one of which tells the classes apart.</summary>
    internal static string Table(string path, string[] labels, int rows, string target)
    {
        var random = new SeededRandom(11);
        static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        var text = new StringBuilder($"x,y,{Quoted(target)}\n");
        for (int i = 0; i < rows; i++)
        {
            int label = labels.Length switch
            {
                2 => i % 8 == 0 ? 1 : 0,
                4 => (i % 20) switch { < 12 => 0, < 17 => 1, < 19 => 2, _ => 3 },
                _ => i % labels.Length
            };
            text.Append(CultureInfo.InvariantCulture, $"{random.NextGaussian() + label:0.###},{random.NextGaussian():0.###},{Quoted(labels[label])}\n");
        }

        File.WriteAllText(path, text.ToString());
        return path;
    }

    private ComparisonResult Compare(string name, string target, string[] labels, int rows, string remedies, params IMetric[] also)
    {
        (IReadOnlyList<Remedy> tried, IReadOnlyList<RemedySpace> spaces) = Remedy.ParseAll(remedies.Split(','));
        return RemedyComparison.Run(
            DatasetReader.Read(Table(files[name], labels, rows, target), target),
            new ComparisonOptions
            {
                Learners = ["linear"],
                Remedies = tried,
                Searches = spaces,
                Also = also,
                Folds = 3,
                Repeats = 2,
                Threads = 1,
                Racing = false
            });
    }
}
