using System.Buffers.Binary;
using System.IO.Compression;

namespace Counterweight.Data;

/// <summary>
/// Reads the rows of PNG files as they are stored: palette indices, grey values or samples, never colours made of them. Every check sum of the format is
/// verified. Buffers are kept from file to file; one reader serves one thread.
/// </summary>
/// <remarks>W3C, Portable Network Graphics (PNG) Specification, third edition (2025); sections 5 (structure), 8 (interlacing), 9 (filtering), 10
/// (packing).</remarks>
internal sealed class PngReader
{
    private const int BlockBytes = 1 << 17;

    private byte[] file = [];
    private byte[] block = [];
    private byte[] before = [];

    /// <summary>What is done with a row (or with a row of one pass, if interlaced): its packed samples, and how many pixels they are.</summary>
    internal delegate void Row(ReadOnlySpan<byte> samples, int pixels);

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The colours of the palette, three bytes each; empty if there is none.</summary>
    internal byte[] Palette { get; private set; } = [];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Given the header, what to do with each row.</param>
    /// <exception cref="UnusableDataException">The file is no PNG, or a broken one.</exception>
    internal void Read(string path, Func<PngFormat, Row> rows)
    {
        int length = Load(path);
        ReadOnlySpan<byte> bytes = file.AsSpan(0, length);
        if (!bytes.StartsWith(Signature)) throw MaskErrors.NoPng(path, bytes);
        PngFormat? header = null;
        Palette = [];
        int at = Signature.Length, packed = 0, packedAt = 0;
        bool ended = false;
        while (!ended)
        {
            if (length - at < 12) throw MaskErrors.Broken(path, "it is cut short");
            uint size = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            ReadOnlySpan<byte> kind = bytes.Slice(at + 4, 4);
            if (size > length - at - 12) throw MaskErrors.Broken(path, "it is cut short");
            ReadOnlySpan<byte> content = bytes.Slice(at + 8, (int)size);
            if (Crc32.Of(bytes.Slice(at + 4, (int)size + 4)) != BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 8 + (int)size)..]))
                throw MaskErrors.Broken(path, $"the check sum of its part {Name(kind)} at byte {at} is wrong");
            if (header is null != kind.SequenceEqual("IHDR"u8))
                throw MaskErrors.Broken(path, header is null ? "it does not begin with a header" : "it has two headers");
            if (kind.SequenceEqual("IHDR"u8)) header = PngFormat.Read(content, path);
            else if (kind.SequenceEqual("PLTE"u8)) Palette = content.ToArray();
            else if (kind.SequenceEqual("IEND"u8)) ended = true;
            else if (kind.SequenceEqual("IDAT"u8))
            {
                // The parts of the packed data are moved together, so that unpacking sees one run of bytes.
                if (packedAt == 0) packedAt = at + 8;
                else content.CopyTo(file.AsSpan(packedAt + packed));
                packed += content.Length;
            }

            at += 12 + (int)size;
        }

        if (packedAt == 0) throw MaskErrors.Broken(path, "it has no pixels");
        try
        {
            // A few bytes more than were packed: where the check sum at the end is cut off, they stand in its place and do not fit.
            int given = Math.Min(packed + 8, length - packedAt);
            using var unpacked = new ZLibStream(new MemoryStream(file, packedAt, given, writable: false), CompressionMode.Decompress);
            Unpack(unpacked, header!.Value, rows(header.Value), path);
        }
        catch (InvalidDataException problem)
        {
            throw MaskErrors.Broken(path, "its pixels do not unpack", problem);
        }
    }

    private int Load(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
        long length = RandomAccess.GetLength(handle);
        if (length > 1 << 30) throw new UnusableDataException("the file has more than 1 GiB, more than a mask has. Cut it into tiles.", path);
        if (file.Length < length) file = new byte[Math.Max(length, 2L * file.Length)];
        int have = 0;
        while (have < length)
        {
            int read = RandomAccess.Read(handle, file.AsSpan(have, (int)length - have), have);
            if (read == 0) break;
            have += read;
        }

        return have;
    }

    private void Unpack(ZLibStream unpacked, PngFormat format, Row row, string path)
    {
        if (!format.Interlaced)
        {
            Pass(unpacked, format, format.Width, format.Height, row, path);
        }
        else
        {
            // Adam7 (section 8.1): where each pass starts, and its steps.
            ReadOnlySpan<(int X, int Y, int StepX, int StepY)> passes =
                [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
            foreach ((int x, int y, int stepX, int stepY) in passes)
            {
                int width = (format.Width - x + stepX - 1) / stepX, height = (format.Height - y + stepY - 1) / stepY;
                if (width > 0 && height > 0) Pass(unpacked, format, width, height, row, path);
            }
        }

        // The check sum of the packed data is verified at its end, so that has to be reached.
        while (unpacked.Read(block) > 0) { }
    }

    private void Pass(ZLibStream unpacked, PngFormat format, int width, int height, Row row, string path)
    {
        int bytes = format.RowBytes(width), stride = bytes + 1, step = Math.Max(1, format.BitsPerPixel / 8);
        int rowsAtOnce = Math.Clamp(BlockBytes / stride, 1, height);
        if (block.Length < rowsAtOnce * stride) block = new byte[rowsAtOnce * stride];
        if (before.Length < bytes) before = new byte[bytes];
        before.AsSpan(0, bytes).Clear();
        for (int y = 0; y < height; y += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, height - y);
            Span<byte> part = block.AsSpan(0, rows * stride);
            if (unpacked.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                throw MaskErrors.Broken(path, $"its pixels end before the {height} rows that its header promises");
            ReadOnlySpan<byte> above = before.AsSpan(0, bytes);
            for (int r = 0; r < rows; r++)
            {
                Span<byte> line = part.Slice(r * stride + 1, bytes);
                if (!PngFilter.Undo(part[r * stride], line, above, step))
                    throw MaskErrors.Broken(path, $"row {y + r + 1} has the unknown filter {part[r * stride]}");
                row(line, width);
                above = line;
            }

            above.CopyTo(before);
        }
    }

    private static string Name(ReadOnlySpan<byte> kind) => string.Concat(kind.ToArray().Select(b => b is > 32 and < 127 ? (char)b : '?'));
}
