using BenchmarkDotNet.Attributes;

namespace Counterweight.Benchmarks;

/// <summary>Cleaning and under-sampling of overlapping clouds, 5% of the rows in the smaller class.</summary>
[MemoryDiagnoser]
public class ResamplingBenchmarks
{
    private SampleMatrix<float> rows = null!;
    private int[] labels = [];

    [Params(20_000)]
    public int Rows { get; set; }

    [Params("tomek-links", "enn", "all-knn", "ncr", "near-miss-1", "random-under")]
    public string Method { get; set; } = "";

    [GlobalSetup]
    public void Make() => (rows, labels) = NeighbourBenchmarks.Clouds(Rows, 20);

    [Benchmark]
    public int Resample() => Resampler.Create(Method).Resample(rows, labels, 2).Labels.Length;
}
