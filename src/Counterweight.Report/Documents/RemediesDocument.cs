using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>The catalogue of remedies as a JSON document: what <c>remedies --json</c> prints.</summary>
/// <param name="Remedies">Every remedy.</param>
/// <param name="UsualRanges">What <c>*</c> stands for as the value of a parameter.</param>
public sealed record RemediesDocument(IReadOnlyList<RemedyEntry> Remedies, IReadOnlyList<UsualRangeEntry> UsualRanges)
{
    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<RemediesDocument> JsonType => ReportDocuments.Documents.RemediesDocument;

    /// <summary>Makes the document of the catalogue as it is now.</summary>
    public static RemediesDocument Of() => new(
        [.. Remedy.Catalogue.Select(Entry)], [.. RemedySpace.UsualRanges.Select(r => new UsualRangeEntry(r.Key.Method, r.Key.Parameter, r.Value))]);

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, JsonType);

    private static RemedyEntry Entry(MethodDefinition method) => new(
        Kind(method.Name), method.Name, method.Signature, method.Summary, method.Source.TrimEnd('.'),
        [.. method.Parameters.Select(p => new ParameterEntry(p.Name, Default(p), p.Accepted, p.Description))]);

    private static string Kind(string name) => name.Split(':')[0] switch
    {
        "none" => "baseline",
        "weights" or "positive-weight" or "scale-pos-weight" or "is-unbalance" => "weights",
        "sampler" => "samplers",
        "loss" => "losses",
        "resample" => "resamplers",
        "ensemble" => "ensembles",
        _ => "decisions",
    };

    private static object? Default(ParameterDefinition parameter) => parameter switch
    {
        _ when double.IsNaN(parameter.Default) => null,
        { Choices.Count: > 0 } => parameter.Choices[(int)parameter.Default],
        { IsInteger: true } => (long)parameter.Default,
        _ when !double.IsFinite(parameter.Default) => parameter.Format(parameter.Default),
        _ => parameter.Default,
    };
}
