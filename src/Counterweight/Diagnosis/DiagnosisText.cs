using System.Globalization;

namespace Counterweight;

/// <summary>A diagnosis in plain words.</summary>
internal static class DiagnosisText
{
    internal static IReadOnlyList<Finding> Write(Diagnosis d)
    {
        ClassCounts counts = d.Weights.Counts;
        ClassDiagnosis rare = d.Classes[counts.Rarest], common = d.Classes.MaxBy(c => c.Count)!;
        bool unweighted = d.Classes.All(c => Math.Abs(c.Weight - d.Classes[0].Weight) <= 1e-12 * Math.Abs(d.Classes[0].Weight));
        var findings = new List<Finding>();
        findings.Add(new("prior", unweighted
            ? $"All classes weigh the same, so the model learns the shares of the data: '{common.Label}' {Percent(common.Share)}, '{rare.Label}' {Percent(rare.Share)}."
            : $"The model will believe in other class shares: '{rare.Label}' {Percent(rare.PriorAfter)} instead of {Percent(rare.Share)}, '{common.Label}' {Percent(common.PriorAfter)} instead of {Percent(common.Share)}. Its probabilities are shifted by as much; 'prior-corrected' undoes that."));
        if (!unweighted)
        {
            findings.Add(new("accuracy", $"So it calls the rare classes more often. If any two classes separate with an AUC of {Number(d.Separability, 2)}, accuracy goes from {Number(d.AccuracyBefore, 3)} to {Number(d.AccuracyAfter, 3)} and balanced accuracy from {Number(d.BalancedAccuracyBefore, 3)} to {Number(d.BalancedAccuracyAfter, 3)}: worse by one measure, {(d.BalancedAccuracyAfter >= d.BalancedAccuracyBefore ? "better" : "worse")} by the other. Judge by the one you need."));
            findings.Add(new("sample-size", $"The {Count(counts.Rows)} rows carry as much as {Count((long)Math.Round(d.EffectiveSampleSize))} equally weighted ones, a batch of {d.BatchSize} as much as {Number(d.EffectiveBatchSize, 1)}: the variance of the gradient grows {Number(d.GradientVarianceGrowth, 1)}-fold. A learning rate {Number(d.LearningRateThatOffsets, 2)} times as large, or batches {Number(d.GradientVarianceGrowth, 1)} times as large, bring the noise back."));
        }

        findings.Add(new("batch", $"A batch of {d.BatchSize} has {Number(rare.RowsPerBatch, 2)} rows of '{rare.Label}' on average and none with a chance of {Percent(rare.ChanceAbsent)}; one batch in {Number(rare.BatchesBetween, 1)} has any."));
        if (!unweighted)
        {
            ClassDiagnosis heavy = d.Classes.MaxBy(c => c.LoneRowShare)!;
            findings.Add(new("huge-update", $"A single row of '{heavy.Label}' alone of its class in a batch takes {Percent(heavy.LoneRowShare)} of the batch's weight, {Number(heavy.LoneRowShare * d.BatchSize, 1)} times an equal share: a huge update in one direction, after many small ones in another."));
            findings.Add(Step(d));
        }

        if (d.IsBeyondNinetyTen)
        {
            AugmentationAdvice advice = AugmentationAdvice.For(counts.AsSpan(), d.BatchSize);
            findings.Add(new("sampler", $"The case lies beyond 90/10 ({Number(counts.ImbalanceRatio, 1)} to 1): most of a batch are small losses, and a rare row is a huge update. Drawing classes equally often gives every batch {Number((double)d.BatchSize / counts.Classes, 1)} rows of '{rare.Label}' at weight one.", "sampler:class-balanced"));
            findings.Add(new("augmentation", $"If images are augmented, {Percent(advice.MajorityShare)} of that work goes to '{common.Label}'; a sampler that draws classes equally leaves it {Percent(advice.MajorityShareWithSampler)}."));
        }

        findings.AddRange(ToDo(d, unweighted));
        return findings;
    }

    private static Finding Step(Diagnosis d)
    {
        string mean = Number(d.MeanWeight, 3);
        return new("step", d.Reduction == Reduction.WeightedMean
            ? $"A mean over summed weights (what PyTorch calls mean for cross entropy) ignores the scale of the weights: the mean row weight of {mean} drops out. A sum, a mean over rows, and every binary cross entropy keep it: there plain gradient descent would learn at {mean} times its rate."
            : $"{(d.Reduction == Reduction.Sum ? "A sum" : "A mean over rows")} keeps the scale of the weights: with a mean row weight of {mean}, plain gradient descent learns at {mean} times its rate{(d.MeanWeight < 0.1 ? ", which looks like a model that does not learn" : d.MeanWeight > 10 ? ", which looks like one that diverges" : "")}. Adam divides a constant factor out, so there only the noise remains. Scale the weights with --normalise mean-one.");
    }

    private static IEnumerable<Finding> ToDo(Diagnosis d, bool unweighted)
    {
        string counts = string.Join(',', d.Classes.Select(c => c.Count.ToString(CultureInfo.InvariantCulture)));
        int step = 1;
        yield return new("do", $"{step++}. Judge by balanced accuracy, macro F1 or average precision, not by accuracy, and see what really helps on your data.", "counterweight compare FILE --target COLUMN");
        yield return new("do", $"{step++}. Leave the training alone and move the threshold: often the best remedy, and it costs no training.", "counterweight decide SCORES --target COLUMN --scores COLUMN");
        if (!unweighted && (d.GradientVarianceGrowth > 1.5 || d.Weights.Classes > 2))
            yield return new("do", $"{step++}. Take milder weights: the square root keeps half of the correction on a logarithmic scale.", $"counterweight weights --counts {counts} --scheme inverse-sqrt --normalise mean-one");
        if (d.IsBeyondNinetyTen) yield return new("do", $"{step}. Draw rare rows more often instead of weighing them.", "counterweight compare FILE --target COLUMN --remedies none,sampler:class-balanced,sampler:sqrt");
    }

    private static string Percent(double share) => share is > 0 and < 0.001
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:G2}%")
        : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%");

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value, int digits) => value != 0 && Math.Abs(value) < Math.Pow(10, -digits)
        ? value.ToString("G2", CultureInfo.InvariantCulture)
        : value.ToString($"0.{new string('#', digits)}", CultureInfo.InvariantCulture);
}
