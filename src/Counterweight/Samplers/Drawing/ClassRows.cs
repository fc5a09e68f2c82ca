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

    /// <summary>The class of a row that has one label.</summary>
    internal int ClassOf(int row)
    {
        int label = 0;
        while (rows.AsSpan(starts[label], Count(label)).BinarySearch(row) < 0) label++;
        return label;
    }

    /// <summary>The counts as weights for a power of them.</summary>
    internal double[] Power(double exponent)
    {
        double[] weights = new double[Classes];
        for (int c = 0; c < weights.Length; c++) weights[c] = Math.Pow(Count(c), exponent);
        return weights;
    }

    /// <summary>Groups the rows by class with a counting sort; refuses labels outside the classes and classes without rows.</summary>
    internal static ClassRows Of(ReadOnlySpan<int> labels, int classes, bool allowEmpty = false)
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

        Accumulate(starts, allowEmpty);
        int[] next = starts[..^1], rows = LargePages.Under(GC.AllocateUninitializedArray<int>(labels.Length));
        for (int i = 0; i < labels.Length; i++) rows[next[labels[i]]++] = i;
        return new ClassRows(rows, starts, labels.Length);
    }

    /// <summary>Groups rows that may carry several labels: a row is in the group of each of its labels.</summary>
    internal static ClassRows Of(LabelSets sets, int classes)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (sets.Rows == 0) throw new UnusableDataException("There are no rows to sample from.");
        int[] starts = new int[classes + 1];
        for (int i = 0; i < sets.Rows; i++)
            foreach (int label in sets[i])
            {
                if (label >= classes)
                    throw new UnusableDataException($"The label {label} is not a class: with {classes} classes the labels are 0 to {classes - 1}.",
                        row: i + 1L);
                starts[label + 1]++;
            }

        Accumulate(starts, allowEmpty: false);
        int[] next = starts[..^1], rows = new int[sets.Count];
        for (int i = 0; i < sets.Rows; i++)
            foreach (int label in sets[i])
                rows[next[label]++] = i;
        return new ClassRows(rows, starts, sets.Rows);
    }

    /// <summary>Which class a place in the order of <see cref="All"/> belongs to.</summary>
    internal static int Find(ReadOnlySpan<long> ends, long place)
    {
        int low = 0, high = ends.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (place < ends[middle]) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private static void Accumulate(int[] starts, bool allowEmpty)
    {
        for (int c = 1; c < starts.Length; c++)
        {
            if (starts[c] == 0 && !allowEmpty)
                throw new UnusableDataException($"Class {c - 1} has no rows, so nothing can be drawn from it: leave it out or add rows of it.");
            starts[c] += starts[c - 1];
        }
    }
}
