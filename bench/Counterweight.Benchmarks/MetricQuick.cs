using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Counterweight.Benchmarks;

/// <summary>Times metrics on the rows that bench/peers/metrics.py wrote, and prints name, median milliseconds and value.</summary>
internal sealed class MetricQuick : IQuickBenchmark
{
    public string Name => "metrics";

    public void Run(string[] args)
    {
        string folder = args[0];
        int repeats = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        int[] truth = Read<int>(folder, "truth"), predicted = Read<int>(folder, "predicted"), truth10 = Read<int>(folder, "truth10"),
            predicted10 = Read<int>(folder, "predicted10");
        double[] scores = Read<double>(folder, "scores"), weights = Read<double>(folder, "weights");
        float[] singles = [.. scores.Select(s => (float)s)];

        Time("roc-auc", () => RocAuc.Of(truth, scores));
        Time("roc-auc, float32", () => RocAuc.Of(truth, singles));
        Time("roc-auc, weighted", () => RocAuc.Of(truth, scores, weights));
        Time("average-precision", () => AveragePrecision.Of(truth, scores));
        Time("roc curve", () => RocCurve.Of(ScoreSteps.Of(truth, scores)).Count);
        Time("confusion matrix", () => ConfusionMatrix.Of(truth, predicted, 2)[1, 1]);
        Time("confusion matrix, weighted", () => ConfusionMatrix.Of(truth, predicted, 2, weights)[1, 1]);
        Time("confusion matrix, 10 classes", () => ConfusionMatrix.Of(truth10, predicted10, 10)[1, 1]);
        Time("balanced-accuracy", () => Metric.BalancedAccuracy.Evaluate(Predictions.FromLabels(truth, predicted, 2)));
        Time("f1", () => Metric.F1.Evaluate(Predictions.FromLabels(truth, predicted, 2)));
        Time("mcc", () => Metric.MatthewsCorrelation.Evaluate(Predictions.FromLabels(truth, predicted, 2)));
        Time("log-loss", () => Metric.LogLoss.Evaluate(Predictions.FromScores(truth, scores)));
        Time("brier", () => Metric.Brier.Evaluate(Predictions.FromScores(truth, scores)));

        void Time(string name, Func<double> run)
        {
            double value = run();
            List<double> times = [];
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                value = run();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{times[repeats / 2]:R}\t{value:R}"));
        }
    }

    private static T[] Read<T>(string folder, string name)
        where T : unmanaged
    {
        using FileStream stream = File.OpenRead(Path.Combine(folder, name + ".bin"));
        var values = new T[stream.Length / Marshal.SizeOf<T>()];
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
