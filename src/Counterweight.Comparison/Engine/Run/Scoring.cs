namespace Counterweight.Comparison;

/// <summary>Turns decided rows of a fold into figures, and reads the one that decides.</summary>
internal sealed class Scoring
{
    /// <summary>Of more than two classes: rows times classes up to which every candidate keeps the probabilities of a repeat, 8 MB of them.</summary>
    private const long MostProbabilities = 2_000_000;

    private readonly RunTerms terms;
    private readonly int deciding;

    internal Scoring(RunTerms terms)
    {
        this.terms = terms;
        ComparisonOptions options = terms.Options;
        List<IMetric> judged = [.. Metric.Usual.Select(m => options.Costs is null ? m : m.WithCosts(options.Costs))];
        foreach (IMetric metric in (IMetric[])[options.Metric, .. options.Also])
        {
            int at = judged.FindIndex(m => m.Name == metric.Name);
            if (at < 0) judged.Add(metric);
            else judged[at] = metric;
        }

        Metrics = judged;
        deciding = judged.FindIndex(m => m.Name == options.Metric.Name);
    }

    /// <summary>The metrics that every fold is judged by, in the order of <see cref="FoldScore.Figures"/>.</summary>
    internal IReadOnlyList<IMetric> Metrics { get; }

    /// <summary>The position of a metric among them.</summary>
    internal int At(IMetric metric) => Enumerable.Range(0, Metrics.Count).First(m => Metrics[m].Name == metric.Name);

    /// <summary>The figures of decided test rows.</summary>
    /// <exception cref="UnusableDataException">The deciding metric is not defined on the fold.</exception>
    internal FoldScore Score(JudgedCandidate judged, FoldFeatures fold)
    {
        Predictions predictions = Predictions.FromProbabilities(
            fold.TestLabels, judged.Probabilities, terms.Counts.Classes, fold.TestWeights, predicted: judged.Decided, positiveClass: terms.PositiveClass,
            threads: 1);
        double[] figures = [.. Metrics.Select(metric => Figure(metric, predictions))];
        if (!double.IsFinite(figures[deciding]))
            throw new UnusableDataException($"{terms.Options.Metric.Name} is not defined on a fold (it is {figures[deciding]}); choose another metric or "
                + $"fewer folds.", terms.Dataset.Name);
        return new FoldScore(figures, judged.Decided, KeepsProbabilities(fold.Fold) ? [.. judged.Probabilities.Select(p => (float)p)] : [], judged.Decision,
            judged.Seconds);
    }

    /// <summary>The deciding metric of a fold.</summary>
    internal double Value(FoldScore score) => score.Figures[deciding];

    /// <summary>The mean of the deciding metric over folds.</summary>
    internal double Mean(IReadOnlyList<FoldScore> scores) => scores.Average(Value);

    /// <summary>That mean with the sign of the metric: the more the better.</summary>
    internal double Goodness(IReadOnlyList<FoldScore> scores) => terms.Sign * Mean(scores);

    /// <summary>The deciding metric of each fold with the sign of the metric: the more the better.</summary>
    internal double[] Goodnesses(IReadOnlyList<FoldScore> scores) => [.. scores.Select(s => terms.Sign * Value(s))];

    /// <summary>The mean of the deciding metric, its interval inside the range of the metric.</summary>
    /// <param name="scores">What the folds scored.</param>
    /// <param name="testShare">n_test / n_train of a fold.</param>
    internal FoldMean Interval(IReadOnlyList<FoldScore> scores, double testShare) => Within(
        CorrectedResampledTTest.Evaluate([.. scores.Select(Value)], testShare));

    /// <summary>A mean of the deciding metric with its interval cut to the range of the metric.</summary>
    internal FoldMean Within(FoldMean mean) =>
        mean.Within(terms.Options.Metric.Lowest(terms.Counts.Classes), terms.Options.Metric.Highest(terms.Counts.Classes));

    /// <summary>
    /// The probabilities of two classes, and those that the metric reads, are kept of every fold. Of more classes the first repeat is enough for curves, and
    /// it is kept unless the candidates of a comparison would take gigabytes together.
    /// </summary>
    private bool KeepsProbabilities(Fold fold) => terms.Counts.Classes == 2 || terms.Options.Metric.NeedsProbabilities
        || (fold.Repeat == 0 && terms.Counts.Rows * terms.Counts.Classes <= MostProbabilities);

    /// <summary>A metric's figure; NaN where these rows leave it undefined, as a ranking is with one class only.</summary>
    private static double Figure(IMetric metric, Predictions predictions)
    {
        try
        {
            return metric.Evaluate(predictions);
        }
        catch (UnusableDataException)
        {
            return double.NaN;
        }
    }
}
