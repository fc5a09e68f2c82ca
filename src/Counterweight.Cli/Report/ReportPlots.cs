using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Counterweight.Cli;

/// <summary>The pictures of a report as files for papers: each as PNG and as SVG.</summary>
internal static class ReportPlots
{
    private const int Width = 900, MostLines = 40;

    private static readonly Color Text = Color.FromHex("#1b1f24"), Advised = Color.FromHex("#0b6e4f"), Baseline = Color.FromHex("#a94f00"), Same = Color.FromHex("#0a5fc4"), Other = Color.FromHex("#6b7480");

    private static readonly Color[] Series = [.. new[] { "#0a5fc4", "#a94f00", "#0b6e4f", "#b0207a", "#7a6000", "#6f42c1", "#00718a", "#b3261e" }.Select(Color.FromHex)];

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

        int[] classes = [.. Enumerable.Range(0, model.Classes.Count).OrderByDescending(c => model.Classes.Count > 12 ? model.Classes[c].Count : 0).ThenBy(c => c).Take(MostLines)];
        int tall = 130 + 28 * classes.Length;
        if (model.Diagnosis is DiagnosedEntry diagnosis)
        {
            Save("prior", Prior(model, diagnosis, classes), tall + 20);
            Save("chances", Chances(model, diagnosis), 480, 640);
            Save("lone-row", LoneRow(model, diagnosis, classes), tall);
            Save("exponent", Exponent(diagnosis), 480, 640);
            Save("sample-size", SampleSize(model, diagnosis), 100 + 28 * diagnosis.FirstPower);
        }

        if (model.Comparison is not null) Save("comparison", Comparison(model.Comparison), 150 + 28 * Math.Min(MostLines, model.Comparison.Candidates.Count(c => c.Mean is not null)));
        Save("counts", Counts(model, classes), tall);
        if (model.Weights.Count > 0) Save("weights", model.Classes.Count <= Series.Length ? Weights(model) : WeightsByRank(model), 150 + 28 * model.Weights.Count);
        if (model.Gains is { Count: > 0 } gains) Save("gains", Gains(gains), 110 + 28 * gains.Count);
        if (model.Decided.Count > 0) Save("recall", Recall(model, classes), tall + 20);
        foreach (DecidedEntry decided in model.Decided) Save($"confusion-{decided.Role.Replace(' ', '-')}", Confusion(model, decided), 480 + 8 * decided.Codes.Count, 560 + 8 * decided.Codes.Count);
        if (model.Curves is { Sets.Count: > 0 } curves)
        {
            Save("precision-recall", Curve(curves, "recall", "precision", s => ([.. s.TruePositives.Select(tp => tp / s.Positives)], [.. s.TruePositives.Zip(s.FalsePositives, (tp, fp) => tp / (tp + fp))]), s => s.PrecisionBand), 560, 640);
            Save("roc", Curve(curves, "false positive rate", "true positive rate", s => ([0, .. s.FalsePositives.Select(fp => fp / s.Negatives)], [0, .. s.TruePositives.Select(tp => tp / s.Positives)]), s => s.RocBand, ([0, 1], [0, 1])), 560, 640);
            if (curves.Sets.Any(s => s.Reliability.Count > 0))
                Save("reliability", Curve(curves, "predicted probability", "share that came true", s => ([.. s.Reliability.Select(b => b.Predicted)], [.. s.Reliability.Select(b => b.Observed)]), _ => null, ([0, 1], [0, 1]), markers: true), 560, 640);
            Save("cost-curve", Curve(curves, "probability cost of the positive class", "normalised expected cost", s => ([.. s.ProbabilityCosts], [.. s.NormalisedCosts]), _ => null, ([0, 0.5, 1], [0, 0.5, 0]), top: 0.5), 560, 640);
        }

