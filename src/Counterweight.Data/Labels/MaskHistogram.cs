using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Counterweight.Data;

/// <summary>Counts the raw values of the pixels of one image at a time.</summary>
/// <remarks>
/// Most of a mask is runs of one value, whose ends a comparison of each byte with its neighbour shows, 32 at a time: a run is one addition. Where ends are
/// many, bytes go through four tables in turn, since equal neighbours would otherwise make each increment wait for the one before. Pixels of fewer than
/// eight bits are counted as whole bytes and taken apart at the end.
/// </remarks>
internal sealed class MaskHistogram
{
    private const int Tables = 4, MostRuns = 8;

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
        if (samples.IsEmpty) return;
        ref byte first = ref MemoryMarshal.GetReference(samples);
        ref long table = ref MemoryMarshal.GetArrayDataReference(tables);
        int run = 0, i = 0;
        for (; i + Vector256<byte>.Count < samples.Length; i += Vector256<byte>.Count)
        {
            // A bit for each byte that differs from the one after it: the ends of runs.
            Vector256<byte> here = Vector256.LoadUnsafe(ref first, (nuint)i), next32 = Vector256.LoadUnsafe(ref first, (nuint)i + 1);
            uint ends = ~Vector256.Equals(here, next32).ExtractMostSignificantBits();
            if (BitOperations.PopCount(ends) <= MostRuns)
            {
                for (; ends != 0; ends &= ends - 1)
                {
                    int next = i + BitOperations.TrailingZeroCount(ends) + 1;
                    Unsafe.Add(ref table, Unsafe.Add(ref first, run)) += next - run;
                    run = next;
                }

                continue;
            }

            if (run < i) Unsafe.Add(ref table, Unsafe.Add(ref first, run)) += i - run;
            for (int j = Math.Max(i, run); j < i + Vector256<byte>.Count; j++) Unsafe.Add(ref table, (256 * (j & (Tables - 1))) + Unsafe.Add(ref first, j))++;
            run = i + Vector256<byte>.Count;
        }

        if (run < i) Unsafe.Add(ref table, Unsafe.Add(ref first, run)) += i - run;
        for (i = Math.Max(i, run); i < samples.Length; i++) tables[samples[i]]++;
    }

    private void Wide(ReadOnlySpan<byte> samples)
    {
        for (int i = 0; i + 1 < samples.Length; i += 2) values[BinaryPrimitives.ReadUInt16BigEndian(samples[i..])]++;
    }
}
