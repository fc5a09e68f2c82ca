using System.Globalization;

namespace Counterweight;

/// <summary>What class weights will do to training, from counts, weights, batch size and reduction alone: the answer to 'the results got much worse,
/// why?'</summary>
/// <remarks>
/// <para>Counts, priors, sample sizes and chances are exact. What weights do to recalls follows from a model of separability, stated with
/// <see cref="SeparabilityModel"/>; a comparison measures it on the data.</para>
/// <para>In the formulas n_c is the count of class c, N the number of rows, w_c the weight, W = sum w_c n_c / N the mean row weight, B the batch size.</para>
/// </remarks>
/// <example>
/// <code>
/// ClassCounts counts = ClassCounts.From([1016, 12852, 12888, 3380, 296]);
/// Diagnosis diagnosis = Diagnosis.Of(ClassWeights.Inverse(counts), batchSize: 64, Reduction.WeightedMean);
/// double rows = diagnosis.EffectiveSampleSize;                 // of 30,432
/// foreach (Finding finding in diagnosis.Findings) Console.WriteLine(finding.Text);
/// </code>
/// </example>
public sealed class Diagnosis
{
    /// <summary>The area under the ROC curve between two classes that the model of separability assumes unless told otherwise.</summary>
    public const double DefaultSeparability = 0.85;

    private Diagnosis(
        ClassWeights weights, int batchSize, Reduction reduction, double separability, MeasuredEffect? measured, LabelUnit unit, LabelGroups? groups)
    {
        (Weights, BatchSize, Reduction, Separability, Measured) = (weights, batchSize, reduction, separability, measured);
        (Unit, Groups) = (unit, groups);
        ClassCounts counts = weights.Counts;
        BatchRows = groups is null ? batchSize : (double)batchSize * counts.Rows / groups.Count;
        double[] prior = weights.PriorAfter();
        MeanWeight = 0;
        for (int c = 0; c < counts.Classes; c++) MeanWeight += weights[c] * counts.Share(c);
        EffectiveSampleSize = weights.EffectiveSampleSize();
        double distance = SeparabilityModel.Distance(separability);
        double[] before = SeparabilityModel.Recalls(counts.Prior(), distance), after = SeparabilityModel.Recalls(prior, distance);
        RecallsBefore = before;
        RecallsAfter = after;
        var classes = new ClassDiagnosis[counts.Classes];
        for (int c = 0; c < classes.Length; c++)
        {
            double absent = groups is null ? ChanceAbsent(counts.Rows, counts[c], batchSize) : ChanceAbsent(groups.Count, groups.OfClass[c], batchSize);
            double others = counts.Rows == counts[c] ? 0 : ((MeanWeight * counts.Rows) - (weights[c] * counts[c])) / (counts.Rows - counts[c]);
            double alone = weights[c] / (weights[c] + (Math.Max(0, BatchRows - 1) * others));
            classes[c] = new ClassDiagnosis(
                counts.Labels[c], counts[c], counts.Share(c), weights[c], prior[c], BatchRows * counts.Share(c), absent, 1 / (1 - absent),
                double.IsNaN(alone) ? 0 : alone, before[c], after[c]);
        }

        Classes = classes;
        Findings = DiagnosisText.Write(this);
    }

    /// <summary>The weights that are diagnosed, with the counts they were made for.</summary>
    public ClassWeights Weights { get; }

    /// <summary>B, the rows of a batch; its images or sentences where <see cref="Groups"/> are known.</summary>
    public int BatchSize { get; }

    /// <summary>The rows (pixels, boxes, tokens) of a batch: B, or on average as many as B of the <see cref="Groups"/> have.</summary>
    public double BatchRows { get; }

    /// <summary>What a row is: a row of a table, an image, a pixel, a box, a token.</summary>
    public LabelUnit Unit { get; }

    /// <summary>What a batch is made of where that is larger than a row; null otherwise.</summary>
    public LabelGroups? Groups { get; }

    /// <summary>How the losses of rows become one number.</summary>
    public Reduction Reduction { get; }

    /// <summary>The assumed area under the ROC curve between any two classes.</summary>
    public double Separability { get; }

    /// <summary>The figures of each class.</summary>
    public IReadOnlyList<ClassDiagnosis> Classes { get; }

    /// <summary>W = sum w_c n_c / N: what the gradient of a <see cref="Reduction.Sum"/> or <see cref="Reduction.BatchMean"/> is multiplied by on
    /// average.</summary>
    public double MeanWeight { get; }

    /// <summary>(sum w)^2 / sum w^2 over all rows (Kish, 1965): how many equally weighted rows carry as much.</summary>
    public double EffectiveSampleSize { get; }

