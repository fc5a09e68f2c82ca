using System.Globalization;
using Counterweight.Comparison;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Counterweight.Report;

/// <summary>The pictures of a report as files for papers: each as PNG and as SVG.</summary>
internal static class ReportPlots
{
    private const int Width = 900, MostLines = 40;

    /// <summary>The most classes whose curves are written as files.</summary>
    private const int MostClassCurves = 12;

    private static readonly Color Text = Color.FromHex("#1b1f24"), Advised = Color.FromHex("#0b6e4f"), Baseline = Color.FromHex("#a94f00"),
        Same = Color.FromHex("#0a5fc4"), Other = Color.FromHex("#6b7480");

    private static readonly Color[] Series = [
        .. new[] { "#0a5fc4", "#a94f00", "#0b6e4f", "#b0207a", "#7a6000", "#6f42c1", "#00718a", "#b3261e" }.Select(Color.FromHex)];

    /// <summary>Fonts without serifs that papers and screens take well, the first that is installed.</summary>
    private static readonly string[] Sans = ["Helvetica Neue", "Segoe UI", "Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans"];

    /// <summary>Writes the pictures.</summary>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="model">What to draw.</param>
    /// <returns>The number of pictures.</returns>
    internal static int Write(string folder, ReportModel model)
    {
        int written = 0;
        Fonts.Default = Font(model.Classes.Select(c => c.Label));
        void Save(string name, Plot? plot, int height, int width = Width)
        {
            if (plot is null) return;
            AtomicFile.Write(Path.Combine(folder, name + ".png"), stream => stream.Write(plot.GetImageBytes(width, height, ImageFormat.Png)));
            // Skia's SVG has no broken lines and says so on standard error.
            foreach (IHasLine line in plot.GetPlottables().OfType<IHasLine>()) line.LineStyle.Pattern = LinePattern.Solid;
            AtomicFile.Write(Path.Combine(folder, name + ".svg"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(plot.GetSvgXml(width, height))));
            plot.Dispose();
            written++;
        }

        int[] classes = [.. Enumerable.Range(0, model.Classes.Count).OrderByDescending(c => model.Classes.Count > 12 ? model.Classes[c].Count : 0)
            .ThenBy(c => c).Take(MostLines)];
        int tall = 130 + 28 * classes.Length;
        if (model.Diagnosis is DiagnosedEntry diagnosis)
        {
            Save("prior", Prior(model, diagnosis, classes), tall + 20);
            Save("chances", Chances(model, diagnosis), 480, 640);
            Save("lone-row", LoneRow(model, diagnosis, classes), tall);
            Save("exponent", Exponent(diagnosis), 480, 640);
            Save("sample-size", SampleSize(model, diagnosis), 100 + 28 * diagnosis.FirstPower);
        }

        if (model.Comparison is not null)
            Save("comparison", Comparison(model.Comparison), 150 + 28 * Math.Min(MostLines, model.Comparison.Candidates.Count(c => c.Mean is not null)));
        Save("counts", Counts(model, classes), tall);
        if (model.Weights.Count > 0)
            Save("weights", model.Classes.Count <= Series.Length ? Weights(model) : WeightsByRank(model), 150 + 28 * model.Weights.Count);
        if (model.Gains is { Count: > 0 } gains) Save("gains", Gains(gains), 110 + 28 * gains.Count);
        if (model.Decided.Count > 0) Save("recall", Recall(model, classes), tall + 20);
        foreach (DecidedEntry decided in model.Decided)
            Save($"confusion-{decided.Role.Replace(' ', '-')}", Confusion(model, decided), 480 + 8 * decided.Codes.Count, 560 + 8 * decided.Codes.Count);
        if (model.Front is { Count: > 1 } front && model.Comparison is not null) Save("pareto", Front(model.Comparison, front), 560, 760);
        int searched = 0;
        foreach (SearchEntry search in model.Searches ?? [])
            Save($"search-{++searched}", Search(search, model.Comparison!.Metric),
                150 + 28 * Math.Min(MostLines, search.Configurations.Count(c => c.Rungs.Count > 0)));
        if (model.Curves is { Sets.Count: > 0 } curves)
        {
            Save("thresholds", Thresholds(curves.Sets[^1]), 480, 640);
            Curves(curves.Sets, "", null);
        }

        if (model.ByClass is ByClassEntry many)
        {
            Save("ranking", Ranking(model, many, [.. classes.Where(c => many.Classes.Any(e => e.Code == c))]),
                150 + 28 * classes.Count(c => many.Classes.Any(e => e.Code == c)));
            Save("reliability-top", Reliability(many.TopLabels.Select(s => (s.Name, s.Role, s.Reliability)), "the most probable class"), 560, 640);
            // The rarest classes are those that the report is about.
            foreach (ClassCurvesEntry entry in many.Classes.OrderBy(c => model.Classes[c.Code].Count).ThenBy(c => c.Code).Take(MostClassCurves))
                Curves(entry.Sets, $"-class-{entry.Code}", $"class {Name(model.Classes[entry.Code].Label)} against the others");
        }

        return written;

        void Curves(IReadOnlyList<CurveEntry> sets, string suffix, string? title)
        {
            Save("precision-recall" + suffix,
                Curve(sets, "recall", "precision",
                    s => ([.. s.TruePositives.Select(tp => tp / s.Positives)], [.. s.TruePositives.Zip(s.FalsePositives, (tp, fp) => tp / (tp + fp))]),
                    s => s.PrecisionBand, title: title), 560, 640);
            Save("roc" + suffix, Curve(
                sets, "false positive rate", "true positive rate",
                s => ([0, .. s.FalsePositives.Select(fp => fp / s.Negatives)], [0, .. s.TruePositives.Select(tp => tp / s.Positives)]), s => s.RocBand,
                ([0, 1], [0, 1]), title: title), 560, 640);
            if (sets.Any(s => s.Reliability.Count > 0))
                Save("reliability" + suffix, Reliability(sets.Select(s => (s.Name, s.Role, s.Reliability)), title), 560, 640);
            Save("cost-curve" + suffix,
                Curve(sets, "probability cost of the positive class", "normalised expected cost", s => ([.. s.ProbabilityCosts], [.. s.NormalisedCosts]),
                    _ => null, ([0, 0.5, 1], [0, 0.5, 0]), top: 0.5, title: title), 560, 640);
        }
    }

