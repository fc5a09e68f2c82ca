using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>A diagnosis as a JSON document: what <c>explain --json</c> prints. The figures are those of <see cref="Diagnosis"/>.</summary>
/// <param name="Classes">The figures of each class.</param>
/// <param name="Rows">N, the number of rows.</param>
/// <param name="Unit">What was counted: rows, images, pixels, boxes, tokens.</param>
/// <param name="ImbalanceRatio">The largest count over the smallest that is not zero.</param>
/// <param name="Scheme">The canonical name of the weight scheme.</param>
/// <param name="Normalisation">The name of the scale.</param>
/// <param name="Reduction">weighted-mean, batch-mean or sum.</param>
/// <param name="BatchSize">Rows of a batch; its images or sentences where pixels, boxes or tokens are counted.</param>
/// <param name="MeanWeight">The mean weight of a row.</param>
/// <param name="EffectiveSampleSize">How many equally weighted rows carry as much.</param>
/// <param name="EffectiveBatchSize">The same for a batch.</param>
/// <param name="GradientVarianceGrowth">How many times the variance of the gradient grows.</param>
/// <param name="LearningRateFactor">What plain gradient descent's rate is multiplied by.</param>
/// <param name="LearningRateThatOffsets">The factor of the rate that brings the noise back.</param>
/// <param name="LargestRowShare">The largest share of a batch's weight that a lone row has.</param>
/// <param name="LearningRateThatEvensRows">The factor of the rate that makes it an ordinary one.</param>
/// <param name="BeyondNinetyTen">Whether the case lies beyond 90/10.</param>
/// <param name="Separability">The assumed area under the ROC curve between two classes.</param>
/// <param name="AccuracyBefore">Expected accuracy without weights.</param>
/// <param name="AccuracyAfter">Expected accuracy with them.</param>
/// <param name="BalancedAccuracyBefore">Expected balanced accuracy without weights.</param>
/// <param name="BalancedAccuracyAfter">Expected balanced accuracy with them.</param>
/// <param name="Measured">What a comparison measured instead.</param>
/// <param name="Findings">The diagnosis in words.</param>
public sealed record ExplainDocument(
    IReadOnlyList<ExplainClass> Classes, long Rows, string Unit, double ImbalanceRatio, string Scheme, string Normalisation, string Reduction,
    int BatchSize, double MeanWeight, double EffectiveSampleSize, double EffectiveBatchSize, double GradientVarianceGrowth, double LearningRateFactor,
    double LearningRateThatOffsets, double LargestRowShare, double LearningRateThatEvensRows, bool BeyondNinetyTen, double Separability,
    double AccuracyBefore, double AccuracyAfter, double BalancedAccuracyBefore, double BalancedAccuracyAfter, MeasuredEffect? Measured,
    IReadOnlyList<ExplainFinding> Findings)
{
    /// <summary>What tells of each class in text columns; null if none was named.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TellingNGrams>? Telling { get; init; }

    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<ExplainDocument> JsonType => ReportDocuments.Documents.ExplainDocument;

    /// <summary>Makes the document of a diagnosis.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    public static ExplainDocument Of(Diagnosis diagnosis)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        Diagnosis d = diagnosis;
        return new(
            [.. d.Classes.Select(c => new ExplainClass(
                c.Label, c.Count, c.Share, c.Weight, c.PriorAfter, c.RowsPerBatch, c.ChanceAbsent, c.BatchesBetween, c.LoneRowShare, c.RecallBefore,
                c.RecallAfter))],
            d.Weights.Counts.Rows, d.Unit.Name, d.Weights.Counts.ImbalanceRatio, d.Weights.Scheme, d.Weights.Options.Normalisation.Name(),
            ReductionNames.Of(d.Reduction), d.BatchSize, d.MeanWeight, d.EffectiveSampleSize, d.EffectiveBatchSize, d.GradientVarianceGrowth,
            d.LearningRateFactor, d.LearningRateThatOffsets,
            d.LargestRowShare, d.LearningRateThatEvensRows, d.IsBeyondNinetyTen, d.Separability, d.AccuracyBefore, d.AccuracyAfter, d.BalancedAccuracyBefore,
            d.BalancedAccuracyAfter, d.Measured, [.. d.Findings.Select(f => new ExplainFinding(f.Code, f.Text, f.Command))]);
    }

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, JsonType);
}
