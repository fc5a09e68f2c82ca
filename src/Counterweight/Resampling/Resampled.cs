using System.Numerics;

namespace Counterweight;

/// <summary>The rows that a resampler gives back, and where each of them came from.</summary>
/// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Resampled<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private long[]? secondParents;

    /// <summary>Puts a result together.</summary>
    /// <param name="rows">The rows, with the columns of the input.</param>
    /// <param name="labels">The class code of each row.</param>
    /// <param name="sourceRows">For each row the input row that it is a copy of, or -1 if it is synthetic.</param>
    /// <param name="baseRows">For each row the input row that it is a copy of or that it was made from first, or -1 if there is none;
    /// <paramref name="sourceRows"/> by default.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public Resampled(SampleMatrix<T> rows, int[] labels, long[] sourceRows, long[]? baseRows = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(sourceRows);
        if (labels.Length != rows.Rows || sourceRows.Length != rows.Rows || (baseRows ?? sourceRows).Length != rows.Rows)
            throw new ArgumentException($"{rows.Rows} rows need as many labels and sources; there are {labels.Length} and {sourceRows.Length}.",
                nameof(labels));
        (Rows, Labels, SourceRows, BaseRows) = (rows, labels, sourceRows, baseRows ?? sourceRows);
        long synthetic = 0;
        foreach (long source in sourceRows) synthetic -= source >> 63;
        SyntheticRows = synthetic;
    }

    /// <summary>The same where the number of synthetic rows is known.</summary>
    internal Resampled(SampleMatrix<T> rows, int[] labels, long[] sourceRows, long[] baseRows, long[]? secondRows, long synthetic) =>
        (Rows, Labels, SourceRows, BaseRows, secondParents, SyntheticRows) = (rows, labels, sourceRows, baseRows, secondRows, synthetic);

    /// <summary>The rows, with the columns of the input.</summary>
    public SampleMatrix<T> Rows { get; }

    /// <summary>The class code of each row.</summary>
    public int[] Labels { get; }

    /// <summary>For each row the input row (from 0) that it is a copy of, or -1 if it is synthetic.</summary>
    public long[] SourceRows { get; }

    /// <summary>For each row the input row (from 0) that it is a copy of or that it was made from first, or -1 if there is none.</summary>
    public long[] BaseRows { get; }

    /// <summary>For each row the second of the two input rows (from 0) that it lies between, the first being its base row, or -1 if it lies between no two:
    /// copies, centres, rows made of one row and noise or of the votes of many.</summary>
    public long[] PartnerRows => secondParents ??= NoPartners(Labels.Length);

    /// <summary>How many rows are synthetic.</summary>
    public long SyntheticRows { get; }

    /// <summary>The result that keeps some input rows as they are.</summary>
    /// <param name="rows">The input rows.</param>
    /// <param name="labels">The class code of each input row.</param>
    /// <param name="selected">The rows kept (from 0), in the order wanted.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    public static Resampled<T> Select(SampleMatrix<T> rows, ReadOnlySpan<int> labels, int[] selected, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(selected);
        var kept = new int[selected.Length];
        var sources = new long[selected.Length];
        for (int i = 0; i < selected.Length; i++) (kept[i], sources[i]) = (labels[selected[i]], selected[i]);
        return new(rows.Select(selected, threads), kept, sources);
    }

    /// <summary>Keeps some rows of this result; their sources still point at the input.</summary>
    /// <param name="selected">The rows of this result to keep (from 0), in the order wanted.</param>
    /// <param name="threads">The number of threads; 0 for every processor.</param>
    public Resampled<T> Keep(int[] selected, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(selected);
        return new(Rows.Select(selected, threads), [.. selected.Select(i => Labels[i])], [.. selected.Select(i => SourceRows[i])],
            [.. selected.Select(i => BaseRows[i])])
        { secondParents = secondParents is null ? null : [.. selected.Select(i => secondParents[i])] };
    }

    private static long[] NoPartners(int rows)
    {
        var none = new long[rows];
        Array.Fill(none, -1);
        return none;
    }
}
