using System.Globalization;

namespace Counterweight;

/// <summary>A diagnosis in plain words.</summary>
internal static class DiagnosisText
{
    private const int LongestName = 40;

    internal static IReadOnlyList<Finding> Write(Diagnosis d)
    {
        ClassCounts counts = d.Weights.Counts;
        ClassDiagnosis rare = d.Classes[counts.Rarest], common = d.Classes.MaxBy(c => c.Count)!, heavy = d.Classes.MaxBy(c => c.LoneRowShare)!;
        string rareName = Name(rare.Label), commonName = Name(common.Label);
        bool unweighted = d.Classes.All(c => Math.Abs(c.Weight - d.Classes[0].Weight) <= 1e-12 * Math.Abs(d.Classes[0].Weight));
        LabelUnit unit = d.Unit;
        string rows = unit.Name, batch = d.Groups is null ? $"{d.BatchSize}" : $"{d.BatchSize} {(d.BatchSize == 1 ? unit.GroupSingular : unit.Group)}";
        var findings = new List<Finding>();
        findings.Add(new("prior", unweighted
            ? $"All classes weigh the same, so the model learns the shares of the data: '{commonName}' {Percent(common.Share)}, '{rareName}' "
            + $"{Percent(rare.Share)}."
            : $"The model will believe in other class shares: '{rareName}' {Percent(rare.PriorAfter)} instead of {Percent(rare.Share)}, '{commonName}' "
            + $"{Percent(common.PriorAfter)} instead of {Percent(common.Share)}. Its probabilities shift too; 'prior-corrected' undoes that."));
        if (!unweighted)
        {
            findings.Add(new("accuracy", Accuracy(d)));
            findings.Add(new("sample-size",
                $"The effective sample size is {Count((long)Math.Round(d.EffectiveSampleSize))}: the {Count(counts.Rows)} {rows} carry as much as so many "
                + $"equal ones, a batch of {batch} as much as {Amount(d, d.EffectiveBatchSize, 1)}. The gradient's variance grows "
                + $"{Number(d.GradientVarianceGrowth, 1)}-fold; {Number(d.LearningRateThatOffsets, 2)} times the learning rate, or "
                + $"{Number(d.GradientVarianceGrowth, 1)} times the batch, undoes that."));
        }

        findings.Add(new("batch",
            $"A batch of {batch} has {Amount(d, rare.RowsPerBatch, 2)} {rows} of '{rareName}' on average and none with a chance of "
            + $"{Percent(rare.ChanceAbsent)}; one batch in {Number(rare.BatchesBetween, 1)} has any."));
        if (!unweighted)
        {
            findings.Add(new("huge-update",
                $"{(unit == LabelUnit.Images ? "An" : "A")} {unit.Singular} of '{Name(heavy.Label)}' alone of its class in a batch takes "
                + $"{Percent(heavy.LoneRowShare)} of the batch's weight, "
                + $"{Number(heavy.LoneRowShare * d.BatchRows, 1)} times an equal share: a huge update after many small ones. A learning rate "
                + $"{Number(d.LearningRateThatEvensRows, 3)} times as large would make it an ordinary one."));
            findings.Add(Step(d));
        }

        if (d.IsBeyondNinetyTen && d.Groups is { } groups)
        {
            findings.Add(new("sampler",
                $"The case lies beyond 90/10 ({Number(counts.ImbalanceRatio, 1)} to 1). {Capital(unit.Name)} are not drawn one by one; what can be drawn more "
                + $"often are the {Count(groups.OfClass[counts.Rarest])} of {Count(groups.Count)} {unit.Group} that have '{rareName}'."));
        }
        else if (d.IsBeyondNinetyTen)
        {
            AugmentationAdvice advice = AugmentationAdvice.For(counts.AsSpan(), d.BatchSize);
            findings.Add(new("sampler",
                $"The case lies beyond 90/10 ({Number(counts.ImbalanceRatio, 1)} to 1): most of a batch are small losses, and a rare {unit.Singular} is "
                + "a huge update. "
                + $"Drawing classes equally often gives every batch {Number((double)d.BatchSize / counts.Classes, 1)} {rows} of '{rareName}' at weight one.",
                "sampler:class-balanced"));
            findings.Add(new("augmentation",
                $"If images are augmented, {Percent(advice.MajorityShare)} of that work goes to '{commonName}'; a sampler that draws classes equally leaves "
                + $"it {Percent(advice.MajorityShareWithSampler)}. An epoch of its draws costs {Count(advice.Rows)} images as before and shows '{rareName}' "
                + $"as often as {Number(advice.EpochsForSameViews, 1)} plain epochs: {Count((long)Math.Round(advice.ImagesSaved))} images less to augment."));
        }

        findings.AddRange(ToDo(d, unweighted));
        return findings;
    }

