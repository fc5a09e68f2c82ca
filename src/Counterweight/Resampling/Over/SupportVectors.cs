using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;

namespace Counterweight;

/// <summary>
/// The soft-margin support vector machine with a Gaussian kernel, solved far enough to know which rows are support vectors.
/// </summary>
/// <remarks>
/// <para>The dual is solved by sequential minimal optimisation with the second-order choice of the working pair (Fan, Chen and Lin, 2005,
/// "Working set selection using second order information", algorithm 2) until the largest violation of the optimality conditions is
/// below the tolerance. With beta = y alpha and F = y - K beta the step is: i = argmax F over the rows whose beta may grow,
/// j = argmax (F_i - F_j)^2 / (K_ii + K_jj - 2 K_ij) over the rows whose beta may shrink, and both move by the same amount.</para>
/// <para>Memory: four doubles a row, a float copy of the features, and rows of the kernel up to a fixed budget.</para>
/// </remarks>
internal sealed class SupportVectors
{
    private const long CacheBytes = 256L << 20;
    private const int ParallelWork = 1 << 19;
    private const double SmallestCurvature = 1e-12;

    private readonly float[] columns;
    private readonly int rows, width, numeric, threads;
    private readonly float gamma, mismatch;
    private readonly float[][] cached;
    private readonly int[] rowOfSlot, slotOfRow;
    private readonly long[] lastUse;
    private long clock;

    /// <summary>Prepares the kernel exp(-gamma d^2) over some rows.</summary>
    /// <param name="columns">The features, column by column: value of row r and column c at c * rows + r. Numeric columns first.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The number of columns.</param>
    /// <param name="numeric">How many of the columns are numeric; the others hold codes.</param>
    /// <param name="gamma">The factor of the squared distance.</param>
    /// <param name="mismatch">What two unequal codes add to the squared distance.</param>
    /// <param name="threads">How many workers, 0 for all processors.</param>
    internal SupportVectors(float[] columns, int rows, int width, int numeric, double gamma, double mismatch, int threads)
    {
        (this.columns, this.rows, this.width, this.numeric, this.threads) = (columns, rows, width, numeric, Threads.Resolve(threads));
        (this.gamma, this.mismatch) = ((float)gamma, (float)mismatch);
        int slots = (int)Math.Clamp(CacheBytes / (sizeof(float) * (long)Math.Max(1, rows)), 2, Math.Max(2, rows));
        cached = new float[slots][];
        lastUse = new long[slots];
        rowOfSlot = new int[slots];
        slotOfRow = new int[rows];
        rowOfSlot.AsSpan().Fill(-1);
        slotOfRow.AsSpan().Fill(-1);
    }

    /// <summary>Solves the dual and returns y alpha of every row: zero for a row that is no support vector.</summary>
    /// <param name="positive">Which rows belong to the positive class.</param>
    /// <param name="cost">The upper bound of alpha.</param>
    /// <param name="tolerance">The largest violation of the optimality conditions that is accepted.</param>
    internal double[] Solve(ReadOnlySpan<bool> positive, double cost = 1, double tolerance = 1e-3)
    {
        double[] beta = new double[rows], f = new double[rows], canGrow = new double[rows], canShrink = new double[rows];
        for (int r = 0; r < rows; r++)
        {
            f[r] = positive[r] ? 1 : -1;
            (canGrow[r], canShrink[r]) = positive[r] ? (0.0, double.NegativeInfinity) : (double.NegativeInfinity, 0.0);
        }

        long limit = Math.Max(10_000_000L, 100L * rows);
        for (long step = 0; step < limit; step++)
        {
            int i = ArgMax(f, canGrow);
            if (i < 0) break;
            float[] ki = KernelRow(i);
            (int j, double lowest) = SecondOfPair(f, canShrink, ki, f[i]);
            if (j < 0 || f[i] - lowest < tolerance) break;
            float[] kj = KernelRow(j);
            double low = positive[j] ? 0 : -cost, high = positive[i] ? cost : 0;
            double move = (f[i] - f[j]) / Math.Max(2 - 2 * (double)ki[j], SmallestCurvature);
            double room = high - beta[i], spare = beta[j] - low;
            move = Math.Min(move, Math.Min(room, spare));
            beta[i] = move == room ? high : beta[i] + move;
            beta[j] = move == spare ? low : beta[j] - move;
            Bound(i, beta, canGrow, canShrink, positive[i], cost);
            Bound(j, beta, canGrow, canShrink, positive[j], cost);
            Follow(f, ki, kj, move);
        }

        return beta;
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
        Vector<double> best = new(-1.0), bestAt = new(-1.0), lowest = new(double.PositiveInfinity), top = new(fi), two = new(2.0), least = new(SmallestCurvature);
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

    private float[] KernelRow(int row)
    {
        int slot = slotOfRow[row];
        if (slot < 0)
        {
            slot = Array.IndexOf(rowOfSlot, -1);
            if (slot < 0)
            {
                slot = lastUse.AsSpan().IndexOf(TensorPrimitives.Min<long>(lastUse));
                slotOfRow[rowOfSlot[slot]] = -1;
            }

            cached[slot] ??= new float[rows];
            (rowOfSlot[slot], slotOfRow[row]) = (row, slot);
            if ((long)rows * width < ParallelWork || threads == 1) Kernel(row, 0, rows, cached[slot]);
            else
            {
                int block = (rows / threads + 1 + 63) & ~63;
                float[] target = cached[slot];
                Parallel.For(0, (rows + block - 1) / block, Threads.Options(threads), b => Kernel(row, b * block, Math.Min(rows, (b + 1) * block), target));
            }
        }

        lastUse[slot] = ++clock;
        return cached[slot];
    }

    private void Kernel(int row, int start, int end, float[] target)
    {
        const int Tile = 1024;
        for (int from = start; from < end; from += Tile)
        {
            int length = Math.Min(Tile, end - from);
            Span<float> sum = target.AsSpan(from, length);
            sum.Clear();
            for (int c = 0; c < width; c++)
            {
                ReadOnlySpan<float> column = columns.AsSpan(c * rows + from, length);
                float own = columns[c * rows + row];
                if (c < numeric) AddSquares(column, own, sum);
                else AddMismatches(column, own, sum);
            }

            TensorPrimitives.Multiply(sum, -gamma, sum);
            TensorPrimitives.Exp(sum, sum);
        }
    }

    private static void AddSquares(ReadOnlySpan<float> column, float own, Span<float> sum)
    {
        Vector<float> centre = new(own);
        int r = 0;
        for (; r <= sum.Length - Vector<float>.Count; r += Vector<float>.Count)
        {
            Vector<float> difference = new Vector<float>(column[r..]) - centre;
            (new Vector<float>(sum[r..]) + difference * difference).CopyTo(sum[r..]);
        }

        for (; r < sum.Length; r++) sum[r] += (column[r] - own) * (column[r] - own);
    }

    private void AddMismatches(ReadOnlySpan<float> column, float own, Span<float> sum)
    {
        for (int r = 0; r < sum.Length; r++) sum[r] += column[r] == own ? 0 : mismatch;
    }
}
