using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>
/// The soft-margin support vector machine with a Gaussian kernel, solved far enough to know which rows are support vectors.
/// </summary>
/// <remarks>
/// <para>The dual is solved by decomposition (Osuna, Freund and Girosi, 1997; Joachims, 1999, "Making large-scale SVM learning practical"): in each round the
/// rows that violate the optimality conditions most, and those chosen the round before, are improved together while all others stay, until the largest
/// violation is below the tolerance. With beta = y alpha and F = y - K beta, a row whose beta may grow and one whose beta may shrink violate them by the
/// difference of their F. Among the chosen rows it is sequential minimal optimisation with the second-order choice of the pair (Fan, Chen and Lin, 2005,
/// "Working set selection using second order information", algorithm 2): i = argmax F over the rows whose beta may grow, j = argmax (F_i - F_j)^2 / (K_ii +
/// K_jj - 2 K_ij) over those whose beta may shrink, and both move by the same amount. Then one pass over the kernel of the chosen rows, never stored, brings F
/// up to date.</para>
/// <para>Rows at a bound whose F lies beyond that of every possible partner are left aside (Joachims, section 4) until the others are settled; then their F
/// is computed afresh, and the search goes on if any of them violates the conditions. So the result is that of all rows.</para>
/// <para>Memory: two doubles and two float copies of the features a row. Sums are taken in an order that does not depend on the threads.</para>
/// </remarks>
internal sealed unsafe class SupportVectors
{
    private const int Newcomers = 256, PanelsInBlock = 8, ShrinkEvery = 8, ShrinkAbove = 4096, MostRounds = 100_000, MostSteps = 50_000;
    private const double SmallestCurvature = 1e-12;

    private readonly float[] columns;
    private readonly int rows, width, numeric, threads;
    private readonly float gamma, mismatch;

    /// <summary>Prepares the kernel exp(-gamma d^2) over some rows.</summary>
    /// <param name="columns">The features, column by column: value of row r and column c at c * rows + r. Numeric columns first.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The number of columns.</param>
    /// <param name="numeric">How many of the columns are numeric; the others hold codes.</param>
    /// <param name="gamma">The factor of the squared distance.</param>
    /// <param name="mismatch">What two unequal codes add to the squared distance.</param>
    /// <param name="threads">How many workers, 0 for all processors.</param>
    internal SupportVectors(float[] columns, int rows, int width, int numeric, double gamma, double mismatch, int threads) =>
        (this.columns, this.rows, this.width, this.numeric, this.gamma, this.mismatch, this.threads) =
        (columns, rows, width, numeric, (float)gamma, (float)mismatch, threads);

    /// <summary>Solves the dual and returns y alpha of every row: zero for a row that is no support vector.</summary>
    /// <param name="positive">Which rows belong to the positive class.</param>
    /// <param name="cost">The upper bound of alpha.</param>
    /// <param name="tolerance">The largest violation of the optimality conditions that is accepted.</param>
    internal double[] Solve(ReadOnlySpan<bool> positive, double cost = 1, double tolerance = 1e-3)
    {
        bool[] sides = positive.ToArray();
        double[] beta = new double[rows], f = [.. sides.Select(p => p ? 1.0 : -1.0)];
        int[] all = [.. Enumerable.Range(0, rows)], active = all, before = [];
        PackedRows whole = Pack(all), packed = whole;
        int refreshed = 0;
        for (int round = 1; round < MostRounds; round++)
        {
            Violators found = Worst(active, f, beta, sides, cost);
            if (!(found.Gap >= (refreshed > 0 || active.Length == rows ? tolerance : 10 * tolerance)))
            {
                if (active.Length == rows) break;
                Refresh(active, f, beta, sides);
                (active, packed, before) = (all, whole, []);
                refreshed++;
                continue;
            }

            // Twice the rows left aside turned out to matter: the third time all stay.
            if (round % ShrinkEvery == 0 && refreshed < 3 && active.Length > ShrinkAbove)
            {
                int[] left = [.. active.Where(r => (CanGrow(r) && f[r] >= found.Lowest) || (CanShrink(r) && f[r] <= found.Highest))];
                if (left.Length < active.Length / 4 * 3) (active, packed) = (left, Pack(left));
            }

            int[] newest = [.. found.Growing.Concat(found.Shrinking).Distinct()], chosen = [.. newest.Concat(before).Distinct()];
            double[] moves = Improve(chosen, f, beta, sides, cost, Math.Max(tolerance / 2, found.Gap / 10));
            before = newest;
            int[] moved = [.. Enumerable.Range(0, chosen.Length).Where(i => moves[i] != 0)];
            Follow(packed, active, f, Pack([.. moved.Select(i => chosen[i])]), [.. moved.Select(i => moves[i])]);
        }

        return beta;

        bool CanGrow(int r) => beta[r] < (sides[r] ? cost : 0);
        bool CanShrink(int r) => beta[r] > (sides[r] ? 0 : -cost);
    }

