using System.Globalization;
using System.Text;

namespace Counterweight.Data;

/// <summary>
/// How the cells of a column are spelt in their file where that is not how this library spells their values: a byte per cell, and for cells that
/// follow no rule their text. So a file can be written as it was read.
/// </summary>
internal sealed class Spelling
{
    /// <summary>As <see cref="NumericColumn.Usual"/> spells the value.</summary>
    internal const byte Usual = 0;

    /// <summary>The styles 1 to 22 are a number with so many decimals; 32 and more (to 50) a whole number with leading zeros, so many digits less
    /// 32.</summary>
    internal const byte MostDecimals = 22, Padded = 32;

    /// <summary>The usual spelling, with a small <c>e</c>.</summary>
    internal const byte SmallExponent = 64;

    /// <summary>From here to 247: the text of that place in a table.</summary>
    internal const byte Table = 128;

    /// <summary>A whole number beyond 2^53 as it is.</summary>
    internal const byte Whole = 254;

    /// <summary>A text of its own.</summary>
    internal const byte Own = 255;

    internal const int TableSize = 120;

    private readonly byte[] styles;
    private readonly byte[][] table;
    private readonly int[] rareRows;
    private readonly long[] rare;
    private readonly byte[] heap;

    internal Spelling(byte[] styles, byte[][] table, int[] rareRows, long[] rare, byte[] heap) =>
        (this.styles, this.table, this.rareRows, this.rare, this.heap) = (styles, table, rareRows, rare, heap);

    /// <summary>The style of a row.</summary>
    internal byte this[int row] => styles[row];

    /// <summary>Whether some cell has one of these styles.</summary>
    internal bool Any(byte from, byte to) => styles.AsSpan().ContainsAnyInRange(from, to);

    internal delegate bool Test(ReadOnlySpan<byte> text);

    /// <summary>Whether some text that follows no rule passes a test.</summary>
    internal bool AnyText(Test test)
    {
        foreach (byte[] text in table)
            if (test(text)) return true;
        foreach (int row in rareRows)
            if (row < styles.Length && styles[row] == Own && test(Heap(row))) return true;
        return false;
    }

    /// <summary>The text that a row has for itself, if it has one.</summary>
    internal string? Text(int row) => styles[row] switch
    {
        Own => Encoding.UTF8.GetString(Heap(row)),
        Whole => Payload(row).ToString(CultureInfo.InvariantCulture),
        >= Table and byte style => Encoding.UTF8.GetString(table[style - Table]),
        _ => null,
    };

    /// <summary>The exact whole number of a row beyond 2^53, if it has one.</summary>
    internal long? WholeNumber(int row) => styles[row] == Whole ? Payload(row) : null;

    /// <summary>The spelling of other rows of the same column; -1 is a row that has the usual one.</summary>
    internal Spelling? Select(ReadOnlySpan<int> rows)
    {
        byte[] selected = new byte[rows.Length];
        List<int> at = [];
        List<long> payloads = [];
        bool any = false;
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] < 0) continue;
            selected[i] = styles[rows[i]];
            any |= selected[i] != Usual;
            if (selected[i] < Whole) continue;
            at.Add(i);
            payloads.Add(Payload(rows[i]));
        }

        return any ? new(selected, table, [.. at], [.. payloads], heap) : null;
    }

    private long Payload(int row) => rare[Array.BinarySearch(rareRows, row)];

    private ReadOnlySpan<byte> Heap(int row)
    {
        long place = Payload(row);
        int start = (int)(place >> 28);
        return heap.AsSpan(start, (int)(place & ((1 << 28) - 1)));
    }
}
