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
        int[][] members = Members(labels, alive, targets.Classes);
        var index = new NeighbourIndex<T>(alive.Length == rows.Rows ? rows : rows.Select(alive, threads), distance, threads);
        bool guessing = alive.Length > 2048 && rows.Columns > 4 && distance.Kind != DistanceKind.ValueDifference;
        if (mode && members.Count(m => m.Length > 0) > 2) guessing = false;
        var perClass = new NeighbourIndex<T>?[targets.Classes];
        NeighbourIndex<T> Of(int c) => perClass[c] ??= new NeighbourIndex<T>(rows.Select(Array.ConvertAll(members[c], i => alive[i]), threads), distance, threads);
        for (int c = 0; c < targets.Classes; c++)
        {
            int[] judged = members[c];
            if (!targets.IsTargeted(c) || judged.Length == 0) continue;
            if (guessing)
            {
                Settle(c, index, Of, labels, alive, members, k, mode, stays, threads);
                continue;
            }

            NeighbourLists lists = index.FindOthers(judged, k, threads);
            int[] votes = new int[targets.Classes];
            for (int q = 0; q < judged.Length; q++)
                stays[judged[q]] = mode ? Mode(lists.RowsOf(q), labels, alive, votes) == c : AllAre(c, lists.RowsOf(q), labels, alive);
        }

        return stays;
    }

    /// <summary>
    /// Settles the rows of a class without finding their k nearest. A row stays when k - j rows of its class lie before the (j+1)-th row of another,
    /// where j is the most votes it can lose; so it is enough to find that row among the other classes, and then k - j rows of its own before it.
    /// </summary>
    /// <remarks>
    /// Where the other classes are not few, a look at the surroundings first guesses which way it goes and gives a bound: that no more than j
    /// rows of other classes lie within it (the row stays), or fewer than k - j of its own (it goes), proves the guess right.
    /// </remarks>
    private static void Settle<T>(
        int c, NeighbourIndex<T> index, Func<int, NeighbourIndex<T>> of, int[] labels, int[] alive, int[][] members, int k, bool mode, bool[] stays, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int leaves = 4;
        int[] judged = members[c];
        int other = Array.FindIndex(members, m => m.Length > 0 && m != judged);
        int spare = !mode ? 0 : c < other ? k / 2 : (k - 1) / 2, needed = k - spare;
        var bounds = new double[judged.Length];
        var boundRows = new int[judged.Length];
        bool few = (alive.Length - judged.Length) * 2L <= judged.Length;
        List<int> staying = [], leaving = [], open = few ? [.. Enumerable.Range(0, judged.Length)] : [];
        NeighbourLists? guess = few ? null : index.GuessOthers(judged, k, leaves, threads);
        for (int q = 0; guess is not null && q < judged.Length; q++)
        {
            int own = 0, others = 0, last = 0;
            ReadOnlySpan<int> near = guess.RowsOf(q);
            bool? stay = null;
            for (; stay is null; last++)
            {
                if (labels[alive[near[last]]] == c) own++;
                else others++;
                if (own == needed) stay = true;
                else if (others > spare) stay = false;
            }

            (bounds[q], boundRows[q]) = (guess.DistancesOf(q)[last - 1], near[last - 1]);
            (stay.Value ? staying : leaving).Add(q);
        }

        // Rows that seem to stay: at most `spare` rows of other classes before the bound prove it.
        var beyond = new int[judged.Length];
        for (int rival = 0; rival < members.Length; rival++)
        {
            if (rival == c || members[rival].Length == 0) continue;
            int[] asked = [.. staying.Where(q => beyond[q] <= spare)];
            int[] found = Within(rival, asked, spare + 1);
            for (int i = 0; i < asked.Length; i++) beyond[asked[i]] += found[i];
        }

        foreach (int q in staying)
            if (beyond[q] > spare) open.Add(q);

        // Rows that seem to go: fewer than `needed` rows of their class before the bound prove it.
        int[] going = [.. leaving];
        int[] ownFound = Within(c, going, needed);
        for (int i = 0; i < going.Length; i++)
        {
            if (ownFound[i] < needed) stays[judged[going[i]]] = false;
            else open.Add(going[i]);
        }

        // The rest: the (j+1)-th row of other classes, and the rows of the class before it.
        int[] rest = [.. open.Order()];
        if (rest.Length == 0) return;
        foreach (int q in rest) (bounds[q], boundRows[q]) = (double.PositiveInfinity, int.MaxValue);
        SampleMatrix<T> restRows = index.Reference.Select(Array.ConvertAll(rest, q => judged[q]), threads);
        for (int rival = 0; rival < members.Length; rival++)
        {
            // With j > 0 there is one other class only (see the caller), so the (j+1)-th of all others is that of the class.
            if (rival == c || members[rival].Length <= spare) continue;
            NeighbourLists lists = of(rival).FindKeys(restRows, spare + 1, threads);
            for (int i = 0; i < rest.Length; i++)
            {
                double key = lists.DistancesOf(i)[spare];
                int row = members[rival][lists.RowsOf(i)[spare]];
                if (key < bounds[rest[i]] || (key == bounds[rest[i]] && row < boundRows[rest[i]])) (bounds[rest[i]], boundRows[rest[i]]) = (key, row);
            }
        }

        int[] before = Within(c, rest, needed);
        for (int i = 0; i < rest.Length; i++) stays[judged[rest[i]]] = before[i] >= needed;

        int[] Within(int @class, int[] asked, int most)
        {
            if (asked.Length == 0) return [];
            // A bound's row among all is, among the rows of one class, the number of that class's rows before it.
            int[] local = Array.ConvertAll(asked, q =>
            {
                int at = Array.BinarySearch(members[@class], boundRows[q]);
                return at < 0 ? ~at : at;
            });
            double[] keys = Array.ConvertAll(asked, q => bounds[q]);
            return @class == c
                ? of(c).FindWithin(null, asked, keys, local, most, threads).Found
                : of(@class).FindWithin(index.Reference.Select(Array.ConvertAll(asked, q => judged[q]), threads), null, keys, local, most, threads).Found;
        }
    }

    /// <summary>The places in <paramref name="alive"/> of the rows of each class.</summary>
    private static int[][] Members(int[] labels, int[] alive, int classes)
    {
        var counts = new long[classes];
        var own = new int[alive.Length];
        for (int i = 0; i < alive.Length; i++) counts[own[i] = labels[alive[i]]]++;
        return ResamplingInput.RowsByClass(own, counts);
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
