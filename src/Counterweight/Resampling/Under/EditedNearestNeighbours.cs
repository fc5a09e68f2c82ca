namespace Counterweight;

/// <summary>
/// Takes away rows of the targeted classes that disagree with their <paramref name="K"/> nearest neighbours (Wilson, 1972, "Asymptotic
/// properties of nearest neighbor rules using edited data").
/// </summary>
/// <param name="K">The number of neighbours looked at, the row itself not counted.</param>
/// <param name="Rule">When a row agrees with them.</param>
/// <example>
/// <code>
/// var cleaning = new EditedNearestNeighbours(K: 3) { Strategy = SamplingStrategy.All };
/// int[] kept = cleaning.Select(rows, labels, classes: 2);
/// </code>
/// </example>
public sealed record EditedNearestNeighbours(int K = 3, NeighbourRule Rule = NeighbourRule.All) : NeighbourSelection
{
    /// <summary>The number of neighbours looked at, the row itself not counted.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Cleaning;

    private protected override int[] Choose<T>(Selection<T> input) => new Editing<T>(input, DistanceFor(input), K).Pass(Strategy, K, Rule).Kept();
}
