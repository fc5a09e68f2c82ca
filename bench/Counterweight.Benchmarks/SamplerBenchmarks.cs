using BenchmarkDotNet.Attributes;

namespace Counterweight.Benchmarks;

/// <summary>Weighted draws: building the table, drawing, iterating. The peer's side is bench/peers/samplers.py.</summary>
[MemoryDiagnoser]
public class SamplerBenchmarks
{
    private double[] weights = [];
    private long[] rows = [];
    private WeightedRandomSampler sampler = null!;

    [Params(1_000_000, 10_000_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        weights = Weights(Rows);
        rows = new long[Rows];
        sampler = new WeightedRandomSampler(weights);
    }

    [Benchmark]
    public void BuildAndDrawAsManyAsRows() => new WeightedRandomSampler(weights).Fill(0, 0, rows);

    [Benchmark]
    public long Iterate()
    {
        long sum = 0;
        foreach (long row in sampler.Epoch(0)) sum += row;
        return sum;
    }

    [Benchmark]
    public void ATenthWithoutReplacement() => WeightedRandomSampler.WithoutReplacement(weights, Rows / 10).Fill(0, 0, rows.AsSpan(0, Rows / 10));

    internal static double[] Weights(int count)
    {
        var random = new SeededRandom(1);
        double[] weights = new double[count];
        for (int i = 0; i < count; i++) weights[i] = random.NextPositiveDouble();
        return weights;
    }
}
