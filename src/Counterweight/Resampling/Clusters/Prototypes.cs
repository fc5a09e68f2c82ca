using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>Few clusters around prototypes: k-means, and k-prototypes where there are categorical columns.</summary>
/// <remarks>Thousands of centres are the business of <see cref="KMeansClusters{T}"/>.</remarks>
internal static unsafe class Prototypes
{
    private const int SampleRows = 16_384, Rounds = 100, Block = 2048;
    private const double Settled = 1e-4;

    /// <summary>
    /// The cluster of every row: Lloyd's algorithm (1982) from k-means++ seeds (Arthur and Vassilvitskii, 2007) on a drawn sample of the rows; a
    /// prototype has the mean of each numeric column and the commonest code of each categorical one (Huang, 1998, k-prototypes).
    /// </summary>
    internal static int[] Assign<T>(SampleMatrix<T> rows, int clusters, double mismatchSquared, long seed, int threads) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(seed, -7);
        SampleMatrix<T> sample = rows;
        if (rows.Rows > SampleRows)
        {
            int[] drawn = new int[SampleRows];
            // Knuth's selection sampling (The Art of Computer Programming 2, algorithm S) keeps the order.
            for (int r = 0, taken = 0; taken < SampleRows; r++)
                if (random.NextDouble() * (rows.Rows - r) < SampleRows - taken) drawn[taken++] = r;
            sample = rows.Select(drawn, threads);
        }

