using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>The kernel for vectors of 512 bits: eight queries against a whole panel.</summary>
/// <param name="kind">The distance.</param>
/// <param name="columns">D, the number of numeric columns.</param>
/// <param name="categories">C, the number of categorical columns; their codes come last.</param>
/// <param name="match">What an equal category adds to a score.</param>
internal readonly unsafe struct Vectors512(DistanceKind kind, int columns, int categories, float match) : IPanelKernel
{
    private const int Panel = NeighbourKernels.Panel, TileRows = NeighbourKernels.Tile;

    /// <inheritdoc/>
    public static int Queries => 8;

    /// <inheritdoc/>
    public int Width => columns + categories;

    /// <inheritdoc/>
    public bool TakesOne => kind is DistanceKind.Euclidean or DistanceKind.Cosine;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Tile(float* panel, float* tile, float* thresholds, uint* masks, float* scores) =>
        TakesOne ? Dot(panel, tile, columns, thresholds, masks, scores)
        : kind == DistanceKind.Manhattan ? Absolute(panel, tile, columns, thresholds, masks, scores)
        : Mixed(panel, tile, columns, categories, match, thresholds, masks, scores);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool One(float* panel, int panels, float* query, float threshold, uint* masks, float* scores) =>
        DotOne(panel, panels, query, Queries, columns, threshold, masks, scores);

    /// <summary>Scores by dot product.</summary>
    /// <param name="panel">(D + 1) x 32 values.</param>
    /// <param name="tile">D values of each query.</param>
    /// <param name="columns">D.</param>
    /// <param name="thresholds">A threshold for each query.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel.</param>
    /// <param name="scores">Receives for each query the 32 scores, if there is any candidate.</param>
    /// <returns>Whether there is any candidate.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Dot(float* panel, float* tile, int columns, float* thresholds, uint* masks, float* scores)
    {
        Vector512<float> a0 = Vector512.Load(panel), b0 = Vector512.Load(panel + 16);
        Vector512<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        Vector512<float> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0, b6 = b0, b7 = b0;
        for (int j = 0; j < columns; j++)
        {
            panel += Panel;
            Vector512<float> x = Vector512.Load(panel), y = Vector512.Load(panel + 16), q = Vector512.Create(tile[0]);
            a0 = Vector512.FusedMultiplyAdd(q, x, a0);
            b0 = Vector512.FusedMultiplyAdd(q, y, b0);
            q = Vector512.Create(tile[1]);
            a1 = Vector512.FusedMultiplyAdd(q, x, a1);
            b1 = Vector512.FusedMultiplyAdd(q, y, b1);
            q = Vector512.Create(tile[2]);
            a2 = Vector512.FusedMultiplyAdd(q, x, a2);
            b2 = Vector512.FusedMultiplyAdd(q, y, b2);
            q = Vector512.Create(tile[3]);
            a3 = Vector512.FusedMultiplyAdd(q, x, a3);
            b3 = Vector512.FusedMultiplyAdd(q, y, b3);
            q = Vector512.Create(tile[4]);
            a4 = Vector512.FusedMultiplyAdd(q, x, a4);
            b4 = Vector512.FusedMultiplyAdd(q, y, b4);
            q = Vector512.Create(tile[5]);
            a5 = Vector512.FusedMultiplyAdd(q, x, a5);
            b5 = Vector512.FusedMultiplyAdd(q, y, b5);
            q = Vector512.Create(tile[6]);
            a6 = Vector512.FusedMultiplyAdd(q, x, a6);
            b6 = Vector512.FusedMultiplyAdd(q, y, b6);
            q = Vector512.Create(tile[7]);
            a7 = Vector512.FusedMultiplyAdd(q, x, a7);
            b7 = Vector512.FusedMultiplyAdd(q, y, b7);
            tile += TileRows;
        }

        uint any = masks[0] = Reached(a0, b0, thresholds[0]);
        any |= masks[1] = Reached(a1, b1, thresholds[1]);
        any |= masks[2] = Reached(a2, b2, thresholds[2]);
        any |= masks[3] = Reached(a3, b3, thresholds[3]);
        any |= masks[4] = Reached(a4, b4, thresholds[4]);
        any |= masks[5] = Reached(a5, b5, thresholds[5]);
        any |= masks[6] = Reached(a6, b6, thresholds[6]);
        any |= masks[7] = Reached(a7, b7, thresholds[7]);
        if (any == 0) return false;
        Store(a0, b0, scores);
        Store(a1, b1, scores + 32);
        Store(a2, b2, scores + 64);
        Store(a3, b3, scores + 96);
        Store(a4, b4, scores + 128);
        Store(a5, b5, scores + 160);
        Store(a6, b6, scores + 192);
        Store(a7, b7, scores + 224);
        return true;
    }

    /// <summary>Scores of one query by dot product with four panels at a time where there are as many.</summary>
    /// <param name="panel">The panels, one after the other.</param>
    /// <param name="panels">1 to 4 panels.</param>
    /// <param name="query">The query's D values, <paramref name="stride"/> apart.</param>
    /// <param name="stride">The distance between the query's values.</param>
    /// <param name="columns">D.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="masks">Receives for each panel a bit per row.</param>
    /// <param name="scores">Receives for each panel the 32 scores.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool DotOne(float* panel, int panels, float* query, int stride, int columns, float threshold, uint* masks, float* scores)
    {
        uint any = 0;
        nint size = (nint)(columns + 1) * Panel;
        if (panels == 4)
        {
            float* p1 = panel + size, p2 = p1 + size, p3 = p2 + size;
            Vector512<float> a0 = Vector512.Load(panel), b0 = Vector512.Load(panel + 16), a1 = Vector512.Load(p1), b1 = Vector512.Load(p1 + 16);
            Vector512<float> a2 = Vector512.Load(p2), b2 = Vector512.Load(p2 + 16), a3 = Vector512.Load(p3), b3 = Vector512.Load(p3 + 16);
            nint at = Panel;
            for (int j = 0; j < columns; j++, at += Panel)
            {
                Vector512<float> q = Vector512.Create(query[(nint)j * stride]);
                a0 = Vector512.FusedMultiplyAdd(q, Vector512.Load(panel + at), a0);
                b0 = Vector512.FusedMultiplyAdd(q, Vector512.Load(panel + at + 16), b0);
                a1 = Vector512.FusedMultiplyAdd(q, Vector512.Load(p1 + at), a1);
                b1 = Vector512.FusedMultiplyAdd(q, Vector512.Load(p1 + at + 16), b1);
                a2 = Vector512.FusedMultiplyAdd(q, Vector512.Load(p2 + at), a2);
                b2 = Vector512.FusedMultiplyAdd(q, Vector512.Load(p2 + at + 16), b2);
                a3 = Vector512.FusedMultiplyAdd(q, Vector512.Load(p3 + at), a3);
                b3 = Vector512.FusedMultiplyAdd(q, Vector512.Load(p3 + at + 16), b3);
            }

            any = masks[0] = Reached(a0, b0, threshold);
            any |= masks[1] = Reached(a1, b1, threshold);
            any |= masks[2] = Reached(a2, b2, threshold);
            any |= masks[3] = Reached(a3, b3, threshold);
            if (any == 0) return false;
            Store(a0, b0, scores);
            Store(a1, b1, scores + 32);
            Store(a2, b2, scores + 64);
            Store(a3, b3, scores + 96);
            return true;
        }

        for (int p = 0; p < panels; p++, panel += size)
        {
            Vector512<float> a = Vector512.Load(panel), b = Vector512.Load(panel + 16);
            float* column = panel + Panel;
            for (int j = 0; j < columns; j++, column += Panel)
            {
                Vector512<float> q = Vector512.Create(query[(nint)j * stride]);
                a = Vector512.FusedMultiplyAdd(q, Vector512.Load(column), a);
                b = Vector512.FusedMultiplyAdd(q, Vector512.Load(column + 16), b);
            }

            any |= masks[p] = Reached(a, b, threshold);
            Store(a, b, scores + (p * Panel));
        }

        return any != 0;
    }

    /// <summary>Scores by dot product and by the number of equal categories.</summary>
    /// <param name="panel">(D + 1 + C) x 32 values; the last C columns are codes (integers).</param>
    /// <param name="tile">D + C values of each query; the last C columns are codes.</param>
    /// <param name="columns">D.</param>
    /// <param name="categories">C.</param>
    /// <param name="match">What an equal category adds to the score.</param>
    /// <param name="thresholds">A threshold for each query.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel.</param>
    /// <param name="scores">Receives for each query the 32 scores, if there is any candidate.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Mixed(float* panel, float* tile, int columns, int categories, float match, float* thresholds, uint* masks, float* scores)
    {
        uint any = 0;
        Vector512<float> gain = Vector512.Create(match);
        for (int half = 0; half < 2; half++)
        {
            // Four queries at a time, so that everything stays in registers.
            float* column = panel, values = tile + (half * 4);
            Vector512<float> a0 = Vector512.Load(column), b0 = Vector512.Load(column + 16), a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0;
            for (int j = 0; j < columns; j++)
            {
                column += Panel;
                Vector512<float> x = Vector512.Load(column), y = Vector512.Load(column + 16), q = Vector512.Create(values[0]);
                a0 = Vector512.FusedMultiplyAdd(q, x, a0);
                b0 = Vector512.FusedMultiplyAdd(q, y, b0);
                q = Vector512.Create(values[1]);
                a1 = Vector512.FusedMultiplyAdd(q, x, a1);
                b1 = Vector512.FusedMultiplyAdd(q, y, b1);
                q = Vector512.Create(values[2]);
                a2 = Vector512.FusedMultiplyAdd(q, x, a2);
                b2 = Vector512.FusedMultiplyAdd(q, y, b2);
                q = Vector512.Create(values[3]);
                a3 = Vector512.FusedMultiplyAdd(q, x, a3);
                b3 = Vector512.FusedMultiplyAdd(q, y, b3);
                values += TileRows;
            }

            for (int j = 0; j < categories; j++)
            {
                column += Panel;
                Vector512<int> x = Vector512.Load((int*)column), y = Vector512.Load((int*)column + 16), q = Vector512.Create(((int*)values)[0]);
                a0 += Vector512.Equals(q, x).AsSingle() & gain;
                b0 += Vector512.Equals(q, y).AsSingle() & gain;
                q = Vector512.Create(((int*)values)[1]);
                a1 += Vector512.Equals(q, x).AsSingle() & gain;
                b1 += Vector512.Equals(q, y).AsSingle() & gain;
                q = Vector512.Create(((int*)values)[2]);
                a2 += Vector512.Equals(q, x).AsSingle() & gain;
                b2 += Vector512.Equals(q, y).AsSingle() & gain;
                q = Vector512.Create(((int*)values)[3]);
                a3 += Vector512.Equals(q, x).AsSingle() & gain;
                b3 += Vector512.Equals(q, y).AsSingle() & gain;
                values += TileRows;
            }

            any |= masks[0] = Reached(a0, b0, thresholds[0]);
            any |= masks[1] = Reached(a1, b1, thresholds[1]);
            any |= masks[2] = Reached(a2, b2, thresholds[2]);
            any |= masks[3] = Reached(a3, b3, thresholds[3]);
            Store(a0, b0, scores);
            Store(a1, b1, scores + 32);
            Store(a2, b2, scores + 64);
            Store(a3, b3, scores + 96);
            masks += 4;
            thresholds += 4;
            scores += 4 * Panel;
        }

        return any != 0;
    }

    /// <summary>Scores by the negative sum of absolute differences.</summary>
    /// <param name="panel">(D + 1) x 32 values.</param>
    /// <param name="tile">D values of each query.</param>
    /// <param name="columns">D.</param>
    /// <param name="thresholds">A threshold for each query.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel.</param>
    /// <param name="scores">Receives for each query the 32 scores, if there is any candidate.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Absolute(float* panel, float* tile, int columns, float* thresholds, uint* masks, float* scores)
    {
        uint any = 0;
        for (int half = 0; half < 2; half++)
        {
            float* column = panel, values = tile + (half * 4);
            Vector512<float> a0 = Vector512.Load(column), b0 = Vector512.Load(column + 16), a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0;
            for (int j = 0; j < columns; j++)
            {
                column += Panel;
                Vector512<float> x = Vector512.Load(column), y = Vector512.Load(column + 16), q = Vector512.Create(values[0]);
                a0 -= Vector512.Abs(q - x);
                b0 -= Vector512.Abs(q - y);
                q = Vector512.Create(values[1]);
                a1 -= Vector512.Abs(q - x);
                b1 -= Vector512.Abs(q - y);
                q = Vector512.Create(values[2]);
                a2 -= Vector512.Abs(q - x);
                b2 -= Vector512.Abs(q - y);
                q = Vector512.Create(values[3]);
                a3 -= Vector512.Abs(q - x);
                b3 -= Vector512.Abs(q - y);
                values += TileRows;
            }

            any |= masks[0] = Reached(a0, b0, thresholds[0]);
            any |= masks[1] = Reached(a1, b1, thresholds[1]);
            any |= masks[2] = Reached(a2, b2, thresholds[2]);
            any |= masks[3] = Reached(a3, b3, thresholds[3]);
            Store(a0, b0, scores);
            Store(a1, b1, scores + 32);
            Store(a2, b2, scores + 64);
            Store(a3, b3, scores + 96);
            masks += 4;
            thresholds += 4;
            scores += 4 * Panel;
        }

        return any != 0;
    }

    /// <inheritdoc cref="NeighbourKernels.Squares"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Squares(float* panel, float* tile, int columns, int categories, float mismatch, float* squares)
    {
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        Vector512<float> b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        for (int j = 0; j < columns; j++, panel += Panel, tile += TileRows)
        {
            Vector512<float> x = Vector512.Load(panel), y = Vector512.Load(panel + 16);
            Add(x, y, tile[0], ref a0, ref b0);
            Add(x, y, tile[1], ref a1, ref b1);
            Add(x, y, tile[2], ref a2, ref b2);
            Add(x, y, tile[3], ref a3, ref b3);
            Add(x, y, tile[4], ref a4, ref b4);
            Add(x, y, tile[5], ref a5, ref b5);
            Add(x, y, tile[6], ref a6, ref b6);
            Add(x, y, tile[7], ref a7, ref b7);
        }

        Store(a0, b0, squares);
        Store(a1, b1, squares + 32);
        Store(a2, b2, squares + 64);
        Store(a3, b3, squares + 96);
        Store(a4, b4, squares + 128);
        Store(a5, b5, squares + 160);
        Store(a6, b6, squares + 192);
        Store(a7, b7, squares + 224);
        for (int j = 0; j < categories; j++, panel += Panel, tile += TileRows)
        {
            Vector512<float> x = Vector512.Load(panel), y = Vector512.Load(panel + 16), gap = Vector512.Create(mismatch);
            for (int i = 0; i < TileRows; i++)
            {
                Vector512<float> q = Vector512.Create(tile[i]);
                float* own = squares + (i * Panel);
                Store(
                    Vector512.Load(own) + Vector512.AndNot(gap, Vector512.Equals(q, x)),
                    Vector512.Load(own + 16) + Vector512.AndNot(gap, Vector512.Equals(q, y)),
                    own);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<float> x, Vector512<float> y, float value, ref Vector512<float> low, ref Vector512<float> high)
    {
        Vector512<float> q = Vector512.Create(value), gap = x - q, other = y - q;
        low = Vector512.FusedMultiplyAdd(gap, gap, low);
        high = Vector512.FusedMultiplyAdd(other, other, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, float* target)
    {
        low.Store(target);
        high.Store(target + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Reached(Vector512<float> low, Vector512<float> high, float threshold)
    {
        Vector512<float> t = Vector512.Create(threshold);
        return (uint)Vector512.GreaterThanOrEqual(low, t)
            .ExtractMostSignificantBits() | ((uint)Vector512.GreaterThanOrEqual(high, t).ExtractMostSignificantBits() << 16);
    }
}
