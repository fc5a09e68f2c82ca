namespace Counterweight;

/// <summary>Borderline-SMOTE 1: SMOTE from the rows of the class that are in danger of being taken for another class.</summary>
/// <remarks>
/// Han, Wang and Mao, 2005, "Borderline-SMOTE: A New Over-Sampling Method in Imbalanced Data Sets Learning", section 3: of the m nearest
/// rows of any class, a row in danger has at least half, but not all (noise), in other classes. The partners are its k nearest rows of its own class.
/// </remarks>
/// <param name="K">The number of neighbours within the class.</param>
/// <param name="M">The number of neighbours in the whole data that tell danger.</param>
public sealed record BorderlineSmote(int K = 5, int M = 10) : OverSampler
{
    /// <summary>The number of neighbours within the class.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The number of neighbours in the whole data that tell danger.</summary>
    public int M { get; init; } = AtLeastOne(M, nameof(M));

    /// <inheritdoc/>
    public override string Name => "borderline-smote";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        int[] danger = job.Danger(c, M);
        SampleMatrix<T> members = job.Members(c).Matrix;
        return new SegmentPlan<T>(c, added, members, job.RowsOf(c), danger, job.Within(members, c, K, danger), K);
    }
}
