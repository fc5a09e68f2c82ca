namespace Counterweight;

/// <summary>
/// Takes away rows of the larger classes that most of their neighbours disagree with, and those among the neighbours of misjudged rows of
/// the smallest class (Laurikkala, 2001, "Improving identification of difficult small classes by balancing class distribution", table 1).
/// </summary>
/// <remarks>
/// <para>First, rows of the targeted classes whose class is not the most frequent among their <paramref name="K"/> nearest go. Second, for each
/// row of the smallest class that disagrees with its <paramref name="K"/> nearest by <paramref name="Rule"/>, those of these neighbours go that
/// belong to a targeted class with more than <paramref name="Threshold"/> x N rows. Rows come out in their order.</para>
/// <para>With <see cref="NeighbourRule.All"/> a row of the smallest class disagrees when any neighbour is of another class. imbalanced-learn
/// up to 0.10 tested instead whether all class codes were non-zero, so its result depended on how classes were numbered.</para>
/// </remarks>
/// <param name="K">The number of neighbours looked at, the row itself not counted.</param>
/// <param name="Threshold">The share of all rows that a class must exceed to lose neighbours of misjudged rows, in (0, 1).</param>
/// <param name="Rule">When a row of the smallest class agrees with its neighbours.</param>
public sealed record NeighbourhoodCleaningRule(int K = 3, double Threshold = 0.5, NeighbourRule Rule = NeighbourRule.All) : NeighbourSelection
{
    /// <summary>The number of neighbours looked at, the row itself not counted.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <summary>The share of all rows that a class must exceed to lose neighbours of misjudged rows.</summary>
    public double Threshold { get; init; } = Threshold is > 0 and < 1
        ? Threshold
        : throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "The cleaning threshold is a number in (0, 1).");

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Cleaning;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        int n = input.Labels.Length;
        if (n <= K) throw new UnusableDataException($"{K} neighbours of a row need {K + 1} rows; there are {n}. Give a smaller k.");
        NeighbourDistance distance = DistanceFor(input);
        var agreement = new Agreement<T>(input.Rows, input.Labels, input.ByClass, distance, K, input.Threads);
        bool[] goes = new bool[n];
        foreach (int row in agreement.Leaving(input.Targets, K, mode: true)) goes[row] = true;
        NeighbourLists lists = agreement.Index.FindOthers(input.ByClass[input.Minority], K, input.Threads);
        int[] votes = new int[input.Classes];
        for (int q = 0; q < lists.Queries; q++)
        {
            bool agrees = Rule == NeighbourRule.Mode
                ? Neighbourhood.Mode(lists.RowsOf(q), input.Labels, votes) == input.Minority
                : !lists.RowsOf(q).ToArray().Any(r => input.Labels[r] != input.Minority);
            if (agrees) continue;
            foreach (int r in lists.RowsOf(q))
                if (input.Targets.IsTargeted(input.Labels[r]) && input.Counts[input.Labels[r]] > n * Threshold) goes[r] = true;
        }

        return [.. Enumerable.Range(0, n).Where(r => !goes[r])];
    }
}
