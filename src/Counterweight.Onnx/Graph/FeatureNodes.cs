using Counterweight.Comparison;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Counterweight.Onnx;

/// <summary>The preparation of <see cref="Preprocessor"/> as nodes: named columns become standardised numbers and codes.</summary>
/// <remarks>
/// Numbers are standardised in doubles and rounded to single precision, as the preparation does, so that every comparison with a threshold falls out as it does
/// there.
/// </remarks>
internal sealed class FeatureNodes
{
    /// <summary>From this deviation on, a value less the mean may be infinite although the standardised value is not.</summary>
    private const double WideDeviation = 1e250;

    private readonly GraphBuilder graph;
    private string? treeInput;

    private FeatureNodes(GraphBuilder graph) => this.graph = graph;

    /// <summary>N x n single-precision numbers; null if there are none.</summary>
    internal string? Numbers { get; private set; }

    /// <summary>For each prepared column how many codes it has, 0 for a number.</summary>
    internal List<int> Levels { get; } = [];

    /// <summary>For each prepared column of codes its N codes; null for a number.</summary>
    internal List<string?> Codes { get; } = [];

    /// <summary>For each prepared column its place in <see cref="TreeInput"/>.</summary>
    internal int[] Places { get; private set; } = [];

    /// <summary>N x D doubles: the numbers, then the codes from <see cref="TreeTable.FirstCode"/> on.</summary>
    internal string TreeInput
    {
        get
        {
            if (treeInput is not null) return treeInput;
            List<string> parts = [];
            if (Numbers is not null) parts.Add(graph.Cast(Numbers, DataType.Double));
            string one = graph.Longs([1], 1);
            string[] codes = [.. Codes.OfType<string>().Select(c => graph.Op("Unsqueeze", c, one))];
            if (codes.Length > 0) parts.Add(graph.Cast(graph.Op("Add", graph.Columns(codes), graph.Longs([TreeTable.FirstCode])), DataType.Double));
            return treeInput = graph.Columns(parts);
        }
    }

    internal static FeatureNodes Of(GraphBuilder graph, IReadOnlyList<OnnxColumn> columns, bool fillIn)
    {
        var nodes = new FeatureNodes(graph);
        foreach (OnnxColumn column in columns)
            graph.Input(column.Input, column.Levels is null ? DataType.Double : DataType.String, column.Describe());
        OnnxColumn[] numeric = [.. columns.Where(c => c.Levels is null)];
        string? missing = nodes.AddNumbers(numeric, fillIn);
        string one = graph.Longs([1], 1);
        List<(int Place, int Own)> places = [];
        int number = 0, code = numeric.Length;
        foreach (OnnxColumn column in columns)
        {
            bool isNumber = column.Levels is null;
            places.Add((places.Count, isNumber ? number++ : code++));
            nodes.Levels.Add(isNumber ? 0 : column.Levels!.Count + 1);
            nodes.Codes.Add(isNumber ? null : graph.Op("Squeeze", graph.Node(
                "LabelEncoder", [column.Input],
                [
                    GraphBuilder.StringsOf("keys_strings", column.Levels!.Count > 0 ? column.Levels : [column.Missing + "?"]),
                    GraphBuilder.Ints("values_int64s", column.Levels.Count > 0 ? Enumerable.Range(0, column.Levels.Count).Select(i => (long)i) : [0L]),
                    GraphBuilder.Int("default_int64", column.Levels.Count),
                ], GraphBuilder.MachineLearning), one));
        }

        for (int i = 0; fillIn && i < numeric.Length; i++)
        {
            if (!numeric[i].MissingSeen) continue;
            places.Add((places.Count, code++));
            nodes.Levels.Add(2);
            nodes.Codes.Add(graph.Op("Squeeze", graph.Cast(graph.Pick(missing!, i), DataType.Int64), one));
        }

        nodes.Places = [.. places.Select(p => p.Own)];
        return nodes;
    }

    /// <summary>Adds the standardised numbers; returns which are missing, N x n.</summary>
    private string? AddNumbers(OnnxColumn[] columns, bool fillIn)
    {
        if (columns.Length == 0) return null;
        string raw = graph.Columns([.. columns.Select(c => c.Input)]);
        string mean = graph.Doubles([.. columns.Select(c => c.Mean)], columns.Length), unit = graph.Doubles(
            [.. columns.Select(c => c.Scale > 0 ? c.Scale : 1)], columns.Length);
        string apart = graph.Op("Sub", raw, mean), standardised = graph.Op("Div", apart, unit);
        if (columns.Any(c => c.Scale >= WideDeviation))
        {
            string other = graph.Op("Sub", graph.Op("Div", raw, unit), graph.Op("Div", mean, unit));
            string infinite = graph.Op("Greater", graph.Op("Abs", apart), graph.Double(double.MaxValue));
            standardised = graph.Op("Where", infinite, other, standardised);
        }

        string single = graph.Cast(standardised, DataType.Float);
        if (!fillIn)
        {
            Numbers = single;
            return null;
        }

        string missing = graph.Op("IsNaN", raw);
        Numbers = graph.Op("Where", missing, graph.Floats([0f]), single);
        return missing;
    }
}
