using System.Numerics.Tensors;

namespace Counterweight.Comparison;

/// <summary>Trees whose leaves are averaged. Saved as <c>forest.bin</c>.</summary>
/// <param name="trees">The trees.</param>
/// <param name="classes">K.</param>
/// <param name="columns">D.</param>
/// <param name="names">The names of the columns; null if they have none.</param>
/// <param name="threads">The threads of a prediction; 0 for every processor.</param>
internal sealed class ForestModel(GiniTree[] trees, int classes, int columns, IReadOnlyList<string>? names, int threads) : IModel, IDescribedModel
{
    internal const string FileName = "forest.bin";
    private const string Header = "counterweight-forest-1";
    private const int Block = 512;
    private readonly Lazy<ForestDescent?> descent = new(() => ForestDescent.Of(trees, classes, columns));

    public double[] Predict(FeatureTable features)
    {
        if (features.Columns != columns) throw new UnusableDataException($"The model was trained on {columns} columns, and there are {features.Columns}.");
        if (names is not null && features.Matrix.Names is { } own && names.Zip(own).FirstOrDefault(p => p.First != p.Second) is { First: not null } other)
            throw new UnusableDataException($"Column '{other.Second}' is in the place of '{other.First}' of the training.", column: other.Second);
        double[] p = new double[checked(features.Rows * classes)];
        ForestDescent? quick = descent.Value;
        Parallel.For(0, (features.Rows + Block - 1) / Block, new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : -1 }, block =>
        {
            int from = block * Block, size = Math.Min(Block, features.Rows - from);
            Span<double> sums = p.AsSpan(from * classes, size * classes);
            ReadOnlySpan<float> values = features.Matrix.Values.Span.Slice(from * columns, size * columns);
            if (quick is not null) quick.AddTo(values, columns, sums);
            else
                foreach (GiniTree tree in trees) tree.AddTo(values, columns, sums);
            TensorPrimitives.Divide(sums, trees.Length, sums);
        });
        return p;
    }

    public ModelForm Describe() => new ForestForm(trees, classes);

    public void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), stream =>
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(Header);
        writer.Write(classes);
        writer.Write(columns);
        writer.Write(names is not null);
        foreach (string name in names ?? []) writer.Write(name);
        writer.Write(trees.Length);
        foreach (GiniTree tree in trees) tree.Write(writer);
    });

    public void Dispose() { }

    /// <exception cref="UnusableDataException">The file is no whole forest.</exception>
    internal static ForestModel Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            if (reader.ReadString() != Header) throw new InvalidDataException("It has another header.");
            int classes = reader.ReadInt32(), columns = reader.ReadInt32();
            if (classes < 2 || columns < 1) throw new InvalidDataException("Classes or columns do not fit.");
            string[]? names = null;
            if (reader.ReadBoolean()) names = [.. Enumerable.Range(0, reader.Fits(columns, 1)).Select(_ => reader.ReadString())];
            int count = reader.ReadInt32();
            if (count is < 1 or > 10_000) throw new InvalidDataException("The number of trees does not fit.");
            GiniTree[] trees = [.. Enumerable.Range(0, count).Select(_ => GiniTree.Read(reader, classes, columns))];
            return reader.BaseStream.Position == reader.BaseStream.Length ? new ForestModel(trees, classes, columns, names, threads: 0)
                : throw new InvalidDataException("There is more after its end.");
        }
        catch (Exception wrong) when (wrong is IOException or InvalidDataException or FormatException or ArgumentException or OverflowException)
        {
            throw new UnusableDataException($"This is no whole forest: {wrong.Message} Train it again.", path, innerException: wrong);
        }
    }
}
