using System.Buffers;
using System.Runtime.InteropServices;

namespace Counterweight.Comparison;

/// <summary>The columns of a table as small codes, so that a split is found by counting: made once, read by every tree.</summary>
/// <remarks>
/// Code 0 of a numeric column is a missing value, code b the bin b of at most <see cref="MostBins"/>. Bins have equal numbers of rows where every class weighs
/// the same: the rows that the trees of a balanced forest see. A column with no more distinct values than bins keeps them all. The codes of a category are
/// those of the table.
/// </remarks>
internal sealed class ColumnBins
{
    /// <summary>The most bins of a numeric column.</summary>
    internal const int MostBins = 255;

    private const int SampledPerClass = 20_000;
    private const int Block = 2048;
    private readonly ushort[] codes;
    private readonly Bins?[] bins;

    private ColumnBins(ushort[] codes, Bins?[] bins, int[] levels) => (this.codes, this.bins, Levels) = (codes, bins, levels);

    /// <summary>How many codes a categorical column has, 0 for a numeric one; D values.</summary>
    internal int[] Levels { get; }

    /// <summary>D.</summary>
    internal int Columns => Levels.Length;

    /// <summary>The most codes that a column has.</summary>
    internal int MostCodes => Math.Max(MostBins + 1, Levels.Max());

    internal static ColumnBins From(FeatureTable features, RowsByClass classes, long seed, int threads)
    {
        SeededRandom random = Streams.Bins(seed);
        var rows = new List<int>();
        int[] until = new int[classes.Classes];
        for (int c = 0; c < classes.Classes; c++)
        {
            RowsByClass.Without(classes[c], Math.Min(classes[c].Length, Math.Max(classes.Smallest, SampledPerClass)), rows, ref random);
            until[c] = rows.Count;
        }

        int columns = features.Columns, all = features.Rows;
        ushort[] codes = new ushort[checked(all * columns)];
        var bins = new Bins?[columns];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) };
        Parallel.For(0, columns, parallel, column =>
        {
            if (features.Levels[column] > 0) return;
            bins[column] = Of(features.Matrix.Values.Span, columns, column, CollectionsMarshal.AsSpan(rows), until);
        });

        var ranks = new ColumnRanks(Array.ConvertAll(bins, b => b?.Boundaries));
        Parallel.For(0, (all + Block - 1) / Block, parallel, block =>
        {
            for (int row = block * Block; row < Math.Min(all, (block + 1) * Block); row++)
            {
                ReadOnlySpan<float> values = features.Matrix.Row(row);
                Span<ushort> own = codes.AsSpan(row * columns, columns);
                ranks.Of(values, own);
                for (int column = 0; column < own.Length; column++)
                {
                    if (bins[column] is null) own[column] = (ushort)values[column];
                    else if (float.IsNaN(values[column])) own[column] = 0;
                    else own[column]++;
                }
            }
        });
        return new ColumnBins(codes, bins, [.. features.Levels]);
    }

    /// <summary>The code of every column of a row.</summary>
    internal ReadOnlySpan<ushort> this[int row] => codes.AsSpan(row * Columns, Columns);

    /// <summary>The number in the middle between the highest value of a bin and the lowest of another above it, as if there were none between them; above
    /// every number if there is no other.</summary>
    /// <remarks>It lies between the upper boundary of the one and the lower boundary of the other, so that it parts the rows as their codes do.</remarks>
    internal float Between(int column, int bin, int next) =>
        next < 0 ? float.PositiveInfinity : Middle(bins[column]!.Highest[bin - 1], bins[column]!.Lowest[next - 1]);

    private static float Middle(float low, float high)
    {
        float middle = low + ((high - low) / 2);
        return middle < high ? middle : low;
    }

    /// <summary>The bins of a column.</summary>
    /// <param name="values">All values, row by row.</param>
    /// <param name="columns">D.</param>
    /// <param name="column">The column.</param>
    /// <param name="rows">The rows to look at, class by class.</param>
    /// <param name="until">Where the rows of each class end.</param>
    private static Bins Of(ReadOnlySpan<float> values, int columns, int column, ReadOnlySpan<int> rows, int[] until)
    {
        // A number, turned so that its bits have its order, and its class.
        ulong[] keys = ArrayPool<ulong>.Shared.Rent(rows.Length);
        int present = 0, distinct = 0;
        for (int c = 0, i = 0; c < until.Length; c++)
            for (; i < until[c]; i++)
            {
                float value = values[(rows[i] * columns) + column];
                if (!float.IsNaN(value)) keys[present++] = ((ulong)Ordered(value + 0f) << 32) | (uint)c;
            }

        keys.AsSpan(0, present).Sort();
        double[] weights = new double[until.Length];
        for (int c = 0; c < until.Length; c++) weights[c] = 1.0 / Math.Max(1, until[c] - (c == 0 ? 0 : until[c - 1]));
        double filled = 0, left = 0;
        for (int i = 0; i < present; i++)
        {
            left += weights[(int)(uint)keys[i]];
            if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32) distinct++;
        }

        int most = Math.Min(distinct, MostBins);
        List<float> boundaries = new(most), lowest = new(most), highest = new(most);
        if (present > 0) lowest.Add(Value((uint)(keys[0] >> 32)));
        for (int i = 0; i + 1 < present; i++)
        {
            filled += weights[(int)(uint)keys[i]];
            if (keys[i] >> 32 == keys[i + 1] >> 32) continue;
            int binsLeft = MostBins - boundaries.Count;
            if (distinct > MostBins && filled < left / binsLeft) continue;
            highest.Add(Value((uint)(keys[i] >> 32)));
            lowest.Add(Value((uint)(keys[i + 1] >> 32)));
            boundaries.Add(Middle(highest[^1], lowest[^1]));
            (left, filled) = (left - filled, 0);
            if (boundaries.Count == MostBins - 1) break;
        }

        if (present > 0) highest.Add(Value((uint)(keys[present - 1] >> 32)));
        ArrayPool<ulong>.Shared.Return(keys);
        return new Bins([.. boundaries], [.. lowest], [.. highest]);
    }

    private static uint Ordered(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return bits ^ ((uint)((int)bits >> 31) | 0x80000000);
    }

    private static float Value(uint ordered) => BitConverter.UInt32BitsToSingle(ordered ^ ((ordered >> 31) - 1 | 0x80000000));

    /// <summary>The bins of a numeric column: the boundaries between them, one fewer than there are bins, and the lowest and highest value seen in
    /// each.</summary>
    private sealed record Bins(float[] Boundaries, float[] Lowest, float[] Highest);
}
