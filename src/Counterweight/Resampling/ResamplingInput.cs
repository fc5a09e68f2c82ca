using System.Numerics;

namespace Counterweight;

/// <summary>The checks that every resampler makes before it starts.</summary>
internal static class ResamplingInput
{
    /// <summary>Checks rows and labels and counts the classes.</summary>
    /// <returns>The rows of each class, K of them.</returns>
    internal static long[] Check<T>(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int classes, bool acceptsMissing = false, int threads = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Threads.Resolve(threads);
        if (labels.Length != rows.Rows) throw new ArgumentException($"There are {labels.Length} labels for {rows.Rows} rows.", nameof(labels));
        // Four counts of each class: one would wait for the addition before, since labels repeat.
        var four = new int[4 * (long)classes];
        for (int i = 0; i < labels.Length; i++)
        {
            int label = labels[i];
            if ((uint)label >= (uint)classes) throw new ArgumentException($"The label {label} of row {i + 1} is not in 0..{classes - 1}.", nameof(labels));
            four[(label * 4L) + (i & 3)]++;
        }

        var counts = new long[classes];
        for (int c = 0; c < classes; c++) counts[c] = (long)four[c * 4L] + four[(c * 4L) + 1] + four[(c * 4L) + 2] + four[(c * 4L) + 3];
        int present = counts.Count(n => n > 0);
        if (present < 2)
            throw new UnusableDataException($"Resampling needs rows of at least two classes; the {rows.Rows} rows given hold "
                + $"{(present == 0 ? "none" : "only one")}.");
        if (!acceptsMissing) rows.ThrowIfNotFinite(threads);
        return counts;
    }

    /// <summary>The rows of one class, ascending.</summary>
    internal static int[] RowsOf(ReadOnlySpan<int> labels, int c, long count)
    {
        // Every row is written down and counted only if it is one: no branch that could be guessed wrong.
        var rows = new int[count + 1];
        int found = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            rows[found] = i;
            found += labels[i] == c ? 1 : 0;
        }

        return rows[..found];
    }

    /// <summary>The rows of each class, ascending.</summary>
    internal static int[][] RowsByClass(ReadOnlySpan<int> labels, ReadOnlySpan<long> counts)
    {
        var byClass = new int[counts.Length][];
        for (int c = 0; c < counts.Length; c++) byClass[c] = new int[counts[c]];
        var next = new int[counts.Length];
        for (int i = 0; i < labels.Length; i++) byClass[labels[i]][next[labels[i]]++] = i;
        return byClass;
    }
}
