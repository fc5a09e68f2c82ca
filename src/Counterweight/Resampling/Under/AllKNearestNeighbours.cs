namespace Counterweight;

/// <summary>
/// Edits with one neighbour, then with two, and so on up to <paramref name="K"/>, each time what is left (Tomek, 1976, "An experiment with
/// the edited nearest-neighbor rule"): AllKNN.
/// </summary>
/// <remarks>
/// The strategy is read anew from the class counts at every pass. The last pass is the one after which a class has no rows, or, unless
/// <paramref name="AllowMinority"/>, another class than the smallest has fewer rows than the smallest had at first.
/// </remarks>
/// <param name="K">The number of neighbours looked at in the last pass, the row itself not counted.</param>
/// <param name="Rule">When a row agrees with its neighbours.</param>
/// <param name="AllowMinority">Whether to go on when a larger class has become the smallest.</param>
public sealed record AllKNearestNeighbours(int K = 3, NeighbourRule Rule = NeighbourRule.All, bool AllowMinority = false) : NeighbourSelection
{
    /// <summary>The number of neighbours looked at in the last pass, the row itself not counted.</summary>
    public int K { get; init; } = K >= 1 ? K : throw new ArgumentOutOfRangeException(nameof(K), K, "The number of neighbours is 1 or more.");

    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Cleaning;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        var editing = new Editing<T>(input, DistanceFor(input), K);
        for (int k = 1; k <= K; k++)
        {
            editing.Pass(Strategy, k, Rule);
            if ((!AllowMinority && editing.FellBelowMinority()) || editing.LostClass()) break;
        }

        return editing.Kept();
    }
}
