using System.Runtime.InteropServices;
using System.Text;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// The rows of a comparison as one file, to the bit: fits of the tool's own learners in other processes start from it, whatever the rows were read from and
/// with which options.
/// </summary>
internal static class DatasetFile
{
    /// <summary>What <c>data.format</c> of a job calls such a file.</summary>
    internal const string Format = "counterweight-rows";

    private const byte Numbers = 0, Categories = 1, RunningText = 2;

    private static ReadOnlySpan<byte> Signature => "CWROWS1\n"u8;

    /// <summary>Writes the features, the labels and the row weights.</summary>
    internal static void Write(Dataset dataset, Stream stream)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Rows are written on little-endian machines.");
        using var to = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        to.Write(Signature);
        to.Write(dataset.Name);
        to.Write(dataset.Target);
        Texts(to, dataset.ClassNames);
        to.Write(dataset.Rows);
        to.Write(MemoryMarshal.AsBytes(dataset.Labels));
        to.Write(dataset.SampleWeightColumn ?? "");
        Column[] columns = dataset.SampleWeightColumn is string weights ? [.. dataset.Columns, dataset[weights]] : [.. dataset.Columns];
        to.Write(columns.Length);
        foreach (Column column in columns)
        {
            to.Write(column.Name);
            switch (column)
            {
                case NumericColumn numeric:
                    to.Write(Numbers);
                    to.Write((int)numeric.Kind);
                    to.Write(MemoryMarshal.AsBytes(numeric.Values));
                    break;
                case CategoricalColumn categorical:
                    to.Write(Categories);
                    Texts(to, categorical.Levels);
                    to.Write(MemoryMarshal.AsBytes(categorical.Codes));
                    break;
                case TextColumn texts:
                    to.Write(RunningText);
                    foreach (string? text in texts.Texts)
                    {
                        to.Write(text is not null);
                        if (text is not null) to.Write(text);
                    }

                    break;
                default:
                    throw new NotSupportedException($"'{column.Name}' is a {column.GetType().Name}, which fits in other processes do not take; leave out "
                        + "--launcher.");
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="UnusableDataException">The file is none, or is cut off.</exception>
    internal static Dataset Read(string path)
    {
        try
        {
            using var from = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
            if (!from.ReadBytes(Signature.Length).AsSpan().SequenceEqual(Signature)) throw new EndOfStreamException();
            string name = from.ReadString(), target = from.ReadString();
            string[] classes = Texts(from);
            int rows = from.ReadCount(sizeof(int));
            int[] labels = Values<int>(from, rows);
            string weights = from.ReadString();
            var columns = new Column[from.ReadCount(2)];
            for (int c = 0; c < columns.Length; c++)
            {
                string column = from.ReadString();
                byte kindOfColumn = from.ReadByte();
                if (kindOfColumn == RunningText)
                {
                    string?[] texts = new string?[rows];
                    for (int i = 0; i < rows; i++) texts[i] = from.ReadBoolean() ? from.ReadString() : null;
                    columns[c] = new TextColumn(column, texts);
                    continue;
                }

                if (kindOfColumn == Numbers)
                {
                    var kind = (NumericKind)from.ReadInt32();
                    if (!Enum.IsDefined(kind)) throw new FormatException($"There are no numbers of kind {kind}.");
                    columns[c] = new NumericColumn(column, Values<double>(from, rows), kind);
                    continue;
                }

                if (kindOfColumn != Categories) throw new FormatException($"There is no column of kind {kindOfColumn}.");
                string[] levels = Texts(from);
                columns[c] = new CategoricalColumn(column, Values<int>(from, rows), levels);
            }

            var dataset = new Dataset(name, target, labels, classes, columns);
            return weights.Length == 0 ? dataset : dataset.WithSampleWeights(weights);
        }
        catch (Exception damaged) when (damaged is IOException or InvalidDataException or ArgumentException or OverflowException or FormatException
            or UnusableDataException or UnauthorizedAccessException)
        {
            throw new UnusableDataException("This is no file of rows that a comparison wrote, or it is damaged. Begin the comparison again.", path,
                innerException: damaged);
        }
    }

    private static void Texts(BinaryWriter to, IReadOnlyList<string> texts)
    {
        to.Write(texts.Count);
        foreach (string text in texts) to.Write(text);
    }

    private static string[] Texts(BinaryReader from)
    {
        string[] texts = new string[from.ReadCount(1)];
        for (int i = 0; i < texts.Length; i++) texts[i] = from.ReadString();
        return texts;
    }

    private static T[] Values<T>(BinaryReader from, int count) where T : unmanaged
    {
        var values = new T[from.Fits(count, System.Runtime.CompilerServices.Unsafe.SizeOf<T>())];
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
