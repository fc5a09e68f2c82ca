namespace Counterweight;

/// <summary>SMOTE, then both ends of every Tomek link go.</summary>
/// <remarks>Batista, Bazzan and Monard, 2003, "Balancing Training Data for Automated Annotation of Keywords: a Case Study", section 3.</remarks>
/// <param name="K">The number of neighbours of SMOTE.</param>
public sealed record SmoteTomek(int K = 5) : CombinedSampler
{
    /// <summary>The number of neighbours of SMOTE.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <inheritdoc/>
    public override string Name => "smote-tomek";

    private protected override OverSampler Over => new Smote(K);

    private protected override NeighbourSelection Cleaning => new TomekLinks { Strategy = SamplingStrategy.All };
}
