using System.Numerics;

namespace Counterweight;

/// <summary>
/// A random forest (Breiman, 2001, "Random forests"): trees grown to pure leaves on bootstrap samples, each split the best by Gini impurity among a
/// random choice of about sqrt(D) columns; the probabilities are the mean over the trees of the class shares in a row's leaf.
/// </summary>
/// <remarks>Numeric columns are cut into at most 64 bins of about equally many rows; the codes of a categorical column are taken in their order.</remarks>
/// <param name="Trees">The number of trees.</param>
public sealed record ForestEstimator(int Trees = 100) : IProbabilityEstimator
{
    private const int Bins = 64;

    // Shares are added up as whole numbers, so that the sum does not depend on which thread adds which tree first.
    private const double Unit = 1L << 40;

    /// <summary>The number of trees.</summary>
    public int Trees { get; init; } = Trees >= 1 ? Trees : throw new ArgumentOutOfRangeException(nameof(Trees), Trees, "The number of trees is 1 or more.");

    /// <inheritdoc/>
    public double[] Estimate<T>(SampleMatrix<T> train, ReadOnlySpan<int> labels, int classes, SampleMatrix<T> test, long seed, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (labels.Length != train.Rows) throw new ArgumentException($"There are {labels.Length} labels for {train.Rows} rows.", nameof(labels));
        if (train.Rows == 0) throw new UnusableDataException("A forest needs rows to learn from; there are none.");
        int[] y = labels.ToArray();
        double[][] edges = new double[train.Columns][];
        byte[] bins = new byte[checked(train.Rows * train.Columns)];
        Parallel.For(0, train.Columns, Threads.Options(threads), column =>
        {
            edges[column] = Edges(train, column);
            for (int i = 0; i < train.Rows; i++) bins[((long)column * train.Rows) + i] = Bin(NeighbourTree<T>.ToDouble(train.Row(i)[column]), edges[column]);
        });
        byte[] testBins = new byte[checked(test.Rows * test.Columns)];
        Parallel.For(0, test.Columns, Threads.Options(threads), column =>
        {
            for (int i = 0; i < test.Rows; i++) testBins[(i * test.Columns) + column] = Bin(NeighbourTree<T>.ToDouble(test.Row(i)[column]), edges[column]);
        });

        var sums = new long[checked(test.Rows * classes)];
        Parallel.For(0, Trees, Threads.Options(threads), () => new long[sums.Length], (tree, _, own) =>
        {
            new Tree(bins, y, train.Columns, classes, new SeededRandom(seed, tree)).Add(testBins, own);
            return own;
        }, own =>
        {
            lock (sums)
                for (int i = 0; i < sums.Length; i++) sums[i] += own[i];
        });
        double[] probabilities = new double[sums.Length];
        for (int i = 0; i < test.Rows; i++)
        {
            double total = 0;
            for (int c = 0; c < classes; c++) total += sums[(i * classes) + c];
            for (int c = 0; c < classes; c++) probabilities[(i * classes) + c] = sums[(i * classes) + c] / total;
        }

        return probabilities;
    }

