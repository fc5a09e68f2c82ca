using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Counterweight;

/// <summary>Clusters around prototypes: k-means, and k-prototypes where there are categorical columns.</summary>
internal static unsafe class Prototypes
{
    private const int SampleRows = 16_384, Rounds = 100, Block = 2048;
    private const double Settled = 1e-4;

    /// <summary>
    /// The cluster of every row: Lloyd's algorithm (1982) from k-means++ seeds (Arthur and Vassilvitskii, 2007) on a drawn sample of the rows; a
    /// prototype has the mean of each numeric column and the commonest code of each categorical one (Huang, 1998, k-prototypes).
    /// </summary>
    internal static int[] Assign<T>(SampleMatrix<T> rows, int clusters, double mismatchSquared, long seed, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
    private static int[] Numeric<T>(SampleMatrix<T> rows, SampleMatrix<T> sample, int clusters, ref SeededRandom random, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        PackedRows.Frame frame = PackedRows.Frame.Of(sample, threads);
        int columns = rows.Columns, n = sample.Rows, panels = (n + NeighbourKernels.Panel - 1) / NeighbourKernels.Panel, size = columns * NeighbourKernels.Panel;
        clusters = Math.Min(clusters, n);
        float[] packed = GC.AllocateArray<float>(panels * size, pinned: true);
        Parallel.For(0, panels, Threads.Options(n < 4096 ? 1 : threads), p => frame.Pack(sample, p * NeighbourKernels.Panel, packed.AsSpan(p * size, size)));
        float[] centres = Seeds(packed, n, columns, clusters, ref random);
        int[] owner = new int[n];
        int blocks = (n + Block - 1) / Block;
        double[] inertia = new double[blocks];
        var sums = new double[blocks][];
        var counts = new int[blocks][];
        double before = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            float[] tiles = Tiles(centres, columns);
            Parallel.For(0, blocks, Threads.Options(threads), b =>
            {
                inertia[b] = 0;
                double[] sum = sums[b] ??= new double[centres.Length];
                int[] count = counts[b] ??= new int[clusters];
                Array.Clear(sum);
                Array.Clear(count);
                for (int first = b * Block; first < Math.Min(n, (b + 1) * Block); first += NeighbourKernels.Panel)
                {
                    ReadOnlySpan<float> panel = packed.AsSpan(first / NeighbourKernels.Panel * size, size);
                    Span<int> own = owner.AsSpan(first, Math.Min(NeighbourKernels.Panel, n - first));
                    inertia[b] += Nearest(panel, tiles, columns, clusters, own);
                    for (int lane = 0; lane < own.Length; lane++)
                    {
                        Span<double> target = sum.AsSpan(own[lane] * columns, columns);
                        for (int j = 0; j < target.Length; j++) target[j] += panel[(j * NeighbourKernels.Panel) + lane];
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
        float[] last = Tiles(centres, columns);
        Parallel.For(0, (rows.Rows + Block - 1) / Block, Threads.Options(threads), () => new float[size], (b, _, panel) =>
        {
            for (int first = b * Block; first < Math.Min(rows.Rows, (b + 1) * Block); first += NeighbourKernels.Panel)
            {
                frame.Pack(rows, first, panel);
                Nearest(panel, last, columns, clusters, all.AsSpan(first, Math.Min(NeighbourKernels.Panel, rows.Rows - first)));
            }

            return panel;
        }, _ => { });
        return all;
    }

    /// <summary>The nearest centre of each row of a panel, and the sum of the squared distances to them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Nearest(ReadOnlySpan<float> panel, float[] tiles, int columns, int clusters, Span<int> owner)
    {
        float* squares = stackalloc float[NeighbourKernels.Tile * NeighbourKernels.Panel];
        float* best = stackalloc float[NeighbourKernels.Panel];
        int* which = stackalloc int[NeighbourKernels.Panel];
        new Span<float>(best, NeighbourKernels.Panel).Fill(float.PositiveInfinity);
        fixed (float* values = panel, tile = tiles)
            for (int first = 0; first < clusters; first += NeighbourKernels.Tile)
            {
                NeighbourKernels.Squares(values, tile + ((long)first * columns), columns, 0, 0, squares);
                for (int half = 0; half < NeighbourKernels.Panel; half += Vector512<float>.Count)
                {
                    Vector512<float> nearest = Vector512.Load(best + half);
                    Vector512<int> at = Vector512.Load(which + half);
                    for (int i = 0; i < Math.Min(NeighbourKernels.Tile, clusters - first); i++)
                    {
                        Vector512<float> d = Vector512.Load(squares + (i * NeighbourKernels.Panel) + half), nearer = Vector512.LessThan(d, nearest);
                        nearest = Vector512.ConditionalSelect(nearer, d, nearest);
                        at = Vector512.ConditionalSelect(nearer.AsInt32(), Vector512.Create(first + i), at);
                    }

                    nearest.Store(best + half);
                    at.Store(which + half);
                }
            }

        double sum = 0;
        for (int lane = 0; lane < owner.Length; lane++)
        {
            owner[lane] = which[lane];
            sum += best[lane];
        }

        return sum;
    }

    private static float[] Seeds(float[] packed, int n, int columns, int clusters, ref SeededRandom random)
    {
        int size = columns * NeighbourKernels.Panel;
        var centres = new float[clusters * columns];
        var nearest = new float[n];
        nearest.AsSpan().Fill(float.PositiveInfinity);
        float* squares = stackalloc float[NeighbourKernels.Tile * NeighbourKernels.Panel];
        int chosen = random.NextInt32(n);
        for (int s = 0; s < clusters; s++)
        {
            Span<float> centre = centres.AsSpan(s * columns, columns);
            for (int j = 0; j < columns; j++) centre[j] = packed[(chosen / NeighbourKernels.Panel * size) + (j * NeighbourKernels.Panel) + (chosen % NeighbourKernels.Panel)];
            double sum = 0;
            fixed (float* values = packed, tile = Tiles(centre.ToArray(), columns))
                for (int first = 0; first < n; first += NeighbourKernels.Panel)
                {
                    NeighbourKernels.Squares(values + ((long)first * columns), tile, columns, 0, 0, squares);
                    for (int lane = 0; lane < Math.Min(NeighbourKernels.Panel, n - first); lane++) sum += nearest[first + lane] = Math.Min(nearest[first + lane], squares[lane]);
                }

            double draw = random.NextDouble() * sum;
            chosen = 0;
            while (chosen < n - 1 && (draw -= nearest[chosen]) >= 0) chosen++;
        }

        return centres;
    }

    private static float[] Tiles(float[] centres, int columns)
    {
        int clusters = centres.Length / columns;
        float[] tiles = new float[(clusters + NeighbourKernels.Tile - 1) / NeighbourKernels.Tile * NeighbourKernels.Tile * columns];
        for (int s = 0; s < clusters; s++)
            for (int j = 0; j < columns; j++) tiles[(s / NeighbourKernels.Tile * NeighbourKernels.Tile * columns) + (j * NeighbourKernels.Tile) + (s % NeighbourKernels.Tile)] = centres[(s * columns) + j];
        return tiles;
    }

    /// <summary>The squared distance: squared differences of numeric columns, a constant for each differing code.</summary>
    internal static double Squared<T>(SampleMatrix<T> columns, ReadOnlySpan<T> a, ReadOnlySpan<T> b, double mismatchSquared) where T : unmanaged, IBinaryFloatingPointIeee754<T>
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

    private static T[] Seeds<T>(SampleMatrix<T> rows, int clusters, double mismatchSquared, ref SeededRandom random) where T : unmanaged, IBinaryFloatingPointIeee754<T>
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

    private static double Nearest<T>(SampleMatrix<T> rows, T[] centres, double mismatchSquared, int[] owner, int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