    /// <summary>The same for the rows of a batch on average: their number times the share of the rows that is effective.</summary>
    public double EffectiveBatchSize => BatchRows * EffectiveSampleSize / Weights.Counts.Rows;

    /// <summary>
    /// N sum w^2 / (sum w)^2: how much the variance of a batch's gradient grows, for rows whose gradients vary alike whatever their class (Kish's design
    /// effect).
    /// </summary>
    public double GradientVarianceGrowth => Weights.Counts.Rows / EffectiveSampleSize;

    /// <summary>
    /// What the weights multiply the learning rate of plain gradient descent by: W under a sum or a mean over rows, one under a mean over summed weights. Adam
    /// divides a constant factor out again.
    /// </summary>
    public double LearningRateFactor => Reduction == Reduction.WeightedMean ? 1 : MeanWeight;

    /// <summary>The largest share of a batch's gradient that a single row has, where it is the only one of its class in the batch; without weights it is 1 /
    /// B.</summary>
    public double LargestRowShare => Classes.Max(c => c.LoneRowShare);

    /// <summary>1 / (B times <see cref="LargestRowShare"/>): the learning rate times this leaves the update of that row as large as one of B equal rows makes
    /// it.</summary>
    public double LearningRateThatEvensRows => 1 / (LargestRowShare * BatchRows);

    /// <summary>1 / <see cref="GradientVarianceGrowth"/>: the learning rate times this leaves the noise of a step as it was without weights.</summary>
    public double LearningRateThatOffsets => 1 / GradientVarianceGrowth;

    /// <summary>Whether the rarest class has less than a tenth of the rows of the largest two together: where a sampler is often the better tool.</summary>
    public bool IsBeyondNinetyTen => Weights.Counts.ImbalanceRatio > 9;

    /// <summary>What a comparison measured; null where the model of separability has to do.</summary>
    public MeasuredEffect? Measured { get; }

    /// <summary>The recall of each class with the prior of the data, by the model of separability.</summary>
    public IReadOnlyList<double> RecallsBefore { get; }

    /// <summary>The recall of each class with the prior after weighting, by the model of separability.</summary>
    public IReadOnlyList<double> RecallsAfter { get; }

    /// <summary>Accuracy without weights, by the model of separability.</summary>
    public double AccuracyBefore => Accuracy(RecallsBefore);

    /// <summary>Accuracy with the weights, by the model of separability.</summary>
    public double AccuracyAfter => Accuracy(RecallsAfter);

    /// <summary>Balanced accuracy without weights, by the model of separability.</summary>
    public double BalancedAccuracyBefore => RecallsBefore.Average();

    /// <summary>Balanced accuracy with the weights, by the model of separability.</summary>
    public double BalancedAccuracyAfter => RecallsAfter.Average();

    /// <summary>The diagnosis in words, the most important first, and what to do, in order.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Diagnoses weights.</summary>
    /// <param name="weights">The weights, made for the class counts of the training rows.</param>
    /// <param name="batchSize">B, from 1 to N.</param>
    /// <param name="reduction">How the loss is reduced; <see cref="Reduction.None"/> is not one number and is refused.</param>
    /// <param name="separability">The area under the ROC curve between two classes that the recalls assume, in (0.5, 1).</param>
    /// <param name="measured">What a comparison measured on the data, which the findings then say instead of what the model of separability expects.</param>
    /// <param name="unit">What was counted, for the words of the findings; rows if omitted. Pixels, boxes and tokens: see <see cref="OfGroups"/>.</param>
    /// <exception cref="ArgumentException">The batch is empty or larger than the data, there is no reduction, or the separability is out of range.</exception>
    public static Diagnosis Of(
        ClassWeights weights, int batchSize = 64, Reduction reduction = Reduction.WeightedMean, double separability = DefaultSeparability,
        MeasuredEffect? measured = null, LabelUnit? unit = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        unit ??= LabelUnit.Rows;
        if (batchSize < 1 || batchSize > weights.Counts.Rows)
            throw new ArgumentOutOfRangeException(
                nameof(batchSize), batchSize,
                string.Create(CultureInfo.InvariantCulture,
                    $"The batch size is {batchSize}; with {weights.Counts.Rows} {unit.Name} it is in 1..{weights.Counts.Rows}."));
        Check(reduction, separability);
        return new Diagnosis(weights, batchSize, reduction, separability, measured, unit, null);
    }

