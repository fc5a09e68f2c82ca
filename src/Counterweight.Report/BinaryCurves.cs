using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>The curves of one model's scores of one class against the others, small enough to embed.</summary>
internal static class BinaryCurves
{
    /// <summary>The most thresholds that a report carries per model.</summary>
    internal const int MostThresholds = 2000;

    private const int Steps = 50;

    /// <summary>The scores and labels (0 or 1) of one fold, and what each row weighs; empty where all weigh the same.</summary>
    internal sealed record Part(int[] Truth, double[] Scores, double[] Weights);

    internal static CurveEntry? Of(string name, string role, IReadOnlyList<Part> folds, int repeats, int mostThresholds = MostThresholds)
    {
        int[] truth = [.. folds.SelectMany(f => f.Truth)];
        double[] scores = [.. folds.SelectMany(f => f.Scores)], weights = [.. folds.SelectMany(f => f.Weights)];
        if (!truth.Contains(0) || !truth.Contains(1)) return null;
        ScoreSteps steps = ScoreSteps.Of(truth, scores, weights);
        CostCurve costs = CostCurve.Of(steps);
        int[] kept = Kept(steps, costs, mostThresholds);
        ScoreSteps[] parts = folds.Count < 2 ? []
            : [.. folds.Where(f => f.Truth.Contains(0) && f.Truth.Contains(1)).Select(f => ScoreSteps.Of(f.Truth, f.Scores, f.Weights))];
        bool probabilities = scores.All(s => s is >= 0 and <= 1);
        return new(
            name, role, repeats, steps.Positives, steps.Negatives, steps.Count, [.. kept.Select(i => steps.Thresholds[i])],
            [.. kept.Select(i => steps.TruePositives[i])],
            [.. kept.Select(i => steps.FalsePositives[i])], steps.RocAuc(), steps.AveragePrecision(),
            Band(parts.Select(p => { RocCurve roc = RocCurve.Of(p); return (Func<double, double>)(x => TruePositiveRateAt(roc, x)); })),
            Band(parts.Select(p =>
            {
                PrecisionRecallCurve curve = PrecisionRecallCurve.Of(p); return (Func<double, double>)(
                x => curve.PrecisionAtRecall(x).Precision);
            })),
            probabilities ? [.. ReliabilityCurve.Compute(scores, truth, weights: weights).Bins.Select(
                b => new ReliabilityEntry(b.Weight, b.MeanPredicted, b.ObservedShare, b.StandardError))] : [],
            costs.ProbabilityCosts.ToArray(), costs.Costs.ToArray());
    }

    /// <summary>All thresholds, or those that are best for some costs and others evenly spaced over the rows found and over the false alarms.</summary>
    private static int[] Kept(ScoreSteps steps, CostCurve costs, int most)
    {
        int n = steps.Count;
        if (n <= most) return [.. Enumerable.Range(0, n)];
        var kept = new SortedSet<int> { 0, n - 1 };
        double[] ascending = [.. Enumerable.Range(0, n).Select(i => -steps.Thresholds[i])];
        foreach (double t in costs.Thresholds)
            if (double.IsFinite(t)) kept.Add(Array.BinarySearch(ascending, -t));
        int half = Array.FindLastIndex(ascending, t => t <= -0.5);
        if (half >= 0) kept.Add(half);
        int each = most / 3;
        Evenly(steps.TruePositives, steps.Positives);
        Evenly(steps.FalsePositives, steps.Negatives);
        for (int i = 0; i < each && kept.Count < most; i++) kept.Add((int)((long)i * n / each));
        return [.. kept];

        void Evenly(ReadOnlySpan<double> counts, double all)
        {
            for (int i = 0, next = 0; i < counts.Length; i++)
                if (counts[i] / all * each >= next)
                {
                    kept.Add(i);
                    next = (int)(counts[i] / all * each) + 1;
                }
        }
    }

    private static BandEntry? Band(IEnumerable<Func<double, double>> curves)
    {
        double[][] values = [.. curves.Select(curve => Enumerable.Range(0, Steps + 1).Select(i => curve((double)i / Steps)).ToArray())];
        return values.Length < 2 ? null
            : new([.. Enumerable.Range(0, Steps + 1).Select(i => Math.Round(values.Min(v => v[i]), 6))],
                [.. Enumerable.Range(0, Steps + 1).Select(i => Math.Round(values.Max(v => v[i]), 6))]);
    }

    /// <summary>The curve's height, on the straight line between its points; on a vertical step the upper end.</summary>
    private static double TruePositiveRateAt(RocCurve curve, double x)
    {
        ReadOnlySpan<double> fp = curve.FalsePositiveRates, tp = curve.TruePositiveRates;
        int after = 0;
        while (after < fp.Length && fp[after] <= x) after++;
        if (after == fp.Length) return tp[^1];
        int before = after - 1;
        return tp[before] + (x - fp[before]) / (fp[after] - fp[before]) * (tp[after] - tp[before]);
    }
}
