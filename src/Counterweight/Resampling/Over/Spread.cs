using System.Numerics;

namespace Counterweight;

/// <summary>How far the rows of a group are apart.</summary>
internal static class Spread
{
    private const int Exact = 20_000, Block = 64;
    private const long SampledPairs = 20_000_000;

    /// <summary>The mean distance between two different rows; over twenty million drawn pairs where there are more than 20,000 rows.</summary>
    internal static double MeanDistance<T>(SampleMatrix<T> rows, double mismatchSquared, SeededRandom random, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = rows.Rows;
        bool exact = n <= Exact;
        long seed = (long)random.NextUInt64();
        var sums = new double[exact ? (n + Block - 1) / Block : 1000];
        Parallel.For(0, sums.Length, Threads.Options(threads), b =>
        {
            double sum = 0;
            if (exact)
                for (int i = b * Block; i < Math.Min(n, (b + 1) * Block); i++)
                    for (int j = 0; j < i; j++) sum += Math.Sqrt(Prototypes.Squared(rows, rows.Row(i), rows.Row(j), mismatchSquared));
            else
            {
                var own = new SeededRandom(seed, b);
                for (long p = 0; p < SampledPairs / 1000; p++)
                {
                    int i = own.NextInt32(n), j = own.NextInt32(n - 1);
                    sum += Math.Sqrt(Prototypes.Squared(rows, rows.Row(i), rows.Row(j < i ? j : j + 1), mismatchSquared));
                }
            }

            sums[b] = sum;
        });
        return sums.Sum() / (exact ? (double)n * (n - 1) / 2 : SampledPairs);
    }
}
