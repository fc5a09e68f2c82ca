namespace Counterweight.Comparison;

/// <summary>Numbers of things in a binary file: a damaged one shall not take all memory before the file ends.</summary>
internal static class BinaryCounts
{
    /// <summary>Reads how many things follow that take some bytes each at least.</summary>
    /// <exception cref="InvalidDataException">The file has no room for so many.</exception>
    internal static int ReadCount(this BinaryReader reader, int bytes) => reader.Fits(reader.ReadInt32(), bytes);

    /// <summary>The number, if so many things of some bytes each may follow.</summary>
    /// <exception cref="InvalidDataException">The file has no room for so many.</exception>
    internal static int Fits(this BinaryReader reader, long count, int bytes) =>
        count is >= 0 and <= int.MaxValue && count * bytes <= reader.BaseStream.Length - reader.BaseStream.Position ? (int)count
            : throw new InvalidDataException("It is cut off.");
}
