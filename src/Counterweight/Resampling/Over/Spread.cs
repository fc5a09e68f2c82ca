using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>How far the rows of a group are apart.</summary>
internal static unsafe class Spread
{
    private const int Exact = 20_000;
    private const long SampledPairs = 20_000_000;

    /// <summary>The mean distance between two different rows; over twenty million drawn pairs where there are more than 20,000 rows.</summary>
    internal static double MeanDistance<T>(SampleMatrix<T> rows, double mismatchSquared, SeededRandom random, int threads) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        int n = rows.Rows;
        long seed = (long)random.NextUInt64();
        if (n <= Exact) return ExactSum(rows, mismatchSquared, threads) / ((double)n * (n - 1) / 2);
        var sums = new double[1000];
        Parallel.For(0, sums.Length, Threads.Options(threads), b =>
        {
            double sum = 0;
            var own = new SeededRandom(seed, b);
            for (long p = 0; p < SampledPairs / sums.Length; p++)
            {
                int i = own.NextInt32(n), j = own.NextInt32(n - 1);
                sum += Math.Sqrt(Prototypes.Squared(rows, rows.Row(i), rows.Row(j < i ? j : j + 1), mismatchSquared));
            }

            sums[b] = sum;
        });
        return sums.Sum() / SampledPairs;
    }

    /// <summary>The sum of the distances of all pairs: each distance in single precision, the sum in double.</summary>
    private static double ExactSum<T>(SampleMatrix<T> rows, double mismatchSquared, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        PackedRows packed = PackedRows.Of(rows, threads);
        float[] tiles = packed.Tiles();
        float mismatch = (float)(mismatchSquared * packed.Scale * packed.Scale);
        var sums = new double[(rows.Rows + NeighbourKernels.Tile - 1) / NeighbourKernels.Tile];
        Parallel.For(0, sums.Length, Threads.Options(rows.Rows < 256 ? 1 : threads),
            t => sums[t] = BeforeTile(packed, tiles, t, rows.Numeric.Count, rows.Categorical.Count, mismatch));
        return sums.Sum() / packed.Scale;
    }

    /// <summary>The distances of the eight rows of a tile to all rows before each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double BeforeTile(PackedRows packed, float[] tiles, int t, int numeric, int categorical, float mismatch)
    {
        float* squares = stackalloc float[NeighbourKernels.Tile * NeighbourKernels.Panel];
        int first = t * NeighbourKernels.Tile, last = Math.Min(first + NeighbourKernels.Tile, packed.Count), panels = first / NeighbourKernels.Panel;
        Vector512<double> low = Vector512<double>.Zero, high = low;
        double sum = 0;
        fixed (float* values = packed.Values, tile = tiles)
        {
            float* own = tile + ((long)t * packed.TileSize);
            for (int panel = 0; panel < panels; panel++)
            {
                NeighbourKernels.Squares(values + ((long)panel * packed.PanelSize), own, numeric, categorical, mismatch, squares);
                Vector512<float> some = Vector512<float>.Zero;
                for (int i = 0; i < (last - first) * NeighbourKernels.Panel; i += Vector512<float>.Count) some += Vector512.Sqrt(Vector512.Load(squares + i));
                (Vector512<double> a, Vector512<double> b) = Vector512.Widen(some);
                low += a;
                high += b;
            }

            // The panel that the tile itself lies in.
            NeighbourKernels.Squares(values + ((long)panels * packed.PanelSize), own, numeric, categorical, mismatch, squares);
            for (int row = first; row < last; row++)
                for (int lane = 0; lane < row % NeighbourKernels.Panel; lane++) sum += Math.Sqrt(squares[((row - first) * NeighbourKernels.Panel) + lane]);
        }

        return sum + Vector512.Sum(low + high);
    }
}
