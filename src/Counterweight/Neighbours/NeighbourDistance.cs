using System.Numerics;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>How far two rows are apart.</summary>
/// <remarks>
/// Every distance is computed in double precision, the columns added up in their order, whatever the type of the values; so float and
/// double rows with the same values have the same neighbours.
/// </remarks>
/// <example>
/// <code>
/// var index = new NeighbourIndex&lt;double&gt;(rows, NeighbourDistance.Mixed(mismatch: 1.3));
/// </code>
/// </example>
public sealed class NeighbourDistance
{
    private readonly double[][]? levels;

    private NeighbourDistance(DistanceKind kind, double mismatch = 0, double[][]? levels = null, int classes = 0) =>
        (Kind, MismatchSquared, this.levels, Classes) = (kind, mismatch * mismatch, levels, classes);

    /// <summary>The square root of the sum of squared differences.</summary>
    public static NeighbourDistance Euclidean { get; } = new(DistanceKind.Euclidean);

    /// <summary>The sum of absolute differences.</summary>
    public static NeighbourDistance Manhattan { get; } = new(DistanceKind.Manhattan);

    /// <summary>One minus the cosine of the angle between two rows; 1 if either is all zeros.</summary>
    public static NeighbourDistance Cosine { get; } = new(DistanceKind.Cosine);

    /// <summary>
    /// Euclidean over the numeric columns, where every categorical column that differs adds <paramref name="mismatch"/> squared under the
    /// root (Chawla, Bowyer, Hall and Kegelmeyer, 2002, "SMOTE", section 6.1: the mismatch is the median of the standard deviations of the
    /// numeric columns over the minority; with 1 and columns scaled to their range it is HEOM, Wilson and Martinez, 1997, equation 5).
    /// </summary>
    /// <param name="mismatch">What a differing category counts, in the unit of the numeric columns; 0 or more.</param>
    public static NeighbourDistance Mixed(double mismatch) => double.IsFinite(mismatch) && mismatch >= 0
        ? new(DistanceKind.Mixed, mismatch)
        : throw new ArgumentOutOfRangeException(nameof(mismatch), mismatch, "What a differing category counts is a number of 0 or more.");

    /// <summary>
    /// The value difference metric: two categories are as far apart as the shares of the classes among their rows,
    /// d² = sum over columns of (sum over classes of |P(class | a) - P(class | b)|)² (Stanfill and Waltz, 1986; Cost and Salzberg, 1993,
    /// equation 2, with k = 1 and r = 2). Numeric columns, if there are any, add their squared difference.
    /// </summary>
    /// <typeparam name="T">The type of a value.</typeparam>
    /// <param name="rows">The rows from which the shares are counted, N x D.</param>
    /// <param name="labels">The class code of each row.</param>
    /// <param name="classes">The number of classes, K.</param>
    /// <remarks>The categorical codes must be whole numbers of 0 or more; memory is levels x K numbers per column.</remarks>
    /// <exception cref="UnusableDataException">A code is negative, fractional or above 2^24.</exception>
    public static NeighbourDistance ValueDifference<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (labels.Length != rows.Rows) throw new ArgumentException($"There are {labels.Length} labels for {rows.Rows} rows.", nameof(labels));
        var shares = new double[rows.Columns][];
        ReadOnlySpan<T> values = rows.Values.Span;
        foreach (int column in rows.Categorical)
        {
            int top = -1;
            for (int i = 0; i < rows.Rows; i++) top = Math.Max(top, Code(values[(i * rows.Columns) + column], rows, i, column));
            double[] counts = new double[(top + 1) * classes];
            for (int i = 0; i < rows.Rows; i++)
                counts[(int.CreateTruncating(values[(i * rows.Columns) + column]) * classes) + labels[i]]++;
            for (int level = 0; level <= top; level++)
            {
                Span<double> row = counts.AsSpan(level * classes, classes);
                double sum = 0;
                foreach (double n in row) sum += n;
                if (sum > 0)
                    foreach (ref double n in row) n /= sum;
            }

            shares[column] = counts;
        }

