using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight.Data;

/// <summary>Gives texts the codes 0, 1, 2, ... in the order in which they first come; nothing is allocated for a text seen before.</summary>
internal sealed class Utf8Codes
{
    private int[] slots = new int[64];
    private ulong[] hashes = new ulong[32];
    private byte[][] texts = new byte[32][];

    internal int Count { get; private set; }

    /// <summary>The texts in the order of their codes.</summary>
    internal string[] Texts()
    {
        string[] all = new string[Count];
        for (int i = 0; i < Count; i++) all[i] = Encoding.UTF8.GetString(texts[i]);
        return all;
    }

    internal string Text(int code) => Encoding.UTF8.GetString(texts[code]);

    internal ReadOnlySpan<byte> Bytes(int code) => texts[code];

    /// <summary>The code of a text, or -1.</summary>
    internal int Find(ReadOnlySpan<byte> text) => slots[Slot(text, Hash(text))] - 1;

    internal int GetOrAdd(ReadOnlySpan<byte> text)
    {
        ulong hash = Hash(text);
        int slot = Slot(text, hash);
        if (slots[slot] != 0) return slots[slot] - 1;
        if (Count == texts.Length)
        {
            Array.Resize(ref texts, Count * 2);
            Array.Resize(ref hashes, Count * 2);
        }

        (texts[Count], hashes[Count]) = (text.ToArray(), hash);
        slots[slot] = ++Count;
        if (Count * 2 > slots.Length) Grow();
        return Count - 1;
    }

    private void Grow()
    {
        slots = new int[slots.Length * 2];
        int mask = slots.Length - 1;
        for (int code = 0; code < Count; code++)
        {
            int slot = (int)hashes[code] & mask;
            while (slots[slot] != 0) slot = (slot + 1) & mask;
            slots[slot] = code + 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(ReadOnlySpan<byte> text, ulong hash)
    {
        int mask = slots.Length - 1, slot = (int)hash & mask;
        for (; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            int code = slots[slot] - 1;
            if (hashes[code] == hash && text.SequenceEqual(texts[code])) break;
        }

        return slot;
    }

    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length * 0x9E3779B97F4A7C15UL;
        while (text.Length >= 8)
        {
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(text));
            text = text[8..];
        }

        ulong tail = 0;
        for (int i = 0; i < text.Length; i++) tail |= (ulong)text[i] << (8 * i);
        return Fold(hash ^ tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong value)
    {
        ulong high = Math.BigMul(value ^ 0x2545F4914F6CDD1DUL, 0xD1342543DE82EF95UL, out ulong low);
        return high ^ low;
    }
}
