using System.Text.Json.Serialization;

namespace Counterweight.Cli;

/// <summary>The JSON document of <c>weights</c>; properties stand in the order of the contract.</summary>
internal sealed record WeightsDocument(
    IReadOnlyList<ClassEntry> Classes,
    long Rows,
    double ImbalanceRatio,
    IReadOnlyList<SchemeEntry> Schemes,
    IReadOnlyList<WarningEntry> Warnings,
    PositiveWeightEntry? PositiveWeight,
    IReadOnlyList<SnippetEntry>? Snippets);

/// <summary>A class with its rows.</summary>
internal sealed record ClassEntry(string Label, long Count, double Share);

/// <summary>The weights of a scheme, in the order of the classes.</summary>
internal sealed record SchemeEntry(string Name, string Normalisation, double[] Weights, double[] PriorAfter, double EffectiveSampleSize);

/// <summary>A warning with a code that stays the same.</summary>
internal sealed record WarningEntry(string Code, string Message);

/// <summary>For two classes: negatives over positives.</summary>
internal sealed record PositiveWeightEntry(string PositiveClass, double Value);

/// <summary>Code to paste.</summary>
internal sealed record SnippetEntry(string Framework, string Scheme, string Code);

/// <summary>The JSON document of <c>remedies</c>.</summary>
internal sealed record RemediesDocument(IReadOnlyList<RemedyEntry> Remedies, IReadOnlyList<UsualRangeEntry> UsualRanges);

/// <summary>What <c>*</c> stands for as the value of a parameter.</summary>
internal sealed record UsualRangeEntry(string Remedy, string Parameter, string Range);

/// <summary>A method of a catalogue.</summary>
internal sealed record RemedyEntry(string Kind, string Name, string Signature, string Summary, string Source, IReadOnlyList<ParameterEntry> Parameters);

/// <summary>A parameter of a method; <c>default</c> is missing where the user must give a value.</summary>
internal sealed record ParameterEntry(string Name, object? Default, string Accepted, string Description);

/// <summary>The JSON document of <c>predict</c>.</summary>
internal sealed record PredictDocument(long Rows, IReadOnlyList<Counterweight.Comparison.ClassCountEntry> Predictions, string File);

/// <summary>The JSON document of <c>explain</c>.</summary>
internal sealed record ExplainDocument(
    IReadOnlyList<ExplainClass> Classes, long Rows, double ImbalanceRatio, string Scheme, string Normalisation, string Reduction, int BatchSize,
    double MeanWeight, double EffectiveSampleSize,
    double EffectiveBatchSize, double GradientVarianceGrowth, double LearningRateFactor, double LearningRateThatOffsets, double LargestRowShare,
    double LearningRateThatEvensRows, bool BeyondNinetyTen, double Separability,
    double AccuracyBefore, double AccuracyAfter, double BalancedAccuracyBefore, double BalancedAccuracyAfter, MeasuredEffect? Measured,
    IReadOnlyList<ExplainFinding> Findings);

/// <summary>A class in the document of <c>explain</c>.</summary>
internal sealed record ExplainClass(
    string Label, long Count, double Share, double Weight, double PriorAfter, double RowsPerBatch, double ChanceAbsent, double BatchesBetween,
    double LoneRowShare, double RecallBefore, double RecallAfter);

/// <summary>A finding in words.</summary>
internal sealed record ExplainFinding(string Code, string Text, string? Command);

/// <summary>How the documents are written: camel case, indented, in the order of declaration, letters of every script as themselves.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WeightsDocument))]
[JsonSerializable(typeof(RemediesDocument))]
[JsonSerializable(typeof(PredictDocument))]
[JsonSerializable(typeof(ExplainDocument))]
[JsonSerializable(typeof(ResampleDocument))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(string))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The context that writes letters of every script as themselves.</summary>
    internal static CliJson Documents { get; } = new(new System.Text.Json.JsonSerializerOptions
    {
        PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    });
}
