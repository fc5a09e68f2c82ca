using System.Numerics;

namespace Counterweight;

/// <summary>Borderline-SMOTE 2: as <see cref="BorderlineSmote"/>, but the partners may belong to other classes.</summary>
/// <remarks>
/// Han, Wang and Mao, 2005, section 3: the k nearest rows are those of the whole data; towards a row of another class the step is drawn
/// from [0, 0.5), so that the new row stays nearer to its own class. (imbalanced-learn up to 0.10 takes these partners from wrong rows;
/// later versions draw the step as here, times a second factor in [0, 1), which the paper does not have.)
/// </remarks>
/// <param name="K">The number of neighbours.</param>
/// <param name="M">The number of neighbours that tell danger.</param>
public sealed record BorderlineSmote2(int K = 5, int M = 10) : OverSampler
{
    /// <summary>The number of neighbours.</summary>
    public int K { get; init; } = AtLeastOne(K, nameof(K));

    /// <summary>The number of neighbours that tell danger.</summary>
    public int M { get; init; } = AtLeastOne(M, nameof(M));

    /// <inheritdoc/>
    public override string Name => "borderline-smote-2";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added)
    {
        int[] members = job.RowsOf(c);
        (int[] danger, int[] neighbours) = job.Danger(c, M, K);
        return new HalfwayPlan<T>(job, c, added, [.. danger.Select(p => members[p])], neighbours, K);
    }

    private sealed class HalfwayPlan<T>(OverJob<T> job, int c, int count, int[] bases, int[] partners, int k)
        : SegmentPlan<T>(c, count, job.Rows, null, bases, partners, k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private protected override (int Owner, int Partner, double Step) Draw(int position, ref SeededRandom random)
        {
            (int owner, int partner, double step) = base.Draw(position, ref random);
            return (owner, partner, job.Labels[partner] == Class ? step : step / 2);
        }
    }
}
