namespace Counterweight;

/// <summary>
/// Draws an index with a given probability from one 64-bit random number (Walker, 1977, the alias method; built as in Vose, 1991).
/// </summary>
/// <remarks>For the few entries of a list of classes or blocks.</remarks>
internal sealed class AliasTable
{
    private readonly ulong[] thresholds;
    private readonly int[] aliases;

    internal AliasTable(ReadOnlySpan<double> weights)
    {
        int count = weights.Length;
        thresholds = new ulong[count];
        aliases = new int[count];
        double total = CompensatedSum.Of(weights);
        double scale = count / total;
        double[] scaled = new double[count];
        int[] small = new int[count], large = new int[count];
        int smalls = 0, larges = 0;
        for (int i = 0; i < count; i++)
        {
            scaled[i] = weights[i] * scale;
            if (scaled[i] < 1) small[smalls++] = i;
            else large[larges++] = i;
        }

        while (smalls > 0 && larges > 0)
        {
            int below = small[--smalls], above = large[larges - 1];
            thresholds[below] = (ulong)(scaled[below] * TwoTo64);
            aliases[below] = above;
            scaled[above] = scaled[above] + scaled[below] - 1;
            if (scaled[above] >= 1) continue;
            larges--;
            small[smalls++] = above;
        }

        while (larges > 0) Keep(large[--larges]);
        while (smalls > 0) Keep(small[--smalls]);
        void Keep(int i) => (thresholds[i], aliases[i]) = (ulong.MaxValue, i);
    }

    internal const double TwoTo64 = 18446744073709551616.0;

    /// <summary>The index that 64 random bits stand for.</summary>
    internal int Draw(ulong bits)
    {
        int index = (int)Math.BigMul(bits, (ulong)thresholds.Length, out ulong rest);
        return rest < thresholds[index] ? index : aliases[index];
    }
}
