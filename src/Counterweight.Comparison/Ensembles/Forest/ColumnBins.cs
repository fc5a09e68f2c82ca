using System.Runtime.CompilerServices;

namespace Counterweight.Comparison;

/// <summary>The columns of a table as small codes, so that a split is found by counting: made once, read by every tree.</summary>
/// <remarks>
/// Code 0 of a numeric column is a missing value, code b the bin b of at most <see cref="MostBins"/>. Bins have equal numbers of rows where every class weighs the same: the rows that the
/// trees of a balanced forest see. A column with no more distinct values than bins keeps them all. The codes of a category are those of the table.
/// </remarks>
internal sealed class ColumnBins
{
    /// <summary>The most bins of a numeric column.</summary>
    internal const int MostBins = 255;

    private const int SampledPerClass = 20_000;
    private const int Block = 2048;
    private readonly ushort[][] codes;
    private readonly float[][] boundaries;

    private ColumnBins(ushort[][] codes, float[][] boundaries, int[] levels) => (this.codes, this.boundaries, Levels) = (codes, boundaries, levels);

    /// <summary>How many codes a categorical column has, 0 for a numeric one; D values.</summary>
    internal int[] Levels { get; }

    /// <summary>D.</summary>
    internal int Columns => codes.Length;

    /// <summary>The most codes that a column has.</summary>
    internal int MostCodes => Math.Max(MostBins + 1, Levels.Max());

    internal static ColumnBins From(FeatureTable features, ClassRows classes, long seed, int threads)
    {
        var random = new SeededRandom(seed, 7);
        var rows = new List<int>();
        var weights = new List<double>();
        for (int c = 0; c < classes.Classes; c++)
        {
            int number = Math.Min(classes[c].Length, Math.Max(classes.Smallest, SampledPerClass));
            ClassRows.Without(classes[c], number, rows, ref random);
            weights.AddRange(Enumerable.Repeat(1.0 / number, number));
        }

        int columns = features.Columns, all = features.Rows;
        ushort[][] codes = [.. Enumerable.Range(0, columns).Select(_ => new ushort[all])];
        float[][] boundaries = new float[columns][], steps = new float[columns][];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) };
        Parallel.For(0, columns, parallel, column =>
        {
            if (features.Levels[column] > 0) return;
            boundaries[column] = Boundaries(features.Matrix.Values.Span, columns, column, rows, weights);
            steps[column] = new float[MostBins];
            Array.Fill(steps[column], float.PositiveInfinity);
            boundaries[column].CopyTo(steps[column], 0);
        });

        // Rows in blocks, so that a block stays in the cache for all of its columns.
        Parallel.For(0, (all + Block - 1) / Block, parallel, block =>
        {
            int from = block * Block, to = Math.Min(all, from + Block);
            ReadOnlySpan<float> values = features.Matrix.Values.Span;
            for (int column = 0; column < columns; column++)
            {
                ushort[] own = codes[column];
                float[]? sought = steps[column];
                if (sought is null)
                    for (int i = from; i < to; i++) own[i] = (ushort)values[(i * columns) + column];
                else
                    for (int i = from; i < to; i++) own[i] = Code(sought, values[(i * columns) + column]);
            }
        });
        return new ColumnBins(codes, boundaries, [.. features.Levels]);
    }

    /// <summary>The code of every row of a column.</summary>
    internal ReadOnlySpan<ushort> this[int column] => codes[column];

    /// <summary>A number in the middle between two bins, the second above the first; above every number if there is no second.</summary>
    internal float Between(int column, int bin, int next) =>
        next < 0 ? float.PositiveInfinity : Middle(boundaries[column][bin - 1], boundaries[column][next - 2]);

    private static float Middle(float low, float high)
    {
        float middle = low + ((high - low) / 2);
        return middle < high ? middle : low;
    }

    /// <summary>1 + how many of 255 boundaries lie below a value, without a branch; 0 for a missing value.</summary>
    private static ushort Code(float[] boundaries, float value)
    {
        int from = 0;
        for (int step = (MostBins + 1) / 2; step > 0; step >>= 1) from += step & -Unsafe.BitCast<bool, byte>(boundaries[from + step - 1] < value);
        return (ushort)((from + 1) & -Unsafe.BitCast<bool, byte>(!float.IsNaN(value)));
    }

    private static float[] Boundaries(ReadOnlySpan<float> values, int columns, int column, List<int> rows, List<double> weights)
    {
        var keys = new float[rows.Count];
        var own = new double[rows.Count];
        int present = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            float value = values[(rows[i] * columns) + column];
            if (!float.IsNaN(value)) (keys[present], own[present++]) = (value, weights[i]);
        }

        Array.Sort(keys, own, 0, present);
        int distinct = 0;
        double total = 0;
        for (int i = 0; i < present; i++)
        {
            total += own[i];
            if (i == 0 || keys[i] != keys[i - 1]) distinct++;
        }

        var boundaries = new List<float>(Math.Min(distinct, MostBins));
        double filled = 0, left = total;
        for (int i = 0; i + 1 < present; i++)
        {
            filled += own[i];
            if (keys[i] == keys[i + 1]) continue;
            int binsLeft = MostBins - boundaries.Count;
            if (distinct > MostBins && filled < left / binsLeft) continue;
            boundaries.Add(Middle(keys[i], keys[i + 1]));
            (left, filled) = (left - filled, 0);
            if (boundaries.Count == MostBins - 1) break;
        }

        return [.. boundaries];
    }
}
