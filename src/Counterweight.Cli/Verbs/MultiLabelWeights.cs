using System.Globalization;
using Counterweight.Comparison;
using Counterweight.Data;
using Counterweight.Report;

namespace Counterweight.Cli;

/// <summary><c>weights</c> where a row may have several labels: a positive weight per label, and the shift that undoes it at inference.</summary>
internal static class MultiLabelWeights
{
    private static readonly string[] Frameworks = ["torchsharp", "pytorch", "sklearn", "keras", "huggingface", "lightning", "xgboost", "catboost", "lightgbm"];

    /// <summary>The weights of every label, with what should be known of them.</summary>
    internal static MultiLabelDocument Document(LabelTally tally, EmptyClassPolicy empty, IReadOnlyList<string> frameworks)
    {
        MultiLabelCounts counts = tally.MultiLabel!;
        double[] weights = counts.PositiveWeights(empty);
        List<Warning> warnings = [];
        for (int l = 0; l < weights.Length; l++)
        {
            if (counts.Positives[l] == 0)
                warnings.Add(new("empty-class", $"No row has the label '{counts.Labels[l]}'; its weight follows from --empty-class, not from data."));
            else if (counts.Positives[l] == counts.Rows)
                warnings.Add(new("no-negatives", $"Every row has the label '{counts.Labels[l]}': there is nothing to learn of it, and its weight is 0."));
            else if (counts.Positives[l] < 30)
                warnings.Add(new("few-rows", $"The label '{counts.Labels[l]}' has {counts.Positives[l]} positive row{(counts.Positives[l] == 1 ? "" : "s")}. "
                    + "A weight repeats what these rows say and adds no information; every figure about this label will be uncertain."));
        }

        int rarest = Array.IndexOf([.. counts.Positives], counts.Positives.Where(p => p > 0).Min());
        if (weights[rarest] > 9)
            warnings.Add(new("beyond-90-10",
                $"The label '{counts.Labels[rarest]}' has {Tables.Number(weights[rarest], 3)} negative rows to a positive one, more than 90:10. "
                + "Weights this large often trade precision for recall without a better ranking: a threshold per label ('decide') may do as well."));
        foreach (string framework in frameworks)
            if (!Frameworks.Contains(framework))
                throw new UsageException($"--emit {framework} has no form for several labels a row; there is one for {string.Join(", ", Frameworks)}.");
        return new(
            [.. weights.Select((w, l) => new LabelEntry(
                counts.Labels[l], counts.Positives[l], counts.Rows - counts.Positives[l], w, w > 0 ? PositiveWeight.LogitShift(w) : null))],
            counts.Rows, tally.Unit.Name, warnings,
            frameworks.Count == 0 ? null : [.. frameworks.Select(f => new SnippetEntry(f, "positive-weight", MultiLabelSnippets.For(f, counts, weights)))]);
    }

    internal static void Write(Invocation run, LabelTally tally, MultiLabelDocument document)
    {
        Tables.Line(run.Output, $"{tally.Source}, {tally.Target}");
        Tables.Line(run.Output, $"{Tables.Count(document.Rows)} rows, {document.Labels.Count} labels, of which a row may have several");
        Tables.Line(run.Output);
        Tables.Write(
            run.Output, [new("label", false), new("positive"), new("negative"), new("positive weight"), new("logit shift")],
            document.Labels.Select(l => (IReadOnlyList<string>)
            [
                Tables.Short(l.Label), Tables.Count(l.Positives), Tables.Count(l.Negatives), Tables.Number(l.PositiveWeight),
                l.LogitShift is double shift ? shift.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture) : "none",
            ]));
        Tables.Line(run.Output, "positive weight: negatives / positives, the pos_weight of a binary cross entropy per label;");
        Tables.Line(run.Output, "logit shift: subtract it from the logit at inference to undo the weight.");
    }
}

/// <summary>The JSON document of <c>weights</c> for several labels a row.</summary>
internal sealed record MultiLabelDocument(
    IReadOnlyList<LabelEntry> Labels, long Rows, string Unit, IReadOnlyList<Warning> Warnings, IReadOnlyList<SnippetEntry>? Snippets);

/// <summary>A label with its weight; the shift is missing where the weight is zero.</summary>
internal sealed record LabelEntry(string Label, long Positives, long Negatives, double PositiveWeight, double? LogitShift);
