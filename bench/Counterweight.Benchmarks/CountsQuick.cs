using System.Diagnostics;
using System.Globalization;

namespace Counterweight.Benchmarks;

/// <summary>Times class counts on labels made by the rule that bench/peers/counts.py uses too, and prints name and median milliseconds.</summary>
internal sealed class CountsQuick : IQuickBenchmark
{
    public string Name => "counts";

    public void Run(string[] args)
    {
        int rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000_000, repeats = 7;
        long[] labels = new long[rows];
        ulong state = 1;
        for (int i = 0; i < rows; i++)
        {
            state = unchecked((state * 6364136223846793005UL) + 1442695040888963407UL);
            labels[i] = (state >> 60) == 0 ? (long)((state >> 40) % 10) : 0;
        }

        string[] words = [.. Enumerable.Range(0, 10).Select(c => $"class number {c}")];
        string[] texts = [.. labels.AsSpan(0, Math.Min(rows, 10_000_000)).ToArray().Select(l => new string(words[l]))];
        Time("long labels, mostly class 0", () => ClassCounts.Of(labels));
        for (int i = 0; i < rows; i++) labels[i] = i * 2654435761L % 1009 % 10;
        Time("long labels, ten equal classes", () => ClassCounts.Of(labels));
        Time("text labels, a tenth of the rows", () => ClassCounts.Of(texts));

        void Time(string name, Func<ClassCounts> run)
        {
            List<double> times = [];
            for (int i = 0; i <= repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                long found = run().Rows;
                if (i > 0) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (found == 0) throw new InvalidOperationException("Nothing was counted.");
            }

            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{times[repeats / 2]:R}"));
        }
    }
}
