using System.Numerics;

namespace Counterweight;

/// <summary>Finds nearest neighbours in one call; <see cref="NeighbourIndex{T}"/> is for many.</summary>
public static class NearestNeighbours
{
    /// <summary>Finds the k nearest reference rows of every query row.</summary>
    /// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="reference">The rows searched, N x D.</param>
    /// <param name="queries">The rows whose neighbours are wanted, Q x D.</param>
    /// <param name="k">The number of neighbours.</param>
    /// <param name="distance">The distance; Euclidean by default.</param>
    /// <param name="excludeSelf">Whether query i is reference row i and is left out of its own list; the two then have the same rows.</param>
    /// <param name="threads">The number of threads; 0 for every processor. The result does not depend on it.</param>
    /// <returns>For each query its neighbours, nearest first, equal distances by row.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1 or more than the reference has.</exception>
    /// <exception cref="UnusableDataException">A value is missing or infinite.</exception>
    public static NeighbourLists Find<T>(
        SampleMatrix<T> reference, SampleMatrix<T> queries, int k, NeighbourDistance? distance = null, bool excludeSelf = false, int threads = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(queries);
        var index = new NeighbourIndex<T>(reference, distance, threads);
        if (!excludeSelf) return index.Find(queries, k, threads);
        if (queries.Rows != reference.Rows)
            throw new ArgumentException($"To leave a row out of its own list the queries must be the {reference.Rows} reference rows; there are "
                + $"{queries.Rows}.", nameof(queries));
        return index.FindOthers(Enumerable.Range(0, reference.Rows).ToArray(), k, threads);
    }
}
