using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Counterweight.Benchmarks;

/// <summary>Times decisions on the rows that bench/peers/decisions.py wrote, and prints name, median milliseconds and value.</summary>
internal sealed class ThresholdQuick : IQuickBenchmark
{
    public string Name => "decisions";

    public void Run(string[] args)
    {
        string folder = args[0];
        int repeats = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        int[] truth = Read<int>(folder, "truth");
        double[] scores = Read<double>(folder, "scores"), weights = Read<double>(folder, "weights"), targets = Array.ConvertAll(truth, t => (double)t);
        ThresholdMetric cost = ThresholdMetric.ExpectedCost(CostMatrix.FromPair(1, 20));

        Time("tune f1", () => Threshold.Tune(ThresholdMetric.F1, scores, truth).Threshold);
        Time("tune f1, weighted", () => Threshold.Tune(ThresholdMetric.F1, scores, truth, weights).Threshold);
        Time("tune mcc", () => Threshold.Tune(ThresholdMetric.MatthewsCorrelation, scores, truth).Threshold);
        Time("tune expected cost", () => Threshold.Tune(cost, scores, truth).Threshold);
        Time("tune precision, recall >= 0.8",
            () => Threshold.Tune(ThresholdMetric.Precision, scores, truth, constraints: [ThresholdConstraint.RecallAtLeast(0.8)]).Threshold);
        Time("isotonic fit", () => IsotonicRegression.Fit(scores, targets).Apply(0.3));
        Time("Platt fit", () => SigmoidScaling.Fit(scores, truth).A);

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
