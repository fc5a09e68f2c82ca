namespace Counterweight.Tests;

/// <summary>
/// Pearson's test that counts come from stated probabilities, at a false-alarm rate of 1e-6 per test: a right sampler would fail one of a
/// million seeds, and the seeds are fixed. Cells that expect fewer than ten are put together.
/// </summary>
internal static class ChiSquare
{
    internal static void Holds(ReadOnlySpan<long> counts, ReadOnlySpan<double> probabilities, string what)
    {
        double total = 0, statistic = 0, fewExpected = 0, few = 0;
        int cells = 0;
        foreach (long count in counts) total += count;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = total * probabilities[i];
            if (expected < 10)
            {
                (fewExpected, few) = (fewExpected + expected, few + counts[i]);
                continue;
            }

            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
            cells++;
        }

        if (fewExpected >= 5)
        {
            statistic += (few - fewExpected) * (few - fewExpected) / fewExpected;
            cells++;
        }
        else
        {
            Assert.True(few <= fewExpected + 15, $"{what}: {few} draws where {fewExpected} are expected");
        }

        Assert.True(cells > 1, $"{what}: nothing to test");
        // Wilson and Hilferty, 1931: the cube root of chi-square over its degrees of freedom is about normal; 4.75 is its 1 - 1e-6 quantile.
        double degrees = cells - 1, spread = 2 / (9 * degrees);
        double z = (Math.Cbrt(statistic / degrees) - (1 - spread)) / Math.Sqrt(spread);
        Assert.True(z < 4.75, $"{what}: chi-square {statistic} at {degrees} degrees of freedom");
    }

    internal static void Holds(ISampler sampler, ReadOnlySpan<double> weights, int epochs, string what)
    {
        long[] counts = new long[weights.Length], rows = new long[sampler.Length];
        for (int e = 0; e < epochs; e++)
        {
            sampler.Fill(e, 0, rows);
            foreach (long row in rows) counts[row]++;
        }

        double total = 0;
        foreach (double weight in weights) total += weight;
        double[] probabilities = new double[weights.Length];
        for (int i = 0; i < weights.Length; i++) probabilities[i] = weights[i] / total;
        Holds(counts, probabilities, what);
    }
}
