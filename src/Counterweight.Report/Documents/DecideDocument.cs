using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>A decision for given scores as a JSON document: what <c>decide --json</c> prints.</summary>
/// <param name="File">The file or other source of the rows.</param>
/// <param name="Rows">N, the number of rows.</param>
/// <param name="Classes">The classes in the order of their codes.</param>
/// <param name="PositiveClass">The positive class of two; null for more.</param>
/// <param name="Metric">What was tuned for.</param>
/// <param name="HigherIsBetter">Whether a higher value of it is better.</param>
/// <param name="Decision">The decision.</param>
/// <param name="Folds">The folds by which it was judged.</param>
/// <param name="CrossFitted">Whether it was judged on rows that did not tune it.</param>
/// <param name="ConfusionBefore">Rows by truth (outer) and most probable class (inner).</param>
/// <param name="ConfusionAfter">Rows by truth (outer) and decided class (inner).</param>
/// <param name="Metrics">What it changes in each metric, the one tuned for first.</param>
/// <param name="Cost">The costs of all rows, if there are costs.</param>
/// <param name="Calibration">What a calibration changes, if one was asked for.</param>
/// <param name="DecisionFile">The file that the decision was written to.</param>
/// <param name="Warnings">What the user should know.</param>
public sealed record DecideDocument(
    string File, long Rows, IReadOnlyList<ClassEntry> Classes, string? PositiveClass, string Metric, bool HigherIsBetter, DecisionEntry Decision, int Folds,
    bool CrossFitted, long[][] ConfusionBefore, long[][] ConfusionAfter, IReadOnlyList<GainEntry> Metrics, CostEntry? Cost,
    IReadOnlyList<GainEntry>? Calibration, string? DecisionFile, IReadOnlyList<Warning> Warnings)
{
    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<DecideDocument> JsonType => ReportDocuments.Documents.DecideDocument;

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, JsonType);
}
