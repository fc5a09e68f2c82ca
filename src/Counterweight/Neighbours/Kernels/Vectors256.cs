using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>The kernel for vectors of 256 bits: six queries against half a panel at a time.</summary>
/// <param name="kind">The distance.</param>
/// <param name="columns">D, the number of numeric columns.</param>
/// <param name="categories">C, the number of categorical columns; their codes come last.</param>
/// <param name="match">What an equal category adds to a score.</param>
internal readonly unsafe struct Vectors256(DistanceKind kind, int columns, int categories, float match) : IPanelKernel
{
    private const int Panel = NeighbourKernels.Panel, TileRows = NeighbourKernels.Tile;

    /// <inheritdoc/>
    public static int Queries => 6;

    /// <inheritdoc/>
    public int Width => columns + categories;

    /// <inheritdoc/>
    public bool TakesOne => kind is DistanceKind.Euclidean or DistanceKind.Cosine;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Tile(float* panel, float* tile, float* thresholds, uint* masks, float* scores) =>
        TakesOne ? Halves<Product>(panel, tile, columns, 0, 0, thresholds, masks, scores)
        : kind == DistanceKind.Manhattan ? Halves<Difference>(panel, tile, columns, 0, 0, thresholds, masks, scores)
        : Halves<ProductAndMatches>(panel, tile, columns, categories, match, thresholds, masks, scores);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool One(float* panel, int panels, float* query, float threshold, uint* masks, float* scores) =>
        DotOne(panel, panels, query, Queries, columns, threshold, masks, scores);

    /// <summary>Scores of one query by dot product.</summary>
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

    /// <inheritdoc cref="NeighbourKernels.Squares"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Squares(float* panel, float* tile, int columns, int categories, float mismatch, float* squares)
    {
        for (int quarter = 0; quarter < 4; quarter++)
        {
            int first = quarter / 2 * 4, half = quarter % 2 * 16;
            float* column = panel + half, values = tile + first;
            Vector256<float> a0 = Vector256<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
            for (int j = 0; j < columns; j++, column += Panel, values += TileRows)
            {
                Vector256<float> x = Vector256.Load(column), y = Vector256.Load(column + 8);
                Add(x, y, values[0], ref a0, ref b0);
                Add(x, y, values[1], ref a1, ref b1);
                Add(x, y, values[2], ref a2, ref b2);
                Add(x, y, values[3], ref a3, ref b3);
            }

            float* target = squares + (first * Panel) + half;
            for (int j = 0; j < categories; j++, column += Panel, values += TileRows)
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
}
