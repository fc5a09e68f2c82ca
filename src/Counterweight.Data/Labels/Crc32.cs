using System.Buffers.Binary;

namespace Counterweight.Data;

/// <summary>The check sum of a part of a PNG (ISO 3309; PNG, annex D), eight bytes a step (Kounavis and Berry, 2008, slicing-by-8).</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = Make();

    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        uint[] t = Tables;
        while (bytes.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = t[(7 << 8) + (byte)word] ^ t[(6 << 8) + (byte)(word >> 8)] ^ t[(5 << 8) + (byte)(word >> 16)] ^ t[(4 << 8) + (byte)(word >> 24)]
                ^ t[(3 << 8) + (byte)(word >> 32)] ^ t[(2 << 8) + (byte)(word >> 40)] ^ t[(1 << 8) + (byte)(word >> 48)] ^ t[(byte)(word >> 56)];
            bytes = bytes[8..];
        }

        foreach (byte b in bytes) crc = t[(byte)(crc ^ b)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] Make()
    {
        const uint polynomial = 0xEDB88320;
        uint[] tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
            tables[i] = value;
        }

        for (int t = 1; t < 8; t++)
            for (int i = 0; i < 256; i++) tables[(t << 8) + i] = (tables[((t - 1) << 8) + i] >> 8) ^ tables[(byte)tables[((t - 1) << 8) + i]];
        return tables;
    }
}
