using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Data;

/// <summary>Counts the raw values of the pixels of one image at a time.</summary>
/// <remarks>
/// Bytes go through four tables in turn, since equal neighbours would otherwise make each increment wait for the one before; a vector of equal bytes, which
/// most of a mask is, is one addition. Pixels of fewer than eight bits are counted as whole bytes and taken apart at the end.
/// </remarks>
internal sealed class MaskHistogram
{
    private const int Tables = 4;

    private readonly long[] bytes = new long[Tables * 256];
    private readonly long[] ends = new long[256];
    private long[] values = new long[256];

    /// <summary>How many pixels have each value, as of <see cref="Finish"/>.</summary>
    internal ReadOnlySpan<long> Values => values;

    /// <summary>What counts the rows of an image.</summary>
    internal PngReader.Row Begin(PngFormat format)
    {
        Array.Clear(bytes);
        int needed = 1 << format.Depth;
        if (values.Length < needed) values = new long[needed];
        Array.Clear(values);
        Array.Clear(ends);
        int depth = format.Depth;
        return depth switch
        {
            16 => (samples, _) => Wide(samples),
            8 => (samples, _) => Count(samples, bytes),
            _ => (samples, pixels) =>
            {
                // The bits after the last pixel of a row mean nothing.
                int perByte = 8 / depth, whole = pixels / perByte;
                Count(samples[..whole], bytes);
                for (int p = whole * perByte; p < pixels; p++) ends[(samples[whole] >> (8 - depth - ((p % perByte) * depth))) & ((1 << depth) - 1)]++;
            }
            ,
        };
    }

    /// <summary>Adds the tables up.</summary>
    internal void Finish(PngFormat format)
    {
        if (format.Depth == 16) return;
        for (int b = 0; b < 256; b++)
        {
            long count = bytes[b] + bytes[256 + b] + bytes[512 + b] + bytes[768 + b];
            if (count == 0) continue;
            for (int shift = 8 - format.Depth; shift >= 0; shift -= format.Depth) values[(b >> shift) & ((1 << format.Depth) - 1)] += count;
        }

        for (int v = 0; v < 256; v++) values[v] += ends[v];
    }

    private static void Count(ReadOnlySpan<byte> samples, long[] tables)
    {
        ref byte first = ref MemoryMarshal.GetReference(samples);
        ref long table = ref MemoryMarshal.GetArrayDataReference(tables);
        int i = 0;
        for (; i + Vector256<byte>.Count <= samples.Length; i += Vector256<byte>.Count)
        {
            Vector256<byte> part = Vector256.LoadUnsafe(ref first, (nuint)i);
            byte value = part.ToScalar();
            if (Vector256.EqualsAll(part, Vector256.Create(value)))
            {
                Unsafe.Add(ref table, value) += Vector256<byte>.Count;
                continue;
            }

            for (int j = i; j < i + Vector256<byte>.Count; j += Tables)
            {
                Unsafe.Add(ref table, Unsafe.Add(ref first, j))++;
                Unsafe.Add(ref table, 256 + Unsafe.Add(ref first, j + 1))++;
                Unsafe.Add(ref table, 512 + Unsafe.Add(ref first, j + 2))++;
                Unsafe.Add(ref table, 768 + Unsafe.Add(ref first, j + 3))++;
            }
        }

        for (; i < samples.Length; i++) tables[samples[i]]++;
    }

    private void Wide(ReadOnlySpan<byte> samples)
    {
        for (int i = 0; i + 1 < samples.Length; i += 2) values[BinaryPrimitives.ReadUInt16BigEndian(samples[i..])]++;
    }
}
