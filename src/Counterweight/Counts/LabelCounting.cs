using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Counterweight;

/// <summary>
/// Counts labels in parallel. Integral labels whose range is small go through dense tables: several tables take turns, since
/// equal neighbouring labels would otherwise make each increment wait for the one before. Other labels go through a hash table.
/// </summary>
internal static class LabelCounting
{
    private const int Tables = 8;
    private const int NarrowRange = 1024;
    private const long WideRange = 1 << 22;
    private const int BlockSize = 1 << 20;

    internal static unsafe (T[] Keys, long[] Counts) Count<T>(ReadOnlySpan<T> labels, int workers) where T : unmanaged, IBinaryInteger<T>
    {
        // The first labels show where the range begins; the optimistic pass below says whether it held for all.
        (T low, T high) = Range(labels[..Math.Min(labels.Length, 1 << 14)]);
        T start = T.Zero <= low && high < T.CreateSaturating(NarrowRange) ? T.Zero : low;
        fixed (T* first = labels)
        {
            if (Narrow(first, labels.Length, start, workers) is long[] narrow) return Compact(start, narrow);
        }

        (low, high) = Range(labels);
        return BigInteger.CreateChecked(high) - BigInteger.CreateChecked(low) < WideRange ? Compact(low, Dense(labels, low, high)) : Hashed(labels, workers);
    }

