using System.Numerics;

namespace Counterweight;

/// <summary>Random over-sampling: rows drawn again from the class, with replacement, if wanted with a little noise.</summary>
/// <remarks>
/// With shrinkage s above 0 each numeric column gets Gaussian noise of standard deviation s h sd, h = (4 / ((d + 2) N))^(1 / (d + 4)),
/// sd that of the column over the class (divisor n), d the number of numeric columns and N all rows: the smoothed bootstrap as imbalanced-learn
/// computes it. <see cref="Rose"/> has the bandwidth of the paper. Without noise the new rows are copies, and missing values are no obstacle.
/// </remarks>
/// <param name="Shrinkage">The factor of the noise; 0 for none.</param>
public sealed record RandomOver(double Shrinkage = 0) : OverSampler
{
    /// <summary>The factor of the noise; 0 for none.</summary>
    public double Shrinkage { get; init; } = InRange(Shrinkage, 0, double.PositiveInfinity, nameof(Shrinkage));

    /// <inheritdoc/>
    public override string Name => "random-over";

    /// <inheritdoc/>
    public override bool SelectsRows => Shrinkage == 0;

    /// <inheritdoc/>
    public override bool AcceptsMissing => Shrinkage == 0;

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added) =>
        new BootstrapPlan<T>(c, added, job.Rows, job.RowsOf(c), Shrinkage == 0 ? null : BootstrapPlan<T>.Bandwidths(job, c, Shrinkage, job.Rows.Rows));
}
