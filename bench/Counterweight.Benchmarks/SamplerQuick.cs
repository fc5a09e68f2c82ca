using System.Diagnostics;
using System.Globalization;

namespace Counterweight.Benchmarks;

/// <summary>
/// The samplers beside torch on the same weights in one run, each case in turn with the peer's: medians and ratios.
/// <c>dotnet run -c Release --project bench/Counterweight.Benchmarks -- --quick samplers [python]</c>; <c>--quick samplers-large</c> for 100M rows.
/// </summary>
internal sealed class SamplerQuick : IQuickBenchmark
{
    public string Name => "samplers";

    public void Run(string[] args)
    {
        string python = args.Length > 0 ? args[0] : "python3", file = Path.Combine(Path.GetTempPath(), $"counterweight-weights-{Environment.ProcessId}.f64");
        double[] weights = SamplerBenchmarks.Weights(10_000_000);
        File.WriteAllBytes(file, System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        try
        {
            using Process peer = Process.Start(new ProcessStartInfo(python, [Path.Combine("bench", "peers", "samplers.py"), file])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            double Peer(string request)
            {
                peer.StandardInput.WriteLine(request);
                peer.StandardInput.Flush();
                return double.Parse(peer.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
            }

            long[] rows = new long[weights.Length];
            double[] million = weights[..1_000_000];
            int[] labels = [.. weights.Select(w => w < 0.01 ? 1 : 0)];
            Compare("10M draws of 10M rows, table included", "multinomial", 3, () => new WeightedRandomSampler(weights).Fill(0, 0, rows));
            Compare("the same against WeightedRandomSampler, iterated", "sampler", 3, () => Sum(new WeightedRandomSampler(weights).Epoch(0)));
            Compare("10M draws by class, index included", "multinomial", 3, () => new ClassBalancedSampler(labels, 2).Fill(0, 0, rows));
            Compare("100k of 1M without replacement", "without", 25,
                () => WeightedRandomSampler.WithoutReplacement(million, 100_000).Fill(0, 0, rows.AsSpan(0, 100_000)));
            Compare("the same, the weights copied", "without", 25,
                () => new WeightedRandomSampler(million, 100_000, replacement: false).Fill(0, 0, rows.AsSpan(0, 100_000)));
            var sampler = new WeightedRandomSampler(weights);
            Alone("iterating 10M draws of 10M rows", () => Sum(sampler.Epoch(0)), rows.Length);
            Alone("the same, two threads", () => Sum(sampler.Epoch(0, threads: 2)), rows.Length);
            Alone("the same as an IEnumerable<long>, one thread", () => SumOfInterface(sampler.Epoch(0)), rows.Length);
            var small = new WeightedRandomSampler(million, rows.Length);
            Alone("iterating 10M draws of 1M rows", () => Sum(small.Epoch(0)), rows.Length);
            peer.StandardInput.Close();
            peer.WaitForExit();

            void Compare(string what, string request, int runs, Action ours)
            {
                ours();
                List<double> own = [], other = [];
                for (int i = 0; i < runs; i++)
                {
                    // Both begin on processors on which no thread of the other is still spinning for work.
                    Thread.Sleep(300);
                    own.Add(Seconds(ours));
                    Thread.Sleep(300);
                    other.Add(Peer(request));
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {what} | {1000 * Median(own):0.#} ms | {1000 * Median(other):0.#} ms | {Median([.. other.Zip(own, (o, s) => o / s)]):0.#} |"));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    internal static void Alone(string what, Action run, int draws)
    {
        run();
        double[] seconds = [.. Enumerable.Range(0, 7).Select(_ => Seconds(run))];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {what} | {1e9 * Median(seconds) / draws:0.0} ns a draw (best {1e9 * seconds.Min() / draws:0.0}) | | |"));
    }

    internal static long Sum(SamplerEpoch rows)
    {
        long sum = 0;
        foreach (long row in rows) sum += row;
        return sum;
    }

    private static long SumOfInterface(IEnumerable<long> rows)
    {
        long sum = 0;
        foreach (long row in rows) sum += row;
        return sum;
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}

/// <summary>What a table of 100 million rows takes beyond its weights.</summary>
internal sealed class SamplerLarge : IQuickBenchmark
{
    public string Name => "samplers-large";

    public void Run(string[] args)
    {
        float[] weights = new float[100_000_000];
        var random = new SeededRandom(1);
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)random.NextPositiveDouble();
        long before = Environment.WorkingSet;
        long start = Stopwatch.GetTimestamp();
        var sampler = new WeightedRandomSampler(weights, 10_000_000);
        double built = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"100M rows: built in {built:0.00} s, {(process.PeakWorkingSet64 - before) / 1e9:0.00} GB beyond the weights at the peak"));
        SamplerQuick.Alone("iterating 10M draws of 100M rows", () => SamplerQuick.Sum(sampler.Epoch(0)), 10_000_000);
    }
}
