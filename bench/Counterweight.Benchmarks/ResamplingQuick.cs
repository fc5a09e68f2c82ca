using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Counterweight.Benchmarks;

/// <summary>Times resampling methods on the rows that bench/peers/resampling.py wrote: prints method, seconds of each run, rows and peak memory.</summary>
internal sealed class ResamplingQuick : IQuickBenchmark
{
    public string Name => "resampling";

    public void Run(string[] args)
    {
        (string folder, int columns, int repeats) = (
            args[0], int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
        var rows = new SampleMatrix<float>(Read<float>(folder, "rows"), columns, Read<int>(folder, "categorical"));
        int[] labels = Read<int>(folder, "labels");
        int classes = labels.Max() + 1;
        foreach (string method in args[3..])
        {
            IResampler resampler = Resampler.Create(method);
            // Not counted: until the runtime has compiled what is called often once more, on a thread of its own that takes one of two processors.
            int kept;
            long warm = Stopwatch.GetTimestamp();
            do kept = resampler.Resample(rows, labels, classes).Labels.Length;
            while (Stopwatch.GetElapsedTime(warm) < TimeSpan.FromSeconds(1.5));

            List<string> times = [];
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                kept = resampler.Resample(rows, labels, classes, seed: i).Labels.Length;
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
            }

            using Process process = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{method}\t{string.Join(',', times)}\t{kept}\t{process.PeakWorkingSet64 / 1048576}"));
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
