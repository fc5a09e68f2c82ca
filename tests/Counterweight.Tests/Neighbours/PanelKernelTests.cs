using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Counterweight.Tests.Neighbours;

/// <summary>Each kernel against a plain loop, those that this processor would not choose too.</summary>
public unsafe class PanelKernelTests
{
    [Theory]
    [InlineData((int)DistanceKind.Euclidean, 0)]
    [InlineData((int)DistanceKind.Manhattan, 0)]
    [InlineData((int)DistanceKind.Mixed, 3)]
    public void Vectors_of_256_bits_score_as_a_loop_does(int kind, int categories)
    {
        for (int columns = 1; columns <= 9; columns++)
            Compare(new Vectors256((DistanceKind)kind, columns, categories, 0.25f), (DistanceKind)kind, columns, categories);
    }

    [Theory]
    [InlineData((int)DistanceKind.Euclidean, 0)]
    [InlineData((int)DistanceKind.Manhattan, 0)]
    [InlineData((int)DistanceKind.Mixed, 3)]
    public void Vectors_of_512_bits_score_as_a_loop_does(int kind, int categories)
    {
        // Where there are none the runtime computes them in halves: slower, and the same.
        for (int columns = 1; columns <= 9; columns++)
            Compare(new Vectors512((DistanceKind)kind, columns, categories, 0.25f), (DistanceKind)kind, columns, categories);
    }

    [Fact]
    public void Words_score_as_a_loop_over_whole_numbers_does()
    {
        Assert.SkipUnless(Avx2.IsSupported, "Words need AVX2.");
        const float factor = 100;
        for (int pairs = 1; pairs <= 6; pairs++)
        {
            var random = new SeededRandom(pairs);
            (int queries, float[] panel, float[] tile) = (Words.Queries, new float[(pairs + 1) * 32], new float[pairs * Words.Queries]);
            Span<int> rows = MemoryMarshal.Cast<float, int>(panel.AsSpan()),
                asked = MemoryMarshal.Cast<float, int>(tile.AsSpan());
            for (int i = 0; i < rows.Length; i++) rows[i] = i < 32 ? random.NextInt32(1000) - 500 : Pair(ref random);
            for (int i = 0; i < asked.Length; i++) asked[i] = Pair(ref random);
            double[,] expected = new double[queries, 32];
            for (int q = 0; q < queries; q++)
                for (int r = 0; r < 32; r++)
                {
                    long sum = rows[r];
                    for (int p = 0; p < pairs; p++)
                    {
                        int a = asked[(p * queries) + q], b = rows[((p + 1) * 32) + r];
                        sum += ((short)a * (short)b) + ((a >> 16) * (b >> 16));
                    }

                    expected[q, r] = sum / (factor * factor);
                }

            Check(new Words(pairs, factor), panel, tile, expected);
        }

        static int Pair(ref SeededRandom random) => (random.NextInt32(200) - 100 & 0xFFFF) | (random.NextInt32(200) - 100 << 16);
    }

    private static void Compare<TKernel>(TKernel kernel, DistanceKind kind, int columns, int categories) where TKernel : struct, IPanelKernel
    {
        var random = new SeededRandom(columns, (int)kind);
        int width = columns + categories, queries = TKernel.Queries;
        Assert.Equal(width, kernel.Width);
        float[] panel = new float[(width + 1) * 32], tile = new float[width * queries];
        for (int i = 0; i < panel.Length; i++) panel[i] = i < (columns + 1) * 32 ? (float)random.NextGaussian() : Code(ref random);
        for (int i = 0; i < tile.Length; i++) tile[i] = i < columns * queries ? (float)random.NextGaussian() : Code(ref random);
        double[,] expected = new double[queries, 32];
        for (int q = 0; q < queries; q++)
            for (int r = 0; r < 32; r++)
            {
                double score = panel[r];
                for (int j = 0; j < width; j++)
                {
                    float a = tile[(j * queries) + q], b = panel[((j + 1) * 32) + r];
                    score += j >= columns ? BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) ? 0.25 : 0
                        : kind == DistanceKind.Manhattan ? -Math.Abs((double)a - b) : (double)a * b;
                }

                expected[q, r] = score;
            }

        Check(kernel, panel, tile, expected);

        static float Code(ref SeededRandom random) => BitConverter.Int32BitsToSingle(random.NextInt32(3));
    }

    private static void Check<TKernel>(TKernel kernel, float[] panel, float[] tile, double[,] expected) where TKernel : struct, IPanelKernel
    {
        const double near = 2e-3;
        int queries = TKernel.Queries;
        uint* masks = stackalloc uint[8];
        float* scores = stackalloc float[8 * 32], thresholds = stackalloc float[8];
        // The same panel four times: those that are compared with one query at a time.
        fixed (float* p = (float[])[.. panel, .. panel, .. panel, .. panel], t = tile)
        {
            foreach (double share in new[] { 0.1, 0.5, 0.95 })
            {
                for (int q = 0; q < 8; q++) thresholds[q] = q < queries ? (float)Sorted(expected, q)[(int)(share * 31)] : float.PositiveInfinity;
                Assert.True(kernel.Tile(p, t, thresholds, masks, scores));
                for (int q = 0; q < queries; q++) Row(q, masks[q], scores + (q * 32), thresholds[q]);
                if (!kernel.TakesOne) continue;
                for (int q = 0; q < queries; q++)
                {
                    for (int panels = 1; panels <= 4; panels++)
                    {
                        Assert.True(kernel.One(p, panels, t + q, thresholds[q], masks, scores));
                        for (int one = 0; one < panels; one++) Row(q, masks[one], scores + (one * 32), thresholds[q]);
                    }
                }
            }

            for (int q = 0; q < 8; q++) thresholds[q] = float.PositiveInfinity;
            Assert.False(kernel.Tile(p, t, thresholds, masks, scores));
        }

        void Row(int q, uint mask, float* found, float threshold)
        {
            for (int r = 0; r < 32; r++)
            {
                bool candidate = (mask >> r & 1) != 0;
                if (expected[q, r] > threshold + near) Assert.True(candidate);
                if (expected[q, r] < threshold - near) Assert.False(candidate);
                if (candidate) Assert.Equal(expected[q, r], found[r], near);
            }
        }
    }

    private static double[] Sorted(double[,] scores, int query) => [.. Enumerable.Range(0, 32).Select(r => scores[query, r]).Order()];
}