    internal static Dictionary<string, long> Count(ReadOnlySpan<string> labels, int workers)
    {
        string[]? copy = null;
        if (labels.Length < 1 << 16 || workers == 1) return CountPart(labels, 0);
        copy = labels.ToArray();
        int parts = workers;
        var found = new Dictionary<string, long>[parts];
        Run(parts, workers, part =>
        {
            (int from, int to) = Part(copy.Length, part, parts);
            found[part] = CountPart(copy.AsSpan(from, to - from), from);
        });
        for (int part = 1; part < parts; part++)
            foreach ((string label, long count) in found[part])
                CollectionsMarshal.GetValueRefOrAddDefault(found[0], label, out _) += count;
        return found[0];

        static Dictionary<string, long> CountPart(ReadOnlySpan<string> part, int offset)
        {
            // Equal labels often share one object (a parser that interns, an enum's names), which the small cache recognises without hashing.
            var counts = new Dictionary<string, long>(StringComparer.Ordinal);
            string? last = null;
            ref long lastCount = ref Unsafe.NullRef<long>();
            for (int i = 0; i < part.Length; i++)
            {
                string label = part[i] ?? throw new UnusableDataException("The label is null; every row needs a label.", row: offset + i + 1);
                if (!ReferenceEquals(label, last))
                {
                    lastCount = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, label, out _);
                    last = label;
                }

                lastCount++;
            }

            return counts;
        }
    }

    private static (int From, int To) Part(int length, int part, int parts) => ((int)((long)length * part / parts), (int)((long)length * (part + 1) / parts));

    /// <summary>Runs parts on threads of their own; the first exception is rethrown as it is.</summary>
    private static void Run(int parts, int workers, Action<int> body)
    {
        try
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = workers }, body);
        }
        catch (AggregateException many) when (many.InnerExceptions[0] is UnusableDataException data)
        {
            throw data;
        }
    }

    private static unsafe long[]? Narrow<T>(T* labels, int length, T start, int workers) where T : unmanaged, IBinaryInteger<T>
    {
        int blocks = (length + BlockSize - 1) / BlockSize;
        long[] total = new long[NarrowRange];
        int outside = 0;
        if (blocks == 1 || workers == 1)
        {
            Work(0, 1);
        }
        else
        {
            int parts = Math.Min(workers, blocks);
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part => Work(part, parts));
        }

        return outside == 0 ? total : null;

        void Work(int part, int parts)
        {
            (int from, int to) = Part(length, part, parts);
            uint* tables = (uint*)NativeMemory.AllocZeroed(Tables * NarrowRange, sizeof(uint));
            try
            {
                long[] mine = new long[NarrowRange];
                for (int i = from; i < to && Volatile.Read(ref outside) == 0; i += BlockSize)
                {
                    if (!NarrowBlock(labels + i, Math.Min(BlockSize, to - i), start, tables)) Volatile.Write(ref outside, 1);
                }

                for (int t = 0; t < Tables; t++)
                    for (int c = 0; c < NarrowRange; c++) mine[c] += tables[t * NarrowRange + c];
                lock (total)
                    for (int c = 0; c < NarrowRange; c++) total[c] += mine[c];
            }
            finally
            {
                NativeMemory.Free(tables);
            }
        }
    }

    /// <summary>Counts one block into the tables; false, with nothing promised of the tables, if a label lies outside.</summary>
    private static unsafe bool NarrowBlock<T>(T* labels, int length, T start, uint* tables) where T : unmanaged, IBinaryInteger<T>
    {
        // uint tables cannot overflow: a part has at most 2^31 labels.
        int i = 0;
        for (; i + Tables <= length; i += Tables)
        {
            nuint a = Offset(labels[i], start), b = Offset(labels[i + 1], start), c = Offset(labels[i + 2], start), d = Offset(labels[i + 3], start);
            nuint e = Offset(labels[i + 4], start), f = Offset(labels[i + 5], start), g = Offset(labels[i + 6], start), h = Offset(labels[i + 7], start);
            if ((a | b | c | d | e | f | g | h) >= NarrowRange) return false;
            tables[a]++;
            tables[NarrowRange + b]++;
            tables[2 * NarrowRange + c]++;
            tables[3 * NarrowRange + d]++;
            tables[4 * NarrowRange + e]++;
            tables[5 * NarrowRange + f]++;
            tables[6 * NarrowRange + g]++;
            tables[7 * NarrowRange + h]++;
        }

        for (; i < length; i++)
        {
            nuint a = Offset(labels[i], start);
            if (a >= NarrowRange) return false;
            tables[a]++;
        }

        return true;
    }

    /// <summary>The distance of a label from the start of the range; a label below wraps round to a number far above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Offset<T>(T label, T start) where T : unmanaged, IBinaryInteger<T>
    {
        if (Unsafe.SizeOf<T>() > sizeof(ulong))
            return label >= start && label - start < T.CreateTruncating(NarrowRange) ? nuint.CreateTruncating(label - start) : nuint.MaxValue;
        return unchecked((nuint)(ulong.CreateTruncating(label) - ulong.CreateTruncating(start)));
    }

    private static (T Low, T High) Range<T>(ReadOnlySpan<T> labels) where T : unmanaged, IBinaryInteger<T>
    {
        T low = labels[0], high = labels[0];
        int i = 0;
        if (Vector<T>.IsSupported && labels.Length >= Vector<T>.Count)
        {
            ReadOnlySpan<Vector<T>> vectors = MemoryMarshal.Cast<T, Vector<T>>(labels);
            Vector<T> lows = vectors[0], highs = lows;
            foreach (Vector<T> vector in vectors)
            {
                lows = Vector.Min(lows, vector);
                highs = Vector.Max(highs, vector);
            }

            for (int lane = 0; lane < Vector<T>.Count; lane++)
            {
                low = T.Min(low, lows[lane]);
                high = T.Max(high, highs[lane]);
            }

            i = vectors.Length * Vector<T>.Count;
        }

        for (; i < labels.Length; i++)
        {
            low = T.Min(low, labels[i]);
            high = T.Max(high, labels[i]);
        }

        return (low, high);
    }

    private static long[] Dense<T>(ReadOnlySpan<T> labels, T low, T high) where T : unmanaged, IBinaryInteger<T>
    {
        long[] table = new long[(int)(BigInteger.CreateChecked(high) - BigInteger.CreateChecked(low)) + 1];
        foreach (T label in labels) table[(int)WideOffset(label, low)]++;
        return table;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WideOffset<T>(T label, T start) where T : unmanaged, IBinaryInteger<T> =>
        unchecked(ulong.CreateTruncating(label) - ulong.CreateTruncating(start));

    private static unsafe (T[] Keys, long[] Counts) Hashed<T>(ReadOnlySpan<T> labels, int workers) where T : unmanaged, IBinaryInteger<T>
    {
        int parts = labels.Length < BlockSize ? 1 : workers, length = labels.Length;
        var found = new Dictionary<T, long>[parts];
        fixed (T* first = labels)
        {
            T* start = first;
            Run(parts, workers, part =>
            {
                (int from, int to) = Part(length, part, parts);
                var counts = new Dictionary<T, long>();
                for (int i = from; i < to; i++) CollectionsMarshal.GetValueRefOrAddDefault(counts, start[i], out _)++;
                found[part] = counts;
            });
        }

        for (int part = 1; part < parts; part++)
            foreach ((T label, long count) in found[part])
                CollectionsMarshal.GetValueRefOrAddDefault(found[0], label, out _) += count;
        T[] keys = [.. found[0].Keys.Order()];
        return (keys, [.. keys.Select(k => found[0][k])]);
    }

    private static (T[] Keys, long[] Counts) Compact<T>(T start, long[] table) where T : unmanaged, IBinaryInteger<T>
    {
        var keys = new List<T>();
        var counts = new List<long>();
        for (int c = 0; c < table.Length; c++)
        {
            if (table[c] == 0) continue;
            keys.Add(unchecked(start + T.CreateTruncating(c)));
            counts.Add(table[c]);
        }

        return ([.. keys], [.. counts]);
    }
}