    private readonly record struct Violators(int[] Growing, int[] Shrinking, double Highest, double Lowest)
    {
        internal double Gap => Highest - Lowest;
    }

    /// <summary>The rows with the largest F among those whose beta may grow, and those with the smallest among those whose beta may shrink.</summary>
    private static Violators Worst(int[] active, double[] f, double[] beta, bool[] sides, double cost)
    {
        Best growing = new(Newcomers / 2), shrinking = new(Newcomers / 2);
        foreach (int r in active)
        {
            (double low, double high) = sides[r] ? (0.0, cost) : (-cost, 0.0);
            if (beta[r] < high) growing.Offer(f[r], r);
            if (beta[r] > low) shrinking.Offer(-f[r], r);
        }

        (double[] highs, int[] up) = growing.Taken();
        (double[] lows, int[] down) = shrinking.Taken();
        if (up.Length == 0 || down.Length == 0) return new([], [], double.NegativeInfinity, double.PositiveInfinity);
        double highest = highs[0], lowest = -lows[0];
        return new([.. up.Where((_, i) => highs[i] > lowest)], [.. down.Where((_, i) => -lows[i] < highest)], highest, lowest);
    }

    /// <summary>Keeps the rows with the largest values.</summary>
    private sealed class Best(int most)
    {
        private readonly double[] keys = new double[4 * most];
        private readonly int[] rows = new int[4 * most];
        private int count;
        private double least = double.NegativeInfinity;

        internal void Offer(double value, int row)
        {
            if (value <= least) return;
            (keys[count], rows[count]) = (-value, row);
            if (++count < keys.Length) return;
            Array.Sort(keys, rows);
            count = most;
            least = -keys[most - 1];
        }

        internal (double[] Values, int[] Rows) Taken()
        {
            Array.Sort(keys, rows, 0, count);
            count = Math.Min(count, most);
            return ([.. keys.Take(count).Select(k => -k)], rows[..count]);
        }
    }

    /// <summary>Optimises the beta of some rows among themselves.</summary>
    /// <returns>How far each has moved.</returns>
    private double[] Improve(int[] chosen, double[] f, double[] beta, bool[] sides, double cost, double tolerance)
    {
        int n = chosen.Length;
        float[] kernel = Kernel(Pack(chosen));
        double[] ownF = new double[n], own = new double[n], canGrow = new double[n], canShrink = new double[n];
        for (int r = 0; r < n; r++)
        {
            (ownF[r], own[r]) = (f[chosen[r]], beta[chosen[r]]);
            Bound(r, own, canGrow, canShrink, sides[chosen[r]], cost);
        }

        for (int step = 0; step < MostSteps; step++)
        {
            int i = ArgMax(ownF, canGrow);
            if (i < 0) break;
            ReadOnlySpan<float> ki = kernel.AsSpan(i * n, n);
            (int j, double lowest) = SecondOfPair(ownF, canShrink, ki, ownF[i]);
            if (j < 0 || ownF[i] - lowest < tolerance) break;
            double low = sides[chosen[j]] ? 0 : -cost, high = sides[chosen[i]] ? cost : 0;
            double move = (ownF[i] - ownF[j]) / Math.Max(2 - (2 * (double)ki[j]), SmallestCurvature);
            double room = high - own[i], spare = own[j] - low;
            move = Math.Min(move, Math.Min(room, spare));
            own[i] = move == room ? high : own[i] + move;
            own[j] = move == spare ? low : own[j] - move;
            Bound(i, own, canGrow, canShrink, sides[chosen[i]], cost);
            Bound(j, own, canGrow, canShrink, sides[chosen[j]], cost);
            Follow(ownF, ki, kernel.AsSpan(j * n, n), move);
        }

        for (int r = 0; r < n; r++) (beta[chosen[r]], own[r]) = (own[r], own[r] - beta[chosen[r]]);
        return own;
    }

