namespace Counterweight;

/// <summary>
/// Repeats <see cref="EditedNearestNeighbours"/> on what is left until nothing changes (Tomek, 1976, "An experiment with the edited
/// nearest-neighbor rule").
/// </summary>
/// <remarks>
/// The strategy is read anew from the class counts at every pass. The last pass is the one after which another class than the smallest has
/// fewer rows than the smallest had at first, or a class has none.
/// </remarks>
/// <param name="K">The number of neighbours looked at, the row itself not counted.</param>
/// <param name="MaximumPasses">The most passes made.</param>
/// <param name="Rule">When a row agrees with its neighbours.</param>
public sealed record RepeatedEditedNearestNeighbours(int K = 3, int MaximumPasses = 100, NeighbourRule Rule = NeighbourRule.All) : NeighbourSelection
{
    /// <summary>The number of neighbours looked at, the row itself not counted.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <summary>The most passes made.</summary>
    public int MaximumPasses { get; init; } = MaximumPasses >= 1
        ? MaximumPasses
        : throw new ArgumentOutOfRangeException(nameof(MaximumPasses), MaximumPasses, "The most passes made is 1 or more.");

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Cleaning;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        var editing = new Editing<T>(input, DistanceFor(input), K);
        for (int pass = 0; pass < MaximumPasses; pass++)
        {
            int before = editing.Alive;
            editing.Pass(Strategy, K, Rule);
            if (editing.Alive == before || editing.FellBelowMinority() || editing.LostClass()) break;
        }

        return editing.Kept();
    }
}
