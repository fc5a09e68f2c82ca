using System.Text;

namespace Counterweight.Data;

/// <summary>Collects the spelling of a column; as long as every cell is spelt as usual it keeps nothing.</summary>
internal sealed class SpellingBuilder
{
    private readonly Blocks<byte> styles = new();
    private readonly Utf8Codes table = new();
    private readonly List<int> rareRows = [];
    private readonly List<long> rare = [];
    private byte[] heap = [];
    private int heapUsed, usual, rows;
    private bool any;

    /// <summary>The style for a text that follows no rule; the row is the next one after those that were added, plus an offset.</summary>
    internal byte Text(ReadOnlySpan<byte> text, int offset)
    {
        int code = table.Count < Spelling.TableSize ? table.GetOrAdd(text) : table.Find(text);
        if (code >= 0) return (byte)(Spelling.Table + code);
        if (heapUsed > int.MaxValue / 2 - text.Length) throw new UnusableDataException("the cells of a column take more than 1 GB in unusual spellings.");
        if (heap.Length < heapUsed + text.Length) Array.Resize(ref heap, Math.Max(heapUsed + text.Length, Math.Max(1024, heap.Length * 2)));
        text.CopyTo(heap.AsSpan(heapUsed));
        rareRows.Add(rows + offset);
        rare.Add(((long)heapUsed << 28) | (uint)text.Length);
        heapUsed += text.Length;
        return Spelling.Own;
    }

    /// <summary>The style for a whole number that a double may not hold.</summary>
    internal byte Whole(long value, int offset)
    {
        rareRows.Add(rows + offset);
        rare.Add(value);
        return Spelling.Whole;
    }

    /// <summary>Takes the styles of the next rows.</summary>
    internal void Add(ReadOnlySpan<byte> next)
    {
        rows += next.Length;
        if (!any && next.IndexOfAnyExcept(Spelling.Usual) < 0)
        {
            usual += next.Length;
            return;
        }

        if (!any) Fill();
        any = true;
        next.CopyTo(styles.Next(next.Length));
    }

    private void Fill()
    {
        for (int left = usual; left > 0;)
        {
            int part = Math.Min(left, 1 << 16);
            styles.Next(part).Clear();
            left -= part;
        }
    }

    /// <summary>The spelling of all rows, or null if it is the usual one.</summary>
    /// <param name="means">What a style means if not itself: dates without a time are usual in a column of dates.</param>
    internal Spelling? Build(Func<byte, byte>? means = null)
    {
        if (!any) return null;
        byte[] all = styles.ToArray();
        if (means is not null)
        {
            byte[] map = [.. Enumerable.Range(0, 256).Select(s => means((byte)s))];
            foreach (ref byte style in all.AsSpan()) style = map[style];
            if (all.AsSpan().IndexOfAnyExcept(Spelling.Usual) < 0) return null;
        }

        Array.Resize(ref heap, heapUsed);
        return new(all, [.. Enumerable.Range(0, table.Count).Select(c => table.Bytes(c).ToArray())], [.. rareRows], [.. rare], heap);
    }
}
