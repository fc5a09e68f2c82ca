using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight;

/// <summary>
/// The kernel for <see cref="WordPanels"/>: dot products of words of 16 bits in vectors of 256 bits, six queries against half a panel at a time.
/// </summary>
/// <param name="pairs">P, the number of pairs of columns.</param>
/// <param name="factor">What the values were multiplied by.</param>
internal readonly unsafe struct Words(int pairs, float factor) : IPanelKernel
{
    private const int Panel = NeighbourKernels.Panel;

    /// <inheritdoc/>
    public static int Queries => Vectors256.Queries;

    /// <inheritdoc/>
    public int Width => pairs;

    /// <inheritdoc/>
    public bool TakesOne => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Tile(float* panel, float* tile, float* thresholds, uint* masks, float* scores) =>
        Dot((int*)panel, (int*)tile, pairs, factor, thresholds, masks, scores);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool One(float* panel, int panels, float* query, float threshold, uint* masks, float* scores) =>
        DotOne((int*)panel, panels, (int*)query, Queries, pairs, factor, threshold, masks, scores);

    /// <summary>Scores by dot product of words of 16 bits.</summary>
    /// <param name="panel">(P + 1) x 32 values.</param>
    /// <param name="tile">P values of each of six queries.</param>
    /// <param name="pairs">P, the number of pairs of columns.</param>
    /// <param name="factor">What the values were multiplied by.</param>
    /// <param name="thresholds">A threshold for each query; eight are read.</param>
    /// <param name="masks">Receives for each query a bit per row of the panel, if there is any candidate.</param>
    /// <param name="scores">Receives for each query the scores of the halves of the panel that hold a candidate.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Dot(int* panel, int* tile, int pairs, float factor, float* thresholds, uint* masks, float* scores)
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
    private static bool DotOne(int* panel, int panels, int* query, int stride, int pairs, float factor, float threshold, uint* masks, float* scores)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> low, Vector256<float> high, float* target)
    {
        low.Store(target);
        high.Store(target + 8);
    }
}
