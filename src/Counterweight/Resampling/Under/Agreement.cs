using System.Numerics;

namespace Counterweight;

/// <summary>
/// Which rows agree with their k nearest others, asked again and again while rows are taken away, and answered with as little searching as the
/// question allows.
/// </summary>
/// <remarks>
/// A row stays when k - j rows of its class lie before the (j+1)-th row of another, where j is the most votes it can lose. Rows that were found
/// to do so are its witnesses: as long as k - j of them are in play it stays, whatever else is taken away, and need not be searched again.
/// </remarks>
internal sealed class Agreement<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int None = -1;

    private readonly SampleMatrix<T> rows;
    private readonly int[] labels, places, witnesses, spares;
    private readonly int[][] members;
    private readonly int[] left;
    private readonly bool[] gone;
    private readonly bool[][] goneOf;
    private readonly NeighbourDistance distance;
    private readonly NeighbourIndex<T>?[] indexOf;
    private readonly int most, threads;

    /// <summary>Starts with all rows in play.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="byClass">The rows of each class, ascending.</param>
    /// <param name="distance">The distance.</param>
    /// <param name="most">The most neighbours that will be asked for.</param>
    /// <param name="threads">The number of threads.</param>
    internal Agreement(SampleMatrix<T> rows, int[] labels, int[][] byClass, NeighbourDistance distance, int most, int threads)
    {
        (this.rows, this.labels, members, this.distance, this.most, this.threads) = (rows, labels, byClass, distance, most, threads);
        places = new int[rows.Rows];
        foreach (int[] own in members)
            for (int i = 0; i < own.Length; i++) places[own[i]] = i;
        witnesses = new int[checked(rows.Rows * most)];
        Array.Fill(witnesses, None);
        spares = new int[members.Length];
        left = [.. members.Select(m => m.Length)];
        gone = new bool[rows.Rows];
        goneOf = [.. members.Select(m => new bool[m.Length])];
        Index = new NeighbourIndex<T>(rows, distance, threads);
        indexOf = new NeighbourIndex<T>?[members.Length];
        Left = rows.Rows;
    }

    /// <summary>The number of rows in play.</summary>
    internal int Left { get; private set; }

    /// <summary>All rows, those out of play too.</summary>
    internal NeighbourIndex<T> Index { get; }

    /// <summary>Takes a row out of play.</summary>
    internal void Remove(int row)
    {
        gone[row] = goneOf[labels[row]][places[row]] = true;
        left[labels[row]]--;
        Left--;
    }

    /// <summary>
    /// The k nearest others of a row decide whether it stays. With "all" every one must be of its class; with "mode" its class must be the most
    /// frequent, and of equally frequent ones the first.
    /// </summary>
    /// <param name="targets">Which classes are judged.</param>
    /// <param name="k">The number of neighbours, less than the number of rows in play.</param>
    /// <param name="mode">The rule.</param>
    /// <returns>The rows in play that do not stay.</returns>
    internal List<int> Leaving(SamplingTargets targets, int k, bool mode)
    {
        List<int> leaving = [];
        bool settling = Left > 2048 && rows.Columns > 4 && distance.Kind != DistanceKind.ValueDifference && !(mode && left.Count(n => n > 0) > 2);
        int[] votes = new int[members.Length];
        for (int c = 0; c < members.Length; c++)
        {
            if (!targets.IsTargeted(c) || left[c] == 0) continue;
            if (settling)
            {
                Settle(c, k, mode, leaving);
                continue;
            }

            int[] judged = Left == rows.Rows ? members[c] : [.. members[c].Where(r => !gone[r])];
            NeighbourLists lists = Index.FindOthers(judged, k, threads, gone);
            for (int q = 0; q < judged.Length; q++)
                if (mode ? Neighbourhood.Mode(lists.RowsOf(q), labels, votes) != c : !AllAre(c, lists.RowsOf(q))) leaving.Add(judged[q]);
        }

        return leaving;
    }

    /// <summary>
    /// Settles the rows of a class without finding their k nearest: it is enough to find the (j+1)-th row of other classes, and then k - j rows of
    /// the class before it.
    /// </summary>
    /// <remarks>
    /// Where the other classes are not few, a look at the surroundings first guesses which way it goes and gives a bound: that no more than j
    /// rows of other classes lie within it (the row stays), or fewer than k - j of its own (it goes), proves the guess right.
    /// </remarks>
    private void Settle(int c, int k, bool mode, List<int> gone)
    {
        const int leaves = 4;
        int other = Array.FindIndex(left, n => n > 0);
        if (other == c) other = Array.FindIndex(left, c + 1, n => n > 0);
        int spare = !mode ? 0 : c < other ? k / 2 : (k - 1) / 2, needed = k - spare;
        if (spare < spares[c])
            foreach (int r in members[c]) witnesses.AsSpan(r * most, most).Fill(None);
        spares[c] = spare;
        int[] judged = [.. members[c].Where(r => !this.gone[r] && !IsCertain(r, needed))];
        if (judged.Length == 0) return;

        var bounds = new double[judged.Length];
        var boundRows = new int[judged.Length];
        bool few = (Left - left[c]) * 2L <= left[c];
        List<int> staying = [], leaving = [], open = few ? [.. Enumerable.Range(0, judged.Length)] : [];
        NeighbourLists? guess = few ? null : Index.GuessOthers(judged, k, leaves, threads, this.gone);
        for (int q = 0; guess is not null && q < judged.Length; q++)
        {
            int own = 0, others = 0, last = 0;
            ReadOnlySpan<int> near = guess.RowsOf(q);
            Span<int> witness = WitnessesOf(judged[q]);
            witness.Fill(None);
            bool? stay = null;
            for (; stay is null; last++)
            {
                if (labels[near[last]] == c) witness[own++] = near[last];
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
            if (rival == c || left[rival] == 0) continue;
            int[] asked = [.. staying.Where(q => beyond[q] <= spare)];
            int[] found = Within(rival, asked, spare + 1).Found;
            for (int i = 0; i < asked.Length; i++) beyond[asked[i]] += found[i];
        }

        foreach (int q in staying)
            if (beyond[q] > spare) open.Add(q);

        // Rows that seem to go: fewer than `needed` rows of their class before the bound prove it.
        int[] going = [.. leaving];
        int[] ownFound = Within(c, going, needed).Found;
        for (int i = 0; i < going.Length; i++)
        {
            if (ownFound[i] < needed) gone.Add(judged[going[i]]);
            else open.Add(going[i]);
        }

        // The rest: the (j+1)-th row of other classes, and the rows of the class before it.
        int[] rest = [.. open.Order()];
        if (rest.Length == 0) return;
        foreach (int q in rest) (bounds[q], boundRows[q]) = (double.PositiveInfinity, int.MaxValue);
        int[] restRows = Array.ConvertAll(rest, q => judged[q]);
        for (int rival = 0; rival < members.Length; rival++)
        {
            // With j > 0 there is one other class only (see the caller), so the (j+1)-th of all others is that of the class.
            if (rival == c || left[rival] <= spare) continue;
            NeighbourLists lists = Of(rival).FindKeys(rows, restRows, spare + 1, threads, goneOf[rival]);
            for (int i = 0; i < rest.Length; i++)
            {
                double key = lists.DistancesOf(i)[spare];
                int row = members[rival][lists.RowsOf(i)[spare]];
                if (key < bounds[rest[i]] || (key == bounds[rest[i]] && row < boundRows[rest[i]])) (bounds[rest[i]], boundRows[rest[i]]) = (key, row);
            }
        }

        int wanted = most - spare;
        (int[] before, int[] places) = Within(c, rest, wanted);
        for (int i = 0; i < rest.Length; i++)
        {
            int row = judged[rest[i]];
            Span<int> witness = WitnessesOf(row);
            witness.Fill(None);
            for (int w = 0; w < before[i]; w++) witness[w] = members[c][places[(i * wanted) + w]];
            if (before[i] < needed) gone.Add(row);
        }

        (int[] Found, int[] Rows) Within(int @class, int[] asked, int upTo)
        {
            if (asked.Length == 0) return ([], []);
            // A bound's row among all is, among the rows of one class, the number of that class's rows before it.
            int[] local = Array.ConvertAll(asked, q =>
            {
                int at = Array.BinarySearch(members[@class], boundRows[q]);
                return at < 0 ? ~at : at;
            });
            double[] keys = Array.ConvertAll(asked, q => bounds[q]);
            (int[] found, int[] near, _) = @class == c
                ? Of(c).FindWithin(null, null, Array.ConvertAll(asked, q => this.places[judged[q]]), keys, local, upTo, threads, goneOf[c])
                : Of(@class).FindWithin(rows, Array.ConvertAll(asked, q => judged[q]), null, keys, local, upTo, threads, goneOf[@class]);
            return (found, near);
        }
    }

    private NeighbourIndex<T> Of(int c) => indexOf[c] ??= new NeighbourIndex<T>(rows.Select(members[c], threads), distance, threads);

    private Span<int> WitnessesOf(int row) => witnesses.AsSpan(row * most, most);

    private bool IsCertain(int row, int needed)
    {
        int found = 0;
        foreach (int w in WitnessesOf(row))
            if (w != None && !gone[w]) found++;
        return found >= needed;
    }

    private bool AllAre(int own, ReadOnlySpan<int> neighbours)
    {
        foreach (int r in neighbours)
            if (labels[r] != own) return false;
        return true;
    }
}
