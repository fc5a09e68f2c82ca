namespace Counterweight;

/// <summary>ROSE: new rows drawn from a Gaussian kernel estimate of the density of the class.</summary>
/// <remarks>
/// Menardi and Torelli, 2014, "Training and assessing classification rules with imbalanced data", section 3: a row of the class is drawn
/// and each numeric column gets Gaussian noise of standard deviation h_j = s (4 / ((d + 2) n))^(1 / (d + 4)) sd_j with n the rows of the class, sd_j
/// the column's standard deviation over them (divisor n) and d the number of numeric columns; categorical columns are those of the drawn row.
/// The rows of the input stay, where the paper replaces them too: over-sampling with <c>all</c> adds such rows to every class.
/// </remarks>
/// <param name="Shrinkage">The factor s of the bandwidth.</param>
public sealed record Rose(double Shrinkage = 1) : OverSampler
{
    /// <summary>The factor of the bandwidth.</summary>
    public double Shrinkage { get; init; } = InRange(Shrinkage, 0, double.PositiveInfinity, nameof(Shrinkage));

    /// <inheritdoc/>
    public override string Name => "rose";

    internal override OverPlan<T> Plan<T>(OverJob<T> job, int c, int added) =>
        new BootstrapPlan<T>(c, added, job.Rows, job.RowsOf(c), BootstrapPlan<T>.Bandwidths(job, c, Shrinkage, job.RowsOf(c).Length));
}
