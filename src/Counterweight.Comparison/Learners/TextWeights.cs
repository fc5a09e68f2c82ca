namespace Counterweight.Comparison;

/// <summary>The coefficients of a linear model for the n-grams of text columns, their weights in TF-IDF multiplied in.</summary>
/// <param name="outputs">The values per bucket: K, or one for the difference of two classes.</param>
/// <param name="buckets">The buckets of each column, ascending.</param>
/// <param name="values">For each column the values of its buckets, bucket by bucket.</param>
internal sealed class TextWeights(int outputs, int[][] buckets, float[][] values)
{
    private const string FileName = "linear-text.bin", Header = "counterweight-linear-text-1";

    private readonly Lazy<int[][]> places = new(() => [.. buckets.Select(own =>
    {
        int[] place = new int[NGrams.Buckets];
        for (int i = 0; i < own.Length; i++) place[own[i]] = i + 1;
        return place;
    })]);

    /// <summary>The values per bucket.</summary>
    internal int Outputs => outputs;

    /// <summary>The buckets of each column.</summary>
    internal int[][] Buckets => buckets;

    /// <summary>The values of each column.</summary>
    internal float[][] Values => values;

    /// <summary>Adds what the texts of the rows say to their logits, N x K.</summary>
    internal void AddTo(double[] logits, FeatureTable features, int classes)
    {
        if (features.Texts.Count != buckets.Length)
            throw new UnusableDataException($"The model was trained on {buckets.Length} text columns, and there are {features.Texts.Count}.");
        Span<double> sums = stackalloc double[outputs <= 64 ? outputs : 0];
        if (outputs > 64) sums = new double[outputs];
        for (int t = 0; t < buckets.Length; t++)
        {
            TextRows texts = features.Texts[t];
            int[] place = places.Value[t];
            float[] own = values[t];
            for (int i = 0; i < features.Rows; i++)
            {
                sums.Clear();
                foreach (uint entry in texts.Row(i))
                {
                    int bucket = HashedTexts.Bucket(entry), at = place[bucket] - 1;
                    if (at < 0) continue;
                    double value = HashedTexts.Weights[HashedTexts.Count(entry)] * texts.Norm(i, bucket < NGrams.FirstCharacters ? 0 : 1);
                    for (int k = 0; k < sums.Length; k++) sums[k] += value * own[(at * outputs) + k];
                }

                Span<double> to = logits.AsSpan(i * classes, classes);
                if (outputs == 1) (to[0], to[1]) = (to[0] - (0.5 * sums[0]), to[1] + (0.5 * sums[0]));
                else
                    for (int k = 0; k < to.Length; k++) to[k] += sums[k];
            }
        }
    }

    internal void Save(string folder)
    {
        using var writer = new BinaryWriter(File.Create(Path.Combine(folder, FileName)));
        writer.Write(Header);
        writer.Write(outputs);
        writer.Write(buckets.Length);
        for (int t = 0; t < buckets.Length; t++)
        {
            writer.Write(buckets[t].Length);
            foreach (int bucket in buckets[t]) writer.Write(bucket);
            foreach (float value in values[t]) writer.Write(value);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote; null if there is no such file.</summary>
    internal static TextWeights? Read(string folder, int classes)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        using var reader = new BinaryReader(File.OpenRead(path));
        if (reader.ReadString() != Header) throw new InvalidDataException($"{FileName} has another header.");
        int outputs = reader.ReadInt32(), columns = reader.ReadInt32();
        if ((outputs != classes && (outputs, classes) != (1, 2)) || columns is < 1 or > 100_000)
            throw new InvalidDataException($"{FileName} does not fit the classes.");
        int[][] buckets = new int[columns][];
        float[][] values = new float[columns][];
        for (int t = 0; t < columns; t++)
        {
            int count = reader.ReadCount(sizeof(int));
            if (count > NGrams.Buckets) throw new InvalidDataException($"{FileName} has too many n-grams.");
            buckets[t] = new int[count];
            for (int i = 0; i < count; i++)
                if ((uint)(buckets[t][i] = reader.ReadInt32()) >= NGrams.Buckets) throw new InvalidDataException($"{FileName} has a bucket that there is not.");
            values[t] = new float[reader.Fits((long)count * outputs, sizeof(float))];
            for (int i = 0; i < values[t].Length; i++) values[t][i] = reader.ReadSingle();
        }

        return new TextWeights(outputs, buckets, values);
    }
}
