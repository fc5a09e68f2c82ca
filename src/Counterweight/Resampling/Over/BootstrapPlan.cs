using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;

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

    internal override void Fill(int start, Span<T> target, Span<long> bases, ref SeededRandom random)
    {
        int columns = rows.Columns;
        foreach (ref long row in bases) row = members[random.NextInt64(members.Length)];
        ReadOnlySpan<T> values = rows.Values.Span;
        if (bandwidths is null)
        {
            for (int i = 0; i < bases.Length; i++) values.Slice((int)bases[i] * columns, columns).CopyTo(target[(i * columns)..]);
            return;
        }

        Gaussian(target, ref random);
        for (int i = 0; i < bases.Length; i++)
        {
            Span<T> row = target.Slice(i * columns, columns);
            TensorPrimitives.MultiplyAdd(row, bandwidths, values.Slice((int)bases[i] * columns, columns), row);
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

    // Box and Muller (1958), a whole block at a time.
    private static void Gaussian(Span<T> target, ref SeededRandom random)
    {
        int half = (target.Length + 1) / 2;
        T[] buffer = ArrayPool<T>.Shared.Rent(2 * half);
        Span<T> radius = buffer.AsSpan(0, half), angle = buffer.AsSpan(half, half);
        for (int i = 0; i < half; i++)
        {
            radius[i] = T.CreateTruncating(random.NextPositiveDouble());
            angle[i] = T.CreateTruncating(2 * Math.PI * random.NextDouble());
        }

        TensorPrimitives.Log<T>(radius, radius);
        TensorPrimitives.Multiply(radius, T.CreateTruncating(-2.0), radius);
        TensorPrimitives.Sqrt<T>(radius, radius);
        Span<T> first = target[..half], second = target[half..];
        TensorPrimitives.Cos<T>(angle, first);
        TensorPrimitives.Multiply<T>(first, radius, first);
        TensorPrimitives.Sin<T>(angle[..second.Length], second);
        TensorPrimitives.Multiply<T>(second, radius[..second.Length], second);
        ArrayPool<T>.Shared.Return(buffer);
    }
}
