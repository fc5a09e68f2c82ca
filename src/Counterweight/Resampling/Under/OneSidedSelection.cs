namespace Counterweight;

/// <summary>
/// Keeps of each targeted class some random rows and those that they and the smallest class misclassify, then takes away the ends of
/// Tomek links in the targeted classes (Kubat and Matwin, 1997, "Addressing the curse of imbalanced training sets: one-sided selection").
/// </summary>
/// <param name="K">The number of neighbours that classify a row.</param>
/// <param name="Seeds">The number of random rows of a class that help to classify.</param>
public sealed record OneSidedSelection(int K = 1, int Seeds = 1) : NeighbourSelection
{
    /// <summary>The number of neighbours that classify a row.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <summary>The number of random rows of a class that help to classify.</summary>
    public int Seeds { get; init; } = Seeds >= 1 ? Seeds : throw new ArgumentOutOfRangeException(nameof(Seeds), Seeds, "The number of seed rows is 1 or more.");

    /// <summary>The rows of each class that help to classify instead of random ones: class to rows (from 0); null for random ones.</summary>
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

            int[] seeds = CondensedNearestNeighbour.SeedsOf(input, c, Seeds, SeedRows);
            kept.AddRange(seeds);
            var seeded = new HashSet<int>(seeds);
            (double[] bounds, int[] needed) = CondensedNearestNeighbour.Requirements(input, minority, rows, c, K);
            for (int i = 0; i < rows.Length; i++)
            {
                if (seeded.Contains(rows[i])) continue;
                int found = 0;
                foreach (int s in seeds)
                    if (distance.Key(input.Rows.Row(rows[i]), input.Rows.Row(s), input.Rows) < bounds[i]) found++;
                if (found < needed[i]) kept.Add(rows[i]);
            }
        }

        // The links among what is left, in the order of the data so that equally near rows are told apart by row.
        int[] order = [.. kept.Order()];
        int[] labels = [.. order.Select(r => input.Labels[r])];
        var counts = new long[input.Classes];
        foreach (int label in labels) counts[label]++;
        bool[] linked = TomekLinks.Links(input.Rows.Select(order, input.Threads), labels, ResamplingInput.RowsByClass(labels, counts), distance, input.Threads);
        var cleaned = new HashSet<int>(order.Where((r, i) => linked[i] && input.Targets.IsTargeted(input.Labels[r])));
        return [.. kept.Where(r => !cleaned.Contains(r))];
    }
}
