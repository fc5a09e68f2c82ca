using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>Small data sets with known truth.</summary>
internal static class Simulated
{
    /// <summary>Two Gaussian classes at a distance, with a category that says a little and a column with gaps.</summary>
    internal static Dataset Binary(int negatives, int positives, double distance, long seed = 1)
    {
        var random = new SeededRandom(seed);
        int n = negatives + positives;
        int[] labels = new int[n];
        double[] x = new double[n], y = new double[n];
        int[] category = new int[n];
        for (int i = 0; i < n; i++)
        {
            labels[i] = i < negatives ? 0 : 1;
            x[i] = random.NextGaussian() + (distance * labels[i]);
            y[i] = random.NextDouble() < 0.1 ? double.NaN : 100 * (random.NextGaussian() + (0.5 * distance * labels[i]));
            category[i] = random.NextDouble() < 0.05 ? -1 : random.NextInt32(3 - labels[i]);
        }

        return new Dataset("simulated", "class", labels, ["no", "yes"],
            [new NumericColumn("x", x), new NumericColumn("y", y), new CategoricalColumn("kind", category, ["p", "q", "r"])]);
    }

    /// <summary>Several Gaussian classes around points on a circle.</summary>
    internal static Dataset Many(int[] counts, double radius, long seed = 1)
    {
        var random = new SeededRandom(seed);
        int[] labels = [.. counts.SelectMany((n, c) => Enumerable.Repeat(c, n))];
        double[] x = [.. labels.Select(l => (radius * Math.Cos(2 * Math.PI * l / counts.Length)) + random.NextGaussian())];
        double[] y = [.. labels.Select(l => (radius * Math.Sin(2 * Math.PI * l / counts.Length)) + random.NextGaussian())];
        return new Dataset("circle", "class", labels, [.. counts.Select((_, c) => $"c{c}")], [new NumericColumn("x", x), new NumericColumn("y", y)]);
    }
}
