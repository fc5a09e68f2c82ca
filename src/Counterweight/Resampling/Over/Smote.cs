using System.Numerics;

namespace Counterweight;

/// <summary>SMOTE: new rows on the segments between a row and its nearest neighbours of the same class.</summary>
/// <remarks>
/// <para>Chawla, Bowyer, Hall and Kegelmeyer, 2002, "SMOTE: Synthetic Minority Over-sampling Technique", section 4.2: x + u (y - x) with u
/// in [0, 1), x drawn evenly from the class and y from its k nearest. Where there are categorical columns the rules of
/// <see cref="SmoteNc"/> hold. Only the rows of the class are searched.</para>
/// </remarks>
/// <param name="K">The number of neighbours.</param>
/// <example>
/// <code>
/// var rows = new SampleMatrix&lt;double&gt;([0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 6, 6, 6], columns: 2);
/// Resampled&lt;double&gt; result = new Smote(K: 2).Resample(rows, [1, 1, 1, 0, 0, 0, 0], classes: 2);
/// long added = result.SyntheticRows;   // 1
/// </code>
/// </example>
public sealed record Smote(int K = 5) : OverSampler
{
    /// <summary>The number of neighbours.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <inheritdoc/>
    public override string Name => "smote";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added) => Plan(job, c, added, K);

    internal static OverPlan<T> Plan<T>(OverJob<T> job, int c, int added, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (SampleMatrix<T> members, int[] positions) = job.Members(c);
        return new SegmentPlan<T>(c, added, members, job.RowsOf(c), positions, job.Within(members, c, k, positions), k);
    }
}
