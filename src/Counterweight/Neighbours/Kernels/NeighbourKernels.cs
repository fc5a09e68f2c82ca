using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight;

/// <summary>
/// The innermost loops of the neighbour search: a tile of queries against a panel of 32 rows, in single precision, telling which pairs
/// may be near enough to be looked at exactly.
/// </summary>
/// <remarks>
/// A panel holds 32 start values and then, column by column, 32 values. A tile holds, column by column, the values of its queries, eight or (with vectors of
/// 256 bits) six. A pair's score is the start value plus the dot product (or less the sum of absolute differences); it is a candidate when the score reaches
/// the query's threshold. Rows that fill a panel up start at minus infinity. Scores are written out only where there is a candidate.
/// </remarks>
internal static unsafe class NeighbourKernels
{
    /// <summary>The number of rows in a panel.</summary>
    internal const int Panel = 32;

    /// <summary>The number of rows in a tile.</summary>
    internal const int Tile = 8;

    /// <summary>The number of queries in a tile of the search: what the registers hold. Elsewhere a tile has <see cref="Tile"/> rows.</summary>
    internal static int Queries => Vector512.IsHardwareAccelerated ? 8 : 6;

    /// <summary>Scores by dot product.</summary>
    /// <param name="panel">(D + 1) x 32 values.</param>
    /// <param name="tile">D values of each query.</param>
    /// <param name="columns">D.</param>
    /// <param name="thresholds">A threshold for each query.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel.</param>
    /// <param name="scores">Receives for each query the 32 scores, if there is any candidate.</param>
    /// <returns>Whether there is any candidate.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool Dot(float* panel, float* tile, int columns, float* thresholds, uint* masks, float* scores)
    {
        if (!Vector512.IsHardwareAccelerated) return Halves<Product>(panel, tile, columns, 0, 0, thresholds, masks, scores);
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
            tile += Tile;
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
        if (!Vector512.IsHardwareAccelerated)
        {
            for (int p = 0; p < panels; p++, panel += size)
            {
                Vector256<float> a = Vector256.Load(panel), b = Vector256.Load(panel + 8), c = Vector256.Load(panel + 16), d = Vector256.Load(panel + 24);
                float* column = panel + Panel;
                for (int j = 0; j < columns; j++, column += Panel)
                {
                    Vector256<float> q = Vector256.Create(query[(nint)j * stride]);
                    a = Vector256.FusedMultiplyAdd(q, Vector256.Load(column), a);
                    b = Vector256.FusedMultiplyAdd(q, Vector256.Load(column + 8), b);
                    c = Vector256.FusedMultiplyAdd(q, Vector256.Load(column + 16), c);
                    d = Vector256.FusedMultiplyAdd(q, Vector256.Load(column + 24), d);
                }

                any |= masks[p] = Reached(a, b, threshold) | (Reached(c, d, threshold) << 16);
                if (masks[p] == 0) continue;
                Store(a, b, scores + (p * Panel));
                Store(c, d, scores + (p * Panel) + 16);
            }

            return any != 0;
        }

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
    internal static bool Mixed(float* panel, float* tile, int columns, int categories, float match, float* thresholds, uint* masks, float* scores)
    {
        if (!Vector512.IsHardwareAccelerated) return Halves<ProductAndMatches>(panel, tile, columns, categories, match, thresholds, masks, scores);
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
                values += Tile;
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
                values += Tile;
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
    internal static bool Absolute(float* panel, float* tile, int columns, float* thresholds, uint* masks, float* scores)
    {
        if (!Vector512.IsHardwareAccelerated) return Halves<Difference>(panel, tile, columns, 0, 0, thresholds, masks, scores);
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
                values += Tile;
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

    /// <summary>Squared distances, by differences: nothing is lost where two rows are close to each other and far from the origin.</summary>
    /// <param name="panel">(D + C) x 32 values, without start values; the last C columns are codes.</param>
    /// <param name="tile">(D + C) x 8 values.</param>
    /// <param name="columns">D.</param>
    /// <param name="categories">C.</param>
    /// <param name="mismatch">What two unequal codes add.</param>
    /// <param name="squares">Receives for each query the 32 squared distances.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Squares(float* panel, float* tile, int columns, int categories, float mismatch, float* squares)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            SquaresInQuarters(panel, tile, columns, categories, mismatch, squares);
            return;
        }

        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        Vector512<float> b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0, b6 = a0, b7 = a0;
        for (int j = 0; j < columns; j++, panel += Panel, tile += Tile)
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
        for (int j = 0; j < categories; j++, panel += Panel, tile += Tile)
        {
            Vector512<float> x = Vector512.Load(panel), y = Vector512.Load(panel + 16), gap = Vector512.Create(mismatch);
            for (int i = 0; i < Tile; i++)
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

    /// <summary>Scores by dot product of words of 16 bits, for vectors of 256 bits (see <see cref="WordPanels"/>).</summary>
    /// <param name="panel">(P + 1) x 32 values.</param>
    /// <param name="tile">P values of each of six queries.</param>
    /// <param name="pairs">P, the number of pairs of columns.</param>
    /// <param name="factor">What the values were multiplied by.</param>
    /// <param name="thresholds">A threshold for each query; eight are read.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel, if there is any candidate.</param>
    /// <param name="scores">Receives for each query the scores of the halves of the panel that hold a candidate.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool Words(int* panel, int* tile, int pairs, float factor, float* thresholds, uint* masks, float* scores)
    {
        int* least = stackalloc int[8];
        Whole(Vector256.Load(thresholds), factor).Store(least);
        Vector256<float> unit = Vector256.Create(1 / (factor * factor));
        uint m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0;
        for (int half = 0; half < Panel; half += 16)
        {
            int* column = panel + half, values = tile;
            Vector256<int> a0 = Vector256.Load(column), b0 = Vector256.Load(column + 8), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            Vector256<int> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
            for (int j = 0; j < pairs; j++)
            {
                column += Panel;
                Vector256<short> x = Vector256.Load(column).AsInt16(), y = Vector256.Load(column + 8).AsInt16(), q = Vector256.Create(values[0]).AsInt16();
                a0 += Avx2.MultiplyAddAdjacent(q, x);
                b0 += Avx2.MultiplyAddAdjacent(q, y);
                q = Vector256.Create(values[1]).AsInt16();
                a1 += Avx2.MultiplyAddAdjacent(q, x);
                b1 += Avx2.MultiplyAddAdjacent(q, y);
                q = Vector256.Create(values[2]).AsInt16();
                a2 += Avx2.MultiplyAddAdjacent(q, x);
                b2 += Avx2.MultiplyAddAdjacent(q, y);
                q = Vector256.Create(values[3]).AsInt16();
                a3 += Avx2.MultiplyAddAdjacent(q, x);
                b3 += Avx2.MultiplyAddAdjacent(q, y);
                q = Vector256.Create(values[4]).AsInt16();
                a4 += Avx2.MultiplyAddAdjacent(q, x);
                b4 += Avx2.MultiplyAddAdjacent(q, y);
                q = Vector256.Create(values[5]).AsInt16();
                a5 += Avx2.MultiplyAddAdjacent(q, x);
                b5 += Avx2.MultiplyAddAdjacent(q, y);
                values += 6;
            }

            Vector256<int> some = Above(a0, b0, least) | Above(a1, b1, least + 1) | Above(a2, b2, least + 2) | Above(a3, b3, least + 3) | Above(
                a4, b4, least + 4) | Above(a5, b5, least + 5);
            if (some.ExtractMostSignificantBits() == 0) continue;
            uint n0 = Above(a0, b0, least[0]), n1 = Above(a1, b1, least[1]), n2 = Above(a2, b2, least[2]);
            uint n3 = Above(a3, b3, least[3]), n4 = Above(a4, b4, least[4]), n5 = Above(a5, b5, least[5]);
            m0 |= n0 << half;
            m1 |= n1 << half;
            m2 |= n2 << half;
            m3 |= n3 << half;
            m4 |= n4 << half;
            m5 |= n5 << half;
            float* target = scores + half;
            Store(Vector256.ConvertToSingle(a0) * unit, Vector256.ConvertToSingle(b0) * unit, target);
            Store(Vector256.ConvertToSingle(a1) * unit, Vector256.ConvertToSingle(b1) * unit, target + Panel);
            Store(Vector256.ConvertToSingle(a2) * unit, Vector256.ConvertToSingle(b2) * unit, target + (2 * Panel));
            Store(Vector256.ConvertToSingle(a3) * unit, Vector256.ConvertToSingle(b3) * unit, target + (3 * Panel));
            Store(Vector256.ConvertToSingle(a4) * unit, Vector256.ConvertToSingle(b4) * unit, target + (4 * Panel));
            Store(Vector256.ConvertToSingle(a5) * unit, Vector256.ConvertToSingle(b5) * unit, target + (5 * Panel));
        }

        if ((m0 | m1 | m2 | m3 | m4 | m5) == 0) return false;
        (masks[0], masks[1], masks[2], masks[3], masks[4], masks[5]) = (m0, m1, m2, m3, m4, m5);
        return true;
    }

    /// <summary>Scores of one query by dot product of words with some panels.</summary>
    /// <param name="panel">The panels, one after the other.</param>
    /// <param name="panels">The number of panels.</param>
    /// <param name="query">The query's P values, <paramref name="stride"/> apart.</param>
    /// <param name="stride">The distance between the query's values.</param>
    /// <param name="pairs">P, the number of pairs of columns.</param>
    /// <param name="factor">What the values were multiplied by.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="masks">Receives for each panel a bit per row.</param>
    /// <param name="scores">Receives for each panel with a candidate the 32 scores.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool WordsOne(int* panel, int panels, int* query, int stride, int pairs, float factor, float threshold, uint* masks, float* scores)
    {
        uint any = 0;
        int least = Whole(Vector256.Create(threshold), factor).ToScalar();
        Vector256<float> unit = Vector256.Create(1 / (factor * factor));
        for (int p = 0; p < panels; p++)
        {
            Vector256<int> a = Vector256.Load(panel), b = Vector256.Load(panel + 8), c = Vector256.Load(panel + 16), d = Vector256.Load(panel + 24);
            panel += Panel;
            for (int j = 0; j < pairs; j++, panel += Panel)
            {
                Vector256<short> q = Vector256.Create(query[(nint)j * stride]).AsInt16();
                a += Avx2.MultiplyAddAdjacent(q, Vector256.Load(panel).AsInt16());
                b += Avx2.MultiplyAddAdjacent(q, Vector256.Load(panel + 8).AsInt16());
                c += Avx2.MultiplyAddAdjacent(q, Vector256.Load(panel + 16).AsInt16());
                d += Avx2.MultiplyAddAdjacent(q, Vector256.Load(panel + 24).AsInt16());
            }

            any |= masks[p] = Above(a, b, least) | (Above(c, d, least) << 16);
            if (masks[p] == 0) continue;
            Store(Vector256.ConvertToSingle(a) * unit, Vector256.ConvertToSingle(b) * unit, scores + (p * Panel));
            Store(Vector256.ConvertToSingle(c) * unit, Vector256.ConvertToSingle(d) * unit, scores + (p * Panel) + 16);
        }

        return any != 0;
    }

    /// <summary>Numbers that a score in words must be above: at least one below the threshold, so that no rounding matters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Whole(Vector256<float> thresholds, float factor) =>
        Avx.ConvertToVector256Int32WithTruncation(
            Vector256.Min(Vector256.Floor(thresholds * Vector256.Create(factor * factor)) - Vector256.Create(1f), Vector256.Create(2147483520f)));

    /// <summary>All bits of a lane where either number is above the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Above(Vector256<int> low, Vector256<int> high, int* threshold) =>
        Vector256.GreaterThan(Vector256.Max(low, high), Vector256.Create(*threshold));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Above(Vector256<int> low, Vector256<int> high, int threshold)
    {
        Vector256<int> t = Vector256.Create(threshold);
        return Vector256.GreaterThan(low, t).ExtractMostSignificantBits() | (Vector256.GreaterThan(high, t).ExtractMostSignificantBits() << 8);
    }

    // Where vectors are 256 bits wide there are sixteen of them: six queries at a time against half a panel leaves none outside the registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Halves<TStep>(float* panel, float* tile, int columns, int categories, float match, float* thresholds, uint* masks, float* scores)
        where TStep : struct, IStep
    {
        uint m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0;
        for (int half = 0; half < Panel; half += 16)
        {
            float* column = panel + half, values = tile;
            Vector256<float> a0 = Vector256.Load(column), b0 = Vector256.Load(column + 8), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            Vector256<float> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
            for (int j = 0; j < columns; j++)
            {
                column += Panel;
                Vector256<float> x = Vector256.Load(column), y = Vector256.Load(column + 8), q = Vector256.Create(values[0]);
                a0 = TStep.Next(q, x, a0);
                b0 = TStep.Next(q, y, b0);
                q = Vector256.Create(values[1]);
                a1 = TStep.Next(q, x, a1);
                b1 = TStep.Next(q, y, b1);
                q = Vector256.Create(values[2]);
                a2 = TStep.Next(q, x, a2);
                b2 = TStep.Next(q, y, b2);
                q = Vector256.Create(values[3]);
                a3 = TStep.Next(q, x, a3);
                b3 = TStep.Next(q, y, b3);
                q = Vector256.Create(values[4]);
                a4 = TStep.Next(q, x, a4);
                b4 = TStep.Next(q, y, b4);
                q = Vector256.Create(values[5]);
                a5 = TStep.Next(q, x, a5);
                b5 = TStep.Next(q, y, b5);
                values += 6;
            }

            for (int j = 0; TStep.Matches && j < categories; j++)
            {
                column += Panel;
                Vector256<float> gain = Vector256.Create(match);
                Vector256<int> x = Vector256.Load((int*)column), y = Vector256.Load((int*)column + 8), q = Vector256.Create(((int*)values)[0]);
                a0 += Vector256.Equals(q, x).AsSingle() & gain;
                b0 += Vector256.Equals(q, y).AsSingle() & gain;
                q = Vector256.Create(((int*)values)[1]);
                a1 += Vector256.Equals(q, x).AsSingle() & gain;
                b1 += Vector256.Equals(q, y).AsSingle() & gain;
                q = Vector256.Create(((int*)values)[2]);
                a2 += Vector256.Equals(q, x).AsSingle() & gain;
                b2 += Vector256.Equals(q, y).AsSingle() & gain;
                q = Vector256.Create(((int*)values)[3]);
                a3 += Vector256.Equals(q, x).AsSingle() & gain;
                b3 += Vector256.Equals(q, y).AsSingle() & gain;
                q = Vector256.Create(((int*)values)[4]);
                a4 += Vector256.Equals(q, x).AsSingle() & gain;
                b4 += Vector256.Equals(q, y).AsSingle() & gain;
                q = Vector256.Create(((int*)values)[5]);
                a5 += Vector256.Equals(q, x).AsSingle() & gain;
                b5 += Vector256.Equals(q, y).AsSingle() & gain;
                values += 6;
            }

            uint n0 = Reached(a0, b0, thresholds[0]), n1 = Reached(a1, b1, thresholds[1]), n2 = Reached(a2, b2, thresholds[2]);
            uint n3 = Reached(a3, b3, thresholds[3]), n4 = Reached(a4, b4, thresholds[4]), n5 = Reached(a5, b5, thresholds[5]);
            if ((n0 | n1 | n2 | n3 | n4 | n5) == 0) continue;
            m0 |= n0 << half;
            m1 |= n1 << half;
            m2 |= n2 << half;
            m3 |= n3 << half;
            m4 |= n4 << half;
            m5 |= n5 << half;
            float* target = scores + half;
            Store(a0, b0, target);
            Store(a1, b1, target + Panel);
            Store(a2, b2, target + (2 * Panel));
            Store(a3, b3, target + (3 * Panel));
            Store(a4, b4, target + (4 * Panel));
            Store(a5, b5, target + (5 * Panel));
        }

        if ((m0 | m1 | m2 | m3 | m4 | m5) == 0) return false;
        (masks[0], masks[1], masks[2], masks[3], masks[4], masks[5]) = (m0, m1, m2, m3, m4, m5);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SquaresInQuarters(float* panel, float* tile, int columns, int categories, float mismatch, float* squares)
    {
        for (int quarter = 0; quarter < 4; quarter++)
        {
            int first = quarter / 2 * 4, half = quarter % 2 * 16;
            float* column = panel + half, values = tile + first;
            Vector256<float> a0 = Vector256<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
            for (int j = 0; j < columns; j++, column += Panel, values += Tile)
            {
                Vector256<float> x = Vector256.Load(column), y = Vector256.Load(column + 8);
                Add(x, y, values[0], ref a0, ref b0);
                Add(x, y, values[1], ref a1, ref b1);
                Add(x, y, values[2], ref a2, ref b2);
                Add(x, y, values[3], ref a3, ref b3);
            }

            float* target = squares + (first * Panel) + half;
            for (int j = 0; j < categories; j++, column += Panel, values += Tile)
            {
                Vector256<float> x = Vector256.Load(column), y = Vector256.Load(column + 8), gap = Vector256.Create(mismatch);
                AddMismatch(x, y, values[0], gap, ref a0, ref b0);
                AddMismatch(x, y, values[1], gap, ref a1, ref b1);
                AddMismatch(x, y, values[2], gap, ref a2, ref b2);
                AddMismatch(x, y, values[3], gap, ref a3, ref b3);
            }

            Store(a0, b0, target);
            Store(a1, b1, target + Panel);
            Store(a2, b2, target + (2 * Panel));
            Store(a3, b3, target + (3 * Panel));
        }
    }

    /// <summary>What a column adds to the scores of eight rows.</summary>
    private interface IStep
    {
        /// <summary>Whether there are categories: a loop over none of them would cost the other one a register.</summary>
        static abstract bool Matches { get; }

        static abstract Vector256<float> Next(Vector256<float> query, Vector256<float> rows, Vector256<float> scores);
    }

    private readonly struct Product : IStep
    {
        public static bool Matches => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Next(Vector256<float> query, Vector256<float> rows, Vector256<float> scores) =>
            Vector256.FusedMultiplyAdd(query, rows, scores);
    }

    private readonly struct ProductAndMatches : IStep
    {
        public static bool Matches => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Next(Vector256<float> query, Vector256<float> rows, Vector256<float> scores) => Product.Next(query, rows, scores);
    }

    private readonly struct Difference : IStep
    {
        public static bool Matches => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Next(Vector256<float> query, Vector256<float> rows, Vector256<float> scores) => scores - Vector256.Abs(query - rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<float> x, Vector256<float> y, float value, ref Vector256<float> low, ref Vector256<float> high)
    {
        Vector256<float> q = Vector256.Create(value), gap = x - q, other = y - q;
        low = Vector256.FusedMultiplyAdd(gap, gap, low);
        high = Vector256.FusedMultiplyAdd(other, other, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddMismatch(
        Vector256<float> x, Vector256<float> y, float value, Vector256<float> gap, ref Vector256<float> low, ref Vector256<float> high)
    {
        Vector256<float> q = Vector256.Create(value);
        low += Vector256.AndNot(gap, Vector256.Equals(q, x));
        high += Vector256.AndNot(gap, Vector256.Equals(q, y));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> low, Vector256<float> high, float* target)
    {
        low.Store(target);
        high.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Reached(Vector256<float> low, Vector256<float> high, float threshold)
    {
        Vector256<float> t = Vector256.Create(threshold);
        return Vector256.GreaterThanOrEqual(low, t).ExtractMostSignificantBits() | (Vector256.GreaterThanOrEqual(high, t).ExtractMostSignificantBits() << 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<float> x, Vector512<float> y, float value, ref Vector512<float> low, ref Vector512<float> high)
    {
        Vector512<float> q = Vector512.Create(value), gap = x - q, other = y - q;
        low = Vector512.FusedMultiplyAdd(gap, gap, low);
        high = Vector512.FusedMultiplyAdd(other, other, high);
    }

    /// <summary>The squared (or, if <paramref name="absolute"/>, absolute) distance from a point to a box; 0 inside.</summary>
    /// <param name="point">The point, <paramref name="padded"/> values.</param>
    /// <param name="low">The box's lower corner.</param>
    /// <param name="high">The box's upper corner.</param>
    /// <param name="padded">The number of columns, a multiple of 8; the padding is 0 everywhere.</param>
    /// <param name="absolute">Whether the distance is the sum of absolute differences.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float ToBox(float* point, float* low, float* high, int padded, bool absolute)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int j = 0; j < padded; j += 8)
        {
            Vector256<float> x = Vector256.Load(point + j);
            Vector256<float> gap = Vector256.Max(Vector256.Max(Vector256.Load(low + j) - x, x - Vector256.Load(high + j)), Vector256<float>.Zero);
            sum = absolute ? sum + gap : sum + (gap * gap);
        }

        return Vector256.Sum(sum);
    }

    /// <summary>The squared (or absolute) distance between two boxes; 0 where they meet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float BoxToBox(float* low, float* high, float* otherLow, float* otherHigh, int padded, bool absolute)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int j = 0; j < padded; j += 8)
        {
            Vector256<float> gap = Vector256.Max(
                Vector256.Max(Vector256.Load(otherLow + j) - Vector256.Load(high + j), Vector256.Load(low + j) - Vector256.Load(otherHigh + j)),
                Vector256<float>.Zero);
            sum = absolute ? sum + gap : sum + (gap * gap);
        }

        return Vector256.Sum(sum);
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