        if (rows.Categorical.Count == 0) return Numeric(rows, sample, clusters, ref random, threads);
        T[] centres = Seeds(sample, Math.Min(clusters, sample.Rows), mismatchSquared, ref random);
        int[] owner = new int[sample.Rows];
        double before = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            double now = Nearest(sample, centres, mismatchSquared, owner, threads);
            Update(sample, owner, centres);
            if (before - now <= Settled * now) break;
            before = now;
        }

        int[] all = new int[rows.Rows];
        Nearest(rows, centres, mismatchSquared, all, threads);
        return all;
    }

    /// <summary>The same where all columns are numeric, in single precision around the mean.</summary>
    private static int[] Numeric<T>(SampleMatrix<T> rows, SampleMatrix<T> sample, int clusters, ref SeededRandom random, int threads) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        PackedRows.Frame frame = PackedRows.Frame.Of(sample, threads);
        int columns = rows.Columns, n = sample.Rows, panels = (n + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel,
            size = columns * NeighbourKernels.Panel;
        clusters = Math.Min(clusters, n);
        float[] packed = GC.AllocateArray<float>(panels * size, pinned: true);
        // And row by row, so that a whole row is added to the sum of its cluster.
        float[] byRow = GC.AllocateUninitializedArray<float>((n + 3) * columns);
        Parallel.For(0, (panels + 15) / 16, Threads.Options(n < 4096 ? 1 : threads), b =>
        {
            for (int p = b * 16; p < Math.Min((b + 1) * 16, panels); p++)
            {
                Span<float> panel = packed.AsSpan(p * size, size);
                for (int lane = 0; lane < Math.Min(NeighbourKernels.Panel, n - (p * NeighbourKernels.Panel)); lane++)
                {
                    Span<float> row = byRow.AsSpan(((p * NeighbourKernels.Panel) + lane) * columns, columns);
                    frame.Round(sample.Row((p * NeighbourKernels.Panel) + lane), row);
                    for (int j = 0; j < row.Length; j++) panel[(j * NeighbourKernels.Panel) + lane] = row[j];
                }
            }
        });
        float[] centres = Seeds(packed, n, columns, clusters, ref random);
        int[] owner = new int[n];
        int blocks = (n + Block - 1) / Block;
        double[] inertia = new double[blocks];
        var sums = new double[blocks][];
        var counts = new int[blocks][];
        double before = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            float[] eights = Eights(centres, columns);
            Parallel.For(0, blocks, Threads.Options(threads), b =>
            {
                inertia[b] = 0;
                double[] sum = sums[b] ??= new double[centres.Length];
                int[] count = counts[b] ??= new int[clusters];
                Array.Clear(sum);
                Array.Clear(count);
                for (int first = b * Block; first < Math.Min(n, (b + 1) * Block); first += NeighbourKernels.Panel)
                {
                    Span<int> own = owner.AsSpan(first, Math.Min(NeighbourKernels.Panel, n - first));
                    inertia[b] += Nearest(byRow, first, eights, columns, own);
                    for (int lane = 0; lane < own.Length; lane++)
                    {
                        Add(byRow.AsSpan((first + lane) * columns, columns), sum.AsSpan(own[lane] * columns, columns));
                        count[own[lane]]++;
                    }
                }
            });
            double now = inertia.Sum();
            for (int s = 0; s < clusters; s++)
            {
                int inCluster = counts.Sum(c => c[s]);
                for (int j = s * columns; j < (s + 1) * columns && inCluster > 0; j++) centres[j] = (float)(sums.Sum(b => b[j]) / inCluster);
            }

            if (before - now <= Settled * now) break;
            before = now;
        }

        int[] all = new int[rows.Rows];
        float[] last = Eights(centres, columns);
        Parallel.For(0, (rows.Rows + Block - 1) / Block, Threads.Options(threads), () => new float[NeighbourKernels.Panel * columns], (b, _, some) =>
        {
            for (int first = b * Block; first < Math.Min(rows.Rows, (b + 1) * Block); first += NeighbourKernels.Panel)
            {
                Span<int> own = all.AsSpan(first, Math.Min(NeighbourKernels.Panel, rows.Rows - first));
                for (int i = 0; i < own.Length; i++) frame.Round(rows.Row(first + i), some.AsSpan(i * columns, columns));
                Nearest(some, 0, last, columns, own);
            }

            return some;
        }, _ => { });
        return all;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<float> row, Span<double> sum)
    {
        int j = 0;
        for (; j <= row.Length - 8; j += 8)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.LoadUnsafe(in row[j]));
            (Vector256.LoadUnsafe(ref sum[j]) + low).StoreUnsafe(ref sum[j]);
            (Vector256.LoadUnsafe(ref sum[j + 4]) + high).StoreUnsafe(ref sum[j + 4]);
        }

        for (; j < row.Length; j++) sum[j] += row[j];
    }

    /// <summary>Centres eight by eight: the first values of eight, then their second ones, ...; places without a centre are infinitely far away.</summary>
    private static float[] Eights(float[] centres, int columns)
    {
        int clusters = centres.Length / columns;
        var eights = new float[(clusters + 7) / 8 * 8 * columns];
        eights.AsSpan().Fill(float.PositiveInfinity);
        for (int s = 0; s < clusters; s++)
            for (int j = 0; j < columns; j++) eights[(s / 8 * 8 * columns) + (j * 8) + (s % 8)] = centres[(s * columns) + j];
        return eights;
    }

    /// <summary>The nearest centre of each row from a first one on, and the sum of the squared distances to them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Nearest(float[] rows, int start, float[] eights, int columns, Span<int> owner)
    {
        float* best = stackalloc float[4];
        double sum = 0;
        fixed (float* all = &rows[start * columns], centres = eights)
            for (int first = 0; first < owner.Length; first += 4)
            {
                int some = Math.Min(4, owner.Length - first);
                new Span<float>(best, 4).Fill(float.PositiveInfinity);
                for (int group = 0; group < eights.Length / (8 * columns); group++)
                {
                    // Four rows side by side; where there are fewer, what lies behind them is computed and not used.
                    float* centre = centres + ((long)group * 8 * columns), row = all + ((long)first * columns);
                    Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
                    for (int j = 0; j < columns; j++, centre += 8, row++)
                    {
                        Vector256<float> at = Vector256.Load(centre), gap = at - Vector256.Create(row[0]);
                        a = Vector256.FusedMultiplyAdd(gap, gap, a);
                        gap = at - Vector256.Create(row[columns]);
                        b = Vector256.FusedMultiplyAdd(gap, gap, b);
                        gap = at - Vector256.Create(row[2 * columns]);
                        c = Vector256.FusedMultiplyAdd(gap, gap, c);
                        gap = at - Vector256.Create(row[3 * columns]);
                        d = Vector256.FusedMultiplyAdd(gap, gap, d);
                    }

                    for (int i = 0; i < some; i++)
                    {
                        Vector256<float> squares = i switch { 0 => a, 1 => b, 2 => c, _ => d };
                        Vector256<float> least = Vector256.Min(squares, Vector256.Shuffle(squares, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)));
                        least = Vector256.Min(least, Vector256.Shuffle(least, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)));
                        least = Vector256.Min(least, Vector256.Shuffle(least, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
                        float smallest = least.ToScalar();
                        if (!(smallest < best[i])) continue;
                        best[i] = smallest;
                        owner[first + i] = (group * 8) + BitOperations.TrailingZeroCount(Vector256.Equals(squares, least).ExtractMostSignificantBits());
                    }
                }

                for (int i = 0; i < some; i++) sum += best[i];
            }

        return sum;
    }

    private static float[] Seeds(float[] packed, int n, int columns, int clusters, ref SeededRandom random)
    {
        int size = columns * NeighbourKernels.Panel;
        var centres = new float[clusters * columns];
        var nearest = new float[n];
        nearest.AsSpan().Fill(float.PositiveInfinity);
        float* squares = stackalloc float[NeighbourKernels.Panel];
        int chosen = random.NextInt32(n);
        for (int s = 0; s < clusters; s++)
        {
            Span<float> centre = centres.AsSpan(s * columns, columns);
            for (int j = 0; j < columns; j++)
                centre[j] = packed[(chosen / NeighbourKernels.Panel * size) + (j * NeighbourKernels.Panel) + (chosen % NeighbourKernels.Panel)];
            double sum = 0;
            fixed (float* values = packed, query = centre)
                for (int first = 0; first < n; first += NeighbourKernels.Panel)
                {
                    SquaresOne(values + ((long)first * columns), query, columns, squares);
                    for (int lane = 0; lane < Math.Min(NeighbourKernels.Panel, n - first); lane++)
                        sum += nearest[first + lane] = Math.Min(nearest[first + lane], squares[lane]);
                }

            double draw = random.NextDouble() * sum;
            chosen = 0;
            while (chosen < n - 1 && (draw -= nearest[chosen]) >= 0) chosen++;
        }

        return centres;
    }

    /// <summary>The squared distances from the rows of a panel to a query.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SquaresOne(float* panel, float* query, int columns, float* squares)
    {
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
        for (int j = 0; j < columns; j++, panel += NeighbourKernels.Panel)
        {
            Vector256<float> q = Vector256.Create(query[j]), gap = Vector256.Load(panel) - q;
            a = Vector256.FusedMultiplyAdd(gap, gap, a);
            gap = Vector256.Load(panel + 8) - q;
            b = Vector256.FusedMultiplyAdd(gap, gap, b);
            gap = Vector256.Load(panel + 16) - q;
            c = Vector256.FusedMultiplyAdd(gap, gap, c);
            gap = Vector256.Load(panel + 24) - q;
            d = Vector256.FusedMultiplyAdd(gap, gap, d);
        }

        a.Store(squares);
        b.Store(squares + 8);
        c.Store(squares + 16);
        d.Store(squares + 24);
    }

    /// <summary>The squared distance: squared differences of numeric columns, a constant for each differing code.</summary>
    internal static double Squared<T>(SampleMatrix<T> columns, ReadOnlySpan<T> a, ReadOnlySpan<T> b, double mismatchSquared) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        if (columns.Categorical.Count > 0)
        {
            for (int j = 0; j < a.Length; j++)
            {
                double difference = double.CreateTruncating(a[j] - b[j]);
                sum += !columns.IsCategorical(j) ? difference * difference : difference == 0 ? 0 : mismatchSquared;
            }

            return sum;
        }

        int at = 0;
        Vector<T> sums = Vector<T>.Zero;
        for (; at <= a.Length - Vector<T>.Count; at += Vector<T>.Count)
        {
            Vector<T> difference = new Vector<T>(a[at..]) - new Vector<T>(b[at..]);
            sums += difference * difference;
        }

        T rest = Vector.Sum(sums);
        for (; at < a.Length; at++) rest += (a[at] - b[at]) * (a[at] - b[at]);
        return double.CreateTruncating(rest);
    }

    private static T[] Seeds<T>(SampleMatrix<T> rows, int clusters, double mismatchSquared, ref SeededRandom random) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        var centres = new T[clusters * rows.Columns];
        var nearest = new double[rows.Rows];
        nearest.AsSpan().Fill(double.PositiveInfinity);
        int chosen = random.NextInt32(rows.Rows);
        for (int s = 0; s < clusters; s++)
        {
            ReadOnlySpan<T> centre = rows.Row(chosen);
            centre.CopyTo(centres.AsSpan(s * rows.Columns));
            double sum = 0;
            for (int r = 0; r < rows.Rows; r++) sum += nearest[r] = Math.Min(nearest[r], Squared(rows, rows.Row(r), centre, mismatchSquared));
            double draw = random.NextDouble() * sum;
            chosen = 0;
            while (chosen < rows.Rows - 1 && (draw -= nearest[chosen]) >= 0) chosen++;
        }

        return centres;
    }

    private static double Nearest<T>(SampleMatrix<T> rows, T[] centres, double mismatchSquared, int[] owner, int threads) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        int columns = rows.Columns, clusters = centres.Length / columns;
        var sums = new double[(rows.Rows + Block - 1) / Block];
        Parallel.For(0, sums.Length, Threads.Options(threads), b =>
        {
            double sum = 0;
            for (int r = b * Block; r < Math.Min(rows.Rows, (b + 1) * Block); r++)
            {
                ReadOnlySpan<T> row = rows.Row(r);
                double best = double.PositiveInfinity;
                for (int s = 0; s < clusters; s++)
                {
                    double distance = Squared(rows, row, centres.AsSpan(s * columns, columns), mismatchSquared);
                    if (distance < best) (best, owner[r]) = (distance, s);
                }

                sum += best;
            }

            sums[b] = sum;
        });
        return sums.Sum();
    }

    private static void Update<T>(SampleMatrix<T> rows, int[] owner, T[] centres) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = rows.Columns, clusters = centres.Length / columns;
        var sums = new double[centres.Length];
        var counts = new int[clusters];
        for (int r = 0; r < rows.Rows; r++)
        {
            ReadOnlySpan<T> row = rows.Row(r);
            Span<double> sum = sums.AsSpan(owner[r] * columns, columns);
            for (int j = 0; j < columns; j++) sum[j] += double.CreateTruncating(row[j]);
            counts[owner[r]]++;
        }

        for (int s = 0; s < clusters; s++)
            for (int j = 0; j < columns && counts[s] > 0; j++)
                if (!rows.IsCategorical(j)) centres[s * columns + j] = T.CreateTruncating(sums[s * columns + j] / counts[s]);
        foreach (int column in rows.Categorical)
        {
            var votes = new Dictionary<(int Cluster, T Code), int>();
            for (int r = 0; r < rows.Rows; r++) votes[(owner[r], rows.Row(r)[column])] = votes.GetValueOrDefault((owner[r], rows.Row(r)[column])) + 1;
            foreach (var cluster in votes.GroupBy(v => v.Key.Cluster))
                centres[cluster.Key * columns + column] = cluster.OrderByDescending(v => v.Value).ThenBy(v => v.Key.Code).First().Key.Code;
        }
    }
}
