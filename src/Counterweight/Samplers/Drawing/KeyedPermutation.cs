using System.Runtime.CompilerServices;

namespace Counterweight;

/// <summary>A random order of 0..n-1 that can be asked for any place of it, and takes no memory to speak of.</summary>
/// <remarks>
/// <para>Up to <see cref="ExactUpTo"/> items it is an exact shuffle (Durstenfeld, 1964). Above, it is a Feistel network on a grid of about
/// sqrt(n) x sqrt(n) (Black and Rogaway, 2002, "Ciphers with arbitrary finite domains", the generalised Feistel cipher), eight rounds
/// with 64-bit keys, walking on where the grid is larger than n. Like any shuffle from a seed it reaches a tiny part of the n! orders;
/// the tests hold its places and its neighbours against the uniform distribution.</para>
/// </remarks>
internal sealed class KeyedPermutation
{
    internal const int ExactUpTo = 64;
    private const int Rounds = 8;
    private readonly uint count, width, height;
    private Keys keys;
    private Table table;

    internal KeyedPermutation(long count, long seed, long stream)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, uint.MaxValue);
        this.count = (uint)count;
        var random = new SeededRandom(seed, stream);
        if (count <= ExactUpTo)
        {
            for (int i = 0; i < (int)count; i++) table[i] = (byte)i;
            random.Shuffle(((Span<byte>)table)[..(int)count]);
            return;
        }

        width = (uint)Math.Ceiling(Math.Sqrt(count));
        height = (uint)((count + width - 1) / width);
        for (int i = 0; i < Rounds; i++) keys[i] = random.NextUInt64();
    }

    /// <summary>The item at a place.</summary>
    internal long this[long place]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (count <= ExactUpTo) return table[(int)place];
            uint item = (uint)place;
            do item = Encrypt(item);
            while (item >= count);
            return item;
        }
    }

    private uint Encrypt(uint item)
    {
        (uint row, uint column) = Math.DivRem(item, width);
        for (int i = 0; i < Rounds; i += 2)
        {
            column += Random(row, keys[i], width);
            if (column >= width) column -= width;
            row += Random(column, keys[i + 1], height);
            if (row >= height) row -= height;
        }

        return row * width + column;
    }

    /// <summary>A number below the limit that depends on a part and a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Random(uint part, ulong key, uint limit)
    {
        ulong mixed = (part ^ key) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ mixed >> 32) * 0x94D049BB133111EBUL;
        return (uint)((mixed >> 32) * limit >> 32);
    }

    [InlineArray(Rounds)]
    private struct Keys
    {
        private ulong first;
    }

    [InlineArray(ExactUpTo)]
    private struct Table
    {
        private byte first;
    }
}
