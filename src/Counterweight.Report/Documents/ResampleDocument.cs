using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>What <c>resample --json</c> prints.</summary>
/// <param name="Method">The canonical name of the method.</param>
/// <param name="Strategy">Which classes changed.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Out">The file that was written.</param>
/// <param name="RowsBefore">Rows of the input.</param>
/// <param name="RowsAfter">Rows of the output.</param>
/// <param name="SyntheticRows">Rows that are in no input row.</param>
/// <param name="Classes">The classes before and after.</param>
/// <param name="Warnings">What the user should know.</param>
public sealed record ResampleDocument(
    string Method, string Strategy, long Seed, string Out, long RowsBefore, long RowsAfter, long SyntheticRows, IReadOnlyList<ResampledClassEntry> Classes,
    IReadOnlyList<Warning> Warnings)
{
    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<ResampleDocument> JsonType => ReportDocuments.Documents.ResampleDocument;

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, JsonType);
}
