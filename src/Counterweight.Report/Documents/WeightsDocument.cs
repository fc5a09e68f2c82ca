using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Counterweight.Comparison;

namespace Counterweight.Report;

/// <summary>Class counts and weights as a JSON document: what <c>weights --json</c> prints.</summary>
/// <param name="Classes">The classes in the order of their codes.</param>
/// <param name="Rows">N, the number of rows.</param>
/// <param name="Unit">What was counted: rows, images, pixels, boxes, tokens.</param>
/// <param name="ImbalanceRatio">The largest count over the smallest that is not zero.</param>
/// <param name="Schemes">The weights of each scheme.</param>
/// <param name="Warnings">What the user should know.</param>
/// <param name="PositiveWeight">For two classes: negatives over positives; else null.</param>
/// <param name="Snippets">Code to paste, if it was asked for.</param>
public sealed record WeightsDocument(
    IReadOnlyList<ClassEntry> Classes, long Rows, string Unit, double ImbalanceRatio, IReadOnlyList<SchemeEntry> Schemes,
    IReadOnlyList<Warning> Warnings, PositiveWeightEntry? PositiveWeight, IReadOnlyList<SnippetEntry>? Snippets)
{
    private const int FewRows = 30;

    /// <summary>How the document is serialised.</summary>
    public static JsonTypeInfo<WeightsDocument> JsonType => ReportDocuments.Documents.WeightsDocument;

    /// <summary>Makes the document of some weights.</summary>
    /// <param name="counts">The class counts.</param>
    /// <param name="weights">Weights that were made for them.</param>
    /// <param name="positiveClass">The code of the positive class of two; null for none.</param>
    /// <param name="snippets">Code to paste; null for none.</param>
    /// <param name="unit">What was counted; rows if omitted.</param>
    /// <param name="groups">How many images (or sentences) have each class, where the unit is smaller.</param>
    public static WeightsDocument Of(
        ClassCounts counts, IReadOnlyList<ClassWeights> weights, int? positiveClass = null, IReadOnlyList<SnippetEntry>? snippets = null,
        LabelUnit? unit = null, LabelGroups? groups = null)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(weights);
        unit ??= LabelUnit.Rows;
        IReadOnlyList<long>? images = unit.Group == "images" ? groups?.OfClass : null;
        return new(
            [.. Enumerable.Range(0, counts.Classes).Select(
                c => new ClassEntry(counts.Labels[c], counts[c], counts.Share(c), images?[c], counts.PixelsOfImages?[c]))],
            counts.Rows,
            unit.Name,
            counts.ImbalanceRatio,
            [.. weights.Select(w => new SchemeEntry(w.Scheme, w.Options.Normalisation.Name(), w.ToArray(), w.PriorAfter(), w.EffectiveSampleSize()))],
            WarningsOf(counts, weights, unit),
            positiveClass is int p && counts[p] > 0 ? new(counts.Labels[p], Counterweight.PositiveWeight.Of(counts, p)) : null,
            snippets);
    }

    /// <summary>Writes the document as indented UTF-8 JSON.</summary>
    /// <param name="stream">Where to.</param>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, JsonType);

    private static List<Warning> WarningsOf(ClassCounts counts, IReadOnlyList<ClassWeights> weights, LabelUnit unit)
    {
        List<Warning> warnings = [];
        long smallest = counts.AsSpan().ToArray().Where(n => n > 0).Min();
        int rarest = counts.AsSpan().IndexOf(smallest);
        if (counts.ImbalanceRatio > 9)
            warnings.Add(new("beyond-90-10",
                $"The largest class has {Figures.Short(counts.ImbalanceRatio, 3)} times the {unit.Name} of the smallest, more than 90:10. "
                + "Weights this unequal often trade precision for recall without a better ranking: check with 'compare' that they help, and judge by more "
                + "than accuracy."));
        if (smallest < FewRows)
            warnings.Add(new("few-rows", $"The class '{counts.Labels[rarest]}' has {smallest} {(smallest == 1 ? unit.Singular : unit.Name)}. "
                + $"A weight repeats what these {unit.Name} say and adds no information; every figure about this class will be uncertain."));
        if (counts.AsSpan().Contains(0))
            warnings.Add(new("empty-class",
                $"The class '{counts.Labels[counts.AsSpan().IndexOf(0)]}' has no {unit.Name}; its weight follows from --empty-class, not from data."));
        ClassWeights? thin = weights.MinBy(w => w.EffectiveSampleSize());
        if (thin is not null && thin.EffectiveSampleSize() < 0.25 * counts.Rows)
            warnings.Add(new("few-effective-rows",
                $"Under '{thin.Scheme}' the {Figures.Count(counts.Rows)} {unit.Name} carry as much as {Figures.Short(thin.EffectiveSampleSize(), 3)} equally "
                + "weighted ones: gradients are noisier. Consider a milder scheme such as power(0.5), or --cap."));
        return warnings;
    }
}
