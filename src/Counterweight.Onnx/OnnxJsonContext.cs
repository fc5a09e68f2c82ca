using System.Text.Json.Serialization;

namespace Counterweight.Onnx;

/// <summary>What stands in the metadata of a graph, as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(OnnxColumn[]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class OnnxJsonContext : JsonSerializerContext;
