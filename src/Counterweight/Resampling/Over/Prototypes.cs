using System.Numerics;

namespace Counterweight;

/// <summary>Clusters around prototypes: k-means, and k-prototypes where there are categorical columns.</summary>
internal static class Prototypes
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
