using System.Numerics;

namespace Counterweight;

/// <summary>
/// Keeps of each targeted class some rows to begin with (its seeds) and those that seeds and smallest class do not tell: what
/// <see cref="CondensedNearestNeighbour"/> and <see cref="OneSidedSelection"/> share.
/// </summary>
public abstract record CondensingSelection : NeighbourSelection
{
    private protected CondensingSelection(int k, int seeds) => (K, Seeds) = (k, seeds);

    /// <summary>The number of neighbours that classify a row.</summary>
    public int K
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(K), value, "The number of neighbours is 1 or more.");
    }

    /// <summary>The number of random rows of a class that are kept to begin with.</summary>
    public int Seeds
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Seeds), value, "The number of seed rows is 1 or more.");
    }

    /// <summary>The rows each class starts with instead of random ones: class to rows (from 0); null for random ones.</summary>
    public IReadOnlyDictionary<int, int[]>? SeedRows { get; init; }

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Cleaning;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        NeighbourDistance distance = DistanceFor(input);
        NeighbourIndex<T> minority = input.Index(input.ByClass[input.Minority], distance);
        var kept = new List<int>();
        for (int c = 0; c < input.Classes; c++)
        {
            int[] rows = input.ByClass[c];
            if (!input.Targets.IsTargeted(c) || c == input.Minority)
            {
                kept.AddRange(rows);
                continue;
            }

            int[] seeds = SeedsOf(input, c);
            (double[] bounds, int needed) = Requirements(input, minority, rows, c);
            kept.AddRange(Keep(input, distance, rows, seeds, bounds, needed));
        }

        return Finish(input, distance, kept);
    }

    /// <summary>The rows of a class that are kept, the seeds among them.</summary>
    private protected abstract List<int> Keep<T>(Selection<T> input, NeighbourDistance distance, int[] rows, int[] seeds, double[] bounds, int needed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>What is left of all kept rows.</summary>
    private protected virtual int[] Finish<T>(Selection<T> input, NeighbourDistance distance, List<int> kept)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. kept];

    /// <summary>The rows of a class that the store starts with.</summary>
    private int[] SeedsOf<T>(Selection<T> input, int c) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] rows = input.ByClass[c];
        if (SeedRows is not null)
        {
            if (!SeedRows.TryGetValue(c, out int[]? chosen) || chosen.Length == 0 || chosen.Any(r => Array.BinarySearch(rows, r) < 0))
                throw new ArgumentException($"The seed rows must name rows of every targeted class; those of class {c} do not.");
            return chosen;
        }

        // Distinct rows: the first steps of a Fisher-Yates shuffle.
        int[] shuffled = [.. rows];
        var random = new SeededRandom(input.Seed, c);
        int wanted = Math.Min(Seeds, rows.Length);
        for (int i = 0; i < wanted; i++)
        {
            int drawn = i + random.NextInt32(shuffled.Length - i);
            (shuffled[i], shuffled[drawn]) = (shuffled[drawn], shuffled[i]);
        }

        return shuffled[..wanted];
    }

    /// <summary>How near the store's own rows must be for a row to be classified as its class.</summary>
    /// <returns>For each row the squared distance (or key) under which the needed number of rows of its class must lie.</returns>
    private (double[] Bounds, int Needed) Requirements<T>(Selection<T> input, NeighbourIndex<T> minority, int[] rows, int c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // With j of the k votes for the smallest class the row's class has k - j: it wins up to some j, and then needs that
        // many rows nearer than the (j+1)-th row of the smallest class.
        int wins = c < input.Minority ? K / 2 : (K - 1) / 2, needed = K - wins;
        var bounds = new double[rows.Length];
        if (wins + 1 > minority.Rows)
        {
            Array.Fill(bounds, double.PositiveInfinity);
        }
        else
        {
            NeighbourLists near = minority.FindKeys(input.Rows, rows, wins + 1, input.Threads);
            for (int i = 0; i < rows.Length; i++) bounds[i] = near.DistancesOf(i)[wins];
        }

        return (bounds, needed);
    }
}
