using System.Text.Json.Serialization;

namespace Counterweight.Cli;

/// <summary>The JSON document of <c>decide</c>.</summary>
internal sealed record DecideDocument(
    string File,
    long Rows,
    IReadOnlyList<ClassEntry> Classes,
    string? PositiveClass,
    string Metric,
    bool HigherIsBetter,
    DecisionEntry Decision,
    int Folds,
    bool CrossFitted,
    long[][] ConfusionBefore,
    long[][] ConfusionAfter,
    IReadOnlyList<GainEntry> Metrics,
    CostEntry? Cost,
    IReadOnlyList<GainEntry>? Calibration,
    string? DecisionFile,
    IReadOnlyList<WarningEntry> Warnings);

/// <summary>The decision, fitted on all rows; the threshold is missing where nothing is decided positive.</summary>
internal sealed record DecisionEntry(string Recipe, string Description, double? Threshold, double[]? Offsets, IReadOnlyList<string> Constraints);

/// <summary>A metric of the most probable class and of the decision; the interval is of the gain, positive where the decision is better.</summary>
internal sealed record GainEntry(string Name, double Before, double After, double Gain, double CiLow, double CiHigh);

/// <summary>The costs of all rows.</summary>
internal sealed record CostEntry(double Before, double After, double Saved, double CiLow, double CiHigh);

/// <summary>How <see cref="DecideDocument"/> is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DecideDocument))]
internal sealed partial class DecideJson : JsonSerializerContext
{
    internal static DecideJson Documents { get; } = new(new System.Text.Json.JsonSerializerOptions
    {
        PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });
}
