using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        if (Two(labels, codes, threads) is (long[], long[]) two) return two;
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

    /// <summary>The common case of two labels in one pass; null where there are more.</summary>
    private static (long[] Labels, long[] Counts)? Two<T>(ReadOnlyMemory<T> labels, Memory<int> codes, int threads) where T : unmanaged, IBinaryInteger<T>
    {
        if (labels.Length == 0) return null;
        T first = labels.Span[0];
        int other = labels.Span.IndexOfAnyExcept(first);
        if (other < 0) return null;
        T second = labels.Span[other], low = T.Min(first, second), high = T.Max(first, second);
        int blocks = (labels.Length + Block - 1) / Block;
        long highs = 0;
        bool more = false;
        Parallel.For(0, blocks, Threads.Options(threads), b =>
        {
            if (Volatile.Read(ref more)) return;
            ReadOnlySpan<T> own = Part(labels, b).Span;
            int found = Two(own, codes.Span.Slice(b * Block, own.Length), low, high);
            if (found < 0) Volatile.Write(ref more, true);
            else Interlocked.Add(ref highs, found);
        });
        return more ? null : ([long.CreateChecked(low), long.CreateChecked(high)], [labels.Length - highs, highs]);
    }

    /// <summary>Writes 1 for one label and 0 for another; gives how many ones there are, or -1 where there is a third label.</summary>
    private static int Two<T>(ReadOnlySpan<T> labels, Span<int> codes, T low, T high) where T : unmanaged, IBinaryInteger<T>
    {
        int i = 0;
        long ones = 0;
        if (Unsafe.SizeOf<T>() == sizeof(long))
        {
            ReadOnlySpan<long> wide = MemoryMarshal.Cast<T, long>(labels);
            ref long from = ref MemoryMarshal.GetReference(wide);
            ref int to = ref MemoryMarshal.GetReference(codes);
            Vector256<long> one = Vector256.Create(long.CreateTruncating(high)), zero = Vector256.Create(long.CreateTruncating(low));
            Vector256<long> known = Vector256<long>.AllBitsSet;
            Vector256<int> sum = default;
            for (; i + 8 <= wide.Length; i += 8)
            {
                Vector256<long> a = Vector256.LoadUnsafe(ref from, (nuint)i), b = Vector256.LoadUnsafe(ref from, (nuint)i + 4);
                Vector256<long> ha = Vector256.Equals(a, one), hb = Vector256.Equals(b, one);
                known &= (ha | Vector256.Equals(a, zero)) & (hb | Vector256.Equals(b, zero));
                Vector256<int> own = -Vector256.Narrow(ha, hb);
                own.StoreUnsafe(ref to, (nuint)i);
                sum += own;
            }

            if (!Vector256.EqualsAll(known, Vector256<long>.AllBitsSet)) return -1;
            ones = Vector256.Sum(sum);
        }

        bool third = false;
        for (; i < labels.Length; i++)
        {
            int code = labels[i] == high ? 1 : 0;
            third |= code == 0 & labels[i] != low;
            codes[i] = code;
            ones += code;
        }

        return third ? -1 : (int)ones;
    }

    private static ReadOnlyMemory<T> Part<T>(ReadOnlyMemory<T> labels, int block) =>
        labels.Slice(block * Block, Math.Min(Block, labels.Length - (block * Block)));

    private static (T Low, T High) Range<T>(ReadOnlySpan<T> labels) where T : unmanaged, IBinaryInteger<T> =>
        (System.Numerics.Tensors.TensorPrimitives.Min(labels), System.Numerics.Tensors.TensorPrimitives.Max(labels));
}
