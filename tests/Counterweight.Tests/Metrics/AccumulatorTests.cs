using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

public sealed class AccumulatorTests
{
    private static readonly Gen<(int[] Truth, double[] Scores, double[] Weights, int[] Cuts)> Rows = Gen.Int[1, 200].SelectMany(n => Gen.Select(
        Gen.Int[0, 1].Array[n], Gen.Int[0, 40].Select(i => i / 40.0).Array[n], Gen.Int[0, 3].Select(w => (double)w).Array[n], Gen.Int[0, n].Array[3]));

    private static IEnumerable<Range> Parts(int rows, int[] cuts)
    {
        int[] borders = [0, .. cuts.Order(), rows];
        return borders.Zip(borders.Skip(1), (a, b) => a..b);
    }

    [Fact]
    public void Merged_parts_give_the_scores_of_one_pass() => Rows.Sample((truth, scores, weights, cuts) =>
    {
        var whole = ScoreSteps.Of(truth, scores, weights);
        var all = new ScoreAccumulator();
        foreach (Range part in Parts(truth.Length, cuts))
        {
            var worker = new ScoreAccumulator();
            worker.Add(truth[part], scores[part], weights[part]);
            all.Merge(worker);
        }

        ScoreSteps merged = all.Steps();
        Assert.Equal(whole.Thresholds.ToArray(), merged.Thresholds.ToArray());
        Assert.Equal(whole.TruePositives.ToArray(), merged.TruePositives.ToArray());
        Assert.Equal(whole.FalsePositives.ToArray(), merged.FalsePositives.ToArray());
    });

    [Fact]
    public void Many_batches_give_the_scores_of_one_pass()
    {
        var random = new SeededRandom(6);
        const int Count = 200_000;
        int[] truth = new int[Count];
        double[] scores = new double[Count];
        for (int i = 0; i < Count; i++) (truth[i], scores[i]) = (random.NextInt32(3) == 0 ? 1 : 0, Math.Round(random.NextDouble(), 5));
        var accumulator = new ScoreAccumulator();
        for (int at = 0; at < Count;)
        {
            int size = Math.Min(Count - at, 1 + random.NextInt32(random.NextInt32(20) == 0 ? 60_000 : 3000));
            accumulator.Add(truth.AsSpan(at, size), scores.AsSpan(at, size));
            at += size;
        }

        var whole = ScoreSteps.Of(truth, scores);
        Assert.True(whole.Thresholds.SequenceEqual(accumulator.Steps().Thresholds) && whole.TruePositives.SequenceEqual(accumulator.Steps().TruePositives));
        Close.One(RocAuc.Of(truth, scores), accumulator.Steps().RocAuc(), 1e-12, "ROC AUC");
        Close.One(AveragePrecision.Of(truth, scores), accumulator.Steps().AveragePrecision(), 1e-12, "average precision");
    }

    [Fact]
    public void Histogram_bounds_hold_the_exact_areas_and_merge() => Gen.Select(Rows, Gen.Int[1, 60]).Sample((rows, bins) =>
    {
        (int[] truth, double[] scores, double[] weights, int[] cuts) = rows;
        var steps = ScoreSteps.Of(truth, scores, weights);
        ScoreHistogram one = new(bins), merged = new(bins);
        one.Add(truth, scores, weights);
        foreach (Range part in Parts(truth.Length, cuts))
        {
            var worker = new ScoreHistogram(bins);
            worker.Add(truth[part], scores[part], weights[part]);
            merged.Merge(worker);
        }

        BoundedValue average = one.AveragePrecision();
        Assert.Equal(average, merged.AveragePrecision());
        Assert.InRange(steps.AveragePrecision(), average.Low - 1e-12, average.High + 1e-12);
        Assert.InRange(average.Value, average.Low - 1e-12, average.High + 1e-12);
        if (steps.Positives == 0 || steps.Negatives == 0)
        {
            Assert.Throws<UnusableDataException>(() => one.RocAuc());
            return;
        }

        BoundedValue auc = one.RocAuc();
        Assert.Equal(auc, merged.RocAuc());
        Assert.InRange(steps.RocAuc(), auc.Low - 1e-12, auc.High + 1e-12);
    });

    [Fact]
    public void A_fine_histogram_is_close()
    {
        var random = new SeededRandom(6);
        int[] truth = [.. Enumerable.Range(0, 50_000).Select(_ => random.NextInt32(10) == 0 ? 1 : 0)];
        double[] scores = [.. truth.Select(t => Math.Clamp(0.3 * t + 0.6 * random.NextDouble(), 0, 1))];
        var histogram = new ScoreHistogram();
        histogram.Add(truth, scores);
        BoundedValue auc = histogram.RocAuc(), average = histogram.AveragePrecision();
        Assert.True(auc.High - auc.Low < 1e-4 && average.High - average.Low < 1e-2);
        Assert.Equal(RocAuc.Of(truth, scores), auc.Value, 1e-4);
    }

    [Fact]
    public void Confusion_and_probability_sums_merge() => Rows.Sample((truth, scores, weights, cuts) =>
    {
        if (weights.Sum() == 0) return;
        var whole = Predictions.FromScores(truth, scores, weights);
        var confusion = new ConfusionAccumulator(2);
        var sums = new ProbabilityAccumulator();
        foreach (Range part in Parts(truth.Length, cuts))
        {
            var predictions = Predictions.FromScores(truth[part], scores[part], weights[part]);
            ConfusionAccumulator worker = new(2);
            worker.Add(truth[part], predictions.Predicted.Span, weights[part]);
            confusion.Merge(worker);
            var partial = new ProbabilityAccumulator();
            partial.Add(predictions);
            sums.Merge(partial);
        }

        Assert.Equal(whole.Confusion, confusion.Matrix);
        Close.One(Metric.Brier.Evaluate(whole), sums.Brier, 1e-12, "Brier");
        Close.One(Metric.LogLoss.Evaluate(whole), sums.LogLoss, 1e-12, "log loss");
        Close.One(Metric.CalibrationError.Evaluate(whole), sums.Calibration.Expected, 1e-12, "calibration error");
    });

    [Fact]
    public void Multi_class_probabilities_are_summed_and_other_classes_refused()
    {
        double[] p = [0.2, 0.3, 0.5, 0.6, 0.2, 0.2];
        var predictions = Predictions.FromProbabilities(new[] { 2, 1 }, p, 3);
        var sums = new ProbabilityAccumulator(10);
        Assert.Throws<UnusableDataException>(() => sums.Brier);
        sums.Add(predictions);
        sums.Add(predictions);
        Close.One(Metric.Brier.Evaluate(predictions), sums.Brier, 1e-12, "Brier");
        Close.One(Metric.LogLoss.Evaluate(predictions), sums.LogLoss, 1e-12, "log loss");
        Assert.Equal(4, sums.Weight);
        Assert.Throws<ArgumentException>(() => sums.Add(Predictions.FromScores(new[] { 1 }, new[] { 0.4 })));
        Assert.Throws<ArgumentException>(() => sums.Merge(new ProbabilityAccumulator(9)));
        Assert.Throws<ArgumentException>(() => new ScoreHistogram(9).Merge(new ScoreHistogram(8)));
        Assert.Throws<ArgumentException>(() => new ScoreAccumulator(1).Merge(new ScoreAccumulator(0)));
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => new ScoreHistogram().Add([0, 1], [0.5, 1.5])).Row);
        Assert.Equal(0, new ScoreAccumulator().Steps().Count);
    }
}
