using System.Text.Encodings.Web;
using System.Text.Json;

namespace Counterweight;

/// <summary>A diagnosis as the document that <c>counterweight explain --format json</c> writes.</summary>
internal static class ExplainJson
{
    internal static byte[] Write(Diagnosis d, string reduction)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            ClassWeights weights = d.Weights;
            json.WriteStartObject();
            json.WriteStartArray("classes");
            foreach (ClassDiagnosis c in d.Classes)
            {
                json.WriteStartObject();
                json.WriteString("label", c.Label);
                json.WriteNumber("count", c.Count);
                Number(json, "share", c.Share);
                Number(json, "weight", c.Weight);
                Number(json, "priorAfter", c.PriorAfter);
                Number(json, "rowsPerBatch", c.RowsPerBatch);
                Number(json, "chanceAbsent", c.ChanceAbsent);
                Number(json, "batchesBetween", c.BatchesBetween);
                Number(json, "loneRowShare", c.LoneRowShare);
                Number(json, "recallBefore", c.RecallBefore);
                Number(json, "recallAfter", c.RecallAfter);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("rows", weights.Counts.Rows);
            Number(json, "imbalanceRatio", weights.Counts.ImbalanceRatio);
            json.WriteString("scheme", weights.Scheme);
            json.WriteString("normalisation", weights.Options.Normalisation.Name());
            json.WriteString("reduction", reduction);
            json.WriteNumber("batchSize", d.BatchSize);
            Number(json, "meanWeight", d.MeanWeight);
            Number(json, "effectiveSampleSize", d.EffectiveSampleSize);
            Number(json, "effectiveBatchSize", d.EffectiveBatchSize);
            Number(json, "gradientVarianceGrowth", d.GradientVarianceGrowth);
            Number(json, "learningRateFactor", d.LearningRateFactor);
            Number(json, "learningRateThatOffsets", d.LearningRateThatOffsets);
            Number(json, "largestRowShare", d.LargestRowShare);
            Number(json, "learningRateThatEvensRows", d.LearningRateThatEvensRows);
            json.WriteBoolean("beyondNinetyTen", d.IsBeyondNinetyTen);
            Number(json, "separability", d.Separability);
            Number(json, "accuracyBefore", d.AccuracyBefore);
            Number(json, "accuracyAfter", d.AccuracyAfter);
            Number(json, "balancedAccuracyBefore", d.BalancedAccuracyBefore);
            Number(json, "balancedAccuracyAfter", d.BalancedAccuracyAfter);
            json.WriteStartArray("findings");
            foreach (Finding finding in d.Findings)
            {
                json.WriteStartObject();
                json.WriteString("code", finding.Code);
                json.WriteString("text", finding.Text);
                if (finding.Command is not null) json.WriteString("command", finding.Command);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
