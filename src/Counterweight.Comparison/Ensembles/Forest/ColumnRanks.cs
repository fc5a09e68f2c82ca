using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Counterweight.Comparison;

/// <summary>Thresholds of every column, which tell how many of them lie below a value.</summary>
/// <remarks>
/// The thresholds of a column are a complete binary tree, level after level, as of Eytzinger's (1590) genealogies (Khuong and Morin, 2017, "Array layouts for
/// comparison-based searching"), filled up with infinities: a search takes as many steps for every value, none of them a branch, and eight columns go down
/// side by side.
/// </remarks>
internal sealed class ColumnRanks
{
    private readonly float[] table;
    private readonly int columns, levels;

    /// <summary>Takes thresholds.</summary>
    /// <param name="thresholds">D times ascending numbers without repetition; null for a column that is passed over.</param>
    internal ColumnRanks(float[]?[] thresholds)
    {
        columns = thresholds.Length;
        levels = BitOperations.Log2((uint)thresholds.Max(t => t?.Length ?? 0)) + 1;
        table = new float[checked(columns << levels)];
        Array.Fill(table, float.PositiveInfinity);
        for (int c = 0; c < columns; c++)
        {
            int next = 0;
            if (thresholds[c] is { } own) Fill(own, ref next, table.AsSpan(c << levels, 1 << levels), 1);
        }
    }

    /// <summary>How many thresholds lie below each value of a row; none for a missing value.</summary>
    /// <param name="row">D values.</param>
    /// <param name="ranks">Receives D numbers.</param>
    internal void Of(ReadOnlySpan<float> row, Span<ushort> ranks)
    {
        ref float first = ref MemoryMarshal.GetArrayDataReference(table);
        int c = 0;
        if (Avx2.IsSupported) c = OfMany(row, ranks);
        for (; c < columns; c++)
        {
            float value = row[c];
            int at = 1, tree = c << levels;
            for (int level = 0; level < levels; level++) at = at + at + Unsafe.BitCast<bool, byte>(Unsafe.Add(ref first, tree + at) < value);
            ranks[c] = (ushort)(at - (1 << levels));
        }
    }

    private unsafe int OfMany(ReadOnlySpan<float> row, Span<ushort> ranks)
    {
        int c = 0;
        fixed (float* first = table)
            for (; c <= columns - Vector256<float>.Count; c += Vector256<float>.Count)
            {
                Vector256<float> values = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)c);
                Vector256<int> at = Vector256<int>.One, trees = (Vector256.Create(c) + Vector256<int>.Indices) << levels;
                for (int level = 0; level < levels; level++)
                    at = at + at - Vector256.LessThan(Avx2.GatherVector256(first, at + trees, sizeof(float)), values).AsInt32();
                Vector256<uint> ends = (at - Vector256.Create(1 << levels)).AsUInt32();
                Vector128.Narrow(ends.GetLower(), ends.GetUpper()).StoreUnsafe(ref MemoryMarshal.GetReference(ranks), (nuint)c);
            }

        return c;
    }

    private static void Fill(float[] sorted, ref int next, Span<float> tree, int at)
    {
        if (at >= tree.Length) return;
        Fill(sorted, ref next, tree, 2 * at);
        if (next < sorted.Length) tree[at] = sorted[next++];
        Fill(sorted, ref next, tree, (2 * at) + 1);
    }
}