    private static Plot Reliability(IEnumerable<(string Name, string Role, IReadOnlyList<ReliabilityEntry> Bins)> sets, string? title)
    {
        Plot plot = Lines("predicted probability", "share that came true");
        if (title is not null) plot.Axes.Title.Label.Text = title;
        foreach ((string name, string role, IReadOnlyList<ReliabilityEntry> bins) in sets)
        {
            Color color = RoleColor(role);
            foreach (ReliabilityEntry bin in bins)
                plot.Add.Line(bin.Predicted, Math.Max(0, bin.Observed - (1.96 * bin.StandardError)), bin.Predicted,
                    Math.Min(1, bin.Observed + (1.96 * bin.StandardError))).LineStyle = new() { Width = 1.5f, Color = color };
            Set(plot, [.. bins.Select(b => b.Predicted)], [.. bins.Select(b => b.Observed)], name, role, 8);
        }

        Dotted(plot, [0, 1], [0, 1]);
        plot.Axes.SetLimits(0, 1, 0, 1.01);
        return plot;
    }

    /// <summary>Metrics over the threshold.</summary>
    private static Plot Thresholds(CurveEntry set)
    {
        Plot plot = Lines("threshold", "");
        double[] x = [.. set.Thresholds];
        (string Name, Func<BinaryCounts, double> Of)[] lines =
        [
            ("precision", ThresholdMetric.Catalogue.Create("precision").Evaluate), ("recall", ThresholdMetric.Catalogue.Create("recall").Evaluate),
            ("f1", ThresholdMetric.Catalogue.Create("f1").Evaluate), ("specificity", ThresholdMetric.Catalogue.Create("specificity").Evaluate),
        ];
        for (int i = 0; i < lines.Length; i++)
            Line(plot, x, [.. set.TruePositives.Zip(
                set.FalsePositives, (tp, fp) => lines[i].Of(new BinaryCounts(tp, fp, set.Positives - tp, set.Negatives - fp)))], lines[i].Name, i);
        plot.Axes.Title.Label.Text = $"{set.Role}: {set.Name}";
        plot.Axes.SetLimits(x.Min(), x.Max() > x.Min() ? x.Max() : x.Min() + 1, 0, 1.01);
        return plot;
    }

