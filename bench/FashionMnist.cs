using System.Buffers.Binary;
using System.IO.Compression;

namespace Counterweight.Benchmarks;

/// <summary>The images of Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), 28 x 28 bytes each, and their labels; in Debian the package
/// dataset-fashion-mnist.</summary>
internal sealed record FashionMnist(byte[] Images, int[] Labels)
{
    internal const int Classes = 10, Side = 28, Pixels = Side * Side;

    /// <summary>Where Debian's package puts the files.</summary>
    internal const string Folder = "/usr/share/datasets/fashion-mnist";

    /// <summary>Reads one part, <c>train</c> or <c>t10k</c>, from its two files train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz.</summary>
    internal static FashionMnist Read(string folder, string part)
    {
        byte[] images = Unpack(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz")), labels = Unpack(Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"));
        int count = BinaryPrimitives.ReadInt32BigEndian(labels.AsSpan(4));
        if (images.Length != 16 + (Pixels * count) || labels.Length != 8 + count)
            throw new UnusableDataException("The files are not those of Fashion-MNIST.", folder);
        return new(images[16..], [.. labels.Skip(8).Select(b => (int)b)]);
    }

    private static byte[] Unpack(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
