namespace Counterweight;

/// <summary>Keeps rows of a larger class by their distance to the smallest (Mani and Zhang, 2003, "kNN approach to unbalanced data distributions").</summary>
/// <remarks>
/// Version 1 keeps the rows with the smallest summed distance to their <paramref name="K"/> nearest rows of the smallest class, version 2
/// those with the smallest to their <paramref name="K"/> farthest; version 3 first takes the <paramref name="M"/> nearest rows of each row of
/// the smallest class, and keeps of these the ones farthest from their <paramref name="K"/> nearest, which may be fewer than asked for.
/// Rows of a class come out in the order of that distance, equal ones by row.
/// </remarks>
/// <param name="Version">1, 2 or 3.</param>
/// <param name="K">The number of rows of the smallest class whose distances are added up.</param>
/// <param name="M">Version 3: the number of rows taken near each row of the smallest class.</param>
public sealed record NearMiss(int Version = 1, int K = 3, int M = 3) : NeighbourSelection
{
    /// <summary>1, 2 or 3.</summary>
    public int Version { get; init; } = Version is >= 1 and <= 3 ? Version
        : throw new ArgumentOutOfRangeException(nameof(Version), Version, "NearMiss has versions 1, 2 and 3.");

    /// <summary>The number of rows of the smallest class whose distances are added up.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <summary>Version 3: the number of rows taken near each row of the smallest class.</summary>
    public int M { get; init; } = M >= 1 ? M : throw new ArgumentOutOfRangeException(nameof(M), M, "The number of neighbours is 1 or more.");

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Under;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        NeighbourDistance distance = DistanceFor(input);
        int[] minority = input.ByClass[input.Minority];
        Neighbourhood.ThrowIfFewer(minority.Length, K, input.Minority, "near-miss", "k");
        NeighbourIndex<T> nearMinority = input.Index(minority, distance);
        var kept = new List<int>();
        for (int c = 0; c < input.Classes; c++)
        {
            int[] rows = input.ByClass[c];
            if (!input.Targets.IsTargeted(c))
            {
                kept.AddRange(rows);
                continue;
            }

            int[] candidates = rows;
            if (Version == 3)
            {
                Neighbourhood.ThrowIfFewer(rows.Length, M, c, "near-miss-3", "m");
                int[] near = input.Index(rows, distance).FindKeys(input.Rows, minority, M, input.Threads).Rows;
                candidates = [.. near.Distinct().Order().Select(r => rows[r])];
            }

            double[] sums = Version == 2 ? nearMinority.FarthestSums(input.Rows, candidates, K, input.Threads)
                : NearestSums(nearMinority.FindKeys(input.Rows, candidates, K, input.Threads), distance);
            if (Version == 3)
                foreach (ref double sum in sums.AsSpan()) sum = -sum;
            foreach (int i in Smallest(sums, (int)Math.Min(input.Targets[c], sums.Length))) kept.Add(candidates[i]);
        }

        return [.. kept];
    }

    private static double[] NearestSums(NeighbourLists keys, NeighbourDistance distance)
    {
        var sums = new double[keys.Queries];
        for (int q = 0; q < sums.Length; q++)
            foreach (double key in keys.DistancesOf(q)) sums[q] += distance.FromKey(key);
        return sums;
    }

    /// <summary>The places of the smallest values in their order, equal ones by place; only these are sorted.</summary>
    private static int[] Smallest(double[] values, int wanted)
    {
        if (wanted == 0) return [];
        // Hoare's quickselect (1961) of the last value that belongs to them.
        double[] rest = [.. values];
        int low = 0, high = rest.Length - 1;
        while (low < high)
        {
            double pivot = rest[(low + high) / 2];
            int i = low - 1, j = high + 1;
            while (true)
            {
                do i++; while (rest[i] < pivot);
                do j--; while (rest[j] > pivot);
                if (i >= j) break;
                (rest[i], rest[j]) = (rest[j], rest[i]);
            }

            if (wanted - 1 <= j) high = j;
            else low = j + 1;
        }

        double last = rest[wanted - 1];
        var places = new List<int>(wanted);
        int equal = wanted;
        foreach (double value in values)
            if (value < last) equal--;
        for (int i = 0; i < values.Length; i++)
            if (values[i] < last || (values[i] == last && equal-- > 0)) places.Add(i);
        places.Sort((a, b) => values[a] != values[b] ? values[a].CompareTo(values[b]) : a.CompareTo(b));
        return [.. places];
    }
}