    private static void Bound(int row, double[] beta, double[] canGrow, double[] canShrink, bool positive, double cost)
    {
        (double low, double high) = positive ? (0.0, cost) : (-cost, 0.0);
        canGrow[row] = beta[row] < high ? 0 : double.NegativeInfinity;
        canShrink[row] = beta[row] > low ? 0 : double.NegativeInfinity;
    }

    // The first row with the largest F among those whose penalty is zero; -1 if there is none.
    private static int ArgMax(ReadOnlySpan<double> f, ReadOnlySpan<double> penalty)
    {
        Vector<double> best = new(double.NegativeInfinity), bestAt = new(-1.0), at = Vector<double>.Indices, step = new(Vector<double>.Count);
        int r = 0;
        for (; r <= f.Length - Vector<double>.Count; r += Vector<double>.Count)
        {
            Vector<double> value = new Vector<double>(f[r..]) + new Vector<double>(penalty[r..]);
            Vector<long> better = Vector.GreaterThan(value, best);
            best = Vector.ConditionalSelect(better, value, best);
            bestAt = Vector.ConditionalSelect(better, at, bestAt);
            at += step;
        }

        (double top, int row) = (double.NegativeInfinity, -1);
        for (int lane = 0; lane < Vector<double>.Count; lane++)
            if (best[lane] > top || (best[lane] == top && bestAt[lane] >= 0 && bestAt[lane] < row)) (top, row) = (best[lane], (int)bestAt[lane]);
        for (; r < f.Length; r++)
            if (f[r] + penalty[r] > top) (top, row) = (f[r] + penalty[r], r);
        return row;
    }

    // The row that promises the largest gain together with row i, and the smallest F of all rows that may shrink.
    private static (int Row, double Lowest) SecondOfPair(ReadOnlySpan<double> f, ReadOnlySpan<double> penalty, ReadOnlySpan<float> kernel, double fi)
    {
        Vector<double> best = new(-1.0), bestAt = new(-1.0), lowest = new(double.PositiveInfinity), top = new(fi), two = new(2.0),
            least = new(SmallestCurvature);
        Vector<double> at = Vector<double>.Indices, count = new(Vector<double>.Count);
        int r = 0;
        for (; r <= f.Length - Vector<float>.Count; r += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(kernel[r..]), out Vector<double> low, out Vector<double> high);
            Look(f[r..], penalty[r..], low);
            Look(f[(r + Vector<double>.Count)..], penalty[(r + Vector<double>.Count)..], high);
        }

        (double gain, int row, double smallest) = (-1, -1, double.PositiveInfinity);
        for (int lane = 0; lane < Vector<double>.Count; lane++)
        {
            if (best[lane] > gain || (best[lane] == gain && bestAt[lane] >= 0 && bestAt[lane] < row)) (gain, row) = (best[lane], (int)bestAt[lane]);
            smallest = Math.Min(smallest, lowest[lane]);
        }

