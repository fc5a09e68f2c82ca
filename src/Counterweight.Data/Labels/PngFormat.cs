using System.Buffers.Binary;

namespace Counterweight.Data;

/// <summary>What the header of a PNG file says (ISO/IEC 15948, section 11.2.2).</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Depth">Bits per sample.</param>
/// <param name="ColourType">0 grey, 2 colours, 3 palette, 4 grey with alpha, 6 colours with alpha.</param>
/// <param name="Interlaced">Whether the pixels come in the seven passes of Adam7.</param>
internal readonly record struct PngFormat(int Width, int Height, int Depth, int ColourType, bool Interlaced)
{
    private const int LongestRow = 1 << 27;

    /// <summary>Whether a pixel is one number: a palette index or a grey value.</summary>
    internal bool IsIndexed => ColourType is 0 or 3;

    internal int Samples => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    internal int BitsPerPixel => Samples * Depth;

    /// <summary>The bytes of a row of some pixels, without its filter byte.</summary>
    internal int RowBytes(int pixels) => (int)(((long)pixels * BitsPerPixel + 7) / 8);

    internal static PngFormat Read(ReadOnlySpan<byte> header, string file)
    {
        if (header.Length != 13) throw MaskErrors.Broken(file, $"its header has {header.Length} bytes instead of 13");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        (int depth, int type) = (header[8], header[9]);
        bool fits = type switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue) throw MaskErrors.Broken(file, $"its header has the size {width} x {height}");
        if (!fits) throw MaskErrors.Broken(file, $"its header has colour type {type} with {depth} bits");
        if (header[10] != 0 || header[11] != 0 || header[12] > 1) throw MaskErrors.Broken(file, "its header names an unknown method of packing");
        var format = new PngFormat((int)width, (int)height, depth, type, header[12] == 1);
        return ((long)format.Width * format.BitsPerPixel + 7) / 8 <= LongestRow ? format
            : throw new UnusableDataException($"the image is {width} pixels wide, more than can be counted. Cut it into tiles.", file);
    }
}
