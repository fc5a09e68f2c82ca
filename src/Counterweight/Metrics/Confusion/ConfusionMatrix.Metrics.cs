namespace Counterweight;

public sealed partial class ConfusionMatrix
{
    /// <summary>The share of the rows predicted rightly; 0 without rows.</summary>
    public double Accuracy => Divide(Correct, Total);

    /// <summary>
    /// The mean recall of the classes that occur in the truth (Brodersen et al., 2010); classes without rows, or with rows of zero weight only, are
    /// left out.
    /// </summary>
    /// <param name="adjusted">Whether to rescale so that guessing gives 0 and perfection 1: (b - 1/n) / (1 - 1/n) for n classes that occur.</param>
    /// <returns>The balanced accuracy; 0 without rows; with one class that occurs the adjusted form is not defined and gives NaN, as in
    /// scikit-learn.</returns>
    public double BalancedAccuracy(bool adjusted = false)
    {
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < Classes; c++)
        {
            if (truths[c] == 0) continue;
            occurring++;
            sum += cells[c * Classes + c] / truths[c];
        }

        if (occurring == 0) return 0;
        double mean = sum / occurring, chance = 1.0 / occurring;
        return adjusted ? (mean - chance) / (1 - chance) : mean;
    }

    /// <summary>Precision, recall and F-beta of each class and their averages.</summary>
    /// <param name="beta">How much more recall counts than precision; 1 for F1, infinity for recall.</param>
    /// <param name="zeroDivision">What a share of nothing is taken as: 0 or 1.</param>
    /// <param name="occurringOnly"> Whether the macro average leaves out classes that occur neither in the truth nor in the predictions (what scikit-learn
    /// does without a list of labels) instead of counting them with <paramref name="zeroDivision"/>.
    /// </param>
    public ClassScores Scores(double beta = 1, double zeroDivision = 0, bool occurringOnly = false) => new(this, beta, zeroDivision, occurringOnly);

    /// <summary>Sensitivity and specificity of each class against the rest, their averages, geometric means and index balanced accuracy.</summary>
    public ClassRates Rates() => new(this);

    /// <summary>
    /// The K-th root of the product of the recalls of the classes that occur in the truth or the predictions (Kubat and Matwin, 1997; Sun, Kamel and
    /// Wang, 2006).
    /// </summary>
    /// <param name="correction">What a recall of 0 is replaced by; 0 makes the mean 0 as soon as one class is never found.</param>
    public double GeometricMean(double correction = 0)
    {
        if (!(correction >= 0 && correction <= 1))
            throw new ArgumentOutOfRangeException(nameof(correction), correction, "The correction lies in 0..1.");
        double logarithms = 0;
        int occurring = 0;
        for (int c = 0; c < Classes; c++)
        {
            if (truths[c] == 0 && predictions[c] == 0) continue;
            occurring++;
            double recall = Divide(cells[c * Classes + c], truths[c]);
            logarithms += Math.Log(recall == 0 ? correction : recall);
        }

        return occurring == 0 ? 0 : Math.Exp(logarithms / occurring);
    }

    /// <summary>
    /// The index balanced accuracy of <see cref="GeometricMean"/> with the macro-averaged dominance, as imbalanced-learn's "multiclass".
    /// </summary>
    /// <param name="alpha">How much the dominance counts.</param>
    /// <param name="squared">Whether the geometric mean is squared first.</param>
    public double IndexBalancedAccuracy(double alpha = 0.1, bool squared = true) => Rates().Macro.IndexBalancedAccuracyOf(GeometricMean(), alpha, squared);

    /// <summary>
    /// Matthews' correlation of truth and prediction, -1..1 (Matthews, 1975; for K classes Gorodkin, 2004, equation 8); 0 where either is a single
    /// class.
    /// </summary>
    public double MatthewsCorrelation()
    {
        double both = 0, truth = 0, predicted = 0;
        for (int c = 0; c < Classes; c++)
        {
            both += truths[c] * predictions[c];
            truth += truths[c] * truths[c];
            predicted += predictions[c] * predictions[c];
        }

        double square = Total * Total, product = (square - truth) * (square - predicted);
        return product <= 0 ? 0 : (Correct * Total - both) / Math.Sqrt(product);
    }

    /// <summary>Cohen's kappa: agreement beyond chance (Cohen, 1960; weighted: Cohen, 1968).</summary>
    /// <param name="weighting">How much a confusion of two classes counts.</param>
    /// <returns>The kappa; NaN where truth and prediction are one and the same class throughout, as in scikit-learn.</returns>
    public double CohenKappa(KappaWeighting weighting = KappaWeighting.None)
    {
        double observed = 0, expected = 0;
        for (int t = 0; t < Classes; t++)
            for (int p = 0; p < Classes; p++)
            {
                double distance = Math.Abs(t - p);
                double weight = weighting switch
                {
                    KappaWeighting.None => t == p ? 0 : 1,
                    KappaWeighting.Linear => distance,
                    KappaWeighting.Quadratic => distance * distance,
                    _ => throw new ArgumentOutOfRangeException(nameof(weighting), weighting, "The weighting is None, Linear or Quadratic."),
                };
                observed += weight * cells[t * Classes + p];
                expected += weight * truths[t] * predictions[p];
            }

        return 1 - observed / (expected / Total);
    }

    /// <summary>
    /// The mean over the classes that occur of the mean |true code - predicted code|, for ordered classes (Baccianella, Esuli and Sebastiani, 2009,
    /// "Evaluation measures for ordinal regression", equation 2). Lower is better.
    /// </summary>
    public double MacroAbsoluteError()
    {
        double sum = 0;
        int occurring = 0;
        for (int t = 0; t < Classes; t++)
        {
            if (truths[t] == 0) continue;
            occurring++;
            double distance = 0;
            for (int p = 0; p < Classes; p++) distance += cells[t * Classes + p] * Math.Abs(t - p);
            sum += distance / truths[t];
        }

        return occurring == 0 ? 0 : sum / occurring;
    }

    /// <summary>The mean cost of a row: the sum of cells times costs, divided by the total (Elkan, 2001). 0 without rows.</summary>
    /// <param name="costs">The costs, of the same classes.</param>
    public double ExpectedCost(CostMatrix costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        if (costs.Classes != Classes)
            throw new ArgumentException($"The costs are for {costs.Classes} classes, the rows have {Classes}.", nameof(costs));
        double sum = 0;
        ReadOnlySpan<double> cost = costs.AsSpan();
        for (int i = 0; i < cells.Length; i++) sum += cells[i] * cost[i];
        return Divide(sum, Total);
    }

    /// <summary>
    /// Mean recall of the classes with many, medium and few training rows (Liu et al., 2019, "Large-scale long-tailed recognition in an open world",
    /// section 4).
    /// </summary>
    /// <param name="trainingCounts">The number of training rows of each class (K).</param>
    /// <param name="many">A class with more training rows than this has many.</param>
    /// <param name="few">A class with fewer training rows than this has few.</param>
    public ShotAccuracy ShotAccuracy(ReadOnlySpan<long> trainingCounts, long many = 100, long few = 20)
    {
        if (trainingCounts.Length != Classes)
            throw new ArgumentException($"There are {trainingCounts.Length} training counts for {Classes} classes.", nameof(trainingCounts));
        if (few < 0 || many < few - 1) throw new ArgumentOutOfRangeException(nameof(few), few, "The borders are 0 <= few <= many + 1.");
        Span<double> sums = stackalloc double[3];
        Span<int> sizes = stackalloc int[3];
        for (int c = 0; c < Classes; c++)
        {
            if (truths[c] == 0) continue;
            int group = trainingCounts[c] > many ? 0 : trainingCounts[c] < few ? 2 : 1;
            sums[group] += cells[c * Classes + c] / truths[c];
            sizes[group]++;
        }

        return new(
            sizes[0] == 0 ? null : sums[0] / sizes[0], sizes[1] == 0 ? null : sums[1] / sizes[1], sizes[2] == 0 ? null : sums[2] / sizes[2],
            sizes[0], sizes[1], sizes[2]);
    }
}