    private static Plot Ranking(ReportModel model, ByClassEntry many, int[] classes)
    {
        Dictionary<int, IReadOnlyList<CurveEntry>> of = many.Classes.ToDictionary(c => c.Code, c => c.Sets);
        Plot plot = BeforeAndAfter(
            model, classes, [.. many.Classes[0].Sets.Select(
                (s, j) => (s.Role, (IReadOnlyList<double?>)[
                    .. Enumerable.Range(0, model.Classes.Count)
                    .Select(c => of.TryGetValue(c, out IReadOnlyList<CurveEntry>? sets) ? sets[j].AveragePrecision : (double?)null)]))],
            "average precision, each class against the others");
        plot.Axes.SetLimitsX(-0.02, 1.02);
        return plot;
    }

    private static Plot? Search(SearchEntry search, string metric)
    {
        ConfigurationEntry[] shown = [.. search.Configurations.Where(c => c.Rungs.Count > 0).Take(MostLines)];
        if (shown.Length == 0) return null;
        Plot plot = New(metric, shown.Length,
            [.. shown.Select(c => $"{c.Remedy}, "
                + (c.RowShare >= 1 ? "all rows" : string.Create(CultureInfo.InvariantCulture, $"1/{Math.Round(1 / c.RowShare)} of the rows")))]);
        for (int i = 0; i < shown.Length; i++)
        {
            RungEntry last = shown[i].Rungs[^1];
            Color color = shown[i].Entered ? Advised : Other;
            plot.Add.Line(last.CiLow ?? last.Mean, -i, last.CiHigh ?? last.Mean, -i).LineStyle = new() { Width = 2, Color = color };
            foreach (RungEntry rung in shown[i].Rungs.SkipLast(1)) plot.Add.Marker(rung.Mean, -i, MarkerShape.FilledCircle, 6, Same);
            plot.Add.Marker(last.Mean, -i, shown[i].Entered ? MarkerShape.FilledDiamond : MarkerShape.FilledTriangleUp, shown[i].Entered ? 14 : 10, color);
        }

        plot.Axes.Title.Label.Text = $"{search.Learner}: {search.Space}";
        Legend(plot, ("in the comparison", Advised, MarkerShape.FilledDiamond), ("stopped", Other, MarkerShape.FilledTriangleUp),
            ("rungs before", Same, MarkerShape.FilledCircle));
        plot.Axes.AutoScaleX();
        return plot;
    }

    /// <summary>The candidates by the first two metrics.</summary>
    private static Plot Front(ComparedEntries compared, IReadOnlyList<FrontMetric> metrics)
    {
        int[] at = [.. metrics.Take(2).Select(m => compared.MetricNames.ToList().IndexOf(m.Name))];
        (ComparedEntry Entry, double X, double Y)[] all = [
            .. compared.Candidates.Where(c => c.Mean is not null && at.All(i => c.Metrics[i] is not null))
            .Select(c => (c, c.Metrics[at[0]]!.Value, c.Metrics[at[1]]!.Value))];
        Plot plot = New(Axis(metrics[0]), 0, []);
        plot.Axes.Left.Label.Text = Axis(metrics[1]);
        if (metrics.Count == 2)
        {
            (ComparedEntry Entry, double X, double Y)[] line = [.. all.Where(p => p.Entry.OnFront).OrderBy(p => p.X)];
            Scatter drawn = plot.Add.Scatter(line.Select(p => p.X).ToArray(), line.Select(p => p.Y).ToArray(), Same);
            (drawn.LineWidth, drawn.MarkerSize, drawn.LinePattern) = (1.5f, 0, LinePattern.Dashed);
        }

        int number = 0;
        foreach ((ComparedEntry c, double x, double y) in all)
        {
            (Color color, MarkerShape shape, float size) = Kind(c);
            plot.Add.Marker(x, y, shape, size, color);
            if (c.OnFront) Label(plot, string.Create(CultureInfo.InvariantCulture, $"{++number}"), x, y, Alignment.LowerLeft);
        }

        Legend(plot, ("recommended", Advised, MarkerShape.FilledDiamond), ("baseline", Baseline, MarkerShape.FilledCircle),
            ("on the front", Same, MarkerShape.FilledSquare), ("others", Other, MarkerShape.FilledTriangleUp));
        plot.Axes.AutoScale();
        return plot;

        static string Axis(FrontMetric m) => $"{m.Name} ({(m.HigherIsBetter ? "more" : "less")} is better)";
        static (Color, MarkerShape, float) Kind(ComparedEntry c) => c.IsRecommended ? (Advised, MarkerShape.FilledDiamond, 14)
            : c.IsBaseline ? (Baseline, MarkerShape.FilledCircle, 11) : c.OnFront ? (Same, MarkerShape.FilledSquare, 10)
            : (Other, MarkerShape.FilledTriangleUp, 9);
    }

