using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Data;

/// <summary>Finds the cells of CSV, 64 bytes at a time.</summary>
/// <remarks>
/// <para>A quote opens a quoted cell only where the cell starts (blanks may stand before it); anywhere else it is a letter as any other, so that an inch
/// mark swallows nothing. A quoted cell ends at its quote; what follows it, but blanks, is an error. A line ends with <c>\n</c>, <c>\r\n</c> or
/// <c>\r</c>; a line without anything is no row.</para>
/// <para>As in simdjson (Langdale and Lemire, 2019, section 3) and Sep, compares of wide vectors give a bit for each byte that means something, and only
/// these are looked at one by one.</para>
/// </remarks>
internal sealed class CsvReader : BlockReader
{
    private readonly byte delimiter;
    private readonly int[] wanted;
    private readonly int count;
    private readonly List<(int Place, int Row, int From, int To)> escaped = [];

    /// <param name="file">The file, for messages.</param>
    /// <param name="stream">Its bytes, behind the header.</param>
    /// <param name="delimiter">What separates cells.</param>
    /// <param name="wanted">For each column of the file its place in the block, or -1.</param>
    internal CsvReader(SourceFile file, Stream stream, char delimiter, int[] wanted) : base(file, stream)
    {
        this.delimiter = (byte)delimiter;
        this.wanted = wanted;
        count = wanted.Count(w => w >= 0);
    }

    private protected override void Start(CellBlock block)
    {
        block.Reset(count, withKinds: false);
        escaped.Clear();
    }

    /// <summary>Makes two quotes one, only now: the bytes of a row that is parsed twice must be those of the file.</summary>
    private protected override void Finish(CellBlock block)
    {
        foreach ((int place, int row, int from, int to) in escaped)
            if (row < block.Rows) block.Set(place, row, from, Unescape(block.Bytes, from, to));
    }

    private protected override UnusableDataException TooLong(long row) => File.Unusable(
        "this row is longer than 256 MB. Is there a quote that is never closed? Close it; inside a quoted cell write \"\" for a quote.", row);

    private protected override long RowAt(CellBlock block, int position)
    {
        // Cells are in the order of the file, so the row is the last that starts before the position; columns that are not wanted are parsed for it.
        CsvReader all = new(File, Stream.Null, (char)delimiter, [.. Enumerable.Range(0, wanted.Length)]);
        var copy = new CellBlock();
        copy.GrowBytes(block.Bytes.Length);
        block.Bytes.CopyTo(copy.Bytes, 0);
        int row = 0;
        try
        {
            all.Start(copy);
            all.Parse(copy, position, last: true);
            row = copy.Rows;
        }
        catch (UnusableDataException)
        {
            row = copy.Rows + 1; // the position cuts its row short
        }

        return RowsBefore + Math.Max(1, row);
    }