        return written;
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
            plot.Add.Marker(mean, -i, c.IsRecommended ? MarkerShape.FilledDiamond : c.IsBaseline ? MarkerShape.FilledCircle : c.SameAsBest ? MarkerShape.FilledSquare : MarkerShape.FilledTriangleUp, c.IsRecommended ? 14 : 10, color);
        }

        Legend(plot, ("recommended", Advised, MarkerShape.FilledDiamond), ("baseline", Baseline, MarkerShape.FilledCircle), ("practically the same as the best", Same, MarkerShape.FilledSquare), ("others", Other, MarkerShape.FilledTriangleUp));
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
            plot.Add.Bar(new Bar { Position = -i, Value = values[i], Size = 0.7, FillColor = color(i), LineColor = color(i), Orientation = Orientation.Horizontal });
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
            Line(plot, [.. sizes.Select(b => Math.Log2(b))], [.. sizes.Select(b => Diagnosis.ChanceAbsent(rows, model.Classes[rarest[i]].Count, b))], Name(model.Classes[rarest[i]].Label, 20), i);
        plot.Add.VerticalLine(Math.Log2(diagnosis.BatchSize), 1.5f, Text);
        int[] marks = [.. Enumerable.Range(0, 31).Where(i => 1L << i <= top).Where((_, i) => top <= 4096 || i % 2 == 0)];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. marks.Select(m => (double)m)], [.. marks.Select(m => (1L << m).ToString("N0", CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimits(0, Math.Log2(top), 0, 1.01);
        return plot;
    }

    private static Plot LoneRow(ReportModel model, DiagnosedEntry diagnosis, int[] classes)
    {
        ClassCounts counts = ClassCounts.From([.. model.Classes.Select(c => c.Count)]);
        ClassDiagnosis[] found = [.. Diagnosis.Of(ClassWeights.From(counts, WeightScheme.Manual([.. diagnosis.Schemes[0].Weights])), diagnosis.BatchSize).Classes];
        Plot plot = Bars("share of a batch's gradient that a lone row has", [.. classes.Select(c => Name(model.Classes[c].Label))], [.. classes.Select(c => found[c].LoneRowShare)], v => string.Create(CultureInfo.InvariantCulture, $"{v:P1}"), _ => Advised);
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
        return Bars($"effective rows of {model.Classes.Sum(c => c.Count).ToString("N0", CultureInfo.InvariantCulture)}", [.. named.Select(s => Name(s.Name))], [.. named.Select(s => s.EffectiveSampleSize)],
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
                    Label(plot, n <= 8 ? string.Create(CultureInfo.InvariantCulture, $"{decided.Cells[t][p]:N0}\n{share:P1}") : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0}"), p, -t, Alignment.MiddleCenter, share > 0.78 ? Colors.White : Text);
            }

        plot.Axes.Bottom.TickGenerator = new NumericManual([.. Enumerable.Range(0, n).Select(i => (double)i)], [.. decided.Codes.Select(c => Name(model.Classes[c].Label, 18))]);
        if (n > 6) (plot.Axes.Bottom.TickLabelStyle.Rotation, plot.Axes.Bottom.TickLabelStyle.Alignment) = (-60, Alignment.MiddleRight);
        plot.Axes.Left.Label.Text = "true";
        plot.Axes.Title.Label.Text = $"{decided.Role}: {decided.Name}";
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, n - 0.5, -n + 0.5, 0.5);
        return plot;
    }

    private static Plot Curve(
        CurvesEntry curves, string x, string y, Func<CurveEntry, (double[] X, double[] Y)> line, Func<CurveEntry, BandEntry?> band, (double[] X, double[] Y)? guess = null, double top = 1, bool markers = false)
    {
        Plot plot = New(x, 0, []);
        plot.Axes.Left.TickGenerator = new NumericAutomatic();
        plot.Axes.Left.Label.Text = y;
        foreach (CurveEntry set in curves.Sets)
        {
            Color color = RoleColor(set.Role);
            if (band(set) is BandEntry edges)
                plot.Add.FillY([.. edges.Low.Select((_, i) => i / (edges.Low.Count - 1.0))], [.. edges.Low], [.. edges.High]).FillColor = color.WithAlpha(0.18);
            (double[] xs, double[] ys) = line(set);
            Scatter drawn = plot.Add.Scatter(xs, ys, color);
            (drawn.LineWidth, drawn.MarkerSize, drawn.LegendText) = (2, markers ? 8 : 0, $"{set.Role}: {set.Name}");
            if (set.Role == "baseline") drawn.LinePattern = LinePattern.Dashed;
        }

        if (guess is var (gx, gy))
        {
            Scatter dotted = plot.Add.Scatter(gx, gy, Other);
            (dotted.LineWidth, dotted.MarkerSize, dotted.LinePattern) = (1, 0, LinePattern.Dotted);
        }

        ShowLegend(plot);
        plot.Axes.SetLimits(0, 1, 0, top * 1.01);
        return plot;
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
        return beyond.Length > 0 ? Fonts.Detect(beyond) : Sans.FirstOrDefault(name => SKFontManager.Default.FontFamilies.Contains(name, StringComparer.OrdinalIgnoreCase)) ?? Fonts.Sans;
    }

    private static void Label(Plot plot, string text, double x, double y, Alignment alignment, Color? color = null)
    {
        Text label = plot.Add.Text(text, x, y);
        (label.LabelAlignment, label.LabelFontColor, label.LabelFontSize) = (alignment, color ?? Text, 12);
    }

    private static Color RoleColor(string role) => role is "baseline" or "before" ? Baseline : role is "recommended" or "after" ? Advised : Same;

    private static MarkerShape RoleShape(string role) => role is "baseline" or "before" ? MarkerShape.FilledCircle : MarkerShape.FilledDiamond;

    private static MarkerShape Shape(int c) => (c % 4) switch { 0 => MarkerShape.FilledCircle, 1 => MarkerShape.FilledSquare, 2 => MarkerShape.FilledTriangleUp, _ => MarkerShape.FilledDiamond };

    /// <summary>A label in one short line.</summary>
    private static string Name(string label, int most = 32)
    {
        var text = new StringInfo(string.Concat(label.Select(c => char.IsControl(c) ? ' ' : c)));
        return text.LengthInTextElements <= most ? text.String : text.SubstringByTextElements(0, most - 1) + "\u2026";
    }
}