        for (; r < f.Length; r++)
        {
            double value = f[r] - penalty[r];
            smallest = Math.Min(smallest, value);
            double difference = fi - value;
            if (difference <= 0) continue;
            double candidate = difference * difference / Math.Max(2 - 2 * (double)kernel[r], SmallestCurvature);
            if (candidate > gain) (gain, row) = (candidate, r);
        }

        return (row, smallest);

        void Look(ReadOnlySpan<double> f, ReadOnlySpan<double> penalty, Vector<double> kernel)
        {
            Vector<double> value = new Vector<double>(f) - new Vector<double>(penalty);
            lowest = Vector.Min(lowest, value);
            Vector<double> difference = top - value;
            Vector<double> gain = difference * difference / Vector.Max(two - two * kernel, least);
            Vector<long> better = Vector.BitwiseAnd(Vector.GreaterThan(difference, Vector<double>.Zero), Vector.GreaterThan(gain, best));
            best = Vector.ConditionalSelect(better, gain, best);
            bestAt = Vector.ConditionalSelect(better, at, bestAt);
            at += count;
        }
    }

    // F -= move (K_i - K_j).
    private static void Follow(Span<double> f, ReadOnlySpan<float> ki, ReadOnlySpan<float> kj, double move)
    {
        Vector<double> factor = new(move);
        int r = 0;
        for (; r <= f.Length - Vector<float>.Count; r += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(ki[r..]), out Vector<double> lowI, out Vector<double> highI);
            Vector.Widen(new Vector<float>(kj[r..]), out Vector<double> lowJ, out Vector<double> highJ);
            (new Vector<double>(f[r..]) - factor * (lowI - lowJ)).CopyTo(f[r..]);
            Span<double> next = f[(r + Vector<double>.Count)..];
            (new Vector<double>(next) - factor * (highI - highJ)).CopyTo(next);
        }

        for (; r < f.Length; r++) f[r] -= move * ((double)ki[r] - kj[r]);
    }

    private PackedRows Pack(int[] some)
    {
        var packed = new PackedRows(some.Length, width);
        Parallel.For(0, (some.Length + 1023) / 1024, Threads.Options(some.Length < 4096 ? 1 : threads), b =>
        {
            for (int c = 0; c < width; c++)
            {
                ReadOnlySpan<float> column = columns.AsSpan(c * rows, rows);
                for (int i = b * 1024; i < Math.Min((b + 1) * 1024, some.Length); i++) packed[i, c] = column[some[i]];
            }
        });
        return packed;
    }

    /// <summary>F of the rows left aside, from the beta of all.</summary>
    private void Refresh(int[] active, double[] f, double[] beta, bool[] sides)
    {
        var isActive = new bool[rows];
        foreach (int r in active) isActive[r] = true;
        int[] aside = [.. Enumerable.Range(0, rows).Where(r => !isActive[r])], vectors = [.. Enumerable.Range(0, rows).Where(r => beta[r] != 0)];
        foreach (int r in aside) f[r] = sides[r] ? 1 : -1;
        Follow(Pack(aside), aside, f, Pack(vectors), [.. vectors.Select(r => beta[r])]);
    }

    /// <summary>F -= K move: brings F of some rows up to date.</summary>
    private void Follow(PackedRows packed, int[] active, double[] f, PackedRows moved, double[] moves)
    {
        if (moves.Length == 0) return;
        float[] tiles = moved.Tiles(), amounts = new float[(moves.Length + NeighbourKernels.Tile - 1) / NeighbourKernels.Tile * NeighbourKernels.Tile];
        for (int i = 0; i < moves.Length; i++) amounts[i] = (float)moves[i];
        int blocks = (packed.Panels + PanelsInBlock - 1) / PanelsInBlock;
        Parallel.For(0, blocks, Threads.Options(blocks < 4 ? 1 : threads), b =>
        {
            for (int panel = b * PanelsInBlock; panel < Math.Min((b + 1) * PanelsInBlock, packed.Panels); panel++)
                Follow(packed, panel, active, f, tiles, amounts);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Follow(PackedRows packed, int panel, int[] active, double[] f, float[] tiles, float[] amounts)
    {
        float* squares = stackalloc float[NeighbourKernels.Tile * NeighbourKernels.Panel];
        double* sums = stackalloc double[NeighbourKernels.Panel];
        Vector512<double> s0 = Vector512<double>.Zero, s1 = s0, s2 = s0, s3 = s0;
        Vector512<float> factor = Vector512.Create(-gamma);
        fixed (float* values = packed.Values, tile = tiles)
        {
            for (int t = 0; t < amounts.Length; t += NeighbourKernels.Tile)
            {
                NeighbourKernels.Squares(
                    values + ((long)panel * packed.PanelSize), tile + ((long)t / NeighbourKernels.Tile * packed.TileSize), numeric, width - numeric,
                    mismatch, squares);
                Vector512<float> low = Vector512<float>.Zero, high = low;
                for (int i = 0; i < NeighbourKernels.Tile; i++)
                {
                    Vector512<float> amount = Vector512.Create(amounts[t + i]);
                    low = Vector512.FusedMultiplyAdd(amount, Exp(Vector512.Load(squares + (i * NeighbourKernels.Panel)) * factor), low);
                    high = Vector512.FusedMultiplyAdd(amount, Exp(Vector512.Load(squares + (i * NeighbourKernels.Panel) + 16) * factor), high);
                }

                (Vector512<double> a, Vector512<double> c) = Vector512.Widen(low);
                s0 += a;
                s1 += c;
                (a, c) = Vector512.Widen(high);
                s2 += a;
                s3 += c;
            }
        }

        s0.Store(sums);
        s1.Store(sums + 8);
        s2.Store(sums + 16);
        s3.Store(sums + 24);
        int first = panel * NeighbourKernels.Panel;
        for (int lane = 0; lane < Math.Min(NeighbourKernels.Panel, active.Length - first); lane++) f[active[first + lane]] -= sums[lane];
    }

    /// <summary>The kernel between all pairs of some rows.</summary>
    private float[] Kernel(PackedRows packed)
    {
        int n = packed.Count;
        float[] kernel = new float[n * n], tiles = packed.Tiles();
        Parallel.For(0, (n + NeighbourKernels.Tile - 1) / NeighbourKernels.Tile, Threads.Options(n < 256 ? 1 : threads), t =>
        {
            float* squares = stackalloc float[NeighbourKernels.Tile * NeighbourKernels.Panel];
            Vector512<float> factor = Vector512.Create(-gamma);
            fixed (float* values = packed.Values, tile = tiles)
                for (int panel = 0; panel < packed.Panels; panel++)
                {
                    NeighbourKernels.Squares(
                        values + ((long)panel * packed.PanelSize), tile + ((long)t * packed.TileSize), numeric, width - numeric, mismatch, squares);
                    int first = panel * NeighbourKernels.Panel, lanes = Math.Min(NeighbourKernels.Panel, n - first);
                    for (int i = 0; i < Math.Min(NeighbourKernels.Tile, n - (t * NeighbourKernels.Tile)); i++)
                    {
                        float* own = squares + (i * NeighbourKernels.Panel);
                        Exp(Vector512.Load(own) * factor).Store(own);
                        Exp(Vector512.Load(own + 16) * factor).Store(own + 16);
                        new ReadOnlySpan<float>(own, lanes).CopyTo(kernel.AsSpan((((t * NeighbourKernels.Tile) + i) * n) + first));
                    }
                }
        });
        return kernel;
    }

    /// <summary>exp(x) for x of 0 or less, to about two units in the last place: x = n ln 2 + r and a polynomial in r (Cephes, expf; Moshier, 1989).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Max(x, Vector512.Create(-87f));
        Vector512<float> n = Vector512.Round(x * Vector512.Create(1.44269504f));
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x));
        Vector512<float> p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p * r, r, r) + Vector512<float>.One;
        return p * Vector512.ShiftLeft(Vector512.ConvertToInt32(n) + Vector512.Create(127), 23).AsSingle();
    }
}
