using BenchmarkDotNet.Attributes;

namespace Counterweight.Benchmarks;

/// <summary>The neighbour search: three neighbours of every row, in few and in many columns.</summary>
public class NeighbourBenchmarks
{
    private SampleMatrix<float> rows = null!;
    private int[] all = [];

    [Params(20_000)]
    public int Rows { get; set; }

    [Params(2, 8, 20)]
    public int Columns { get; set; }

    [GlobalSetup]
    public void Make()
    {
        (rows, _) = Clouds(Rows, Columns);
        all = [.. Enumerable.Range(0, Rows)];
    }

    [Benchmark]
    public int ThreeNearest() => new NeighbourIndex<float>(rows).FindOthers(all, 3).Rows[0];

    internal static (SampleMatrix<float> Rows, int[] Labels) Clouds(int count, int columns)
    {
        var random = new SeededRandom(1);
        float[] values = new float[count * columns];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = random.NextDouble() < 0.05 ? 1 : 0;
            for (int j = 0; j < columns; j++) values[(i * columns) + j] = (float)(random.NextGaussian() + (j < 4 ? labels[i] : 0));
        }

        return (new(values, columns), labels);
    }
}
