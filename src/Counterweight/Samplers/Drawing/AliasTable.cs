using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight;

/// <summary>
/// Draws an index with a given probability from one 64-bit random number: the alias method (Walker, 1977), built by sweeping the light and
/// the heavy entries once (Hübschle-Schneider and Sanders, 2019, "Parallel weighted random sampling", section 3).
/// </summary>
/// <remarks>Built in whole units of 2^-64 of the mean weight, in which nothing accumulates. For classes and for blocks of rows.</remarks>
internal sealed class AliasTable
{
    // 32 bits of the threshold, then index ^ alias: half of what 16 bytes would take in the caches
    private readonly ulong[] entries;
    private readonly uint[] low;                                             // the other 32 bits, which one draw in 2^32 needs

    /// <summary>Builds the table; the weights are finite, 0 or more and not all 0.</summary>
    internal AliasTable(ReadOnlySpan<double> weights)
    {
        int count = weights.Length, heaviest = 0;
        for (int i = 1; i < count; i++)
            if (weights[i] > weights[heaviest]) heaviest = i;
        double largest = weights[heaviest], mean = 0;
        var sum = new CompensatedSum();
        foreach (double weight in weights) sum.Add(weight / largest);
        mean = sum.Value / count;

        var unit = UInt128.One << 64;
        var units = new UInt128[count];
        UInt128 total = 0;
        for (int i = 0; i < count; i++)
        {
            // The share of the mean in two steps, since a double times 2^64 may be beyond 64 bits.
            units[i] = (UInt128)(weights[i] / largest / mean * 18446744073709551616.0);
            if (weights[i] > 0 && units[i] == 0) units[i] = 1;
            total += units[i];
        }

        units[heaviest] += unit * (uint)count - total;
        (entries, low) = (new ulong[count], new uint[count]);
        int nextLight = Next(0, light: true), donor = Next(0, light: false);
        UInt128 left = units[donor];
        while (true)
        {
            if (left >= unit)
            {
                if (nextLight == count) break;
                Set(nextLight, (ulong)units[nextLight], donor);
                left -= unit - units[nextLight];
                nextLight = Next(nextLight + 1, light: true);
            }
            else
            {
                int next = Next(donor + 1, light: false);
                Set(donor, (ulong)left, next);
                left = units[next] - (unit - left);
                donor = next;
            }
        }

        // The units add up exactly: what is left is one unit for each heavy entry that is left.
        for (; donor < count; donor = Next(donor + 1, light: false)) Set(donor, ulong.MaxValue, donor);

        void Set(int entry, ulong threshold, int alias) =>
            (entries[entry], low[entry]) = (threshold & 0xFFFFFFFF00000000UL | (uint)(alias ^ entry), (uint)threshold);

        int Next(int from, bool light)
        {
            while (from < count && units[from] < unit != light) from++;
            return from;
        }
    }

    /// <summary>The index that 64 random bits stand for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Draw(ulong bits)
    {
        ulong count = (uint)entries.Length;
        return DrawScaled((bits >> 32) * count + ((uint)bits * count >> 32), bits);
    }

    /// <summary>The upper 64 of the 96 bits of each product of a random number and the number of entries: the index, then 32 bits to choose with.</summary>
    /// <param name="bits">Random numbers, a multiple of <see cref="SeededLanes.Count"/> of them.</param>
    /// <param name="scaled">Takes the products.</param>
    internal void Scale(ReadOnlySpan<ulong> bits, Span<ulong> scaled)
    {
        Vector512<ulong> count = Vector512.Create((ulong)entries.Length), mask = Vector512.Create((ulong)uint.MaxValue);
        if (!Vector512.IsHardwareAccelerated && Avx2.IsSupported)
        {
            ScaleAvx2(bits, scaled, (uint)entries.Length);
            return;
        }

        for (int i = 0; i <= bits.Length - Vector512<ulong>.Count; i += Vector512<ulong>.Count)
        {
            Vector512<ulong> b = Vector512.Create(bits[i..]);
            (Vector512.ShiftRightLogical(b, 32) * count + Vector512.ShiftRightLogical((b & mask) * count, 32)).CopyTo(scaled[i..]);
        }
    }

    /// <summary>The same with the instruction that multiplies 32 bits by 32, which says that the upper halves are empty.</summary>
    private static void ScaleAvx2(ReadOnlySpan<ulong> bits, Span<ulong> scaled, uint entries)
    {
        var count = Vector256.Create((ulong)entries).AsUInt32();
        for (int i = 0; i <= bits.Length - Vector256<ulong>.Count; i += Vector256<ulong>.Count)
        {
            Vector256<ulong> b = Vector256.Create(bits[i..]);
            Vector256<ulong> high = Avx2.Multiply(Vector256.ShiftRightLogical(b, 32).AsUInt32(), count), low = Avx2.Multiply(b.AsUInt32(), count);
            (high + Vector256.ShiftRightLogical(low, 32)).CopyTo(scaled[i..]);
        }
    }

    /// <summary>The number of entries.</summary>
    internal int Count => entries.Length;

    /// <summary>Has the entry fetched that <see cref="DrawScaled"/> will read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void Fetch(ulong scaled)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(entries), (uint)(scaled >> 32))));
    }

    /// <summary>The index that a product of <see cref="Scale"/> stands for; the random number itself decides where 32 bits do not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int DrawScaled(ulong scaled, ulong bits)
    {
        uint index = (uint)(scaled >> 32);
        ulong entry = entries[index];
        long above = (long)((uint)scaled - (entry >> 32));
        if (above == 0) return Exactly((int)index, (uint)bits * (uint)entries.Length);
        return (int)(index ^ (uint)entry & ~(uint)(above >> 63));            // without a branch, which would be wrong half of the time
    }

    /// <summary>The probability with which an index is drawn.</summary>
    internal double Probability(int index)
    {
        double own = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            int alias = i ^ (int)entries[i];
            double kept = alias == i ? 1 : Threshold(i) / 18446744073709551616.0;
            if (i == index) own += kept;
            else if (alias == index) own += 1 - kept;
        }

        return own / entries.Length;
    }

    private ulong Threshold(int entry) => entries[entry] & 0xFFFFFFFF00000000UL | low[entry];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Exactly(int index, uint rest) => rest < low[index] ? index : index ^ (int)entries[index];
}
