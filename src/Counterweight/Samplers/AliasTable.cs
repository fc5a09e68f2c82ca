using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>
/// Draws an index with a given probability from one 64-bit random number: the alias method (Walker, 1977), built by sweeping the light and
/// the heavy entries once (Hübschle-Schneider and Sanders, 2019, "Parallel weighted random sampling", section 3).
/// </summary>
/// <remarks>Built in whole units of 2^-64 of the mean weight, in which nothing accumulates. For classes and for blocks of rows.</remarks>
internal sealed class AliasTable
{
    private readonly Entry[] entries;

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
        entries = new Entry[count];
        int nextLight = Next(0, light: true), donor = Next(0, light: false);
        UInt128 left = units[donor];
        while (true)
        {
            if (left >= unit)
            {
                if (nextLight == count) break;
                entries[nextLight] = new((ulong)units[nextLight], donor);
                left -= unit - units[nextLight];
                nextLight = Next(nextLight + 1, light: true);
            }
            else
            {
                int next = Next(donor + 1, light: false);
                entries[donor] = new((ulong)left, next);
                left = units[next] - (unit - left);
                donor = next;
            }
        }

        // The units add up exactly: what is left is one unit for each heavy entry that is left.
        for (; donor < count; donor = Next(donor + 1, light: false)) entries[donor] = new(ulong.MaxValue, donor);

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
        int index = (int)Math.BigMul(bits, (ulong)entries.Length, out ulong rest);
        Entry entry = entries[index];
        int keep = rest < entry.Threshold ? -1 : 0;                          // without a branch, which would be wrong half of the time
        return entry.Alias ^ ((entry.Alias ^ index) & keep);
    }

    /// <summary>The probability with which an index is drawn.</summary>
    internal double Probability(int index)
    {
        double own = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            double kept = entries[i].Alias == i ? 1 : entries[i].Threshold / 18446744073709551616.0;
            if (i == index) own += kept;
            else if (entries[i].Alias == index) own += 1 - kept;
        }

        return own / entries.Length;
    }

    private readonly record struct Entry(ulong Threshold, int Alias);
}
