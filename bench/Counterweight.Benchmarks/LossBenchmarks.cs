using BenchmarkDotNet.Attributes;

namespace Counterweight.Benchmarks;

/// <summary>Every loss, forward and backward, against LibTorch's plain cross entropy; the environment variable LOSSES takes names, with commas between, to
/// measure some of them.</summary>
public class LossBenchmarks
{
    private LossCases cases = null!;

    [ParamsSource(nameof(SizeNames))]
    public string Size { get; set; } = "";

    [ParamsSource(nameof(LossNames))]
    public string Loss { get; set; } = "";

    public static IEnumerable<string> SizeNames => LossCases.Sizes.Select(s => $"{s.Rows} x {s.Classes}");

    public static IEnumerable<string> LossNames
    {
        get
        {
            using var small = new LossCases(8, 4);
            string[] chosen = Environment.GetEnvironmentVariable("LOSSES")?.Split(',') ?? [];
            return [.. small.Names.Where(n => chosen.Length == 0 || chosen.Contains(n))];
        }
    }

    [GlobalSetup]
    public void Setup()
    {
        string[] parts = Size.Split(" x ");
        cases = new LossCases(long.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
            int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [GlobalCleanup]
    public void Cleanup() => cases.Dispose();

    [Benchmark(Baseline = true)]
    public void LibTorch() => cases.LibTorch(Loss);

    [Benchmark]
    public void Counterweight() => cases.Run(Loss);
}
