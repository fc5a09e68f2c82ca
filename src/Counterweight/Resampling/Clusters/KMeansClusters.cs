using System.Numerics;

namespace Counterweight;

/// <summary>K-means with as many clusters as one likes: rows are assigned by the neighbour search over the centres.</summary>
/// <remarks>
/// Beside <see cref="Prototypes"/>, on purpose: there a class falls into a few clusters, and every row goes over all of them in panels, categories included;
/// here there is a centre for every row that is to remain, thousands of them, so that a tree is built over the centres in each round, numeric columns only.
/// </remarks>
internal sealed class KMeansClusters<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = 4096;
    private readonly SampleMatrix<T> rows, numericRows;
    private readonly int[] numeric;
    private readonly double[] centres;
    private readonly int clusters;

    internal KMeansClusters(SampleMatrix<T> rows, int clusters, int rounds, long seed, long stream, int threads)
    {
        (this.rows, this.clusters) = (rows, clusters);
        numeric = [.. rows.Numeric];
        numericRows = rows.Categorical.Count == 0 ? rows : new(Numeric(), numeric.Length);
        centres = Seeds(new SeededRandom(seed, (stream * 2) + 1), threads);
        double settled = 1e-4 * MeanVariance();
        int[] owner = [];
        for (int round = 0; round < rounds; round++)
        {
            NeighbourLists near = Assign(threads);
            bool same = owner.AsSpan().SequenceEqual(near.Rows);
            owner = near.Rows;
            if (same) break;
            if (Update(owner, near.Distances, threads) <= settled) break;
        }

        Centres = Build(owner);
    }

    /// <summary>The centres, with all columns of the rows.</summary>
    internal T[] Centres { get; }

    /// <summary>The row nearest to each centre.</summary>
    internal int[] NearestRows(int threads) => new NeighbourIndex<T>(numericRows, threads: threads).Find(CentreRows(), 1, threads).Rows;

    private SampleMatrix<T> CentreRows() => new(Array.ConvertAll(centres, T.CreateChecked), numeric.Length);

    private NeighbourLists Assign(int threads) => new NeighbourIndex<T>(CentreRows(), threads: threads).Find(numericRows, 1, threads);

    private T[] Numeric()
    {
        var values = new T[rows.Rows * numeric.Length];
        for (int i = 0; i < rows.Rows; i++)
            for (int j = 0; j < numeric.Length; j++) values[(i * numeric.Length) + j] = rows.Row(i)[numeric[j]];
        return values;
    }

    private double MeanVariance()
    {
        double sum = 0;
        for (int j = 0; j < numeric.Length; j++)
        {
            double mean = 0, squares = 0;
            for (int i = 0; i < rows.Rows; i++)
            {
                double x = NeighbourTree<T>.ToDouble(numericRows.Row(i)[j]), delta = x - mean;
                mean += delta / (i + 1);
                squares += delta * (x - mean);
            }

            sum += squares / Math.Max(1, rows.Rows);
        }

        return sum / numeric.Length;
    }

    /// <summary>k-means++: each further seed is a row drawn with a probability in proportion to its squared distance to the nearest so far.</summary>
    private double[] Seeds(SeededRandom random, int threads)
    {
        int n = rows.Rows, columns = numeric.Length, blocks = (n + Block - 1) / Block;
        double[] shift = [.. numericRows.Row(0).ToArray().Select(v => NeighbourTree<T>.ToDouble(v))];
        // Column by column in single precision: seeds need not be exact.
        float[] points = new float[checked(n * columns)], gaps = new float[n];
        Array.Fill(gaps, float.PositiveInfinity);
        Parallel.For(0, blocks, Threads.Options(threads), b =>
        {
            for (int i = b * Block; i < Math.Min((b + 1) * Block, n); i++)
                for (int j = 0; j < columns; j++) points[(j * n) + i] = (float)(NeighbourTree<T>.ToDouble(numericRows.Row(i)[j]) - shift[j]);
        });
        var sums = new double[blocks];
        var chosen = new bool[n];
        var seeds = new double[clusters * columns];
        int next = random.NextInt32(n);
        for (int s = 0; s < clusters; s++)
        {
            chosen[next] = true;
            for (int j = 0; j < columns; j++) seeds[(s * columns) + j] = NeighbourTree<T>.ToDouble(numericRows.Row(next)[j]);
            if (s == clusters - 1) break;
            int seed = next;
            Parallel.For(0, blocks, Threads.Options(n * columns < 100_000 ? 1 : threads),
                b => sums[b] = Shrink(points, gaps, n, columns, seed, b * Block, Math.Min((b + 1) * Block, n)));
            next = Draw(gaps, sums, chosen, ref random);
        }

        return seeds;
    }

    private static double Shrink(float[] points, float[] gaps, int n, int columns, int seed, int start, int end)
    {
        Span<float> gap = gaps.AsSpan(start, end - start);
        Span<float> squares = stackalloc float[Block];
        squares = squares[..gap.Length];
        squares.Clear();
        for (int j = 0; j < columns; j++)
        {
            ReadOnlySpan<float> column = points.AsSpan((j * n) + start, gap.Length);
            float at = points[(j * n) + seed];
            int i = 0;
            var seedAt = new Vector<float>(at);
            for (; i + Vector<float>.Count <= column.Length; i += Vector<float>.Count)
            {
                Vector<float> d = new Vector<float>(column[i..]) - seedAt;
                (new Vector<float>(squares[i..]) + (d * d)).CopyTo(squares[i..]);
            }

            for (; i < column.Length; i++) squares[i] += (column[i] - at) * (column[i] - at);
        }

        double sum = 0;
        for (int i = 0; i < gap.Length; i++)
        {
            gap[i] = Math.Min(gap[i], squares[i]);
            sum += gap[i];
        }

        return sum;
    }

    private static int Draw(float[] gaps, double[] sums, bool[] chosen, ref SeededRandom random)
    {
        double total = sums.Sum();
        if (total > 0 && double.IsFinite(total))
        {
            double left = random.NextDouble() * total;
            int b = 0;
            while (b < sums.Length - 1 && left >= sums[b]) left -= sums[b++];
            int last = -1;
            for (int i = b * Block; i < Math.Min((b + 1) * Block, gaps.Length); i++)
            {
                if (gaps[i] <= 0 || chosen[i]) continue;
                last = i;
                left -= gaps[i];
                if (left < 0) return i;
            }

            if (last >= 0) return last;
        }

        // Every row lies on a seed: any row that is none yet.
        int unchosen = chosen.Count(c => !c), wanted = random.NextInt32(unchosen);
        for (int i = 0; ; i++)
            if (!chosen[i] && wanted-- == 0) return i;
    }

    /// <summary>Moves each centre to the mean of its rows.</summary>
    /// <returns>The squared length of all moves together.</returns>
    private double Update(int[] owner, double[] distances, int threads)
    {
        int columns = numeric.Length;
        int[][] members = Members(owner);
        int[] empty = [.. Enumerable.Range(0, clusters).Where(c => members[c].Length == 0)];
        if (empty.Length > 0)
        {
            // The rows farthest from their centres become clusters of their own.
            int[] order = [.. Enumerable.Range(0, owner.Length)];
            Array.Sort(order, (a, b) => distances[a] != distances[b] ? distances[b].CompareTo(distances[a]) : a.CompareTo(b));
            int taken = 0;
            foreach (int r in order)
            {
                if (taken == empty.Length) break;
                if (members[owner[r]].Length > 1) owner[r] = empty[taken++];
            }

            members = Members(owner);
        }

        var moves = new double[clusters];
        Parallel.For(0, clusters, Threads.Options(threads), c =>
        {
            if (members[c].Length == 0) return;
            Span<double> centre = centres.AsSpan(c * columns, columns);
            double[] sum = new double[columns];
            foreach (int r in members[c])
            {
                ReadOnlySpan<T> row = numericRows.Row(r);
                for (int j = 0; j < columns; j++) sum[j] += NeighbourTree<T>.ToDouble(row[j]);
            }

            for (int j = 0; j < columns; j++)
            {
                double mean = sum[j] / members[c].Length;
                moves[c] += (mean - centre[j]) * (mean - centre[j]);
                centre[j] = mean;
            }
        });
        return moves.Sum();
    }

    private int[][] Members(int[] owner)
    {
        var counts = new long[clusters];
        foreach (int c in owner) counts[c]++;
        return ResamplingInput.RowsByClass(owner, counts);
    }

    private T[] Build(int[] owner)
    {
        var built = new T[clusters * rows.Columns];
        int[][] members = rows.Categorical.Count == 0 ? [] : Members(owner);
        for (int c = 0; c < clusters; c++)
        {
            for (int j = 0; j < numeric.Length; j++) built[(c * rows.Columns) + numeric[j]] = T.CreateChecked(centres[(c * numeric.Length) + j]);
            foreach (int column in rows.Categorical)
            {
                IEnumerable<T> codes = members[c].Select(r => rows.Row(r)[column]);
                built[(c * rows.Columns) + column] = codes.GroupBy(v => v).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Select(g => g.Key)
                    .FirstOrDefault(rows.Row(0)[column]);
            }
        }

        return built;
    }
}
