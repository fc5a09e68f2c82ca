namespace Counterweight;

/// <summary>
/// Moves probabilities from the class shares of training to the class shares of use: undoes what class weights or resampling did,
/// or follows a shift of the population.
/// </summary>
/// <remarks>
/// Bayes' rule with p(x | c) unchanged: p'_c = p_c new_c / training_c, each row renormalised (Elkan, 2001, "The foundations of
/// cost-sensitive learning", theorem 2; Saerens, Latinne and Decaestecker, 2002, equation 2.4). A model trained with class weights w
/// behaves like one trained on shares proportional to n_c w_c: see <see cref="FromWeights"/>.
/// </remarks>
/// <example>
/// <code>
/// // 900 and 100 rows, trained with balanced weights: the model believes the classes are equally common.
/// PriorCorrection undo = PriorCorrection.FromWeights([900, 100], [0.556, 5.0]);
/// double[] corrected = undo.Transform([0.4, 0.6]);   // about 0.857 and 0.143
/// </code>
/// </example>
public sealed class PriorCorrection : IProbabilityTransform
{
    private readonly double[] training, target, ratio;

    /// <summary>Creates the correction from one prior to another.</summary>
    /// <param name="trainingPrior">K class shares that the model was trained on, effectively; positive; scaled to sum to one.</param>
    /// <param name="targetPrior">K class shares where the model is used; not negative; scaled to sum to one.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a share is not acceptable.</exception>
    public PriorCorrection(ReadOnlySpan<double> trainingPrior, ReadOnlySpan<double> targetPrior)
    {
        if (trainingPrior.Length < 2 || trainingPrior.Length != targetPrior.Length)
            throw new ArgumentException($"There are {trainingPrior.Length} training shares and {targetPrior.Length} target shares; there must be one of "
                + $"each per class.", nameof(trainingPrior));
        training = Normalise(trainingPrior, zeroAllowed: false, nameof(trainingPrior));
        target = Normalise(targetPrior, zeroAllowed: true, nameof(targetPrior));
        ratio = [.. training.Zip(target, (from, to) => to / from)];
    }

    /// <inheritdoc/>
    public int Classes => ratio.Length;

    /// <inheritdoc/>
    public string Name => "prior-corrected";

    /// <summary>The class shares that the model was trained on, effectively.</summary>
    public ReadOnlySpan<double> TrainingPrior => training;

    /// <summary>The class shares where the model is used.</summary>
    public ReadOnlySpan<double> TargetPrior => target;

    /// <summary>The correction that undoes class weights: from shares proportional to n_c w_c back to n_c / N.</summary>
    /// <param name="counts">K class counts of the training rows.</param>
    /// <param name="classWeights">The K weights used in training, on any scale.</param>
    /// <exception cref="ArgumentException">A count or weight is not positive, or their numbers differ.</exception>
    public static PriorCorrection FromWeights(ReadOnlySpan<long> counts, ReadOnlySpan<double> classWeights)
    {
        if (counts.Length != classWeights.Length)
            throw new ArgumentException($"There are {counts.Length} class counts and {classWeights.Length} weights; there must be as many of both.",
                nameof(classWeights));
        double[] before = new double[counts.Length], weighted = new double[counts.Length];
        for (int c = 0; c < before.Length; c++) (before[c], weighted[c]) = (counts[c], counts[c] * classWeights[c]);
        return new(weighted, before);
    }

    /// <summary>The correction that undoes resampling: from the resampled class counts back to the original ones.</summary>
    /// <param name="counts">K class counts before resampling.</param>
    /// <param name="resampledCounts">K class counts after resampling, or expected draws per class of a sampler.</param>
    /// <exception cref="ArgumentException">A resampled count is not positive, or their numbers differ.</exception>
    public static PriorCorrection FromResampling(ReadOnlySpan<long> counts, ReadOnlySpan<long> resampledCounts)
    {
        double[] before = new double[counts.Length], after = new double[resampledCounts.Length];
        for (int c = 0; c < before.Length; c++) before[c] = counts[c];
        for (int c = 0; c < after.Length; c++) after[c] = resampledCounts[c];
        return new(after, before);
    }

    /// <inheritdoc/>
    public void Transform(ReadOnlySpan<double> probabilities, Span<double> destination)
    {
        RowChecks.Shape(probabilities, ratio.Length);
        for (int i = 0; i < probabilities.Length; i += ratio.Length)
        {
            double sum = 0;
            for (int c = 0; c < ratio.Length; c++) sum += destination[i + c] = probabilities[i + c] * ratio[c];
            // A row that is certain of a class of target share zero leaves nothing: then the target shares are all that is known.
            for (int c = 0; c < ratio.Length; c++) destination[i + c] = sum > 0 ? destination[i + c] / sum : target[c];
        }
    }

    private static double[] Normalise(ReadOnlySpan<double> shares, bool zeroAllowed, string parameter)
    {
        double sum = 0;
        for (int c = 0; c < shares.Length; c++)
        {
            if (!double.IsFinite(shares[c]) || shares[c] < 0 || (shares[c] == 0 && !zeroAllowed))
                throw new ArgumentException(
                    $"The share of class {c} is {RowChecks.Text(shares[c])}; it must be {(zeroAllowed ? "zero or more" : "above zero")}.", parameter);
            sum += shares[c];
        }

        if (sum <= 0) throw new ArgumentException("The shares sum to zero.", parameter);
        double[] normalised = shares.ToArray();
        for (int c = 0; c < normalised.Length; c++) normalised[c] /= sum;
        return normalised;
    }
}
