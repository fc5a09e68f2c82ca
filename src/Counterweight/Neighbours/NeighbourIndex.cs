using System.Numerics;

namespace Counterweight;

/// <summary>Rows made ready to be searched for nearest neighbours many times.</summary>
/// <remarks>
/// The search is exact: the neighbours are those of distances computed directly in double precision, equal distances ordered by row,
/// at any number of threads. Memory is a small multiple of the rows, never rows x rows.
/// </remarks>
/// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <example>
/// <code>
/// var index = new NeighbourIndex&lt;double&gt;(rows);
/// NeighbourLists lists = index.FindOthers(rows: new[] { 0, 7 }, k: 5);
/// int nearest = lists.RowsOf(0)[0];
/// </code>
/// </example>
public sealed class NeighbourIndex<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SampleMatrix<T> reference;
    private readonly NeighbourDistance distance;

    /// <summary>Makes rows ready.</summary>
    /// <param name="reference">The rows, N x D; they are not copied where that can be avoided, so do not change them.</param>
    /// <param name="distance">The distance; Euclidean by default.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <exception cref="UnusableDataException">A value is missing or infinite.</exception>
    /// <exception cref="ArgumentException">The distance does not suit the columns.</exception>
    public NeighbourIndex(SampleMatrix<T> reference, NeighbourDistance? distance = null, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(reference);
        Threads.Resolve(threads);
        this.distance = distance ?? NeighbourDistance.Euclidean;
        this.distance.ThrowIfUnsuited(reference);
        reference.ThrowIfNotFinite();
        this.reference = reference;
    }

    /// <summary>The number of rows searched, N.</summary>
    public int Rows => reference.Rows;

    /// <summary>Finds the k nearest rows of every query row.</summary>
    /// <param name="queries">The queries, Q x D.</param>
    /// <param name="k">The number of neighbours, in 1..N.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is out of range.</exception>
    /// <exception cref="UnusableDataException">A value is missing or infinite.</exception>
    public NeighbourLists Find(SampleMatrix<T> queries, int k, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(queries);
        if (queries.Columns != reference.Columns) throw new ArgumentException($"The queries have {queries.Columns} columns, the reference {reference.Columns}.", nameof(queries));
        queries.ThrowIfNotFinite();
        return Search(queries, null, k, threads);
    }

    /// <summary>Finds the k nearest other rows of some of the rows themselves; a row is left out of its own list, its duplicates are not.</summary>
    /// <param name="rows">The rows (from 0) whose neighbours are wanted.</param>
    /// <param name="k">The number of neighbours, in 1..N-1.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is out of range.</exception>
    public NeighbourLists FindOthers(ReadOnlyMemory<int> rows, int k, int threads = 0) => Search(reference, rows, k, threads);

    /// <summary>Like <see cref="Find"/>, with the keys by which rows are ordered (squared distances where the distance has a root) in place of distances.</summary>
    internal NeighbourLists FindKeys(SampleMatrix<T> queries, int k, int threads) => Search(queries, null, k, threads, keys: true);

    /// <summary>The sum of the distances of each query to its k farthest rows.</summary>
    internal double[] FarthestSums(SampleMatrix<T> queries, int k, int threads)
    {
        var sums = new double[queries.Rows];
        Parallel.For(0, queries.Rows, Threads.Options(threads), () => new double[k], (q, _, top) =>
        {
            Array.Fill(top, double.NegativeInfinity);
            ReadOnlySpan<T> query = queries.Row(q);
            for (int r = 0; r < reference.Rows; r++)
            {
                double key = distance.Key(query, reference.Row(r), reference);
                if (key <= top[0]) continue;
                int at = 1;
                for (; at < k && top[at] < key; at++) top[at - 1] = top[at];
                top[at - 1] = key;
            }

            foreach (double key in top) sums[q] += distance.FromKey(key);
            return top;
        }, _ => { });
        return sums;
    }

    private NeighbourLists Search(SampleMatrix<T> queries, ReadOnlyMemory<int>? own, int k, int threads, bool keys = false)
    {
        int available = Rows - (own is null ? 0 : 1);
        if (k < 1 || k > available) throw new ArgumentOutOfRangeException(nameof(k), k, $"The number of neighbours is a whole number in 1..{available}.");
        int count = own?.Length ?? queries.Rows;
        var rows = new int[checked(count * k)];
        var distances = new double[rows.Length];
        const int block = 16;
        Parallel.For(0, (count + block - 1) / block, Threads.Options(threads), b =>
        {
            for (int q = b * block; q < Math.Min((b + 1) * block, count); q++)
            {
                int self = own is null ? -1 : own.Value.Span[q];
                ReadOnlySpan<T> query = queries.Row(own is null ? q : self);
                Span<int> foundRows = rows.AsSpan(q * k, k);
                Span<double> found = distances.AsSpan(q * k, k);
                int filled = 0;
                for (int r = 0; r < reference.Rows; r++)
                {
                    if (r == self) continue;
                    double key = distance.Key(query, reference.Row(r), reference);
                    if (filled == k && key >= found[k - 1]) continue;
                    int at = filled < k ? filled++ : k - 1;
                    for (; at > 0 && found[at - 1] > key; at--) (found[at], foundRows[at]) = (found[at - 1], foundRows[at - 1]);
                    (found[at], foundRows[at]) = (key, r);
                }

                if (keys) continue;
                foreach (ref double key in found) key = distance.FromKey(key);
            }
        });
        return new(count, k, rows, distances);
    }
}
