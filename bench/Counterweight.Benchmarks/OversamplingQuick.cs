using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Counterweight.Benchmarks;

/// <summary>Times over-samplers and combined methods on the rows that bench/peers/oversampling.py wrote, and prints name, median milliseconds and rows.</summary>
internal sealed class OversamplingQuick : IQuickBenchmark
{
    public string Name => "oversampling";

    public void Run(string[] args)
    {
        string folder = args[0];
        int repeats = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
        byte[] labels = File.ReadAllBytes(Path.Combine(folder, "y.bin"));
        float[] values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "x.bin"))).ToArray();
        var rows = new SampleMatrix<float>(values, values.Length / labels.Length);
        int[] classes = [.. labels.Select(l => (int)l)];
        foreach (string method in args.Length > 2 ? args[2..] : ["random-over", "random-over(shrinkage=1)", "smote", "borderline-smote", "borderline-smote-2", "adasyn", "kmeans-smote", "svm-smote", "smote-tomek", "smote-enn"])
        {
            IResampler resampler = Resampler.Create(method);
            int after = resampler.Resample(rows, classes, 2).Labels.Length;
            List<double> times = [];
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                resampler.Resample(rows, classes, 2, seed: i);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method}\t{times[repeats / 2]:F1}\t{times[0]:F1}\t{after}"));
        }
    }
}