    private protected override int Parse(CellBlock block, int length, bool last)
    {
        ref byte bytes = ref MemoryMarshal.GetArrayDataReference(block.Bytes);
        Vector256<byte> delimiters = Vector256.Create(delimiter), lines = Vector256.Create((byte)'\n'), returns = Vector256.Create((byte)'\r'),
            quotes = Vector256.Create((byte)'"');
        int row = 0, rowEnd = 0, column = 0, start = 0, position = 0, skip = -1;
        int open = -1, close = -1; // of a quoted cell: its first byte, its closing quote
        bool escapes = false;
        block.Reserve(1);
        while (position < length)
        {
            ulong mask = Specials(ref Unsafe.Add(ref bytes, position), delimiters, lines, returns, quotes);
            if (length - position < 64) mask &= (1UL << (length - position)) - 1;
            int from = position;
            position += 64;
            for (; mask != 0; mask &= mask - 1)
            {
                int at = from + BitOperations.TrailingZeroCount(mask);
                byte what = Unsafe.Add(ref bytes, at);
                if (what == delimiter)
                {
                    EndCell(at);
                }
                else if (what == '"')
                {
                    if (open >= 0) throw BadQuote(row);
                    if (!OnlyBlanks(block.Bytes, start, at)) continue;
                    close = FindClose(block.Bytes, at + 1, length, last, out escapes);
                    if (close < 0) return last ? throw BadQuote(row) : rowEnd;
                    open = at + 1;
                    position = close + 1;
                    break;
                }
                else if (at != skip)
                {
                    if (what == '\r')
                    {
                        if (at + 1 == length && !last) return rowEnd;
                        if (at + 1 < length && Unsafe.Add(ref bytes, at + 1) == '\n') skip = at + 1;
                    }

                    EndRow(at);
                    rowEnd = start = skip > at ? skip + 1 : at + 1;
                }
            }
        }

        block.Rows = row;
        if (!last) return rowEnd;
        if (start < length || column > 0 || open >= 0)
        {
            EndRow(length);
            block.Rows = row;
        }

        return length;

        void EndCell(int end)
        {
            int from = start, size = end - start;
            if (open >= 0)
            {
                if (close + 1 < end && !OnlyBlanks(block.Bytes, close + 1, end)) throw BadQuote(row);
                (from, size) = (open, close - open);
                if (escapes && column < wanted.Length && wanted[column] >= 0) escaped.Add((wanted[column], row, open, close));
                open = -1;
            }

            if (column < wanted.Length && wanted[column] is int place and >= 0) block.Set(place, row, from, size);
            column++;
            start = end + 1;
        }

        void EndRow(int end)
        {
            if (column == 0 && end == start && open < 0) return;
            EndCell(end);
            if (column != wanted.Length) throw WrongCells(row, column);
            column = 0;
            block.Rows = ++row;
            block.Reserve(row + 1);
        }
    }

    private UnusableDataException BadQuote(int row) => File.Unusable(
        "a quoted cell does not end as it should. Close the quote; inside a quoted cell write \"\" for a quote.", RowsBefore + row + 1);

    private UnusableDataException WrongCells(int row, int cells) => File.Unusable(
        $"this row has {(cells == 1 ? "1 cell" : $"{cells} cells")} and the {(File.HasHeader ? "header" : "first row")} has {wanted.Length}. "
        + "Quote cells that contain the delimiter, or complete the row.", RowsBefore + row + 1);

    /// <summary>A bit for each of 64 bytes that ends a cell or is a quote.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Specials(ref byte at, Vector256<byte> delimiters, Vector256<byte> lines, Vector256<byte> returns, Vector256<byte> quotes)
    {
        Vector256<byte> low = Vector256.LoadUnsafe(ref at), high = Vector256.LoadUnsafe(ref at, 32);
        Vector256<byte> lowFound = Vector256.Equals(low, delimiters) | Vector256.Equals(low, lines) | Vector256.Equals(low, returns)
            | Vector256.Equals(low, quotes);
        Vector256<byte> highFound = Vector256.Equals(high, delimiters) | Vector256.Equals(high, lines) | Vector256.Equals(high, returns)
            | Vector256.Equals(high, quotes);
        return lowFound.ExtractMostSignificantBits() | ((ulong)highFound.ExtractMostSignificantBits() << 32);
    }

    private static bool OnlyBlanks(byte[] bytes, int from, int to)
    {
        for (int i = from; i < to; i++)
            if (bytes[i] is not ((byte)' ' or (byte)'\t')) return false;
        return true;
    }

    /// <summary>The closing quote of a cell whose content starts at a place, or -1.</summary>
    private static int FindClose(byte[] bytes, int from, int length, bool last, out bool escapes)
    {
        escapes = false;
        while (true)
        {
            int found = bytes.AsSpan(from, length - from).IndexOf((byte)'"');
            if (found < 0) return -1;
            found += from;
            if (found + 1 == length) return last ? found : -1;
            if (bytes[found + 1] != '"') return found;
            escapes = true;
            from = found + 2;
        }
    }

    /// <summary>Makes each two quotes one, in place; the new length.</summary>
    private static int Unescape(byte[] bytes, int from, int to)
    {
        int written = from;
        for (int i = from; i < to; i++)
        {
            bytes[written++] = bytes[i];
            if (bytes[i] == '"') i++;
        }

        return written - from;
    }
}
