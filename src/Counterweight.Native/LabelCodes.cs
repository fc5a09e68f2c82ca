using System.Numerics;

namespace Counterweight;

/// <summary>Turns integral labels into codes 0, 1, ... in ascending order, where their range is small enough for a table.</summary>
internal static class LabelCodes
{
    private const int Block = 1 << 18;
    private const int WidestTable = 1 << 22;

    /// <summary>Writes a code per row.</summary>
    /// <returns>The labels, ascending, and how many rows each has.</returns>
    /// <exception cref="ArgumentException">The labels lie too far apart for a table.</exception>
    internal static (long[] Labels, long[] Counts) Encode<T>(ReadOnlyMemory<T> labels, Memory<int> codes, int threads) where T : unmanaged, IBinaryInteger<T>
    {
        int blocks = (labels.Length + Block - 1) / Block;
        var lows = new long[blocks];
        var highs = new long[blocks];
        ParallelOptions options = Threads.Options(threads);
        Parallel.For(0, blocks, options, b =>
        {
            (T low, T high) = Range(Part(labels, b).Span);
            (lows[b], highs[b]) = (long.CreateChecked(low), long.CreateChecked(high));
        });
        if (blocks == 0) return ([], []);
        long first = lows.Min();
        Int128 wide = (Int128)highs.Max() - first + 1;
        if (wide > WidestTable)
            throw new ArgumentException($"The labels range over {wide} values, which is too many for a table of {WidestTable}; encode them another way.");
        int width = (int)wide;
        var counts = new long[width];
        var gate = new Lock();
        Parallel.For(0, blocks, options, () => new long[width], (b, _, own) =>
        {
            foreach (T label in Part(labels, b).Span) own[(int)(long.CreateTruncating(label) - first)]++;
            return own;
        }, own =>
        {
            lock (gate)
                for (int i = 0; i < width; i++) counts[i] += own[i];
        });
        int[] table = new int[width];
        int classes = 0;
        for (int i = 0; i < width; i++) table[i] = counts[i] > 0 ? classes++ : -1;
        Parallel.For(0, blocks, options, b =>
        {
            ReadOnlySpan<T> own = Part(labels, b).Span;
            Span<int> target = codes.Span.Slice(b * Block, own.Length);
            for (int i = 0; i < own.Length; i++) target[i] = table[(int)(long.CreateTruncating(own[i]) - first)];
        });
        var found = new long[classes];
        var rows = new long[classes];
        for (int i = 0, c = 0; i < width; i++)
            if (counts[i] > 0) (found[c], rows[c++]) = (first + i, counts[i]);
        return (found, rows);
    }

    private static ReadOnlyMemory<T> Part<T>(ReadOnlyMemory<T> labels, int block) =>
        labels.Slice(block * Block, Math.Min(Block, labels.Length - (block * Block)));

    private static (T Low, T High) Range<T>(ReadOnlySpan<T> labels) where T : unmanaged, IBinaryInteger<T> =>
        (System.Numerics.Tensors.TensorPrimitives.Min(labels), System.Numerics.Tensors.TensorPrimitives.Max(labels));
}
