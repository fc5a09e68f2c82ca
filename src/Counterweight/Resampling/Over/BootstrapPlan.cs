using System.Numerics;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>New rows drawn from the rows of a class, with Gaussian noise if there are bandwidths.</summary>
/// <param name="c">The class.</param>
/// <param name="count">How many rows are made.</param>
/// <param name="rows">All rows.</param>
/// <param name="members">The rows of the class.</param>
/// <param name="bandwidths">The standard deviation of the noise of each column; null for none.</param>
internal sealed class BootstrapPlan<T>(int c, int count, SampleMatrix<T> rows, int[] members, T[]? bandwidths) : OverPlan<T>(c, count)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal override bool Copies => bandwidths is null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Fill(int start, Span<T> target, Span<long> bases, Span<long> seconds, ref SeededRandom random)
    {
        int columns = rows.Columns;
        foreach (ref long row in bases) row = members[random.NextInt64(members.Length)];
        ReadOnlySpan<T> values = rows.Values.Span;
        if (bandwidths is null)
        {
            for (int i = 0; i < bases.Length; i++) values.Slice((int)bases[i] * columns, columns).CopyTo(target[(i * columns)..]);
            return;
        }

        Span<double> noise = columns <= 256 ? stackalloc double[columns] : new double[columns];
        for (int i = 0; i < bases.Length; i++)
        {
            Ziggurat.Fill(noise, ref random);
            ReadOnlySpan<T> own = values.Slice((int)bases[i] * columns, columns);
            Span<T> row = target.Slice(i * columns, columns);
            for (int j = 0; j < columns; j++) row[j] = own[j] + (bandwidths[j] * T.CreateTruncating(noise[j]));
        }
    }

    /// <summary>The standard deviation of the noise of each column: shrinkage (4 / ((d + 2) n))^(1 / (d + 4)) sd, zero where codes are held.</summary>
    internal static T[] Bandwidths(OverJob<T> job, int c, double shrinkage, int n)
    {
        int d = job.Rows.Numeric.Count;
        double factor = shrinkage * Math.Pow(4.0 / ((d + 2.0) * n), 1.0 / (d + 4));
        (_, double[] deviations) = ClassMoments.Of(job.Rows, job.RowsOf(c));
        return [.. deviations.Select((s, j) => job.Rows.IsCategorical(j) ? T.Zero : T.CreateTruncating(factor * s))];
    }
}
