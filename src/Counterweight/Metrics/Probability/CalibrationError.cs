namespace Counterweight;

/// <summary>How far predicted probabilities are from what comes true, measured over bins of probability.</summary>
/// <remarks>
/// <para>Expected calibration error: the mean over the rows of the gap of their bin (Naeini, Cooper and Hauskrecht, 2015; Guo et al., 2017, equation 3).
/// Maximum: the largest gap (equation 5). Bins of equal width are (i/M, (i+1)/M], the first closed.</para>
/// <para>Adaptive bins hold about equal weights (Nixon et al., 2019, "Measuring calibration in deep learning"); equal probabilities are never cut apart, so
/// that the result does not depend on the order of the rows.</para>
/// </remarks>
/// <example>
/// <code>
/// int[] truth = [0, 0, 1, 1];
/// double[] probabilities = [0.2, 0.2, 0.2, 0.9];
/// CalibrationError error = CalibrationError.BinaryPositive(truth, probabilities, bins: 10);
/// double expected = error.Expected;   // 3/4 * |0.2 - 1/3| + 1/4 * |0.9 - 1|
/// </code>
/// </example>
public sealed class CalibrationError
{
    private readonly CalibrationBin[] bins;

    private CalibrationError(CalibrationBin[] bins)
    {
        this.bins = bins;
        double total = 0;
        foreach (CalibrationBin bin in bins)
        {
            if (bin.Weight == 0) continue;
            total += bin.Weight;
            Expected += bin.Weight * bin.Gap;
            RootMeanSquare += bin.Weight * bin.Gap * bin.Gap;
            Maximum = Math.Max(Maximum, bin.Gap);
        }

        if (total == 0) throw new UnusableDataException("There are no rows of positive weight.");
        Expected /= total;
        RootMeanSquare = Math.Sqrt(RootMeanSquare / total);
    }

    /// <summary>The bins, from the lowest probability up.</summary>
    public IReadOnlyList<CalibrationBin> Bins => bins;

    /// <summary>The expected calibration error (ECE): the mean gap, weighted by the rows in each bin.</summary>
    public double Expected { get; }

    /// <summary>The maximum calibration error (MCE): the largest gap of any bin that has rows.</summary>
    public double Maximum { get; }

    /// <summary>The root of the mean squared gap (Kumar, Liang and Ma, 2019).</summary>
    public double RootMeanSquare { get; }

    /// <summary>Compares the probability of the predicted (most likely) class with how often it is right.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="probabilities">The probabilities (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="bins">The number of bins M.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="adaptive">Whether the bins hold about equal weights instead of having equal width.</param>
    /// <param name="tolerance">How far the sum of a row may be from one.</param>
    /// <exception cref="UnusableDataException">A probability outside 0..1, a row that does not sum to one, a label that is no class or a bad
    /// weight.</exception>
    public static CalibrationError TopLabel(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities, int classes, int bins = 15, ReadOnlySpan<double> weights = default, bool adaptive = false,
        double tolerance = Predictions.DefaultTolerance)
    {
        OneVersusRest.Check(truth, probabilities, classes, weights, 0);
        RowChecks.Probabilities(probabilities, classes, tolerance, 0);
        double[] confidence = new double[truth.Length];
        bool[] hits = new bool[truth.Length];
        for (int i = 0; i < truth.Length; i++)
        {
            ReadOnlySpan<double> row = probabilities.Slice(i * classes, classes);
            int best = 0;
            for (int c = 1; c < row.Length; c++)
                if (row[c] > row[best]) best = c;
            (confidence[i], hits[i]) = (row[best], truth[i] == best);
        }

        return Of(confidence, hits, bins, weights, adaptive);
    }

    /// <summary>Compares the probability of the positive class with the share of positives.</summary>
    /// <param name="truth">The true classes (N).</param>
    /// <param name="probabilities">The probabilities of the positive class (N).</param>
    /// <param name="bins">The number of bins M.</param>
    /// <param name="positiveClass">The positive class.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="adaptive">Whether the bins hold about equal weights instead of having equal width.</param>
    /// <exception cref="UnusableDataException">A probability outside 0..1 or a bad weight.</exception>
    public static CalibrationError BinaryPositive(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities, int bins = 15, int positiveClass = 1, ReadOnlySpan<double> weights = default,
        bool adaptive = false)
    {
        if (probabilities.Length != truth.Length)
            throw new ArgumentException($"There are {probabilities.Length} probabilities for {truth.Length} rows.", nameof(probabilities));
        RowChecks.UnitInterval(probabilities, 0);
        bool[] hits = new bool[truth.Length];
        for (int i = 0; i < truth.Length; i++) hits[i] = truth[i] == positiveClass;
        return Of(probabilities, hits, bins, weights, adaptive);
    }

