using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Counterweight.Comparison;

/// <summary>
/// Arrays in numpy's own format, which Julia, R and TorchSharp read too (numpy.lib.format, NEP 1): a header that is a Python dictionary, then the numbers as
/// they lie in memory.
/// </summary>
internal static class Npy
{
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Signature => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Whether bytes begin as such a file does.</summary>
    internal static bool Begins(ReadOnlySpan<byte> head) => head.StartsWith(Signature);

    /// <summary>Writes row numbers as int64.</summary>
    internal static void Write(string path, ReadOnlySpan<int> rows)
    {
        long[] wide = new long[rows.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = rows[i];
        Write(path, "<i8", MemoryMarshal.AsBytes(wide.AsSpan()), wide.Length);
    }

    /// <summary>Writes whole numbers as int64.</summary>
    internal static void Write(string path, ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Write(path, "<i8", MemoryMarshal.AsBytes(values), shape);

    /// <summary>Writes numbers as float64.</summary>
    internal static void Write(string path, ReadOnlySpan<double> values, params ReadOnlySpan<long> shape) =>
        Write(path, "<f8", MemoryMarshal.AsBytes(values), shape);

    /// <summary>Reads an array of numbers: integers, floats of 16, 32 and 64 bits and booleans, of either byte order.</summary>
    /// <exception cref="FormatException">The file is no such array, is cut off, or holds something else than numbers.</exception>
    internal static NpyArray Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (!Begins(file)) throw new FormatException("the file does not begin as a .npy file does");
        if (file.Length < 10) throw new FormatException($"the file ends within its header, after {file.Length} bytes: it is half written");
        int major = file[6], start = major == 1 ? 10 : 12;
        if (major is < 1 or > 3) throw new FormatException($"version {major} of .npy is unknown; 1, 2 and 3 are read");
        if (file.Length < start) throw new FormatException($"the file ends within its header, after {file.Length} bytes: it is half written");
        long length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8));
        if (file.Length < start + length) throw new FormatException($"the file ends within its header, after {file.Length} bytes: it is half written");
        var header = NpyHeader.Parse((major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(file, start, (int)length));
        Int128 wanted = header.Shape.Contains(0) ? 0 : header.Bytes;
        long there = file.Length - start - length;
        // As soon as it is too much, the product goes no further: it would not fit into any number.
        foreach (long axis in header.Shape)
            if (wanted <= there) wanted *= axis;
        if (there < wanted)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"an array of {Shape(header.Shape)} takes {wanted} bytes{(header.Shape.Length > 1 ? " or more" : "")} and {there} are there: it is half "
                + $"written"));
        double[] values = new double[(int)wanted / header.Bytes];
        Decode(file.AsSpan(start + (int)length, (int)wanted), header, values);
        return new NpyArray(header.Shape, header.FortranOrder && header.Shape.Length > 1 ? InCOrder(values, header.Shape) : values, 8 * header.Bytes);
    }

    internal static string Shape(ReadOnlySpan<long> shape) => shape.Length == 0 ? "no axes"
        : string.Join(" x ", shape.ToArray().Select(s => s.ToString(CultureInfo.InvariantCulture)));

    private static void Write(string path, string type, ReadOnlySpan<byte> values, params ReadOnlySpan<long> shape)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Arrays are written on little-endian machines.");
        string axes = string.Join(", ", shape.ToArray().Select(s => s.ToString(CultureInfo.InvariantCulture))) + (shape.Length == 1 ? "," : "");
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({axes}), }}";
        int padded = (10 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        byte[] head = new byte[padded];
        Signature.CopyTo(head);
        head[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), (ushort)(padded - 10));
        head.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, head.AsSpan(10));
        head[^1] = (byte)'\n';
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        stream.Write(head);
        stream.Write(values);
    }

    private static void Decode(ReadOnlySpan<byte> bytes, NpyHeader header, double[] values)
    {
        bool swap = header.BigEndian && header.Bytes > 1;
        if (!swap && header is { Kind: 'f', Bytes: 8 })
        {
            MemoryMarshal.Cast<byte, double>(bytes).CopyTo(values);
            return;
        }

        Span<byte> cell = stackalloc byte[8];
        for (int i = 0; i < values.Length; i++)
        {
            scoped ReadOnlySpan<byte> raw = bytes.Slice(i * header.Bytes, header.Bytes);
            if (swap)
            {
                raw.CopyTo(cell);
                cell[..header.Bytes].Reverse();
                raw = cell[..header.Bytes];
            }

            values[i] = (header.Kind, header.Bytes) switch
            {
                ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(raw),
                ('f', 4) => BinaryPrimitives.ReadSingleLittleEndian(raw),
                ('f', _) => BinaryPrimitives.ReadDoubleLittleEndian(raw),
                ('u' or 'b', 1) => raw[0],
                ('i', 1) => (sbyte)raw[0],
                ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(raw),
                ('u', 2) => BinaryPrimitives.ReadUInt16LittleEndian(raw),
                ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(raw),
                ('u', 4) => BinaryPrimitives.ReadUInt32LittleEndian(raw),
                ('i', _) => BinaryPrimitives.ReadInt64LittleEndian(raw),
                _ => BinaryPrimitives.ReadUInt64LittleEndian(raw),
            };
        }
    }

    /// <summary>Column-major numbers in row-major order.</summary>
    private static double[] InCOrder(double[] values, long[] shape)
    {
        double[] ordered = new double[values.Length];
        long[] at = new long[shape.Length];
        for (long i = 0; i < values.Length; i++)
        {
            long to = 0;
            for (int axis = 0; axis < shape.Length; axis++) to = (to * shape[axis]) + at[axis];
            ordered[to] = values[i];
            for (int axis = 0; axis < shape.Length && ++at[axis] == shape[axis]; axis++) at[axis] = 0;
        }

        return ordered;
    }
}
