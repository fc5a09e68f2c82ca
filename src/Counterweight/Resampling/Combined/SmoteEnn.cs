namespace Counterweight;

/// <summary>SMOTE, then edited nearest neighbours over all classes.</summary>
/// <remarks>
/// Batista, Prati and Monard, 2004, "A study of the behavior of several methods for balancing machine learning training data", section 3: every row,
/// old or new, that its nearest neighbours do not confirm goes.
/// </remarks>
/// <param name="K">The number of neighbours of SMOTE.</param>
/// <param name="Edit">The number of neighbours that must confirm a row.</param>
/// <param name="Rule">When they do.</param>
/// <example>
/// <code>
/// Resampled&lt;float&gt; cleaned = new SmoteEnn().Resample(rows, labels, classes: 2, seed: 1);
/// </code>
/// </example>
public sealed record SmoteEnn(int K = 5, int Edit = 3, NeighbourRule Rule = NeighbourRule.All) : CombinedSampler
{
    /// <summary>The number of neighbours of SMOTE.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The number of neighbours that must confirm a row.</summary>
    public int Edit { get; init; } = AtLeastOne(Edit, nameof(Edit));

    /// <inheritdoc/>
    public override string Name => "smote-enn";

    private protected override OverSampler Over => new Smote(K);

    private protected override NeighbourSelection Cleaning => new EditedNearestNeighbours(Edit, Rule) { Strategy = SamplingStrategy.All };
}