    /// <summary>
    /// The mean over the classes of the calibration error of each class's probability (class-wise ECE; Kull et al., 2019, "Beyond temperature
    /// scaling", equation 3).
    /// With adaptive bins this is the adaptive calibration error of Nixon et al. (2019).
    /// </summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="probabilities">The probabilities (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="bins">The number of bins M.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="adaptive">Whether the bins hold about equal weights instead of having equal width.</param>
    /// <param name="tolerance">How far the sum of a row may be from one.</param>
    /// <returns>The error of each class (K); their mean is the class-wise error.</returns>
    /// <exception cref="UnusableDataException">A probability outside 0..1, a row that does not sum to one, a label that is no class or a bad
    /// weight.</exception>
    public static IReadOnlyList<CalibrationError> PerClass(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities, int classes, int bins = 15, ReadOnlySpan<double> weights = default, bool adaptive = false,
        double tolerance = Predictions.DefaultTolerance)
    {
        OneVersusRest.Check(truth, probabilities, classes, weights, 0);
        RowChecks.Probabilities(probabilities, classes, tolerance, 0);
        var errors = new CalibrationError[classes];
        double[] column = new double[truth.Length];
        bool[] hits = new bool[truth.Length];
        for (int c = 0; c < classes; c++)
        {
            for (int i = 0; i < truth.Length; i++) (column[i], hits[i]) = (probabilities[i * classes + c], truth[i] == c);
            errors[c] = Of(column, hits, bins, weights, adaptive);
        }

        return errors;
    }

    /// <summary>The mean of <see cref="PerClass"/>.</summary>
    /// <param name="truth">The true classes (N), each 0..K-1.</param>
    /// <param name="probabilities">The probabilities (N, K), row-major.</param>
    /// <param name="classes">The number of classes K.</param>
    /// <param name="bins">The number of bins M.</param>
    /// <param name="weights">The row weights (N) or empty.</param>
    /// <param name="adaptive">Whether the bins hold about equal weights instead of having equal width.</param>
    /// <param name="tolerance">How far the sum of a row may be from one.</param>
    /// <exception cref="UnusableDataException">A probability outside 0..1, a row that does not sum to one, a label that is no class or a bad
    /// weight.</exception>
    public static double ClassWise(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities, int classes, int bins = 15, ReadOnlySpan<double> weights = default, bool adaptive = false,
        double tolerance = Predictions.DefaultTolerance) =>
        PerClass(truth, probabilities, classes, bins, weights, adaptive, tolerance).Average(error => error.Expected);

    /// <summary>Which bin of equal width a probability falls into.</summary>
    internal static int BinOf(double probability, int bins) => Math.Clamp((int)Math.Ceiling(probability * bins) - 1, 0, bins - 1);

    /// <summary>The error of sums over bins of equal width.</summary>
    internal static CalibrationError FromSums(ReadOnlySpan<double> weight, ReadOnlySpan<double> confidence, ReadOnlySpan<double> right)
    {
        var result = new CalibrationBin[weight.Length];
        for (int b = 0; b < result.Length; b++) result[b] = Bin((double)b / result.Length, (b + 1.0) / result.Length, weight[b], confidence[b], right[b]);
        return new(result);
    }

    private static CalibrationBin Bin(double lower, double upper, double weight, double confidence, double right) =>
        weight == 0 ? new(lower, upper, 0, 0, 0) : new(lower, upper, weight, confidence / weight, right / weight);

    private static CalibrationError Of(ReadOnlySpan<double> confidence, ReadOnlySpan<bool> hits, int bins, ReadOnlySpan<double> weights, bool adaptive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (!weights.IsEmpty && weights.Length != confidence.Length)
            throw new ArgumentException($"There are {weights.Length} weights for {confidence.Length} rows.", nameof(weights));
        RowChecks.Weights(weights, 0);
        double[] weight = new double[bins], sum = new double[bins], right = new double[bins];
        if (!adaptive)
        {
            for (int i = 0; i < confidence.Length; i++) Add(BinOf(confidence[i], bins), i, confidence, hits, weights);
            return FromSums(weight, sum, right);
        }

        int[] order = SortedScores.Order(confidence, 0, 1, confidence.Length, 0);
        double total = 0, before = 0, lower = 0;
        for (int i = 0; i < confidence.Length; i++) total += weights.IsEmpty ? 1 : weights[i];
        double[] upper = new double[bins];
        for (int i = 0; i < order.Length;)
        {
            int end = i;
            double value = confidence[order[i]], group = 0;
            for (; end < order.Length && confidence[order[end]] == value; end++) group += weights.IsEmpty ? 1 : weights[order[end]];
            int bin = total == 0 ? 0 : Math.Clamp((int)((before + group / 2) / total * bins), 0, bins - 1);
            upper[bin] = value;
            for (; i < end; i++) Add(bin, order[i], confidence, hits, weights);
            before += group;
        }

        List<CalibrationBin> result = [];
        for (int b = 0; b < bins; b++)
        {
            if (weight[b] == 0) continue;
            result.Add(Bin(lower, upper[b], weight[b], sum[b], right[b]));
            lower = upper[b];
        }

        return new([.. result]);

        void Add(int bin, int row, ReadOnlySpan<double> confidence, ReadOnlySpan<bool> hits, ReadOnlySpan<double> weights)
        {
            double w = weights.IsEmpty ? 1 : weights[row];
            weight[bin] += w;
            sum[bin] += w * confidence[row];
            if (hits[row]) right[bin] += w;
        }
    }
}
