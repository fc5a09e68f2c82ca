using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>
/// Sorts doubles as 64-bit keys, ascending and stable, on several threads: digits of 11 bits from the lowest up, digits that all keys share
/// skipped (a single-precision score needs four passes instead of six). The result does not depend on the number of threads.
/// </summary>
internal static unsafe class RadixSort
{
    private const int Bits = 11, Buckets = 1 << Bits, Passes = 6, Small = 2048;

    /// <summary>A key whose unsigned order is the order of the numbers; -0 becomes 0. NaN must be ruled out before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Key(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value + 0.0);
        return (ulong)bits ^ ((ulong)(bits >> 63) | 0x8000000000000000UL);
    }

    /// <summary>The number of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Value(ulong key) =>
        BitConverter.Int64BitsToDouble((long)(key ^ ((ulong)((long)~key >> 63) | 0x8000000000000000UL)));

    /// <summary>Sorts keys in place.</summary>
    internal static void Sort(ulong[] keys, int threads = 0) => Sort<byte>(keys, [], threads);

    /// <summary>Sorts keys in place and takes a value along with each; pass no values for keys alone.</summary>
    internal static void Sort<TValue>(ulong[] keys, TValue[] values, int threads = 0)
        where TValue : unmanaged
    {
        int n = keys.Length;
        bool hasValues = values.Length > 0;
        if (hasValues && values.Length != n) throw new ArgumentException("There must be as many values as keys.", nameof(values));
        if (n <= Small)
        {
            InsertionOrMerge(keys, values, hasValues);
            return;
        }

        int workers = (int)Math.Min(Threads.Resolve(threads), Math.Max(1, n / 65536));
        ulong[] otherKeys = GC.AllocateUninitializedArray<ulong>(n);
        TValue[] otherValues = hasValues ? GC.AllocateUninitializedArray<TValue>(n) : [];
        ParallelOptions options = Threads.Options(threads);
        ulong differing = Differing(keys, workers, options);
        ulong[] from = keys, to = otherKeys;
        TValue[] fromValues = values, toValues = otherValues;
        int[] offsets = new int[workers * Buckets];
        for (int pass = 0; pass < Passes; pass++)
        {
            int shift = pass * Bits;
            if (((differing >> shift) & (Buckets - 1)) == 0) continue;
            ulong[] source = from, target = to;
            TValue[] sourceValues = fromValues, targetValues = toValues;
            Run(workers, options, w =>
            {
                Span<int> counts = offsets.AsSpan(w * Buckets, Buckets);
                counts.Clear();
                ref int count = ref MemoryMarshal.GetReference(counts);
                foreach (ulong key in Chunk(source, w, workers)) Unsafe.Add(ref count, (nint)((key >> shift) & (Buckets - 1)))++;
            });
            int sum = 0;
            for (int b = 0; b < Buckets; b++)
                for (int w = 0; w < workers; w++) (offsets[w * Buckets + b], sum) = (sum, sum + offsets[w * Buckets + b]);
            Run(workers, options, w =>
            {
                ref int next = ref offsets[w * Buckets];
                ReadOnlySpan<ulong> chunk = Chunk(source, w, workers);
                fixed (ulong* t = target)
                {
                    if (!hasValues)
                    {
                        foreach (ulong key in chunk) t[Unsafe.Add(ref next, (nint)((key >> shift) & (Buckets - 1)))++] = key;
                        return;
                    }

                    ReadOnlySpan<TValue> chunkValues = Chunk(sourceValues, w, workers);
                    fixed (TValue* tv = targetValues)
                        for (int i = 0; i < chunk.Length; i++)
                        {
                            int at = Unsafe.Add(ref next, (nint)((chunk[i] >> shift) & (Buckets - 1)))++;
                            t[at] = chunk[i];
                            tv[at] = chunkValues[i];
                        }
                }
            });
            (from, to) = (to, from);
            (fromValues, toValues) = (toValues, fromValues);
        }

        if (ReferenceEquals(from, keys)) return;
        Run(workers, options, w =>
        {
            Chunk(otherKeys, w, workers).CopyTo(keys.AsSpan(Start(n, w, workers)));
            if (hasValues) Chunk(otherValues, w, workers).CopyTo(values.AsSpan(Start(n, w, workers)));
        });
    }

    private static void InsertionOrMerge<TValue>(ulong[] keys, TValue[] values, bool hasValues)
    {
        if (!hasValues)
        {
            Array.Sort(keys);
            return;
        }

        // Sorting (key, position) pairs keeps equal keys in their order, as the radix passes do.
        int[] order = new int[keys.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        ulong[] unsorted = (ulong[])keys.Clone();
        Array.Sort(order, (a, b) => unsorted[a] != unsorted[b] ? unsorted[a].CompareTo(unsorted[b]) : a - b);
        TValue[] old = (TValue[])values.Clone();
        for (int i = 0; i < order.Length; i++) (keys[i], values[i]) = (unsorted[order[i]], old[order[i]]);
    }

    /// <summary>The bits in which not all keys agree.</summary>
    private static ulong Differing(ulong[] keys, int workers, ParallelOptions options)
    {
        ulong[] parts = new ulong[workers];
        ulong first = keys[0];
        Run(workers, options, w =>
        {
            ulong differing = 0;
            foreach (ulong key in Chunk(keys, w, workers)) differing |= key ^ first;
            parts[w] = differing;
        });
        ulong all = 0;
        foreach (ulong part in parts) all |= part;
        return all;
    }

    private static int Start(int n, int worker, int workers) => (int)((long)n * worker / workers);

    private static ReadOnlySpan<T> Chunk<T>(T[] items, int worker, int workers) =>
        items.AsSpan(Start(items.Length, worker, workers)..Start(items.Length, worker + 1, workers));

    private static void Run(int workers, ParallelOptions options, Action<int> body)
    {
        if (workers == 1) body(0);
        else Parallel.For(0, workers, options, body);
    }
}
