using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Torch;

/// <summary>
/// Sums over many scores of a sigmoid of their distance to one, without a sigmoid for each pair (the interpolation of the black-box fast multipole method,
/// Fong and Darve, 2009, section 2).
/// </summary>
/// <remarks>
/// <para>Scores lie in cells four temperatures wide. Within a cell the sigmoid is interpolated at the p nodes of Chebyshev's polynomial, so that the scores of
/// a cell are replaced by weights of its nodes: sum over j of s((x_j - x) / t) = sum over m of W_m s((X_m - x) / t), where W_m = (1 / p) sum over k of (2 - [k
/// = 0]) T_k(X_m) M_k with the moments M_k = sum of T_k over the scores. The derivative goes back the same way: from the nodes to the coefficients of the
/// polynomials, which each score evaluates.</para>
/// <para>The pole of the sigmoid nearest to a cell, at i pi t, is on the ellipse of rho = 3.43, and the error of each sigmoid falls as 3.43^-p: 16 nodes in
/// single precision leave 1e-8, 32 in double precision 1e-16. Cells further away than 17 temperatures (37 in double precision) and the logarithm of the number
/// of scores count as one or zero, which is wrong by less than a unit in the last place of one in the sum of all of them.</para>
/// </remarks>
internal sealed unsafe class CellSums<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int CellWidth = 4;

    // Row k: (2 - [k = 0]) / p T_k(X_m), for every node m.
    private static readonly double[] Basis = MakeBasis();

    private readonly int cells;
    private readonly T width;
    private readonly T* sorted, weights, slopes;
    private readonly int* places;
    private readonly int[] starts, counts;

    private CellSums(T* scores, int end, int cells, T width)
    {
        (this.cells, this.width) = (cells, width);
        (starts, counts) = (new int[cells + 1], new int[cells]);

        // Four vectors are read at a time, of which the last ones may be beyond the last cell.
        int lanes = Vector256<T>.Count, capacity = end + ((cells + 4) * lanes);
        sorted = (T*)NativeMemory.AlignedAlloc((nuint)((capacity + (2 * cells * Nodes)) * sizeof(T)), 64);
        weights = sorted + capacity;
        slopes = weights + (cells * Nodes);
        places = (int*)NativeMemory.Alloc((nuint)capacity, sizeof(int));
        new Span<T>(weights, 2 * cells * Nodes).Clear();
        Sort(scores, end);
        Weigh();
    }

    private static int Nodes => sizeof(T) == 4 ? 16 : 32;

    /// <summary>Whether cells take less time than pairs.</summary>
    public static bool AreWorthwhile(in RankedScores<T> scores, double temperature)
    {
        double lanes = Vector256<T>.Count, count = scores.Positives + scores.Negatives, cells = Cells(temperature);
        double near = Math.Min(cells, (2 * Reach(count)) + 1) * Nodes / lanes;
        return scores.Anchors * count / lanes > (2 * count) + (2 * scores.Anchors * near) + (cells * Nodes * Nodes / 2);
    }

    /// <summary>The loss of <see cref="SmoothPrecisionTerm"/> and its derivatives.</summary>
    public static double SmoothPrecision(in RankedScores<T> scores, double temperature)
    {
        int cells = (int)Cells(temperature), reach = (int)Reach(scores.Positives + scores.Negatives), lanes = Vector256<T>.Count;
        T width = T.CreateTruncating(CellWidth * temperature);
        using var own = new CellSums<T>(scores.Own, scores.OwnEnd, cells, width);
        using var all = new CellSums<T>(scores.All, scores.End, cells, width);
        int[] ownBelow = own.Below(), allBelow = all.Below();
        T* kept = stackalloc T[Nodes * Math.Min(cells, (2 * reach) + 1)], nodes = stackalloc T[Nodes];
        for (int m = 0; m < Nodes; m++) nodes[m] = T.CreateTruncating(CellWidth / 2 * Node(m));
        double loss = 0, share = 1.0 / scores.Anchors;
        for (int cell = 0; cell < cells; cell++)
            for (int i = own.starts[cell]; i < own.starts[cell] + own.counts[cell]; i++)
            {
                int anchor = own.places[i];
                if (anchor >= scores.Anchors) continue;
                int first = Math.Max(0, cell - reach), last = Math.Min(cells - 1, cell + reach);
                T at = own.sorted[i] * T.CreateTruncating(CellWidth / 2);
                Vector256<T> mineSum = Vector256<T>.Zero, restSum = Vector256<T>.Zero;
                for (int other = first; other <= last; other++)
                {
                    if (own.counts[other] + all.counts[other] == 0) continue;
                    T* s = kept + ((other - first) * Nodes), a = own.weights + (other * Nodes), b = all.weights + (other * Nodes);
                    Vector256<T> shift = Vector256.Create(at + T.CreateTruncating((cell - other) * CellWidth));
                    for (int m = 0; m < Nodes; m += lanes)
                    {
                        Vector256<T> above = VectorMath.Falling(shift - Vector256.Load(nodes + m));
                        above.Store(s + m);
                        mineSum += above * Vector256.Load(a + m);
                        restSum += above * Vector256.Load(b + m);
                    }
                }

                double mine = double.CreateTruncating(Vector256.Sum(mineSum)) + ownBelow[cells] - ownBelow[last + 1];
                double rest = double.CreateTruncating(Vector256.Sum(restSum)) + allBelow[cells] - allBelow[last + 1];

                // An anchor is not above itself, which its sigmoid of zero would say by half.
                double among = Math.Max(1, 1 + mine - 0.5), rank = among + Math.Max(0, rest), scale = share / (rank * rank * temperature);
                loss += share * (1 - (among / rank));
                Vector256<T> ofOwn = Vector256.Create(T.CreateTruncating(-scale * (rank - among))),
                    ofRest = Vector256.Create(T.CreateTruncating(scale * among)), pull = Vector256<T>.Zero;
                for (int other = first; other <= last; other++)
                {
                    if (own.counts[other] + all.counts[other] == 0) continue;
                    T* s = kept + ((other - first) * Nodes);
                    int to = other * Nodes;
                    for (int m = 0; m < Nodes; m += lanes)
                    {
                        Vector256<T> above = Vector256.Load(s + m), change = above * (Vector256<T>.One - above), a = change * ofOwn, b = change * ofRest;
                        pull += (a * Vector256.Load(own.weights + to + m)) + (b * Vector256.Load(all.weights + to + m));
                        (Vector256.Load(own.slopes + to + m) + a).Store(own.slopes + to + m);
                        (Vector256.Load(all.slopes + to + m) + b).Store(all.slopes + to + m);
                    }
                }

                scores.OwnSlopes[anchor] -= T.CreateTruncating(double.CreateTruncating(Vector256.Sum(pull)));
            }

        own.Spread(scores.OwnSlopes);
        all.Spread(scores.Slopes);
        return loss;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(sorted);
        NativeMemory.Free(places);
    }

    private static double Cells(double temperature) => Math.Floor(1 / (CellWidth * temperature)) + 1;

    /// <summary>How many cells away a sigmoid is one or zero.</summary>
    private static double Reach(double count) => Math.Ceiling(((sizeof(T) == 4 ? 17 : 37) + Math.Log(count)) / CellWidth) + 1;

    private static double Node(int m) => Math.Cos(Math.PI * (m + 0.5) / Nodes);

    private static double[] MakeBasis()
    {
        double[] basis = new double[Nodes * Nodes];
        for (int k = 0; k < Nodes; k++)
            for (int m = 0; m < Nodes; m++) basis[(k * Nodes) + m] = (k == 0 ? 1.0 : 2) / Nodes * Math.Cos(k * Math.PI * (m + 0.5) / Nodes);
        return basis;
    }

    /// <summary>How many scores are in the cells before each.</summary>
    private int[] Below()
    {
        int[] below = new int[cells + 1];
        for (int cell = 0; cell < cells; cell++) below[cell + 1] = below[cell] + counts[cell];
        return below;
    }

    /// <summary>Puts the scores in the order of their cells, as places of -1 to 1 in these; each cell begins at a whole vector.</summary>
    private void Sort(T* scores, int end)
    {
        // Every fourth score has cursors of its own, since neighbours often share a cell and would wait for each other's.
        const int Ways = 4;
        T* of = (T*)NativeMemory.AlignedAlloc((nuint)(2 * end * sizeof(T)), 64), within = of + end;
        int* cursors = (int*)NativeMemory.AllocZeroed((nuint)(Ways * cells), sizeof(int));
        Vector256<T> inverse = Vector256.Create(T.One / width), each = Vector256.Create(width), two = inverse + inverse,
            most = Vector256.Create(T.CreateTruncating(cells - 1));
        for (int i = 0; i < end; i += Vector256<T>.Count)
        {
            // Negative infinities are no scores. The product is subtracted without a rounding of its own, so that the place keeps its digits in every cell.
            Vector256<T> x = Vector256.Load(scores + i), cell = Vector256.MinNative(VectorMath.Floor(x * inverse), most);
            Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(x, Vector256<T>.Zero), cell, -Vector256<T>.One).Store(of + i);
            ((VectorMath.MultiplyAdd(-cell, each, x) * two) - Vector256<T>.One).Store(within + i);
        }

        for (int i = 0; i < end; i++)
            if (of[i] >= T.Zero)
                cursors[(T.ConvertToIntegerNative<int>(of[i]) * Ways) + (i % Ways)]++;
        for (int cell = 0; cell < cells; cell++)
        {
            int at = starts[cell];
            for (int way = 0; way < Ways; way++) (cursors[(cell * Ways) + way], at) = (at, at + cursors[(cell * Ways) + way]);
            counts[cell] = at - starts[cell];
            starts[cell + 1] = starts[cell] + RankedScores<T>.Whole(counts[cell]);
        }

        for (int i = 0; i < end; i++)
        {
            if (!(of[i] >= T.Zero)) continue;
            int place = cursors[(T.ConvertToIntegerNative<int>(of[i]) * Ways) + (i % Ways)]++;
            places[place] = i;
            sorted[place] = within[i];
        }

        NativeMemory.Free(cursors);
        NativeMemory.AlignedFree(of);
    }

    /// <summary>The weights of the nodes from the moments of the scores.</summary>
    private void Weigh()
    {
        int lanes = Vector256<T>.Count, count = Nodes;
        T* sums = stackalloc T[count * lanes];
        double* node = stackalloc double[count];
        for (int cell = 0; cell < cells; cell++)
        {
            if (counts[cell] == 0) continue;
            new Span<T>(sums, count * lanes).Clear();
            T* from = sorted + starts[cell];
            int scores = counts[cell], i = 0;
            for (; i + (4 * lanes) <= scores; i += 4 * lanes)
            {
                // T_k+1 = 2 x T_k - T_k-1, from T_0 = 1: four vectors at a time.
                Vector256<T> a = Vector256<T>.One, b = a, c = a, d = a;
                Vector256<T> x = Vector256.Load(from + i), y = Vector256.Load(from + i + lanes), z = Vector256.Load(from + i + (2 * lanes)),
                    w = Vector256.Load(from + i + (3 * lanes));
                Vector256<T> twiceX = x + x, twiceY = y + y, twiceZ = z + z, twiceW = w + w;
                for (int k = 0; k < count; k++)
                {
                    (Vector256.Load(sums + (k * lanes)) + (a + b + (c + d))).Store(sums + (k * lanes));
                    (a, x) = (x, (twiceX * x) - a);
                    (b, y) = (y, (twiceY * y) - b);
                    (c, z) = (z, (twiceZ * z) - c);
                    (d, w) = (w, (twiceW * w) - d);
                }
            }

            for (; i < scores; i += lanes)
            {
                // The lanes behind the last score hold anything; there T_0 and T_1, and so all of them, are zero.
                Vector256<T> inside = Vector256.LessThan(Vector256<T>.Indices, Vector256.Create(T.CreateTruncating(scores - i)));
                Vector256<T> now = Vector256.Load(from + i) & inside, before = Vector256<T>.One & inside, twice = now + now;
                for (int k = 0; k < count; k++)
                {
                    (Vector256.Load(sums + (k * lanes)) + before).Store(sums + (k * lanes));
                    (before, now) = (now, (twice * now) - before);
                }
            }

            new Span<double>(node, count).Clear();
            for (int k = 0; k < count; k++)
            {
                double moment = double.CreateTruncating(Vector256.Sum(Vector256.Load(sums + (k * lanes))));
                for (int m = 0; m < count; m++) node[m] += Basis[(k * count) + m] * moment;
            }

            for (int m = 0; m < count; m++) weights[(cell * count) + m] = T.CreateTruncating(node[m]);
        }
    }

    /// <summary>Adds to each score's derivative what the polynomial of its cell is there.</summary>
    private void Spread(T* to)
    {
        int lanes = Vector256<T>.Count, count = Nodes;
        T* coefficients = stackalloc T[count], values = stackalloc T[4 * lanes];
        for (int cell = 0; cell < cells; cell++)
        {
            if (counts[cell] == 0) continue;
            for (int k = 0; k < count; k++)
            {
                double sum = 0;
                for (int m = 0; m < count; m++) sum += Basis[(k * count) + m] * double.CreateTruncating(slopes[(cell * count) + m]);
                coefficients[k] = T.CreateTruncating(sum);
            }

            // Clenshaw's recurrence, for four vectors at a time; behind the last score of a cell anything may stand.
            T* from = sorted + starts[cell];
            Vector256<T> first = Vector256.Create(coefficients[0]);
            for (int i = 0; i < counts[cell]; i += 4 * lanes)
            {
                Vector256<T> x = Vector256.Load(from + i), y = Vector256.Load(from + i + lanes), z = Vector256.Load(from + i + (2 * lanes)),
                    w = Vector256.Load(from + i + (3 * lanes));
                Vector256<T> a = Vector256<T>.Zero, b = a, c = a, d = a, laterA = a, laterB = a, laterC = a, laterD = a, twiceX = x + x, twiceY = y + y,
                    twiceZ = z + z, twiceW = w + w;
                for (int k = count - 1; k > 0; k--)
                {
                    Vector256<T> coefficient = Vector256.Create(coefficients[k]);
                    (a, laterA) = ((twiceX * a) + (coefficient - laterA), a);
                    (b, laterB) = ((twiceY * b) + (coefficient - laterB), b);
                    (c, laterC) = ((twiceZ * c) + (coefficient - laterC), c);
                    (d, laterD) = ((twiceW * d) + (coefficient - laterD), d);
                }

                ((x * a) + (first - laterA)).Store(values);
                ((y * b) + (first - laterB)).Store(values + lanes);
                ((z * c) + (first - laterC)).Store(values + (2 * lanes));
                ((w * d) + (first - laterD)).Store(values + (3 * lanes));
                int* of = places + starts[cell] + i;
                for (int j = 0, rest = Math.Min(4 * lanes, counts[cell] - i); j < rest; j++) to[of[j]] += values[j];
            }
        }
    }
}
