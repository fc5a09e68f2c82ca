using System.Numerics;

namespace Counterweight;

/// <summary>Rows of categories as whole numbers, with the gap between any two levels of a column computed once, for
/// <see cref="DistanceKind.ValueDifference"/>.</summary>
/// <remarks>The sums are the same numbers, added up in the same order, as in <see cref="NeighbourDistance.Key"/>.</remarks>
internal sealed class LevelCodes
{
    // 32 MB of gaps; with more levels than that a row is compared level by level.
    private const long MostGaps = 1 << 22;

    private readonly double[] gaps;
    private readonly int[] levels, starts, codes;

    private LevelCodes(double[] gaps, int[] levels, int[] starts, int[] codes) =>
        (this.gaps, this.levels, this.starts, this.codes) = (gaps, levels, starts, codes);

    /// <summary>The number of columns.</summary>
    internal int Columns => levels.Length;

    /// <summary>The codes of rows; null if some columns are numeric, there are too many levels, or a row has a level that the distance does not know.</summary>
    internal static LevelCodes? Of<T>(SampleMatrix<T> rows, NeighbourDistance distance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (distance.Kind != DistanceKind.ValueDifference || rows.Numeric.Count > 0) return null;
        int[] levels = [.. Enumerable.Range(0, rows.Columns).Select(distance.Levels)];
        if (levels.Sum(l => (long)l * l) > MostGaps) return null;
        int[] starts = new int[levels.Length], codes = new int[rows.Values.Length];
        for (int i = 0; i < rows.Rows; i++)
            if (!Encode(rows.Row(i), levels, codes.AsSpan(i * levels.Length, levels.Length))) return null;
        var gaps = new double[levels.Sum(l => l * l)];
        for (int j = 0, at = 0; j < levels.Length; j++)
        {
            starts[j] = at;
            for (int a = 0; a < levels[j]; a++)
                for (int b = 0; b < levels[j]; b++) gaps[at++] = distance.LevelGap(j, a, b);
        }

        return new(gaps, levels, starts, codes);
    }

    /// <summary>Finds where the gaps to a query's levels start.</summary>
    /// <param name="query">The query.</param>
    /// <param name="places">Receives a place for each column.</param>
    /// <returns>Whether all its levels are known.</returns>
    internal bool Place<T>(ReadOnlySpan<T> query, Span<int> places) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Encode(query, levels, places)) return false;
        for (int j = 0; j < places.Length; j++) places[j] = starts[j] + (places[j] * levels[j]);
        return true;
    }

    /// <summary>The key of a row, or a number of <paramref name="enough"/> or more if its key is that or more.</summary>
    internal double Key(ReadOnlySpan<int> places, int row, double enough)
    {
        ReadOnlySpan<int> own = codes.AsSpan(row * places.Length, places.Length);
        ReadOnlySpan<double> all = gaps;
        double sum = 0;
        int j = 0;
        for (; j + 4 <= places.Length; j += 4)
        {
            // Rounded sums of numbers of 0 or more never fall.
            if (sum >= enough) return sum;
            sum += all[places[j] + own[j]];
            sum += all[places[j + 1] + own[j + 1]];
            sum += all[places[j + 2] + own[j + 2]];
            sum += all[places[j + 3] + own[j + 3]];
        }

        for (; j < places.Length; j++) sum += all[places[j] + own[j]];
        return sum;
    }

    private static bool Encode<T>(ReadOnlySpan<T> row, ReadOnlySpan<int> levels, Span<int> codes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < levels.Length; j++)
        {
            codes[j] = int.CreateTruncating(row[j]);
            if ((uint)codes[j] >= (uint)levels[j] || T.CreateTruncating(codes[j]) != row[j]) return false;
        }

        return true;
    }
}
