namespace Counterweight;

/// <summary>SMOTE-NC: SMOTE for rows with numeric and categorical columns.</summary>
/// <remarks>
/// <para>Chawla, Bowyer, Hall and Kegelmeyer, 2002, section 6.1: among the neighbours a mismatch of codes counts the median of the
/// standard deviations (divisor n) of the numeric columns over the class that is over-sampled; numeric columns of a new row are
/// interpolated, and a categorical column takes the code that most of the k neighbours have, of several one at random.</para>
/// <para>The distance is computed on codes: a column of a thousand levels costs what a numeric column costs, and nothing is expanded.
/// imbalanced-learn from 0.12 on computes the same distance; up to 0.11 a mismatch added half of the squared median.</para>
/// </remarks>
/// <param name="K">The number of neighbours.</param>
public sealed record SmoteNc(int K = 5) : OverSampler
{
    /// <summary>The number of neighbours.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <inheritdoc/>
    public override string Name => "smote-nc";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added) => Smote.Plan(job, c, added, K);
}
