using System.Numerics;

namespace Counterweight.Data;

/// <summary>Undoes the filter of a row of a PNG (section 9.2).</summary>
internal static class PngFilter
{
    /// <summary>Turns a filtered row into its samples, in place; false if there is no such filter.</summary>
    /// <param name="filter">0 none, 1 sub, 2 up, 3 average, 4 Paeth.</param>
    /// <param name="row">The row, without its filter byte.</param>
    /// <param name="above">The samples of the row above; zeros for the first row of a pass.</param>
    /// <param name="step">Whole bytes of a pixel, at least one.</param>
    internal static bool Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        switch (filter)
        {
            case 0:
                return true;
            case 1:
                if (step == 1) Sum(row);
                else
                    for (int i = step; i < row.Length; i++) row[i] += row[i - step];
                return true;
            case 2:
                Add(row, above);
                return true;
            case 3:
                for (int i = 0; i < row.Length; i++) row[i] += (byte)(((i >= step ? row[i - step] : 0) + above[i]) >> 1);
                return true;
            case 4:
                Paeth(row, above, step);
                return true;
            default:
                return false;
        }
    }

    private static void Sum(Span<byte> row)
    {
        byte sum = 0;
        for (int i = 0; i < row.Length; i++) row[i] = sum += row[i];
    }

    private static void Add(Span<byte> row, ReadOnlySpan<byte> above)
    {
        int i = 0;
        for (; i + Vector<byte>.Count <= row.Length; i += Vector<byte>.Count)
            (new Vector<byte>(row[i..]) + new Vector<byte>(above[i..])).CopyTo(row[i..]);
        for (; i < row.Length; i++) row[i] += above[i];
    }

    private static void Paeth(Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        int first = Math.Min(step, row.Length);
        for (int i = 0; i < first; i++) row[i] += above[i];
        if (step == 1 && row.Length > 0)
        {
            int left = row[0], upperLeft = above[0];
            for (int i = 1; i < row.Length; i++)
            {
                int up = above[i];
                left = row[i] = (byte)(row[i] + Nearest(left, up, upperLeft));
                upperLeft = up;
            }

            return;
        }

        for (int i = first; i < row.Length; i++) row[i] += (byte)Nearest(row[i - step], above[i], above[i - step]);
    }

    /// <summary>The neighbour nearest to left + up - upper left; of equals the first in this order.</summary>
    private static int Nearest(int left, int up, int upperLeft)
    {
        int a = Math.Abs(up - upperLeft), b = Math.Abs(left - upperLeft), c = Math.Abs(left + up - (2 * upperLeft));
        return a <= b && a <= c ? left : b <= c ? up : upperLeft;
    }
}