    private static double[] Edges<T>(SampleMatrix<T> rows, int column) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int step = Math.Max(1, rows.Rows / 20_000);
        var values = new List<double>();
        for (int i = 0; i < rows.Rows; i += step) values.Add(NeighbourTree<T>.ToDouble(rows.Row(i)[column]));
        values.Sort();
        double[] distinct = [.. values.Distinct()];
        if (distinct.Length <= Bins) return distinct[..^1];
        return [.. Enumerable.Range(1, Bins - 1).Select(b => values[(int)((long)values.Count * b / Bins)]).Distinct()];
    }

    /// <summary>The number of edges below a value: the first bin is up to and with the first edge.</summary>
    private static byte Bin(double value, double[] edges)
    {
        int low = 0, high = edges.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (edges[middle] < value) low = middle + 1;
            else high = middle;
        }

        return (byte)low;
    }

    private sealed class Tree
    {
        private readonly byte[] bins;
        private readonly int[] labels, rows, columnOrder, histogram;
        private readonly int columns, classes, tried;
        private readonly List<(int Column, int Bin, int Right)> nodes = [];
        private readonly List<long> shares = [];
        private SeededRandom random;

        internal Tree(byte[] bins, int[] labels, int columns, int classes, SeededRandom random)
        {
            (this.bins, this.labels, this.columns, this.classes, this.random) = (bins, labels, columns, classes, random);
            tried = Math.Max(1, (int)Math.Sqrt(columns));
            rows = new int[labels.Length];
            columnOrder = [.. Enumerable.Range(0, columns)];
            histogram = new int[Bins * classes];
            for (int i = 0; i < rows.Length; i++) rows[i] = this.random.NextInt32(rows.Length);
            Array.Sort(rows);
            Grow();
        }

        /// <summary>Adds the class shares of each test row's leaf.</summary>
        internal void Add(byte[] test, long[] sums)
        {
            int count = sums.Length / classes;
            for (int i = 0; i < count; i++)
            {
                int node = 0;
                while (nodes[node].Column >= 0) node = test[(i * columns) + nodes[node].Column] <= nodes[node].Bin ? node + 1 : nodes[node].Right;
                for (int c = 0; c < classes; c++) sums[(i * classes) + c] += shares[nodes[node].Right + c];
            }
        }

        private void Grow()
        {
            // Depth first, left before right, so that a left child is the next node.
            var stack = new Stack<(int Start, int End, int Parent)>();
            stack.Push((0, rows.Length, -1));
            Span<int> counts = classes <= 1024 ? stackalloc int[classes] : new int[classes];
            while (stack.TryPop(out var part))
            {
                if (part.Parent >= 0) nodes[part.Parent] = nodes[part.Parent] with { Right = nodes.Count };
                (int start, int end) = (part.Start, part.End);
                counts.Clear();
                for (int i = start; i < end; i++) counts[labels[rows[i]]]++;
                int column = -1, bin = 0;
                if (counts.IndexOf(end - start) < 0) (column, bin) = Best(start, end, counts);
                if (column < 0)
                {
                    nodes.Add((-1, 0, shares.Count));
                    foreach (int n in counts) shares.Add((long)(n * Unit / (end - start)));
                    continue;
                }

                int middle = Partition(start, end, column, bin);
                stack.Push((middle, end, nodes.Count));
                nodes.Add((column, bin, 0));
                stack.Push((start, middle, -1));
            }
        }

        /// <summary>The split with the least Gini impurity among some random columns; more are tried until one can be split.</summary>
        private (int Column, int Bin) Best(int start, int end, ReadOnlySpan<int> counts)
        {
            int column = -1, bin = 0, looked = 0;
            double best = double.NegativeInfinity;
            Span<long> left = classes <= 1024 ? stackalloc long[classes] : new long[classes];
            for (int i = 0; i < columns && (looked < tried || column < 0); i++, looked++)
            {
                int drawn = i + random.NextInt32(columns - i);
                (columnOrder[i], columnOrder[drawn]) = (columnOrder[drawn], columnOrder[i]);
                ReadOnlySpan<byte> values = bins.AsSpan(columnOrder[i] * labels.Length, labels.Length);
                Array.Clear(histogram);
                int low = Bins, high = 0;
                for (int r = start; r < end; r++)
                {
                    int b = values[rows[r]];
                    histogram[(b * classes) + labels[rows[r]]]++;
                    low = Math.Min(low, b);
                    high = Math.Max(high, b);
                }

                left.Clear();
                long inLeft = 0, all = end - start;
                for (int b = low; b < high; b++)
                {
                    // Least impurity is the largest sum over both sides of (sum of squared counts) / rows.
                    double squaresLeft = 0, squaresRight = 0;
                    long before = inLeft;
                    for (int c = 0; c < classes; c++)
                    {
                        int n = histogram[(b * classes) + c];
                        left[c] += n;
                        inLeft += n;
                        squaresLeft += (double)left[c] * left[c];
                        squaresRight += (double)(counts[c] - left[c]) * (counts[c] - left[c]);
                    }

                    if (inLeft == before) continue;
                    double score = (squaresLeft / inLeft) + (squaresRight / (all - inLeft));
                    if (score > best) (best, column, bin) = (score, columnOrder[i], b);
                }
            }

            return (column, bin);
        }

        private int Partition(int start, int end, int column, int bin)
        {
            ReadOnlySpan<byte> values = bins.AsSpan(column * labels.Length, labels.Length);
            int i = start, j = end - 1;
            while (i <= j)
            {
                if (values[rows[i]] <= bin) i++;
                else (rows[i], rows[j]) = (rows[j--], rows[i]);
            }

            return i;
        }
    }
}
