using System.Globalization;
using System.Text.Json;
using Counterweight.Comparison;
using Google.Protobuf;
using Onnx;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Counterweight.Onnx;

/// <summary>A trained classifier as an ONNX model: what is computed, and the metadata by which it is known again.</summary>
internal static class OnnxGraph
{
    internal const string FormatKey = "counterweight.format", ColumnsKey = "counterweight.columns", ClassesKey = "counterweight.classes",
        DecisionKey = "counterweight.decision", SchemaKey = "counterweight.schema", LearnerKey = "counterweight.learner",
        RemedyKey = "counterweight.remedy", TargetKey = "counterweight.target", VerifiedKey = "counterweight.verified";

    /// <summary>The version of the metadata.</summary>
    internal const string Format = "1";

    /// <summary>What the files ask of a runtime: ONNX 1.16 of March 2024, the first with TreeEnsemble in doubles.</summary>
    private const int IrVersion = 10, Operators = 21, MachineLearningOperators = 5;

    internal static string Version { get; } = typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Writes the model down.</summary>
    /// <param name="model">The model.</param>
    /// <param name="form">What it computes.</param>
    /// <param name="threshold">The threshold to put in the place of the decision's; null for the decision's own.</param>
    internal static ModelProto Of(TrainedClassifier model, ModelForm form, double? threshold)
    {
        IReadOnlyList<OnnxColumn> columns = OnnxColumn.All(model.Preparation);
        var graph = new GraphBuilder([OnnxColumn.Label, OnnxColumn.Probabilities, .. columns.Select(c => c.Input)]);
        FeatureNodes features = FeatureNodes.Of(graph, columns, model.Metadata.FillsIn);
        string p = new ModelNodes(graph, features).Probabilities(form);
        var decisions = new DecisionNodes(graph, threshold);
        IDecision rule = model.Decision.Rule;
        if (rule is TransformedDecision transformed) (p, rule) = (decisions.Transformed(transformed.Transform, p), transformed.Inner);
        string decided = decisions.Class(rule, p);
        int k = model.Decision.Classes;
        graph.Node("Gather", [graph.Strings(model.Decision.Labels), decided], [GraphBuilder.Int("axis", 0)], output: OnnxColumn.Label);
        graph.Node("Identity", [p], output: OnnxColumn.Probabilities);
        graph.Output(OnnxColumn.Label, DataType.String, "The decided class.", 0);
        graph.Output(OnnxColumn.Probabilities, DataType.Double, $"The probabilities of the classes {Classes(model)}.", k);
        ModelMetadata about = model.Metadata;
        var made = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "counterweight",
            ProducerVersion = Version,
            Domain = "counterweight",
            ModelVersion = 1,
            Graph = graph.Graph,
            DocString = $"{about.Learner} / {about.Remedy}, which predicts {about.Target}: {model.Decision.Description}.",
        };
        made.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Operators });
        made.OpsetImport.Add(new OperatorSetIdProto { Domain = GraphBuilder.MachineLearning, Version = MachineLearningOperators });
        foreach ((string key, string value) in ((string, string)[])
        [
            (FormatKey, Format), ("counterweight.version", Version),
            (ColumnsKey, JsonSerializer.Serialize([.. columns], OnnxJsonContext.Default.OnnxColumnArray)), (ClassesKey, Classes(model)),
            (DecisionKey, model.Decision.ToJson()), (SchemaKey, model.JsonSchema), (LearnerKey, about.Learner), (RemedyKey, about.Remedy),
            (TargetKey, about.Target), ("counterweight.rows", about.Rows.ToString(CultureInfo.InvariantCulture)),
        ]) Say(made, key, value);
        return made;
    }

    internal static void Say(ModelProto model, string key, string value) =>
        model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });

    private static string Classes(TrainedClassifier model) =>
        JsonSerializer.Serialize([.. model.Decision.Labels], OnnxJsonContext.Default.StringArray);
}
