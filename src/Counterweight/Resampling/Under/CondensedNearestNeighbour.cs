using System.Numerics;

namespace Counterweight;

/// <summary>
/// Keeps of each targeted class only the rows needed to tell it from the smallest class (Hart, 1968, "The condensed nearest neighbor rule").
/// </summary>
/// <remarks>
/// <para>The store holds the smallest class and <paramref name="Seeds"/> random rows of the targeted class. The other rows of that class are
/// visited in their order, and each that the <paramref name="K"/> nearest rows of the store do not classify as its class joins it. Votes that
/// are equal go to the first class; of rows equally near those of the smallest class come first. Rows of a class come out in the order in
/// which they joined.</para>
/// <para>imbalanced-learn (0.10) mixes positions within the class with positions in the data when it decides which rows it need not visit, and
/// so skips rows that the store misclassifies; here none is skipped, and the result has some rows more.</para>
/// </remarks>
/// <param name="K">The number of neighbours that classify a row.</param>
/// <param name="Seeds">The number of random rows the store starts with.</param>
public sealed record CondensedNearestNeighbour(int K = 1, int Seeds = 1) : NeighbourSelection
{
    /// <summary>The number of neighbours that classify a row.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <summary>The number of random rows the store starts with.</summary>
    public int Seeds { get; init; } = Seeds >= 1 ? Seeds : throw new ArgumentOutOfRangeException(nameof(Seeds), Seeds, "The number of seed rows is 1 or more.");

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

            kept.AddRange(Condense(input, distance, minority, c, SeedsOf(input, c, Seeds, SeedRows)));
        }

        return [.. kept];
    }

    /// <summary>The rows of a class that the store starts with.</summary>
    internal static int[] SeedsOf<T>(Selection<T> input, int c, int seeds, IReadOnlyDictionary<int, int[]>? given) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        int[] rows = input.ByClass[c];
        if (given is not null)
        {
            if (!given.TryGetValue(c, out int[]? chosen) || chosen.Length == 0 || chosen.Any(r => Array.BinarySearch(rows, r) < 0))
                throw new ArgumentException($"The seed rows must name rows of every targeted class; those of class {c} do not.", nameof(given));
            return chosen;
        }

        // Distinct rows: the first steps of a Fisher-Yates shuffle.
        int[] shuffled = [.. rows];
        var random = new SeededRandom(input.Seed, c);
        int wanted = Math.Min(seeds, rows.Length);
        for (int i = 0; i < wanted; i++)
        {
            int drawn = i + random.NextInt32(shuffled.Length - i);
            (shuffled[i], shuffled[drawn]) = (shuffled[drawn], shuffled[i]);
        }

        return shuffled[..wanted];
    }

    /// <summary>How near the store's own rows must be for a row to be classified as its class.</summary>
    /// <returns>For each row the squared distance (or key) under which <c>Needed</c> rows of its class must lie.</returns>
    internal static (double[] Bounds, int[] Needed) Requirements<T>(Selection<T> input, NeighbourIndex<T> minority, int[] rows, int c, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // With j of the k votes for the smallest class the row's class has k - j: it wins up to some j, and then needs that
        // many rows nearer than the (j+1)-th row of the smallest class.
        int wins = c < input.Minority ? k / 2 : (k - 1) / 2, needed = k - wins;
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

        int[] all = new int[rows.Length];
        Array.Fill(all, needed);
        return (bounds, all);
    }

    private List<int> Condense<T>(Selection<T> input, NeighbourDistance distance, NeighbourIndex<T> minority, int c, int[] seeds)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] rows = input.ByClass[c];
        (double[] bounds, int[] needed) = Requirements(input, minority, rows, c, K);
        List<int> store = [.. seeds];
        var inStore = new HashSet<int>(seeds);
        int[] found = new int[rows.Length];

        // Block by block: first, in parallel, how many rows of the store before the block are near enough; then, in order, those that
        // joined within the block.
        const int block = 2048;
        for (int start = 0; start < rows.Length; start += block)
        {
            int from = start, end = Math.Min(start + block, rows.Length), stored = store.Count;
            int[] before = [.. store];
            Parallel.For(from, end, Threads.Options(input.Threads), i =>
            {
                ReadOnlySpan<T> row = input.Rows.Row(rows[i]);
                for (int s = 0; s < before.Length && found[i] < needed[i]; s++)
                    if (distance.Key(row, input.Rows.Row(before[s]), input.Rows) < bounds[i]) found[i]++;
            });
            for (int i = from; i < end; i++)
            {
                if (inStore.Contains(rows[i])) continue;
                ReadOnlySpan<T> row = input.Rows.Row(rows[i]);
                for (int s = stored; s < store.Count && found[i] < needed[i]; s++)
                    if (distance.Key(row, input.Rows.Row(store[s]), input.Rows) < bounds[i]) found[i]++;
                if (found[i] >= needed[i]) continue;
                store.Add(rows[i]);
                inStore.Add(rows[i]);
            }
        }

        return store;
    }
}
