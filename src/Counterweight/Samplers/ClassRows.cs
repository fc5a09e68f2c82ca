namespace Counterweight;

/// <summary>The rows of each class, one index per row and label: what every sampler that goes by class shares.</summary>
internal sealed class ClassRows
{
    private readonly int[] rows;
    private readonly int[] starts;

    private ClassRows(int[] rows, int[] starts, long dataRows) => (this.rows, this.starts, Rows) = (rows, starts, dataRows);

    /// <summary>The number of rows of the data.</summary>
    internal long Rows { get; }

    internal int Classes => starts.Length - 1;

    /// <summary>The rows, class by class.</summary>
    internal ReadOnlySpan<int> All => rows;

    internal int Start(int label) => starts[label];

    internal int Count(int label) => starts[label + 1] - starts[label];

    internal int Row(int label, int index) => rows[starts[label] + index];

    /// <summary>The counts as weights for a power of them.</summary>
    internal double[] Power(double exponent)
    {
        double[] weights = new double[Classes];
        for (int c = 0; c < weights.Length; c++) weights[c] = Math.Pow(Count(c), exponent);
        return weights;
    }

    /// <summary>Groups the rows by class with a counting sort; refuses labels outside the classes and classes without rows.</summary>
    internal static ClassRows Of(ReadOnlySpan<int> labels, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (labels.IsEmpty) throw new UnusableDataException("There are no rows to sample from.");
        int[] starts = new int[classes + 1];
        for (int i = 0; i < labels.Length; i++)
        {
            int label = labels[i];
            if ((uint)label >= (uint)classes)
                throw new UnusableDataException($"The label {label} is not a class: with {classes} classes the labels are 0 to {classes - 1}.", row: i + 1L);
            starts[label + 1]++;
        }

        Accumulate(starts);
        int[] next = starts[..^1], rows = GC.AllocateUninitializedArray<int>(labels.Length);
        for (int i = 0; i < labels.Length; i++) rows[next[labels[i]]++] = i;
        return new ClassRows(rows, starts, labels.Length);
    }

    private static void Accumulate(int[] starts)
    {
        for (int c = 1; c < starts.Length; c++)
        {
            if (starts[c] == 0)
                throw new UnusableDataException($"Class {c - 1} has no rows, so nothing can be drawn from it: leave it out or add rows of it.");
            starts[c] += starts[c - 1];
        }
    }
}
