using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Counterweight.Report;

/// <summary>How the documents are written: camel case, indented, in the order of declaration, letters of every script as themselves.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WeightsDocument))]
[JsonSerializable(typeof(RemediesDocument))]
[JsonSerializable(typeof(PredictDocument))]
[JsonSerializable(typeof(ExplainDocument))]
[JsonSerializable(typeof(ResampleDocument))]
[JsonSerializable(typeof(DecideDocument))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(string))]
internal sealed partial class ReportDocuments : JsonSerializerContext
{
    internal static ReportDocuments Documents { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });
}
