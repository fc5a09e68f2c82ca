using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>What <c>predict --json</c> prints.</summary>
/// <param name="Rows">The number of rows.</param>
/// <param name="Predictions">How many rows were decided as each class.</param>
/// <param name="File">The file that the predictions were written to.</param>
public sealed record PredictDocument(long Rows, IReadOnlyList<ClassCountEntry> Predictions, string File)
{
    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<PredictDocument> JsonType => ReportDocuments.Documents.PredictDocument;

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, JsonType);
}
