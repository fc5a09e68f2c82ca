using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace Counterweight.Onnx;

/// <summary>Puts a graph together: inputs, constants, nodes, outputs, under names that are not taken.</summary>
internal sealed class GraphBuilder
{
    internal const string MachineLearning = "ai.onnx.ml";
    private readonly GraphProto graph = new() { Name = "counterweight" };
    private readonly HashSet<string> taken;
    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal);
    private int next;

    /// <summary>Begins a graph.</summary>
    /// <param name="reserved">Names of inputs and outputs, which nothing else may have.</param>
    internal GraphBuilder(IEnumerable<string> reserved) => taken = new(reserved, StringComparer.Ordinal);

    /// <summary>The graph so far.</summary>
    internal GraphProto Graph => graph;

    /// <summary>Adds an input.</summary>
    internal void Input(string name, TensorProto.Types.DataType type, string doc, long columns = 1) => graph.Input.Add(Value(name, type, doc, columns));

    /// <summary>Adds an output that a node has made under this name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="doc">What it is.</param>
    /// <param name="columns">How many columns it has; 0 for one value per row.</param>
    internal void Output(string name, TensorProto.Types.DataType type, string doc, long columns) => graph.Output.Add(Value(name, type, doc, columns));

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">What it is given; an empty name is an input left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="domain">The operator's domain.</param>
    /// <param name="output">The name of the output; a new one if null.</param>
    /// <returns>The name of the output.</returns>
    internal string Node(
        string operation, IReadOnlyList<string> inputs, IReadOnlyList<AttributeProto>? attributes = null, string domain = "", string? output = null)
    {
        output ??= Fresh(operation);
        var node = new NodeProto { OpType = operation, Name = output, Domain = domain };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        if (attributes is not null) node.Attribute.AddRange(attributes);
        graph.Node.Add(node);
        return output;
    }

    /// <summary>A node with inputs and no attributes.</summary>
    internal string Op(string operation, params string[] inputs) => Node(operation, inputs);

    /// <summary>Converts the elements.</summary>
    internal string Cast(string value, TensorProto.Types.DataType type) => Node("Cast", [value], [Int("to", (long)type)]);

    /// <summary>Reduces the columns of each row to one, which stays a column.</summary>
    internal string OverColumns(string operation, string value) => Node(operation, [value, Longs([1], 1)], [Int("keepdims", 1)]);

    /// <summary>Joins columns side by side; of one input nothing is made.</summary>
    internal string Columns(IReadOnlyList<string> values) => values.Count == 1 ? values[0] : Node("Concat", values, [Int("axis", 1)]);

    /// <summary>Some columns of a value, by index.</summary>
    internal string Pick(string value, params long[] columns) => Node("Gather", [value, Longs(columns, columns.Length)], [Int("axis", 1)]);

    internal string Double(double value) => Doubles([value]);

    internal string Doubles(ReadOnlySpan<double> values, params long[] shape) =>
        Constant(TensorProto.Types.DataType.Double, MemoryMarshal.AsBytes(values), shape);

    internal string Floats(ReadOnlySpan<float> values, params long[] shape) =>
        Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), shape);

    internal string Longs(ReadOnlySpan<long> values, params long[] shape) =>
        Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), shape);

    internal string Strings(IReadOnlyList<string> values)
    {
        var tensor = new TensorProto { DataType = (int)TensorProto.Types.DataType.String, Name = Fresh("Constant") };
        tensor.Dims.Add(values.Count);
        tensor.StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    internal static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    internal static AttributeProto Ints(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    internal static AttributeProto StringsOf(string name, IEnumerable<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
        attribute.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    internal static AttributeProto Tensor(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> values, long count)
    {
        var tensor = new TensorProto { DataType = (int)type, Name = name, RawData = ByteString.CopyFrom(values) };
        tensor.Dims.Add(count);
        return new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Tensor, T = tensor };
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, string doc, long columns)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        if (columns > 0) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = columns });
        return new ValueInfoProto
        {
            Name = name,
            DocString = doc,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> values, long[] shape)
    {
        string? key = values.Length <= 64 ? $"{type} {string.Join(',', shape)} {Convert.ToHexString(values)}" : null;
        if (key is not null && constants.TryGetValue(key, out string? known)) return known;
        var tensor = new TensorProto { DataType = (int)type, Name = Fresh("Constant"), RawData = ByteString.CopyFrom(values) };
        tensor.Dims.AddRange(shape);
        graph.Initializer.Add(tensor);
        if (key is not null) constants[key] = tensor.Name;
        return tensor.Name;
    }

    private string Fresh(string operation)
    {
        string name;
        do
        {
            name = $"{operation}_{++next}";
        }
        while (!taken.Add(name));
        return name;
    }
}
