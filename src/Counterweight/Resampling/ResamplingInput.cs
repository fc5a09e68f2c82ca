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
        var counts = new long[classes];
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes) throw new ArgumentException($"The label {labels[i]} of row {i + 1} is not in 0..{classes - 1}.", nameof(labels));
            counts[labels[i]]++;
        }

        int present = counts.Count(n => n > 0);
        if (present < 2)
            throw new UnusableDataException($"Resampling needs rows of at least two classes; the {rows.Rows} rows given hold {(present == 0 ? "none" : "only one")}.");
        if (!acceptsMissing) rows.ThrowIfNotFinite(threads);
        return counts;
    }

    /// <summary>The smallest class that has rows; of several the first.</summary>
    internal static int Smallest(ReadOnlySpan<long> counts)
    {
        int best = -1;
        for (int c = 0; c < counts.Length; c++)
            if (counts[c] > 0 && (best < 0 || counts[c] < counts[best])) best = c;
        return best;
    }

    /// <summary>The largest class; of several the first.</summary>
    internal static int Largest(ReadOnlySpan<long> counts)
    {
        int best = 0;
        for (int c = 1; c < counts.Length; c++)
            if (counts[c] > counts[best]) best = c;
        return best;
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
