using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Counterweight.Data.Tests;

/// <summary>
/// Writes PNG files of every kind the format knows, for the tests: an encoder written from the specification, apart from the reader it tests. The filters are
/// those of the formulas in section 9.2, byte by byte.
/// </summary>
internal static class PngWriter
{
    /// <summary>Makes a file.</summary>
    /// <param name="pixels">Rows of samples, each below 2^depth; several samples a pixel for colours.</param>
    /// <param name="depth">Bits per sample.</param>
    /// <param name="colourType">0 grey, 2 colours, 3 palette, 4 grey with alpha, 6 colours with alpha.</param>
    /// <param name="interlaced">Whether to write the seven passes of Adam7.</param>
    /// <param name="filter">The filter of each row, by its number within the whole stream.</param>
    /// <param name="parts">Into how many IDAT parts the data are cut.</param>
    internal static byte[] Make(int[][] pixels, int depth, int colourType, bool interlaced = false, Func<int, int>? filter = null, int parts = 1)
    {
        int samples = colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 }, height = pixels.Length, width = pixels[0].Length / samples, rowNumber = 0;
        var raw = new MemoryStream();
        if (!interlaced)
        {
            Pass(pixels);
        }
        else
        {
            int[] startX = [0, 4, 0, 2, 0, 1, 0], startY = [0, 0, 4, 0, 2, 0, 1], stepX = [8, 8, 4, 4, 2, 2, 1], stepY = [8, 8, 8, 4, 4, 2, 2];
            for (int p = 0; p < 7; p++)
            {
                List<int[]> rows = [];
                for (int y = startY[p]; y < height; y += stepY[p])
                {
                    List<int> row = [];
                    for (int x = startX[p]; x < width; x += stepX[p]) row.AddRange(pixels[y].AsSpan(x * samples, samples));
                    if (row.Count > 0) rows.Add([.. row]);
                }

                if (rows.Count > 0) Pass([.. rows]);
            }
        }

        var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colourType, (byte)(interlaced ? 1 : 0));
        Chunk(file, "IHDR", header);
        if (colourType == 3) Chunk(file, "PLTE", [.. Enumerable.Range(0, 3 << depth).Select(i => (byte)(i * 37))]);
        Chunk(file, "tEXt", Encoding.Latin1.GetBytes("Comment\0a mask"));
        byte[] packed = Deflate(raw.ToArray());
        for (int p = 0; p < parts; p++) Chunk(file, "IDAT", packed[(packed.Length * p / parts)..(packed.Length * (p + 1) / parts)]);
        Chunk(file, "IEND", []);
        return file.ToArray();

        void Pass(int[][] rows)
        {
            byte[] above = new byte[Pack(rows[0]).Length];
            int step = Math.Max(1, samples * depth / 8);
            foreach (int[] row in rows)
            {
                byte[] line = Pack(row);
                int kind = filter?.Invoke(rowNumber) ?? 0;
                rowNumber++;
                raw.WriteByte((byte)kind);
                for (int i = 0; i < line.Length; i++)
                {
                    int a = i >= step ? line[i - step] : 0, b = above[i], c = i >= step ? above[i - step] : 0;
                    int guess = kind switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, 4 => Paeth(a, b, c), _ => 0 };
                    raw.WriteByte((byte)(line[i] - guess));
                }

                above = line;
            }
        }

        byte[] Pack(int[] row)
        {
            byte[] line = new byte[(row.Length * depth + 7) / 8];
            for (int i = 0; i < row.Length; i++)
                for (int bit = 0; bit < depth; bit++)
                {
                    int at = i * depth + bit;
                    if (((row[i] >> (depth - 1 - bit)) & 1) == 1) line[at / 8] |= (byte)(0x80 >> (at % 8));
                }

            // What follows the last pixel means nothing; ones there would be seen if they counted.
            for (int at = row.Length * depth; at < 8 * line.Length; at++) line[at / 8] |= (byte)(0x80 >> (at % 8));
            return line;
        }
    }

    /// <summary>A part of a PNG: its length, name, content and check sum.</summary>
    internal static void Chunk(Stream file, string kind, byte[] content)
    {
        byte[] number = new byte[4], named = [.. Encoding.ASCII.GetBytes(kind), .. content];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(named);
        uint crc = 0xFFFFFFFF;
        foreach (byte b in named)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        file.Write(number);
    }

    internal static byte[] Deflate(byte[] raw)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(raw);
        return packed.ToArray();
    }

    private static int Paeth(int a, int b, int c)
    {
        int p = a + b - c, pa = Math.Abs(p - a), pb = Math.Abs(p - b), pc = Math.Abs(p - c);
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
}
