using System.IO.Compression;
using System.Text.Json.Serialization;

namespace Counterweight.Comparison;

/// <summary>What the training rows say of the n-grams of a text column: in how many of them each bucket comes.</summary>
internal sealed class FittedText
{
    private readonly Lazy<float[]> idf;
    private readonly Lazy<byte[]> packed;

    private FittedText(int rows, int[] found)
    {
        Rows = rows;
        // Only models that are saved are packed; comparisons fit thousands that are not.
        packed = new(() => Packed(found));
        idf = new(() => Idf(rows, found));
    }

    /// <summary>Takes what was saved.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="found">In how many of them each bucket comes, packed.</param>
    [JsonConstructor]
    public FittedText(int rows, byte[] found)
    {
        Rows = rows;
        packed = new(found);
        int[] unpacked = Unpacked(found);
        idf = new(() => Idf(rows, unpacked));
    }

    /// <summary>The training rows.</summary>
    public int Rows { get; }

    /// <summary>In how many of them each bucket comes: pairs of the distance to the bucket before and of the number, 7 bits a byte, deflated.</summary>
    public byte[] Found => packed.Value;

    /// <summary>
    /// What an n-gram of each bucket weighs, ln((1 + n) / (1 + rows that have it)) + 1, zero for a bucket that no training row has: the smoothed inverse
    /// document frequency of scikit-learn, after Sparck Jones (1972).
    /// </summary>
    internal float[] Weights => idf.Value;

    /// <summary>Counts the buckets of training rows.</summary>
    internal static FittedText Fit(HashedTexts texts, ReadOnlySpan<int> rows)
    {
        int[] found = new int[NGrams.Buckets];
        foreach (int row in rows)
            foreach (uint entry in texts.Row(row)) found[HashedTexts.Bucket(entry)]++;
        return new FittedText(rows.Length, found);
    }

    private static float[] Idf(int rows, int[] found)
    {
        float[] weights = new float[found.Length];
        for (int b = 0; b < found.Length; b++)
            if (found[b] > 0) weights[b] = (float)(Math.Log((1.0 + rows) / (1.0 + found[b])) + 1);
        return weights;
    }

    private static byte[] Packed(int[] found)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal))
        using (var writer = new BinaryWriter(deflate))
        {
            int last = 0;
            for (int b = 0; b < found.Length; b++)
            {
                if (found[b] == 0) continue;
                writer.Write7BitEncodedInt(b - last);
                writer.Write7BitEncodedInt(found[b]);
                last = b;
            }
        }

        return packed.ToArray();
    }

    private static int[] Unpacked(byte[] packed)
    {
        int[] found = new int[NGrams.Buckets];
        using var bytes = new MemoryStream();
        using (var deflate = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress))
        {
            // Each n-gram takes two numbers of five bytes at most; a damaged text may unpack to a thousand times its length.
            byte[] part = new byte[1 << 16];
            for (int read = deflate.Read(part); read > 0; read = deflate.Read(part))
            {
                bytes.Write(part, 0, read);
                if (bytes.Length > 10L * NGrams.Buckets) throw new InvalidDataException("The n-grams of a text column do not fit.");
            }
        }

        bytes.Position = 0;
        using var reader = new BinaryReader(bytes);
        for (int b = 0; bytes.Position < bytes.Length;)
        {
            b += reader.Read7BitEncodedInt();
            int count = reader.Read7BitEncodedInt();
            if ((uint)b >= (uint)found.Length || count < 1) throw new InvalidDataException("The n-grams of a text column do not fit.");
            found[b] = count;
        }

        return found;
    }
}