    private static string Accuracy(Diagnosis d)
    {
        MeasuredEffect effect = d.Measured ?? new("", d.AccuracyBefore, d.AccuracyAfter, d.BalancedAccuracyBefore, d.BalancedAccuracyAfter);
        double plain = effect.AccuracyAfter - effect.AccuracyBefore, balanced = effect.BalancedAccuracyAfter - effect.BalancedAccuracyBefore;
        string trade = (plain < 0) != (balanced < 0)
            ? $"{Word(plain)} by one, {Word(balanced)} by the other. Judge by the one you need."
            : $"{Word(plain)} by both.";
        string origin = d.Measured is null ? $"If any two classes separate with an AUC of {Number(d.Separability, 2)}" : $"Measured by {d.Measured.Source}";
        return $"So it calls the rare classes more often. {origin}, accuracy goes from {Number(effect.AccuracyBefore, 3)} to "
            + $"{Number(effect.AccuracyAfter, 3)}, balanced accuracy from {Number(effect.BalancedAccuracyBefore, 3)} to "
            + $"{Number(effect.BalancedAccuracyAfter, 3)}: {trade}";

        static string Word(double change) => change < 0 ? "worse" : "better";
    }

    private static Finding Step(Diagnosis d)
    {
        string mean = Number(d.MeanWeight, 3), rows = d.Unit.Name, row = d.Unit.Singular;
        return new("step", d.Reduction == Reduction.WeightedMean
            ? $"A mean over summed weights (PyTorch's mean for cross entropy) ignores the scale of the weights. A sum, a mean over {rows} and binary cross "
            + $"entropy keep it: plain gradient descent would learn at {mean} times its rate. Adam divides that out as well, and what remains is the noise."
            : $"{(d.Reduction == Reduction.Sum ? "A sum" : $"A mean over {rows}")} keeps the scale of the weights: with a mean {row} weight of {mean}, plain "
            + $"gradient descent learns at {mean} times its "
            + $"rate{(d.MeanWeight < 0.1 ? ", which looks like a model that does not learn"
                : d.MeanWeight > 10 ? ", which looks like one that diverges" : "")}. "
            + "Adam divides a constant factor out, so there only the noise remains. Scale the weights with --normalise mean-one.");
    }

    private static IEnumerable<Finding> ToDo(Diagnosis d, bool unweighted)
    {
        string counts = string.Join(',', d.Classes.Select(c => c.Count.ToString(CultureInfo.InvariantCulture)));
        int step = 1;
        if (d.Unit != LabelUnit.Rows)
        {
            yield return new("do", d.Unit == LabelUnit.Pixels ? $"{step++}. Judge by the mean IoU over classes, not by the accuracy of pixels."
                : d.Unit == LabelUnit.Boxes ? $"{step++}. Judge by the average precision of each class, not by one figure over all boxes."
                : d.Unit == LabelUnit.Tokens ? $"{step++}. Judge by the F1 of each class (of entities, if they are what you look for), not by accuracy."
                : $"{step++}. Judge by balanced accuracy or macro F1, not by accuracy.");
            if (!unweighted)
                yield return new("do", $"{step++}. Take milder weights: the square root keeps half of the correction.",
                    "counterweight weights PATH --scheme inverse-sqrt --normalise mean-one");
            if (d.IsBeyondNinetyTen && d.Unit.Group == "images")
                yield return new("do", $"{step}. Show images of rare classes more often instead of weighing them.",
                    "counterweight weights PATH --emit repeat-factors");
            if (d.IsBeyondNinetyTen && d.Unit == LabelUnit.Images)
                yield return new("do", $"{step}. Draw images of rare classes more often instead of weighing them: a sampler, or repeat factors.",
                    "counterweight weights PATH --emit repeat-factors --repeat-threshold 0.1");
            yield break;
        }

        yield return new("do", $"{step++}. Judge by balanced accuracy, macro F1 or average precision, not by accuracy.",
            "counterweight compare FILE --target COLUMN");
        yield return new("do", $"{step++}. Leave the training alone and move the threshold: often the best remedy.",
            "counterweight decide SCORES --target COLUMN --scores COLUMN");
        if (!unweighted && (d.GradientVarianceGrowth > 1.5 || d.Weights.Classes > 2))
            yield return new("do", $"{step++}. Take milder weights: the square root keeps half of the correction.",
                $"counterweight weights --counts {counts} --scheme inverse-sqrt --normalise mean-one");
        if (d.IsBeyondNinetyTen)
            yield return new("do", $"{step}. Draw rare rows more often instead of weighing them.",
                "counterweight compare FILE --target COLUMN --remedies none,sampler:class-balanced,sampler:sqrt");
    }

    /// <summary>A label as part of a sentence: on one line, and not longer than one.</summary>
    private static string Name(string label)
    {
        var text = new StringInfo(string.Concat(label.Select(c => char.IsControl(c) ? ' ' : c)));
        return text.LengthInTextElements <= LongestName ? text.String : $"{text.SubstringByTextElements(0, LongestName - 1)}\u2026";
    }

    private static string Percent(double share) => share is > 0 and < 0.001
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:G2}%")
        : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%");

    private static string Capital(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";

    /// <summary>How many rows of a batch: thousands are grouped where a batch has as many, which one of images has.</summary>
    private static string Amount(Diagnosis d, double value, int digits) =>
        d.Groups is not null && value >= 100 ? Count((long)Math.Round(value)) : Number(value, digits);

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value, int digits) => value != 0 && Math.Abs(value) < Math.Pow(10, -digits)
        ? value.ToString("G2", CultureInfo.InvariantCulture)
        : value.ToString($"0.{new string('#', digits)}", CultureInfo.InvariantCulture);
}
