using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Counterweight.Cli;

/// <summary>The pictures of a report as files for papers: each as PNG and as SVG.</summary>
internal static class ReportPlots
{
    private const int Width = 900, MostLines = 40;

    private static readonly Color Text = Color.FromHex("#1b1f24"), Advised = Color.FromHex("#0b6e4f"), Baseline = Color.FromHex("#a94f00"), Same = Color.FromHex("#0a5fc4"), Other = Color.FromHex("#6b7480");

    private static readonly Color[] Series = [.. new[] { "#0a5fc4", "#a94f00", "#0b6e4f", "#b0207a", "#7a6000", "#6f42c1", "#00718a", "#b3261e" }.Select(Color.FromHex)];

    /// <summary>Writes the pictures.</summary>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <param name="model">What to draw.</param>
    /// <returns>The number of pictures.</returns>
    internal static int Write(string folder, ReportModel model)
    {
        int written = 0;
        void Save(string name, Plot? plot, int height, int width = Width)
        {
            if (plot is null) return;
            AtomicFile.Write(Path.Combine(folder, name + ".png"), stream => stream.Write(plot.GetImageBytes(width, height, ImageFormat.Png)));
            AtomicFile.Write(Path.Combine(folder, name + ".svg"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(plot.GetSvgXml(width, height))));
            plot.Dispose();
            written++;
        }

        int[] classes = [.. Enumerable.Range(0, model.Classes.Count).OrderByDescending(c => model.Classes.Count > 12 ? model.Classes[c].Count : 0).ThenBy(c => c).Take(MostLines)];
        int tall = 130 + 28 * classes.Length;
        if (model.Comparison is not null) Save("comparison", Comparison(model.Comparison), 150 + 28 * Math.Min(MostLines, model.Comparison.Candidates.Count(c => c.Mean is not null)));
        Save("counts", Counts(model, classes), tall);
        if (model.Classes.Count <= Series.Length) Save("weights", Weights(model), 150 + 28 * model.Weights.Count);
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
        Plot plot = New("rows", classes.Length, [.. classes.Select(c => Name(model.Classes[c].Label))]);
        double all = model.Classes.Sum(c => (double)c.Count), most = model.Classes.Max(c => c.Count);
        for (int i = 0; i < classes.Length; i++)
        {
            double count = model.Classes[classes[i]].Count;
            plot.Add.Bar(new Bar { Position = -i, Value = count, Size = 0.7, FillColor = Same, LineColor = Same, Orientation = Orientation.Horizontal });
            Label(plot, string.Create(CultureInfo.InvariantCulture, $" {count:N0} ({count / all:P1})"), count, -i, Alignment.MiddleLeft);
        }

        plot.Axes.SetLimitsX(0, most * 1.25);
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

        double[] marks = [.. new[] { 1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000 }.TakeWhile(m => m <= largest * 1.5)];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. marks.Select(Math.Log10)], [.. marks.Select(m => m.ToString(CultureInfo.InvariantCulture))]);
        Legend(plot, [.. model.Classes.Select((c, i) => (Name(c.Label), Series[i], Shape(i)))]);
        plot.Axes.SetLimitsX(-0.08, Math.Log10(largest * 1.5));
        return plot;
    }

    private static Plot Recall(ReportModel model, int[] classes)
    {
        Plot plot = New("recall", classes.Length, [.. classes.Select(c => Name(model.Classes[c].Label))]);
        for (int i = 0; i < classes.Length; i++)
        {
            double?[] found = [.. model.Decided.Select(d => d.Recall[classes[i]])];
            if (found is [double before, double after]) plot.Add.Line(before, -i, after, -i).LineStyle = new() { Width = 3, Color = Other.WithAlpha(0.6) };
            for (int d = 0; d < found.Length; d++)
                if (found[d] is double share) plot.Add.Marker(share, -i, RoleShape(model.Decided[d].Role), 12, RoleColor(model.Decided[d].Role));
        }

        Legend(plot, [.. model.Decided.Select(d => (d.Role, RoleColor(d.Role), RoleShape(d.Role)))]);
        plot.Axes.SetLimitsX(-0.02, 1.02);
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

        plot.ShowLegend(Edge.Top);
        plot.Axes.SetLimits(0, 1, 0, top * 1.01);
        return plot;
    }

    /// <summary>A plot with one line per name, the first on top.</summary>
    private static Plot New(string x, int lines, string[] names)
    {
        var plot = new Plot();
        plot.Axes.Bottom.Label.Text = x;
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = plot.Axes.Title.Label.Bold = false;
        plot.Axes.Title.Label.FontSize = 14;
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
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.ShowLegend(Edge.Top);
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
