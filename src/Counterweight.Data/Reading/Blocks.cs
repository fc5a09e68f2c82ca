namespace Counterweight.Data;

/// <summary>Values that arrive in parts, kept in blocks so that growing copies nothing; the array is made once, at the end.</summary>
internal sealed class Blocks<T>
{
    private const int BlockSize = 1 << 16;

    private readonly List<(T[] Values, int Used)> blocks = [];

    /// <summary>The place for the next values.</summary>
    internal Span<T> Next(int count)
    {
        if (blocks.Count == 0 || blocks[^1].Values.Length - blocks[^1].Used < count)
            blocks.Add((new T[Math.Max(count, blocks.Count == 0 ? 4096 : BlockSize)], 0));
        (T[] values, int used) = blocks[^1];
        blocks[^1] = (values, used + count);
        return values.AsSpan(used, count);
    }

    /// <summary>All values in one array; the blocks are given back.</summary>
    internal T[] ToArray()
    {
        T[] all = new T[blocks.Sum(b => b.Used)];
        int position = 0;
        foreach ((T[] values, int used) in blocks)
        {
            values.AsSpan(0, used).CopyTo(all.AsSpan(position));
            position += used;
        }

        blocks.Clear();
        return all;
    }

    internal void Clear() => blocks.Clear();
}