        return new(DistanceKind.ValueDifference, levels: shares, classes: classes);
    }

    /// <summary>
    /// The distance that suits the columns: Euclidean for numeric ones, <see cref="Mixed"/> with the median standard deviation of the
    /// smallest class for a mixture, and <see cref="ValueDifference"/> where all are categorical.
    /// </summary>
    /// <typeparam name="T">The type of a value.</typeparam>
    /// <param name="rows">The rows, N x D.</param>
    /// <param name="labels">The class code of each row.</param>
    /// <param name="classes">The number of classes, K.</param>
    public static NeighbourDistance For<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Categorical.Count == 0) return Euclidean;
        if (rows.Numeric.Count == 0) return ValueDifference(rows, labels, classes);
        var counts = new long[classes];
        foreach (int label in labels) counts[label]++;
        return Mixed(MedianDeviation(rows, labels, Extremes.Smallest(counts)));
    }

    /// <summary>The median over the numeric columns of the standard deviation (divisor n) among the rows of a class.</summary>
    /// <typeparam name="T">The type of a value.</typeparam>
    /// <param name="rows">The rows, N x D.</param>
    /// <param name="labels">The class code of each row.</param>
    /// <param name="class">The class.</param>
    public static double MedianDeviation<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int @class) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rows);
        double[] means = new double[rows.Columns], squares = new double[rows.Columns];
        long n = 0;
        for (int i = 0; i < rows.Rows; i++)
        {
            if (labels[i] != @class) continue;
            n++;
            ReadOnlySpan<T> row = rows.Row(i);
            for (int j = 0; j < row.Length; j++)
            {
                // Welford's update (1962).
                double x = double.CreateChecked(row[j]), delta = x - means[j];
                means[j] += delta / n;
                squares[j] += delta * (x - means[j]);
            }
        }

        double[] deviations = [.. rows.Numeric.Select(j => n == 0 ? 0 : Math.Sqrt(squares[j] / n)).Order()];
        return deviations.Length == 0 ? 0 : (deviations[(deviations.Length - 1) / 2] + deviations[deviations.Length / 2]) / 2;
    }

    internal DistanceKind Kind { get; }

    internal double MismatchSquared { get; }

    internal int Classes { get; }

    /// <summary>Whether this distance knows what to do with the columns.</summary>
    internal void ThrowIfUnsuited<T>(SampleMatrix<T> rows) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rows.Categorical.Count > 0 && Kind is DistanceKind.Euclidean or DistanceKind.Manhattan or DistanceKind.Cosine)
            throw new ArgumentException(
                $"The {Kind} distance is for numeric columns, and '{rows.Name(rows.Categorical[0])}' is categorical; use {nameof(Mixed)} or "
                + $"{nameof(ValueDifference)}.");
    }

    /// <summary>
    /// The number by which rows are ordered: the squared distance, or the distance itself for Manhattan and cosine.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal double Key<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, SampleMatrix<T> columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        switch (Kind)
        {
            case DistanceKind.Euclidean:
                for (int j = 0; j < a.Length; j++)
                {
                    double d = NeighbourTree<T>.ToDouble(a[j]) - NeighbourTree<T>.ToDouble(b[j]);
                    sum += d * d;
                }

                return sum;
            case DistanceKind.Manhattan:
                for (int j = 0; j < a.Length; j++) sum += Math.Abs(NeighbourTree<T>.ToDouble(a[j]) - NeighbourTree<T>.ToDouble(b[j]));
                return sum;
            case DistanceKind.Cosine:
                double aa = 0, bb = 0;
                for (int j = 0; j < a.Length; j++)
                {
                    double x = NeighbourTree<T>.ToDouble(a[j]), y = NeighbourTree<T>.ToDouble(b[j]);
                    sum += x * y;
                    aa += x * x;
                    bb += y * y;
                }

                return aa == 0 || bb == 0 ? 1 : Math.Clamp(1 - (sum / (Math.Sqrt(aa) * Math.Sqrt(bb))), 0, 2);
            default:
                for (int j = 0; j < a.Length; j++)
                {
                    if (!columns.IsCategorical(j))
                    {
                        double d = NeighbourTree<T>.ToDouble(a[j]) - NeighbourTree<T>.ToDouble(b[j]);
                        sum += d * d;
                    }
                    else if (a[j] != b[j])
                    {
                        sum += Kind == DistanceKind.Mixed ? MismatchSquared : LevelGap(j, int.CreateTruncating(a[j]), int.CreateTruncating(b[j]));
                    }
                }

                return sum;
        }
    }

    /// <summary>The distance that belongs to a <see cref="Key"/>.</summary>
    internal double FromKey(double key) => Kind is DistanceKind.Manhattan or DistanceKind.Cosine ? key : Math.Sqrt(key);

    /// <summary>The number of levels of a categorical column of a value difference; the largest code is one less.</summary>
    internal int Levels(int column) => levels![column].Length / Classes;

    /// <summary>What two levels of a column add to the squared distance.</summary>
    internal double LevelGap(int column, int a, int b)
    {
        ReadOnlySpan<double> x = Level(column, a), y = Level(column, b);
        double gap = 0;
        for (int c = 0; c < Classes; c++) gap += Math.Abs((x.IsEmpty ? 0 : x[c]) - (y.IsEmpty ? 0 : y[c]));
        return gap * gap;
    }

    private ReadOnlySpan<double> Level(int column, int level)
    {
        double[] all = levels![column];
        return (uint)level < (uint)(all.Length / Classes) ? all.AsSpan(level * Classes, Classes) : [];
    }

    private static int Code<T>(T value, SampleMatrix<T> rows, int row, int column) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsInteger(value) && value >= T.Zero && value <= T.CreateChecked(1 << 24)) return int.CreateTruncating(value);
        throw new UnusableDataException("A categorical column holds codes: whole numbers of 0 or more.", file: null, row: row + 1, column: rows.Name(column));
    }
}
