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
    // Below this many pairs a plain loop is over before a tree is built.
    private const long PlainPairs = 1 << 15;

    private readonly SampleMatrix<T> reference;
    private readonly NeighbourDistance distance;
    private readonly Lazy<NeighbourTree<T>> tree, farthestTree;
    private readonly Lazy<LevelCodes?> codes;

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
        reference.ThrowIfNotFinite(threads);
        this.reference = reference;
        tree = new(() => new(reference, this.distance, farthest: false, threads));
        farthestTree = new(() => new(reference, this.distance, farthest: true, threads));
        codes = new(() => LevelCodes.Of(reference, this.distance));
    }

    /// <summary>The number of rows searched, N.</summary>
    public int Rows => reference.Rows;

    /// <summary>The rows searched.</summary>
    internal SampleMatrix<T> Reference => reference;

    /// <summary>Finds the k nearest rows of every query row.</summary>
    /// <param name="queries">The queries, Q x D.</param>
    /// <param name="k">The number of neighbours, in 1..N.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is out of range.</exception>
    /// <exception cref="UnusableDataException">A value is missing or infinite.</exception>
    public NeighbourLists Find(SampleMatrix<T> queries, int k, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(queries);
        if (queries.Columns != reference.Columns)
            throw new ArgumentException($"The queries have {queries.Columns} columns, the reference {reference.Columns}.", nameof(queries));
        queries.ThrowIfNotFinite(threads);
        return Search(queries, null, k, threads);
    }

    /// <summary>Finds the k nearest other rows of some of the rows themselves; a row is left out of its own list, its duplicates are not.</summary>
    /// <param name="rows">The rows (from 0) whose neighbours are wanted.</param>
    /// <param name="k">The number of neighbours, in 1..N-1.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is out of range.</exception>
    public NeighbourLists FindOthers(ReadOnlyMemory<int> rows, int k, int threads = 0) => Search(reference, rows, k, threads);

    /// <summary>Like <see cref="Find"/>, for some rows of a matrix (null for all), with the keys by which rows are ordered (squared distances where the
    /// distance has a root) in place of distances.</summary>
    internal NeighbourLists FindKeys(SampleMatrix<T> queries, int[]? some, int k, int threads, bool[]? gone = null) =>
        Search(queries, null, k, threads, keys: true, gone: gone, some: some);

    /// <summary>Like the public method, without the rows that are gone; k or more others must be left.</summary>
    internal NeighbourLists FindOthers(ReadOnlyMemory<int> rows, int k, int threads, bool[] gone) => Search(reference, rows, k, threads, gone: gone);

    /// <summary>
    /// Like <see cref="FindOthers(ReadOnlyMemory{int}, int, int)"/> with keys, but looks only at the leaves nearest to a group of queries: every key is an
    /// upper bound of the true one.
    /// </summary>
    internal NeighbourLists GuessOthers(ReadOnlyMemory<int> rows, int k, int leaves, int threads, bool[]? gone = null) =>
        Search(reference, rows, k, threads, keys: true, leaves, gone);

    /// <summary>The sum of the distances of some rows of a matrix to their k farthest rows.</summary>
    internal double[] FarthestSums(SampleMatrix<T> queries, int[] some, int k, int threads)
    {
        var sums = new double[some.Length];
        var keys = new double[checked(sums.Length * k)];
        var rows = new int[keys.Length];
        if (distance.Kind == DistanceKind.Euclidean && (long)sums.Length * Rows > PlainPairs)
            new NeighbourSearch<T>(farthestTree.Value, reference, queries, distance, SearchGoal.Farthest, k, null, some) { Keys = keys, Rows = rows }
                .Run(threads);
        else
            Plain(queries, null, k, threads, keys, rows, sign: -1, some: some);
        for (int q = 0; q < sums.Length; q++)
            for (int i = k - 1; i >= 0; i--) sums[q] += distance.FromKey(-keys[(q * k) + i]);
        return sums;
    }

    /// <summary>For each query, up to k rows whose (key, row) is below a bound; which ones where there are more is not said.</summary>
    /// <param name="queries">The queries, or null if they are rows of the reference.</param>
    /// <param name="some">Which rows of <paramref name="queries"/> are asked about; null for all.</param>
    /// <param name="own">The queries as rows of the reference, each left out of its own list; or null.</param>
    /// <param name="bounds">The keys that rows must be below.</param>
    /// <param name="boundRows">A row with a key equal to the bound counts if its number is below this; null if none does.</param>
    /// <param name="k">The most rows found.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="gone">Rows that are left out; null for none.</param>
    /// <returns>How many rows each query has, k meaning k or more; and which.</returns>
    internal (int[] Found, int[] Rows, double[] Keys) FindWithin(
        SampleMatrix<T>? queries, int[]? some, int[]? own, double[] bounds, int[]? boundRows, int k, int threads, bool[]? gone = null)
    {
        int count = bounds.Length;
        int[] found = new int[count], rows = new int[checked(count * k)];
        var keys = new double[rows.Length];
        if (distance.Kind != DistanceKind.ValueDifference && (long)count * Rows > PlainPairs)
        {
            new NeighbourSearch<T>(tree.Value, reference, queries ?? reference, distance, SearchGoal.Within, k, own, some)
            {
                Keys = keys,
                Rows = rows,
                Bounds = bounds,
                BoundRows = boundRows,
                Found = found,
                Gone = gone,
            }.Run(threads);
            return (found, rows, keys);
        }

        Array.Fill(rows, -1);
        Parallel.For(0, count, Threads.Options(threads), q =>
        {
            int self = own is null ? -1 : own[q];
            ReadOnlySpan<T> query = own is not null ? reference.Row(self) : queries!.Row(some is null ? q : some[q]);
            for (int r = 0; r < Rows && found[q] < k; r++)
            {
                if (r == self || (gone is not null && gone[r])) continue;
                double key = distance.Key(query, reference.Row(r), reference);
                if (key > bounds[q] || (key == bounds[q] && r >= (boundRows?[q] ?? 0))) continue;
                (rows[(q * k) + found[q]], keys[(q * k) + found[q]]) = (r, key);
                found[q]++;
            }
        });
        return (found, rows, keys);
    }

    private NeighbourLists Search(
        SampleMatrix<T> queries, ReadOnlyMemory<int>? own, int k, int threads, bool keys = false, int leaves = int.MaxValue, bool[]? gone = null,
        int[]? some = null)
    {
        int available = Rows - (own is null ? 0 : 1);
        if (k < 1 || k > available) throw new ArgumentOutOfRangeException(nameof(k), k, $"The number of neighbours is a whole number in 1..{available}.");
        Threads.Resolve(threads);
        int[]? self = own?.ToArray();
        if (self is not null)
            foreach (int row in self)
                if ((uint)row >= (uint)Rows) throw new ArgumentOutOfRangeException(nameof(own), row, $"A row is a whole number in 0..{Rows - 1}.");
        int count = (self ?? some)?.Length ?? queries.Rows;
        var rows = new int[checked(count * k)];
        var distances = new double[rows.Length];
        if (distance.Kind != DistanceKind.ValueDifference && (long)count * Rows > PlainPairs)
            new NeighbourSearch<T>(tree.Value, reference, queries, distance, SearchGoal.Nearest, k, self, some)
            {
                Keys = distances,
                Rows = rows,
                MostLeaves = leaves,
                Gone = gone
            }.Run(threads);
        else
            Plain(queries, self, k, threads, distances, rows, gone: gone, some: some);
        if (!keys)
            foreach (ref double key in distances.AsSpan()) key = distance.FromKey(key);
        return new(count, k, rows, distances);
    }

    /// <summary>The k smallest (sign * key, row) of each query, by looking at every row.</summary>
    private void Plain(SampleMatrix<T> queries, int[]? own, int k, int threads, double[] keys, int[] rows, int sign = 1, bool[]? gone = null,
        int[]? some = null)
    {
        const int block = 16;
        int count = (own ?? some)?.Length ?? queries.Rows;
        LevelCodes? levels = sign > 0 ? codes.Value : null;
        Parallel.For(0, (count + block - 1) / block, Threads.Options(threads), b =>
        {
            int[] places = new int[levels?.Columns ?? 0];
            for (int q = b * block; q < Math.Min((b + 1) * block, count); q++)
            {
                int self = own is null ? -1 : own[q];
                ReadOnlySpan<T> query = own is not null ? reference.Row(self) : queries.Row(some is null ? q : some[q]);
                Span<int> foundRows = rows.AsSpan(q * k, k);
                Span<double> found = keys.AsSpan(q * k, k);
                int filled = 0;
                bool placed = levels is not null && levels.Place(query, places);
                for (int r = 0; r < reference.Rows; r++)
                {
                    if (r == self || (gone is not null && gone[r])) continue;
                    double key = placed
                        ? levels!.Key(places, r, filled == k ? found[k - 1] : double.PositiveInfinity)
                        : sign * distance.Key(query, reference.Row(r), reference);
                    if (filled == k && key >= found[k - 1]) continue;
                    int at = filled < k ? filled++ : k - 1;
                    for (; at > 0 && found[at - 1] > key; at--) (found[at], foundRows[at]) = (found[at - 1], foundRows[at - 1]);
                    (found[at], foundRows[at]) = (key, r);
                }
            }
        });
    }
}
