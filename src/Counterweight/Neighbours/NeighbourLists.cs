namespace Counterweight;

/// <summary>The nearest rows of each of a number of queries: k per query, nearest first, equal distances by row.</summary>
public sealed class NeighbourLists
{
    internal NeighbourLists(int queries, int k, int[] rows, double[] distances) => (Queries, K, Rows, Distances) = (queries, k, rows, distances);

    /// <summary>The number of queries, Q.</summary>
    public int Queries { get; }

    /// <summary>The number of neighbours of each query.</summary>
    public int K { get; }

    /// <summary>The neighbours' rows in the reference (from 0), Q x K.</summary>
    public int[] Rows { get; }

    /// <summary>The distances to them, Q x K.</summary>
    public double[] Distances { get; }

    /// <summary>The neighbours of a query.</summary>
    /// <param name="query">The query, from 0.</param>
    public ReadOnlySpan<int> RowsOf(int query) => Rows.AsSpan(query * K, K);

    /// <summary>The distances to the neighbours of a query.</summary>
    /// <param name="query">The query, from 0.</param>
    public ReadOnlySpan<double> DistancesOf(int query) => Distances.AsSpan(query * K, K);
}