    /// <summary>Diagnoses weights of pixels, boxes or tokens, of which a batch has those of B images or sentences.</summary>
    /// <param name="weights">The weights, made for the class counts of the training data.</param>
    /// <param name="groups">What a batch is made of.</param>
    /// <param name="batchSize">B, from 1 to the number of groups.</param>
    /// <param name="reduction">How the loss is reduced; <see cref="Reduction.None"/> is not one number and is refused.</param>
    /// <param name="separability">The area under the ROC curve between two classes that the recalls assume, in (0.5, 1).</param>
    /// <exception cref="ArgumentException">
    /// The batch is empty or larger than the data, the groups do not fit the classes, there is no reduction, or the separability is out of range.
    /// </exception>
    public static Diagnosis OfGroups(
        ClassWeights weights, LabelGroups groups, int batchSize = 8, Reduction reduction = Reduction.WeightedMean, double separability = DefaultSeparability)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(groups);
        if (batchSize < 1 || batchSize > groups.Count)
            throw new ArgumentOutOfRangeException(
                nameof(batchSize), batchSize,
                string.Create(CultureInfo.InvariantCulture,
                    $"The batch size is {batchSize}; with {groups.Count} {groups.Unit.Group} it is in 1..{groups.Count}."));
        if (groups.OfClass.Count != weights.Classes || groups.OfClass.Any(n => n < 0 || n > groups.Count))
            throw new ArgumentException($"One number in 0..{groups.Count} per class is needed.", nameof(groups));
        Check(reduction, separability);
        return new Diagnosis(weights, batchSize, reduction, separability, null, groups.Unit, groups);
    }

    private static void Check(Reduction reduction, double separability)
    {
        if (reduction == Reduction.None)
            throw new ArgumentException("Without a reduction there is no step to diagnose; choose sum, weighted-mean or batch-mean.", nameof(reduction));
        if (separability is not (> 0.5 and < 1))
            throw new ArgumentOutOfRangeException(nameof(separability), separability, "The area under the ROC curve between two classes lies in (0.5, 1).");
    }

    /// <summary>The chance that a batch drawn without replacement has no row of a class: the product of (N - n - i) / (N - i) over the B draws
    /// (hypergeometric).</summary>
    /// <param name="rows">N, the number of rows.</param>
    /// <param name="count">n, the rows of the class, from 0 to N.</param>
    /// <param name="batchSize">B, from 1 to N.</param>
    /// <exception cref="ArgumentOutOfRangeException">The class or the batch has more rows than there are, or the batch has none.</exception>
    public static double ChanceAbsent(long rows, long count, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batchSize, rows);
        if (count == 0) return 1;
        if (rows - count < batchSize) return 0;
        double chance = 1;
        for (int i = 0; i < batchSize && chance > 0; i++) chance *= (double)(rows - count - i) / (rows - i);
        return chance;
    }

    private double Accuracy(IReadOnlyList<double> recalls) => recalls.Select((r, c) => r * Weights.Counts.Share(c)).Sum();
}

/// <summary>The figures of one class.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">n_c.</param>
/// <param name="Share">n_c / N.</param>
/// <param name="Weight">w_c.</param>
/// <param name="PriorAfter">The share that a model believes after training with the weights.</param>
/// <param name="RowsPerBatch">B n_c / N, the mean number of rows in a batch.</param>
/// <param name="ChanceAbsent">The chance that a batch has no row of the class.</param>
/// <param name="BatchesBetween">The mean number of batches from one that has a row of the class to the next.</param>
/// <param name="LoneRowShare">The share of a batch's summed weights that one row of the class has, if it is the only one of its class there.</param>
/// <param name="RecallBefore">The recall without weights, by the model of separability.</param>
/// <param name="RecallAfter">The recall with the weights, by the model of separability.</param>
public sealed record ClassDiagnosis(
    string Label, long Count, double Share, double Weight, double PriorAfter, double RowsPerBatch, double ChanceAbsent, double BatchesBetween,
    double LoneRowShare,
    double RecallBefore, double RecallAfter);

/// <summary>What weights did to accuracy where a comparison measured it.</summary>
/// <param name="Source">By what: the learner and its rows.</param>
/// <param name="AccuracyBefore">Accuracy without weights.</param>
/// <param name="AccuracyAfter">Accuracy with the weights.</param>
/// <param name="BalancedAccuracyBefore">Balanced accuracy without weights.</param>
/// <param name="BalancedAccuracyAfter">Balanced accuracy with the weights.</param>
public sealed record MeasuredEffect(string Source, double AccuracyBefore, double AccuracyAfter, double BalancedAccuracyBefore, double BalancedAccuracyAfter);

/// <summary>One thing that a diagnosis found.</summary>
/// <param name="Code">A stable code: <c>prior</c>, <c>sample-size</c>, <c>step</c>, <c>batch</c>, <c>huge-update</c>, <c>accuracy</c>, <c>sampler</c>,
/// <c>augmentation</c>, <c>do</c>.</param>
/// <param name="Text">The finding in words, with its figures.</param>
/// <param name="Command">The command that acts on it; null if there is none.</param>
public sealed record Finding(string Code, string Text, string? Command = null);
