using System.Numerics;

namespace Counterweight;

/// <summary>The means and standard deviations of columns over some rows.</summary>
internal static class ClassMoments
{
    /// <summary>Means and standard deviations (divisor n) of every column; exactly zero deviation for a constant column.</summary>
    internal static (double[] Means, double[] Deviations) Of<T>(SampleMatrix<T> rows, ReadOnlySpan<int> members) where T : unmanaged,
        IBinaryFloatingPointIeee754<T>
    {
        int columns = rows.Columns;
        double[] means = new double[columns], squares = new double[columns], origin = new double[columns];
        if (members.IsEmpty) return (means, squares);
        // Sums of differences from the first row: no cancellation for far-off data, and zeros for a constant column.
        for (int j = 0; j < columns; j++) origin[j] = double.CreateTruncating(rows.Row(members[0])[j]);
        foreach (int row in members)
        {
            ReadOnlySpan<T> values = rows.Row(row);
            for (int j = 0; j < columns; j++) means[j] += double.CreateTruncating(values[j]) - origin[j];
        }

        for (int j = 0; j < columns; j++) means[j] /= members.Length;
        foreach (int row in members)
        {
            ReadOnlySpan<T> values = rows.Row(row);
            for (int j = 0; j < columns; j++)
            {
                double difference = double.CreateTruncating(values[j]) - origin[j] - means[j];
                squares[j] += difference * difference;
            }
        }

        for (int j = 0; j < columns; j++) (means[j], squares[j]) = (means[j] + origin[j], Math.Sqrt(squares[j] / members.Length));
        return (means, squares);
    }
}
