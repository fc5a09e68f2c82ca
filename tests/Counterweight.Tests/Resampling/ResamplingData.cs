using System.Globalization;
using System.Text.Json;

namespace Counterweight.Tests.Resampling;

/// <summary>Data that the tests of resamplers share.</summary>
internal static class ResamplingData
{
    internal static (SampleMatrix<double> Rows, int[] Labels, int Classes) Golden(JsonElement one)
    {
        (long[] shape, double[] x) = TestSupport.Golden.Array(one.GetProperty("inputs").GetProperty("X"));
        int[] labels = TestSupport.Golden.Integers(one.GetProperty("inputs").GetProperty("y"));
        int[] categorical = one.GetProperty("inputs").TryGetProperty("categorical_features", out JsonElement c) ? TestSupport.Golden.Integers(c) : [];
        return (new(x, (int)shape[1], categorical), labels, labels.Max() + 1);
    }

    internal static SamplingStrategy Strategy(JsonElement strategy) => strategy.ValueKind switch
    {
        JsonValueKind.Object =>
            SamplingStrategy.Counts(strategy.EnumerateObject().ToDictionary(p => int.Parse(p.Name, CultureInfo.InvariantCulture), p => p.Value.GetInt64())),
        JsonValueKind.Number => SamplingStrategy.Ratio(strategy.GetDouble()),
        _ => SamplingStrategy.Parse(strategy.GetString()!),
    };

    /// <summary>Overlapping normal clouds, one per class, each class about <paramref name="thinning"/> times as large as the next.</summary>
    internal static (double[] Values, int[] Labels) Clouds(int rows, int columns, int classes, double thinning, long seed, double spread = 1.5)
    {
        double[] shares = [.. Enumerable.Range(0, classes).Select(c => Math.Pow(thinning, -c))];
        double sum = shares.Sum();
        var random = new SeededRandom(seed);
        var values = new double[rows * columns];
        var labels = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            double u = random.NextDouble() * sum;
            int c = 0;
            while (c < classes - 1 && u >= shares[c]) u -= shares[c++];
            labels[i] = c;
            for (int j = 0; j < columns; j++)
                values[(i * columns) + j] = random.NextGaussian() + (spread * ((((c * 7) + (j * 3)) % 5) - 2) / Math.Sqrt(columns));
        }

        return (values, labels);
    }
}
