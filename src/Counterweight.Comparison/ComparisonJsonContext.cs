using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Serialisers made when the library is built: no reflection at run time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LinearLearner.State))]
[JsonSerializable(typeof(ModuleLearner.State), TypeInfoPropertyName = "ModuleState")]
[JsonSerializable(typeof(EnsembleState))]
[JsonSerializable(typeof(int[][]))]
[JsonSerializable(typeof(Preprocessor))]
[JsonSerializable(typeof(ComparisonDocument))]
[JsonSerializable(typeof(ModelMetadata))]
[JsonSerializable(typeof(DatasetShape))]
internal sealed partial class ComparisonJsonContext : JsonSerializerContext
{
    /// <summary>The context for files that may be damaged: what must be there is there, and is not null.</summary>
    internal static ComparisonJsonContext Strict { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new ReadingJson() },
    });

    /// <summary>The context for what people read: <c>weights:balanced+threshold:tuned</c> and letters of every script as themselves.</summary>
    internal static ComparisonJsonContext Documents { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });
}
