using System.Numerics;
using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>A stable sort of a stretch of items that fits a processor's cache, by the bits in which their keys differ.</summary>
internal static unsafe class RadixSort
{
    private const int Insertion = 40;

    /// <summary>Sorts ascending by key without its lowest bit; equal keys keep their order.</summary>
    /// <param name="items">The items.</param>
    /// <param name="scratch">Room for as many items.</param>
    /// <param name="count">The number of items.</param>
    /// <param name="histograms">Room for 8 x 2048 counts.</param>
    internal static void Sort<T>(T* items, T* scratch, int count, int* histograms)
        where T : unmanaged, IScoreItem<T>
    {
        if (count <= Insertion)
        {
            Insert(items, count);
            return;
        }

        ulong first = items[0].Key, different = 0;
        for (int i = 1; i < count; i++) different |= items[i].Key ^ first;
        different &= ~1UL;
        if (different == 0) return;
        int low = BitOperations.TrailingZeroCount(different), bits = 64 - BitOperations.LeadingZeroCount(different) - low;
        int widest = count < 1500 ? 8 : 11, passes = (bits + widest - 1) / widest, width = (bits + passes - 1) / passes;
        int size = 1 << width, mask = size - 1;
        Unsafe.InitBlock(histograms, 0, (uint)(passes * size * sizeof(int)));
        for (int i = 0; i < count; i++)
        {
            ulong key = items[i].Key >> low;
            int* histogram = histograms;
            for (int p = 0; p < passes; p++)
            {
                histogram[(int)key & mask]++;
                histogram += size;
                key >>= width;
            }
        }

        T* source = items, target = scratch;
        for (int p = 0; p < passes; p++)
        {
            int* histogram = histograms + p * size;
            int shift = low + p * width, sum = 0;
            for (int d = 0; d < size; d++)
            {
                int here = histogram[d];
                histogram[d] = sum;
                sum += here;
            }

            for (int i = 0; i < count; i++)
            {
                T item = source[i];
                target[histogram[(int)(item.Key >> shift) & mask]++] = item;
            }

            T* swap = source;
            source = target;
            target = swap;
        }

        if (source != items) Buffer.MemoryCopy(source, items, (long)count * sizeof(T), (long)count * sizeof(T));
    }

    private static void Insert<T>(T* items, int count)
        where T : unmanaged, IScoreItem<T>
    {
        for (int i = 1; i < count; i++)
        {
            T item = items[i];
            ulong key = item.Key >> 1;
            int j = i - 1;
            for (; j >= 0 && items[j].Key >> 1 > key; j--) items[j + 1] = items[j];
            items[j + 1] = item;
        }
    }
}