    private static Plot Comparison(ComparedEntries compared)
    {
        ComparedEntry[] shown = [.. compared.Candidates.Where(c => c.Mean is not null).Take(MostLines)];
        Plot plot = New(compared.Metric, shown.Length, [.. shown.Select(c => $"{c.Learner} / {c.Remedy}")]);
        if (shown.Length > 0)
        {
            HorizontalSpan band = plot.Add.HorizontalSpan(shown[0].Mean!.Value - compared.Equivalence, shown[0].Mean!.Value + compared.Equivalence);
            (band.FillColor, band.LineColor) = (Advised.WithAlpha(0.15), Colors.Transparent);
        }

        foreach (ComparedEntry baseline in shown.Where(c => c.IsBaseline)) plot.Add.VerticalLine(baseline.Mean!.Value, 1.5f, Baseline, LinePattern.Dashed);
        for (int i = 0; i < shown.Length; i++)
        {
            ComparedEntry c = shown[i];
            double mean = c.Mean!.Value;
            Color color = c.IsRecommended ? Advised : c.IsBaseline ? Baseline : c.SameAsBest ? Same : Other;
            plot.Add.Line(c.CiLow ?? mean, -i, c.CiHigh ?? mean, -i).LineStyle = new() { Width = 2, Color = color };
            plot.Add.Marker(mean, -i, c.IsRecommended ? MarkerShape.FilledDiamond : c.IsBaseline ? MarkerShape.FilledCircle : c.SameAsBest
                ? MarkerShape.FilledSquare : MarkerShape.FilledTriangleUp, c.IsRecommended ? 14 : 10, color);
        }

        Legend(plot, ("recommended", Advised, MarkerShape.FilledDiamond), ("baseline", Baseline, MarkerShape.FilledCircle),
            ("practically the same as the best", Same, MarkerShape.FilledSquare), ("others", Other, MarkerShape.FilledTriangleUp));
        plot.Axes.AutoScaleX();
        return plot;
    }

    private static Plot Counts(ReportModel model, int[] classes)
    {
        double all = model.Classes.Sum(c => (double)c.Count);
        return Bars(
            "rows", [.. classes.Select(c => Name(model.Classes[c].Label))], [.. classes.Select(c => (double)model.Classes[c].Count)],
            count => string.Create(CultureInfo.InvariantCulture, $"{count:N0} ({count / all:P1})"), _ => Same);
    }

    private static Plot Bars(string x, string[] names, double[] values, Func<double, string> says, Func<int, Color> color)
    {
        Plot plot = New(x, values.Length, names);
        for (int i = 0; i < values.Length; i++)
        {
            plot.Add.Bar(new Bar
            {
                Position = -i,
                Value = values[i],
                Size = 0.7,
                FillColor = color(i),
                LineColor = color(i),
                Orientation = Orientation.Horizontal
            });
            Label(plot, $" {says(values[i])}", values[i], -i, Alignment.MiddleLeft);
        }

        plot.Axes.SetLimitsX(0, values.Max() * 1.25);
        return plot;
    }

