using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight;

/// <summary>
/// The packed rows of a tree once more in words of 16 bits, of which a processor with vectors of 256 bits multiplies and adds twice as many at a time as of
/// floats. For Euclidean distances only.
/// </summary>
/// <remarks>
/// A panel holds 32 start values and then, for each two columns, 32 pairs of words. Scores are coarser than those of floats, so that more rows have to be
/// looked at exactly; where a score can be off by more than a small part of the distance between neighbours, floats are used.
/// </remarks>
internal sealed unsafe class WordPanels
{
    /// <summary>Fewer queries are answered before the words are made.</summary>
    internal const int FewestQueries = 256;

    private const int FewestColumns = 8, Samples = 64;

    // Words stay within 25,600 for the rows and 32,000 for queries, and sums of products (which no product of norms exceeds) below 2^30.1.
    private const double Largest = 25_600, Room = 1.25;

    // Of the squared distance to near rows.
    private const double LargestSlack = 1.0 / 24;

    private readonly double step, wide, steady;

    private WordPanels(int columns, double largestNorm)
    {
        Pairs = (columns + 1) / 2;
        PanelSize = (Pairs + 1) * NeighbourKernels.Panel;
        Factor = (float)(Largest / largestNorm);
        LargestNorm = Room * largestNorm;
        // A word is off by half, and by a little for the rounding of the factor and the product.
        step = 0.51 / Factor;
        wide = 2 * step * Math.Sqrt(columns);
        steady = (2 * columns * step * step) + (4 / ((double)Factor * Factor));
    }

    /// <summary>The number of pairs of columns.</summary>
    internal int Pairs { get; }

    /// <summary>The number of values in a panel.</summary>
    internal int PanelSize { get; }

    /// <summary>What values are multiplied by before they are rounded to words.</summary>
    internal float Factor { get; }

    /// <summary>The largest norm of a query.</summary>
    internal double LargestNorm { get; }

    /// <summary>The packed rows.</summary>
    internal int[] Values { get; private init; } = [];

    /// <summary>Where the first panel starts in <see cref="Values"/>.</summary>
    internal int First { get; private set; }

    /// <summary>How much further than a score of floats a doubled score can be off, from the norms of both rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal double Slack(double norm, double other) => (wide * (norm + other)) + steady + (norm * norm * 6e-8) + (other * other * 6e-8);

    /// <summary>Two values as a pair of words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Pair(float first, float second) => (int)MathF.Round(first * Factor) & 0xFFFF | ((int)MathF.Round(second * Factor) << 16);

    /// <summary>The words of a tree, or null if they are of no use.</summary>
    internal static WordPanels? Of<T>(NeighbourTree<T> tree, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Avx2.IsSupported || Vector512.IsHardwareAccelerated || tree.Kind != DistanceKind.Euclidean || tree.Columns < FewestColumns
            || tree.Order.Length == 0) return null;
        double norm = tree.Norms[0];
        if (!(norm > 1e-6)) return null;
        var shape = new WordPanels(tree.Columns, norm);
        if (shape.Slack(norm, norm) > LargestSlack * NearSquared(tree)) return null;
        int panels = (tree.Panels.Length - tree.FirstPanel) / tree.PanelSize;
        var words = new WordPanels(tree.Columns, norm) { Values = GC.AllocateUninitializedArray<int>(checked((panels * shape.PanelSize) + 15), pinned: true) };
        fixed (int* start = words.Values) words.First = (int)((64 - ((nuint)start & 63)) % 64 / sizeof(int));
        Parallel.For(0, (panels + 15) / 16, Threads.Options(panels < 64 ? 1 : threads), b =>
        {
            for (int p = b * 16; p < Math.Min((b + 1) * 16, panels); p++)
                words.Pack(tree.Panels.AsSpan(tree.FirstPanel + (p * tree.PanelSize), tree.PanelSize),
                    words.Values.AsSpan(words.First + (p * words.PanelSize), words.PanelSize), tree.Columns);
        });
        return words;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(ReadOnlySpan<float> panel, Span<int> target, int columns)
    {
        Vector256<float> factor = Vector256.Create(Factor), squared = factor * factor;
        for (int lane = 0; lane < NeighbourKernels.Panel; lane += 8)
        {
            // A lane without a row starts at minus infinity, which becomes the least number.
            Avx.ConvertToVector256Int32(Vector256.Max(Vector256.LoadUnsafe(in panel[lane]) * squared, Vector256.Create((float)int.MinValue)))
                .StoreUnsafe(ref target[lane]);
            for (int pair = 0; pair < Pairs; pair++)
            {
                int column = 2 * pair;
                Vector256<int> low = Avx.ConvertToVector256Int32(Vector256.LoadUnsafe(in panel[((column + 1) * NeighbourKernels.Panel) + lane]) * factor);
                Vector256<int> high = column + 1 < columns
                    ? Avx.ConvertToVector256Int32(Vector256.LoadUnsafe(in panel[((column + 2) * NeighbourKernels.Panel) + lane]) * factor)
                    : Vector256<int>.Zero;
                ((low & Vector256.Create(0xFFFF)) | (high << 16)).StoreUnsafe(ref target[((pair + 1) * NeighbourKernels.Panel) + lane]);
            }
        }
    }

    /// <summary>A squared distance that nine in ten of some rows are apart from the nearest in their leaf.</summary>
    private static double NearSquared<T>(NeighbourTree<T> tree) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = tree.Order.Length, samples = Math.Min(Samples, count);
        double[] near = new double[samples];
        uint* masks = stackalloc uint[4];
        float* scores = stackalloc float[4 * NeighbourKernels.Panel];
        fixed (float* all = tree.Panels)
            for (int s = 0, node = 0; s < samples; s++)
            {
                int place = (int)((long)count * s / samples);
                while (tree.Rights[node] != 0 || tree.Ends[node] <= place) node++;
                int rows = tree.Ends[node] - tree.Starts[node], own = place - tree.Starts[node],
                    panels = (rows + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel;
                float* leaf = all + tree.FirstPanel + ((long)tree.FirstPanels[node] * tree.PanelSize);
                float* row = leaf + ((long)(own / NeighbourKernels.Panel) * tree.PanelSize) + (own % NeighbourKernels.Panel);
                double best = double.NegativeInfinity;
                for (int p = 0; p < panels; p += 4)
                {
                    int some = Math.Min(4, panels - p);
                    Vectors256.DotOne(
                        leaf + ((long)p * tree.PanelSize), some, row + NeighbourKernels.Panel, NeighbourKernels.Panel, tree.Columns, float.MinValue,
                        masks, scores);
                    for (int i = 0; i < Math.Min(some * NeighbourKernels.Panel, rows - (p * NeighbourKernels.Panel)); i++)
                        if ((p * NeighbourKernels.Panel) + i != own) best = Math.Max(best, scores[i]);
                }

                near[s] = 2 * (-*row - best);
            }

        Array.Sort(near);
        return near[samples / 10];
    }
}
