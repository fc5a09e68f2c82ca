using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Counterweight.ML;

/// <summary>Counts classes where it is fitted, and becomes ML.NET's own value mapping.</summary>
internal sealed class ClassWeightsEstimator(
    TransformsCatalog catalog, string output, string label, WeightScheme scheme, WeightOptions options, string? sampleWeights) : IEstimator<ITransformer>
{
    private string OfClass => sampleWeights is null ? output : output + " of the class";

    public ITransformer Fit(IDataView input)
    {
        LabelledRows rows = LabelledRows.Read(input, label, weight: sampleWeights);
        Counterweight.ClassWeights weights;
        try
        {
            weights = Counterweight.ClassWeights.From(rows.Counts, scheme, options);
        }
        catch (ArgumentException unfit)
        {
            throw new UnusableDataException($"The classes cannot be weighted: {unfit.Message}", column: label, innerException: unfit);
        }

        return Pipeline(rows.Label.Type.RawType, [.. weights.ToArray().Select((w, c) => (rows.ValueOf(c), (float)w))]).Fit(input);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string name in sampleWeights is null ? [label] : new[] { label, sampleWeights })
            if (!inputSchema.Any(c => c.Name == name)) throw ViewColumns.Missing(name, inputSchema.Select(c => c.Name));
        SchemaShape.Column column = inputSchema.First(c => c.Name == label);
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw new UnusableDataException("The column is a vector; class weights need one label per row.", column: label);
        Type type = column.ItemType.RawType;
        object any = type == typeof(ReadOnlyMemory<char>) ? "".AsMemory() : Activator.CreateInstance(type)!;
        return Pipeline(type, [(any, 1)]).GetOutputSchema(inputSchema);
    }

    private IEstimator<ITransformer> Pipeline(Type type, (object Key, float Weight)[] weights)
    {
        IEstimator<ITransformer> mapping =
            type == typeof(bool) ? Map<bool>(weights)
            : type == typeof(ReadOnlyMemory<char>)
                ? catalog.Conversion.MapValue(OfClass, weights.Select(w => KeyValuePair.Create(((ReadOnlyMemory<char>)w.Key).ToString(), w.Weight)), label)
            : type == typeof(float) ? Map<float>(weights)
            : type == typeof(double) ? Map<double>(weights)
            : type == typeof(uint) ? Map<uint>(weights)
            : type == typeof(int) ? Map<int>(weights)
            : type == typeof(long) ? Map<long>(weights)
            : type == typeof(ulong) ? Map<ulong>(weights)
            : type == typeof(short) ? Map<short>(weights)
            : type == typeof(ushort) ? Map<ushort>(weights)
            : type == typeof(byte) ? Map<byte>(weights)
            : type == typeof(sbyte) ? Map<sbyte>(weights)
            : throw new UnusableDataException(
                string.Create(CultureInfo.InvariantCulture, $"The column holds {type.Name}; class weights need a Boolean, a key, a text or a number."),
                column: label);
        return sampleWeights is null ? mapping
            : mapping.Append(catalog.Expression(output, "(a, b) : a * b", OfClass, sampleWeights)).Append(catalog.DropColumns(OfClass));
    }

    private ValueMappingEstimator<T, float> Map<T>((object Key, float Weight)[] weights) =>
        catalog.Conversion.MapValue(OfClass, weights.Select(w => KeyValuePair.Create((T)w.Key, w.Weight)), label);
}