    private static Plot Prior(ReportModel model, DiagnosedEntry diagnosis, int[] classes)
    {
        double all = model.Classes.Sum(c => (double)c.Count);
        double[][] shares = [[.. model.Classes.Select(c => c.Count / all)], [.. diagnosis.Schemes[0].PriorAfter]];
        Plot plot = BeforeAndAfter(model, classes, [("before", [.. shares[0]]), ("after", [.. shares[1]])], "share that the model believes");
        plot.Axes.SetLimitsX(-0.02, Math.Min(1.02, 1.06 * shares.Max(s => s.Max())));
        return plot;
    }

    private static Plot Chances(ReportModel model, DiagnosedEntry diagnosis)
    {
        long rows = model.Classes.Sum(c => c.Count);
        int top = (int)Math.Min(rows, Math.Max(1024, 4L * diagnosis.BatchSize));
        int[] sizes = [.. Enumerable.Range(0, 200).Select(i => (int)Math.Round(Math.Pow(top, i / 199.0))).Distinct()];
        Plot plot = Lines("rows of a batch", "chance of no row");
        int[] rarest = [.. Enumerable.Range(0, model.Classes.Count).OrderBy(c => model.Classes[c].Count).Take(6)];
        for (int i = 0; i < rarest.Length; i++)
            Line(plot, [.. sizes.Select(b => Math.Log2(b))], [.. sizes.Select(b => Diagnosis.ChanceAbsent(rows, model.Classes[rarest[i]].Count, b))],
                Name(model.Classes[rarest[i]].Label, 20), i);
        plot.Add.VerticalLine(Math.Log2(diagnosis.BatchSize), 1.5f, Text);
        int[] marks = [.. Enumerable.Range(0, 31).Where(i => 1L << i <= top).Where((_, i) => top <= 4096 || i % 2 == 0)];
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. marks.Select(m => (double)m)], [.. marks.Select(m => (1L << m).ToString("N0", CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimits(0, Math.Log2(top), 0, 1.01);
        return plot;
    }

    private static Plot LoneRow(ReportModel model, DiagnosedEntry diagnosis, int[] classes)
    {
        ClassCounts counts = ClassCounts.From([.. model.Classes.Select(c => c.Count)]);
        ClassDiagnosis[] found = [
            .. Diagnosis.Of(ClassWeights.From(counts, WeightScheme.Manual([.. diagnosis.Schemes[0].Weights])), diagnosis.BatchSize).Classes];
        Plot plot = Bars("share of a batch's gradient that a lone row has", [.. classes.Select(c => Name(model.Classes[c].Label))],
            [.. classes.Select(c => found[c].LoneRowShare)], v => string.Create(CultureInfo.InvariantCulture, $"{v:P1}"), _ => Advised);
        plot.Add.VerticalLine(1.0 / diagnosis.BatchSize, 1.5f, Baseline, LinePattern.Dashed);
        return plot;
    }

    private static Plot Exponent(DiagnosedEntry diagnosis)
    {
        Plot plot = Lines("exponent of 1 / count", "");
        DiagnosedScheme[] powers = [.. diagnosis.Schemes.Skip(diagnosis.FirstPower)];
        double rows = powers[0].EffectiveSampleSize;
        double[] x = [.. diagnosis.Exponents];
        Line(plot, x, [.. powers.Select(s => s.AccuracyAfter)], "accuracy", 0);
        Line(plot, x, [.. powers.Select(s => s.BalancedAccuracyAfter)], "balanced accuracy", 1);
        Line(plot, x, [.. powers.Select(s => s.EffectiveSampleSize / rows)], "effective rows", 2);
        plot.Axes.SetLimits(0, x[^1], 0, 1.01);
        return plot;
    }

    private static Plot SampleSize(ReportModel model, DiagnosedEntry diagnosis)
    {
        DiagnosedScheme[] named = [.. diagnosis.Schemes.Take(diagnosis.FirstPower)];
        return Bars($"effective rows of {model.Classes.Sum(c => c.Count).ToString("N0", CultureInfo.InvariantCulture)}", [.. named.Select(s => Name(s.Name))],
            [.. named.Select(s => s.EffectiveSampleSize)],
            v => v.ToString("N0", CultureInfo.InvariantCulture), i => i == 0 ? Advised : Same);
    }

    private static Plot Gains(IReadOnlyList<GainEntry> gains)
    {
        Plot plot = New("gain, positive where the decision is better", gains.Count, [.. gains.Select(g => g.Name)]);
        plot.Add.VerticalLine(0, 1.5f, Baseline, LinePattern.Dashed);
        for (int i = 0; i < gains.Count; i++)
        {
            Color color = i == 0 ? Advised : Same;
            plot.Add.Line(gains[i].CiLow, -i, gains[i].CiHigh, -i).LineStyle = new() { Width = 2, Color = color };
            plot.Add.Marker(gains[i].Gain, -i, i == 0 ? MarkerShape.FilledDiamond : MarkerShape.FilledSquare, i == 0 ? 14 : 10, color);
        }

        plot.Axes.AutoScaleX();
        return plot;
    }

    private static Plot Weights(ReportModel model)
    {
        Plot plot = New("times the smallest weight", model.Weights.Count, [.. model.Weights.Select(w => w.Name)]);
        double largest = 1;
        for (int s = 0; s < model.Weights.Count; s++)
        {
            double least = model.Weights[s].Weights.Where(w => w > 0).DefaultIfEmpty(1).Min();
            for (int c = 0; c < model.Classes.Count; c++)
            {
                if (model.Weights[s].Weights[c] <= 0) continue;
                double ratio = model.Weights[s].Weights[c] / least;
                largest = Math.Max(largest, ratio);
                plot.Add.Marker(Math.Log10(ratio), -s, Shape(c), 11, Series[c]);
            }
        }

        Powers(plot.Axes.Bottom, largest);
        Legend(plot, [.. model.Classes.Select((c, i) => (Name(c.Label), Series[i], Shape(i)))]);
        plot.Axes.SetLimitsX(-0.08, Math.Log10(largest * 1.5));
        return plot;
    }

    /// <summary>With many classes: a line per scheme over the classes, the largest first.</summary>
    private static Plot WeightsByRank(ReportModel model)
    {
        Plot plot = Lines("class, by its number of rows (1 has the most)", "times the smallest weight");
        int[] order = [.. Enumerable.Range(0, model.Classes.Count).OrderByDescending(c => model.Classes[c].Count)];
        double largest = 1;
        for (int s = 0; s < model.Weights.Count; s++)
        {
            IReadOnlyList<double> weights = model.Weights[s].Weights;
            double least = weights.Where(w => w > 0).DefaultIfEmpty(1).Min();
            double[] ratios = [.. order.Select(c => Math.Max(1, weights[c] / least))];
            largest = Math.Max(largest, ratios.Max());
            Line(plot, [.. order.Select((_, i) => i + 1.0)], [.. ratios.Select(Math.Log10)], model.Weights[s].Name, s);
        }

        Powers(plot.Axes.Left, largest);
        plot.Axes.SetLimits(1, order.Length, 0, Math.Log10(largest * 1.5));
        return plot;
    }

    private static Plot Recall(ReportModel model, int[] classes)
    {
        Plot plot = BeforeAndAfter(model, classes, [.. model.Decided.Select(d => (d.Role, d.Recall))], "recall");
        plot.Axes.SetLimitsX(-0.02, 1.02);
        return plot;
    }

    /// <summary>A line per class, a mark per set, and a bar between the marks of two.</summary>
    private static Plot BeforeAndAfter(ReportModel model, int[] classes, (string Role, IReadOnlyList<double?> Values)[] sets, string x)
    {
        Plot plot = New(x, classes.Length, [.. classes.Select(c => Name(model.Classes[c].Label))]);
        for (int i = 0; i < classes.Length; i++)
        {
            double?[] found = [.. sets.Select(s => s.Values[classes[i]])];
            if (found is [double before, double after]) plot.Add.Line(before, -i, after, -i).LineStyle = new() { Width = 3, Color = Other.WithAlpha(0.6) };
            for (int d = 0; d < found.Length; d++)
                if (found[d] is double share) plot.Add.Marker(share, -i, RoleShape(sets[d].Role), 12, RoleColor(sets[d].Role));
        }

        Legend(plot, [.. sets.Select(s => (s.Role, RoleColor(s.Role), RoleShape(s.Role)))]);
        return plot;
    }

    private static Plot Confusion(ReportModel model, DecidedEntry decided)
    {
        int n = decided.Codes.Count;
        Plot plot = New("decided", n, [.. decided.Codes.Select(c => Name(model.Classes[c].Label, 18))]);
        for (int t = 0; t < n; t++)
            for (int p = 0; p < n; p++)
            {
                double share = decided.Truths[t] == 0 ? 0 : decided.Cells[t][p] / decided.Truths[t];
                Rectangle cell = plot.Add.Rectangle(p - 0.5, p + 0.5, -t - 0.5, -t + 0.5);
                (cell.FillColor, cell.LineColor) = (Color.FromHex("#f0f5fb").MixedWith(Same, share), Colors.White);
                if (n <= 8 || share >= 0.005)
                    Label(plot, n <= 8 ? string.Create(CultureInfo.InvariantCulture, $"{decided.Cells[t][p]:N0}\n{share:P1}")
                        : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0}"), p, -t, Alignment.MiddleCenter, share > 0.78 ? Colors.White : Text);
            }

        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, n).Select(i => (double)i)], [.. decided.Codes.Select(c => Name(model.Classes[c].Label, 18))]);
        if (n > 6) (plot.Axes.Bottom.TickLabelStyle.Rotation, plot.Axes.Bottom.TickLabelStyle.Alignment) = (-60, Alignment.MiddleRight);
        plot.Axes.Left.Label.Text = "true";
        plot.Axes.Title.Label.Text = $"{decided.Role}: {decided.Name}";
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, n - 0.5, -n + 0.5, 0.5);
        return plot;
    }

    private static Plot Curve(
        IReadOnlyList<CurveEntry> sets, string x, string y, Func<CurveEntry, (double[] X, double[] Y)> line, Func<CurveEntry, BandEntry?> band,
        (double[] X, double[] Y)? guess = null, double top = 1, string? title = null)
    {
        Plot plot = Lines(x, y);
        if (title is not null) plot.Axes.Title.Label.Text = title;
        foreach (CurveEntry set in sets)
        {
            if (band(set) is BandEntry edges)
            {
                FillY filled = plot.Add.FillY([.. edges.Low.Select((_, i) => i / (edges.Low.Count - 1.0))], [.. edges.Low], [.. edges.High]);
                (filled.FillColor, filled.LineColor) = (RoleColor(set.Role).WithAlpha(0.18), Colors.Transparent);
            }

            (double[] xs, double[] ys) = line(set);
            Set(plot, xs, ys, set.Name, set.Role);
        }

        if (guess is var (gx, gy)) Dotted(plot, gx, gy);
        plot.Axes.SetLimits(0, 1, 0, top * 1.01);
        return plot;
    }

    /// <summary>The line of a model.</summary>
    private static void Set(Plot plot, double[] xs, double[] ys, string name, string role, float marker = 0)
    {
        Scatter drawn = plot.Add.Scatter(xs, ys, RoleColor(role));
        (drawn.LineWidth, drawn.MarkerSize, drawn.LegendText) = (2, marker, $"{role}: {Name(name, 60)}");
        if (role == "baseline") drawn.LinePattern = LinePattern.Dashed;
    }

    /// <summary>The line of guessing, or of perfection.</summary>
    private static void Dotted(Plot plot, double[] xs, double[] ys)
    {
        Scatter dotted = plot.Add.Scatter(xs, ys, Other);
        (dotted.LineWidth, dotted.MarkerSize, dotted.LinePattern) = (1, 0, LinePattern.Dotted);
    }

    /// <summary>A plot of lines over numbers.</summary>
    private static Plot Lines(string x, string y)
    {
        Plot plot = New(x, 0, []);
        plot.Axes.Left.Label.Text = y;
        ShowLegend(plot);
        return plot;
    }

    private static void Line(Plot plot, double[] xs, double[] ys, string name, int index)
    {
        Scatter drawn = plot.Add.Scatter(xs, ys, Series[index % Series.Length]);
        (drawn.LineWidth, drawn.MarkerSize, drawn.LegendText) = (2, 0, name);
        drawn.LinePattern = ((index + index / Series.Length) % 3) switch { 0 => LinePattern.Solid, 1 => LinePattern.Dashed, _ => LinePattern.Dotted };
    }

    /// <summary>Marks at 1, 2, 5, 10, ... on an axis of logarithms; only at powers of ten where those would crowd.</summary>
    private static void Powers(IAxis axis, double largest)
    {
        double[] all = [.. Enumerable.Range(0, 16).SelectMany(i => new[] { 1.0, 2, 5 }.Select(m => m * Math.Pow(10, i))).TakeWhile(m => m <= largest * 1.5)];
        double[] marks = all.Length <= 13 ? all : [.. all.Where((_, i) => i % 3 == 0)];
        axis.TickGenerator = new NumericManual([.. marks.Select(Math.Log10)], [.. marks.Select(m => m.ToString("N0", CultureInfo.InvariantCulture))]);
    }

    /// <summary>A plot with one line per name, the first on top.</summary>
    private static Plot New(string x, int lines, string[] names)
    {
        var plot = new Plot();
        plot.Axes.Bottom.Label.Text = x;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = plot.Axes.Title.Label.Bold = false;
        plot.Axes.Title.Label.FontSize = 14;
        (plot.Axes.Bottom.Label.FontSize, plot.Axes.Left.Label.FontSize) = (14, 14);
        plot.Axes.Right.MinimumSize = 28;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        if (lines > 0)
        {
            plot.Axes.Left.TickGenerator = new NumericManual([.. names.Select((_, i) => -(double)i)], names);
            plot.Axes.SetLimitsY(-lines + 0.4, 0.6);
        }

        return plot;
    }

    private static void Legend(Plot plot, params (string Name, Color Color, MarkerShape Shape)[] items)
    {
        foreach ((string name, Color color, MarkerShape shape) in items)
            plot.Legend.ManualItems.Add(new() { LabelText = name, MarkerStyle = new(shape, 10, color), LineWidth = 0 });
        ShowLegend(plot);
    }

    private static void ShowLegend(Plot plot)
    {
        plot.ShowLegend(Edge.Top).Padding = new(4, 4);
        (plot.Legend.ShadowColor, plot.Legend.OutlineColor) = (Colors.Transparent, Colors.Transparent);
    }

    /// <summary>The font of the pictures: one that has the letters of the labels.</summary>
    private static string Font(IEnumerable<string> labels)
    {
        string beyond = string.Concat(labels.SelectMany(l => l.Take(100)).Where(c => c > '\u024F').Take(1000));
        return beyond.Length > 0 ? Fonts.Detect(beyond)
            : Sans.FirstOrDefault(name => SKFontManager.Default.FontFamilies.Contains(name, StringComparer.OrdinalIgnoreCase)) ?? Fonts.Sans;
    }

    private static void Label(Plot plot, string text, double x, double y, Alignment alignment, Color? color = null)
    {
        Text label = plot.Add.Text(text, x, y);
        (label.LabelAlignment, label.LabelFontColor, label.LabelFontSize) = (alignment, color ?? Text, 12);
    }

    private static Color RoleColor(string role) => role is "baseline" or "before" ? Baseline : role is "recommended" or "after" ? Advised : Same;

    private static MarkerShape RoleShape(string role) => role is "baseline" or "before" ? MarkerShape.FilledCircle : MarkerShape.FilledDiamond;

    private static MarkerShape Shape(int c) =>
        (c % 4) switch { 0 => MarkerShape.FilledCircle, 1 => MarkerShape.FilledSquare, 2 => MarkerShape.FilledTriangleUp, _ => MarkerShape.FilledDiamond };

    /// <summary>A label in one short line.</summary>
    private static string Name(string label, int most = 32)
    {
        var text = new StringInfo(string.Concat(label.Select(c => char.IsControl(c) ? ' ' : c)));
        return text.LengthInTextElements <= most ? text.String : text.SubstringByTextElements(0, most - 1) + "\u2026";
    }
}
