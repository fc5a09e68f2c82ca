using System.Numerics;

namespace Counterweight;

/// <summary>What the cleaning methods ask about the k nearest rows of a row, answered with as little searching as the question allows.</summary>
internal static class Neighbourhood
{
    /// <summary>Refuses a class with fewer rows than a method has to find in it.</summary>
    internal static void ThrowIfFewer(long rows, int needed, int @class, string method, string parameter)
    {
        if (rows < needed)
            throw new UnusableDataException(
                $"{method} looks for {needed} rows of class {@class}, which has {rows}. Give a smaller {parameter}, or leave the class out of the sampling strategy.");
    }

    /// <summary>
    /// The k nearest others of a row decide whether it stays. With "all" every one must be of its class; with "mode" its class must be the most
    /// frequent, and of equally frequent ones the first.
    /// </summary>
    /// <param name="rows">All rows.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="alive">The rows that are in play, ascending.</param>
    /// <param name="targets">Which classes are judged.</param>
    /// <param name="k">The number of neighbours.</param>
    /// <param name="mode">The rule.</param>
    /// <param name="distance">The distance.</param>
    /// <param name="threads">The number of threads.</param>
    /// <returns>For each row of <paramref name="alive"/> whether it stays; rows of classes that are not judged stay.</returns>
    internal static bool[] Agree<T>(
        SampleMatrix<T> rows, int[] labels, int[] alive, SamplingTargets targets, int k, bool mode, NeighbourDistance distance, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool[] stays = new bool[alive.Length];
        Array.Fill(stays, true);
        var index = new NeighbourIndex<T>(rows.Select(alive, threads), distance, threads);
        int[] judged = [.. Enumerable.Range(0, alive.Length).Where(i => targets.IsTargeted(labels[alive[i]]))];
        NeighbourLists lists = index.FindOthers(judged, k, threads);
        int[] votes = new int[targets.Classes];
        for (int q = 0; q < judged.Length; q++)
        {
            int own = labels[alive[judged[q]]];
            stays[judged[q]] = mode ? Mode(lists.RowsOf(q), labels, alive, votes) == own : AllAre(own, lists.RowsOf(q), labels, alive);
        }

        return stays;
    }

    /// <summary>The most frequent class among some rows; of equally frequent ones the first.</summary>
    internal static int Mode(ReadOnlySpan<int> neighbours, int[] labels, int[] alive, int[] votes)
    {
        Array.Clear(votes);
        foreach (int r in neighbours) votes[labels[alive[r]]]++;
        int best = 0;
        for (int c = 1; c < votes.Length; c++)
            if (votes[c] > votes[best]) best = c;
        return best;
    }

    private static bool AllAre(int own, ReadOnlySpan<int> neighbours, int[] labels, int[] alive)
    {
        foreach (int r in neighbours)
            if (labels[alive[r]] != own) return false;
        return true;
    }
}
