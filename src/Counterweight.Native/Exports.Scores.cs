using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight;

/// <summary>The functions about predictions: metrics, their intervals, decisions and calibration.</summary>
internal static unsafe partial class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "cw_metric")]
    public static int Evaluate(
        byte* metric, int* truth, long rows, long classes, int* predicted, double* scores, long columns, int probabilities, double* weights, int positive,
        double* value) => Call.Run(() =>
        {
            Borrowed.Place(value, "value");
            IMetric wanted = Metric.Catalogue.Create(Borrowed.Text(metric, "metric"));
            *value = wanted.Evaluate(PredictionsOf(truth, rows, classes, predicted, scores, columns, probabilities, weights, positive));
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_confusion")]
    public static int Confusion(int* truth, int* predicted, long rows, long classes, double* weights, double* cells) => Call.Run(() =>
    {
        int k = Borrowed.Classes(classes);
        Memory<double> target = Borrowed.Array(cells, Borrowed.Times(k, k, "cells"), "cells");
        ConfusionMatrix.Of(
            Borrowed.Array(truth, rows, "truth").Span, Borrowed.Array(predicted, rows, "predicted").Span, k, Borrowed.Optional(weights, rows, "weights").Span,
            Call.Threads).AsSpan().CopyTo(target.Span);
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_bootstrap")]
    public static int Interval(
        byte* metric, int* truth, long rows, long classes, int* predicted, double* scores, long columns, int probabilities, double* weights, int positive,
        double level, long resamples, int kind, int stratified, long seed, double* interval) => Call.Run(() =>
        {
            Memory<double> target = Borrowed.Array(interval, 4, "interval");
            IMetric wanted = Metric.Catalogue.Create(Borrowed.Text(metric, "metric"));
            if (resamples is < 0 or > int.MaxValue) throw new ArgumentException($"There are {resamples} resamples; 20 or more are needed.");
            MetricInterval found = Bootstrap.Interval(
                wanted, PredictionsOf(truth, rows, classes, predicted, scores, columns, probabilities, weights, positive), level, (int)resamples,
                (BootstrapKind)kind, stratified != 0, seed, Call.Threads);
            Put(found, target.Span);
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_delong")]
    public static int CompareAreas(int* truth, double* first, double* second, long rows, double level, int positive, double* result) => Call.Run(() =>
    {
        ReadOnlySpan<int> labels = Borrowed.Array(truth, rows, "truth").Span;
        ReadOnlySpan<double> scores = Borrowed.Array(first, rows, "first").Span;
        if (second == null)
        {
            Put(DeLong.Interval(labels, scores, level, positive, Call.Threads), Borrowed.Array(result, 4, "result").Span);
            return;
        }

        Span<double> target = Borrowed.Array(result, 8, "result").Span;
        AucDifference found = DeLong.Difference(labels, scores, Borrowed.Array(second, rows, "second").Span, level, positive, Call.Threads);
        Put(found.Difference, target);
        (target[4], target[5], target[6], target[7]) = (found.First, found.Second, found.Z, found.PValue);
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_tune_threshold")]
    public static int TuneThreshold(
        byte* metric, int* truth, double* scores, long rows, double* weights, double* costs, byte* constraints, int positive, double* result) => Call.Run(() =>
        {
            Span<double> target = Borrowed.Array(result, 8, "result").Span;
            string name = Borrowed.Text(metric, "metric");
            ThresholdMetric aim = costs != null ? ThresholdMetric.ExpectedCost(CostMatrix.From(Borrowed.Array(costs, 4, "costs").Span, 2), positive)
                : ThresholdMetric.Catalogue.MethodOf(name) is null && Metric.Catalogue.MethodOf(name) is not null
                    ? ThresholdMetric.From(Metric.Catalogue.Create(name), positive)
                : ThresholdMetric.Catalogue.Create(name);
            ThresholdConstraint[] kept = constraints == null ? []
                : [.. Borrowed.Text(constraints, "constraints").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(ThresholdConstraint.Parse)];
            ThresholdResult best = Threshold.Tune(
                aim, Borrowed.Array(scores, rows, "scores").Span, Borrowed.Array(truth, rows, "truth").Span,
                Borrowed.Optional(weights, rows, "weights").Span, kept, positive, Call.Threads);
            (target[0], target[1], target[2], target[3]) = (best.Threshold, best.Value, best.ValueOfNone, best.NoneIsBetter ? 1 : 0);
            BinaryCounts at = best.Counts;
            (target[4], target[5], target[6], target[7]) = (at.TruePositives, at.FalsePositives, at.FalseNegatives, at.TrueNegatives);
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_tune_offsets")]
    public static int TuneOffsets(
        byte* metric, int* truth, double* scores, long rows, long classes, double* weights, double* costs, long seed, double* offsets, double* values) =>
        Call.Run(() =>
        {
            int k = Borrowed.Classes(classes);
            Memory<double> target = Borrowed.Array(offsets, k, "offsets"), two = Borrowed.Array(values, 2, "values");
            IMetric aim = costs == null ? Metric.Catalogue.Create(Borrowed.Text(metric, "metric"))
                : Metric.ExpectedCost(CostMatrix.From(Borrowed.Array(costs, Borrowed.Times(k, k, "costs"), "costs").Span, k));
            OffsetsResult best = ClassOffsets.Tune(aim, PredictionsOf(truth, rows, classes, null, scores, classes, 1, weights, 1), seed: seed);
            for (int c = 0; c < k; c++) target.Span[c] = best.Offsets[c];
            (two.Span[0], two.Span[1]) = (best.Value, best.ValueWithout);
        });

    [UnmanagedCallersOnly(EntryPoint = "cw_calibrate")]
    public static int Calibrate(byte* method, double* probabilities, int* truth, long rows, long classes, double* weights, long* result) => Call.Run(() =>
    {
        Borrowed.Place(result, "result");
        int k = Borrowed.Classes(classes);
        Calibrator fitted = Calibrator.Fit(
            Borrowed.Text(method, "method"), Borrowed.Array(probabilities, Borrowed.Times(rows, k, "probabilities"), "probabilities").Span,
            Borrowed.Array(truth, rows, "truth").Span, k, Borrowed.Optional(weights, rows, "weights").Span);
        string json = new Decision(new TransformedDecision(fitted, new ArgmaxDecision(k))).ToJson();
        *result = Handles.Add(new Result().With(Result.Text, Encoding.UTF8.GetBytes(json)));
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_decision")]
    public static int ReadDecision(byte* json, byte* file, long* result) => Call.Run(() =>
    {
        Borrowed.Place(result, "result");
        *result = Handles.Add(Decision.Parse(Borrowed.Text(json, "json"), file == null ? null : Borrowed.Text(file, "file")));
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_decide")]
    public static int Decide(long decision, double* scores, long rows, long columns, int* decisions) => Call.Run(() =>
    {
        Decision own = Handles.Get<Decision>(decision, "a decision");
        if (columns != own.Columns)
            throw new ArgumentException(
                $"The scores have {columns} columns; this decision reads {own.Columns}"
                + (own.Columns == 1 ? $", the score of class '{own.Labels[own.PositiveClass]}'." : $": {string.Join(", ", own.ScoreColumns ?? own.Labels)}."));
        own.Decide(
            Borrowed.Array(scores, Borrowed.Times(rows, columns, "scores"), "scores").Span, Borrowed.Array(decisions, rows, "decisions").Span, Call.Threads);
    });

    [UnmanagedCallersOnly(EntryPoint = "cw_transform")]
    public static int Transform(long decision, double* probabilities, long rows, double* destination) => Call.Run(() =>
    {
        Decision own = Handles.Get<Decision>(decision, "a decision");
        ReadOnlyMemory<double> source = Borrowed.Array(probabilities, Borrowed.Times(rows, own.Columns, "probabilities"), "probabilities");
        Span<double> target = Borrowed.Array(destination, Borrowed.Times(rows, own.Classes, "destination"), "destination").Span;
        double[] seen = own.Probabilities(source.Span);
        IDecision rule = own.Rule;
        while (rule is TransformedDecision changed)
        {
            changed.Transform.Transform(seen, seen);
            rule = changed.Inner;
        }

        seen.CopyTo(target);
    });

    private static Predictions PredictionsOf(
        int* truth, long rows, long classes, int* predicted, double* scores, long columns, int probabilities, double* weights, int positive)
    {
        int k = Borrowed.Classes(classes);
        ReadOnlyMemory<int> labels = Borrowed.Array(truth, rows, "truth");
        ReadOnlyMemory<double> rowWeights = Borrowed.Optional(weights, rows, "weights");
        if (predicted != null || (scores == null && rows == 0))
            return Predictions.FromLabels(labels, Borrowed.Array(predicted, rows, "predicted"), k, rowWeights, positive, Call.Threads);
        ReadOnlyMemory<double> given = Borrowed.Array(scores, Borrowed.Times(rows, columns, "scores"), "scores");
        if (columns == 1 && k == 2) return Predictions.FromScores(labels, given, rowWeights, positiveClass: positive, threads: Call.Threads);
        if (columns != k)
            throw new ArgumentException($"The scores have {columns} columns; there are {k} classes, so there must be {(k == 2 ? "1 or 2" : $"{k}")}.");
        return probabilities != 0
            ? Predictions.FromProbabilities(labels, given, k, rowWeights, positiveClass: positive, threads: Call.Threads)
            : Predictions.FromClassScores(labels, given, k, rowWeights, positiveClass: positive, threads: Call.Threads);
    }

    private static void Put(MetricInterval found, Span<double> target) =>
        (target[0], target[1], target[2], target[3]) = (found.Estimate, found.Low, found.High, found.StandardError);
}
