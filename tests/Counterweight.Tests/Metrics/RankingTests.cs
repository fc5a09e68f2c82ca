using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

/// <summary>The sort and everything that depends on the order of scores, against definitions computed the slow way.</summary>
public sealed class RankingTests
{
    /// <summary>Scores of many shapes: ties, both signs, both zeros, infinities, subnormals, one far outlier, a narrow range.</summary>
    private static readonly Gen<double> AnyScore = Gen.OneOf(
        Gen.Int[-3, 3].Select(i => i / 2.0), Gen.Double[0, 1], Gen.Double[-1e300, 1e300], Gen.Double[0.9999, 1], Gen.Const(-0.0), Gen.Const(0.0),
        Gen.Const(double.PositiveInfinity),
        Gen.Const(double.NegativeInfinity), Gen.Const(double.Epsilon), Gen.Const(-double.Epsilon), Gen.Single.Where(float.IsFinite).Select(f => (double)f));

    private static readonly Gen<(int[] Truth, double[] Scores, double[] Weights)> AnyRows =
        Gen.Select(Gen.Int[1, 300], Gen.Bool).SelectMany((n, weighted) => Gen.Select(
            Gen.Int[0, 1].Array[n], AnyScore.Array[n], weighted ? Gen.Int[0, 3].Select(w => w / 2.0).Array[n] : Gen.Const(Array.Empty<double>())));

    private static double Weight(double[] weights, int i) => weights.Length == 0 ? 1 : weights[i];

    private static (double Auc, double Average) Slow(int[] truth, double[] scores, double[] weights)
    {
        double area = 0, p = 0, n = 0, precision = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] == 1) p += Weight(weights, i);
            else n += Weight(weights, i);
            if (truth[i] != 1) continue;
            double tp = 0, fp = 0;
            for (int j = 0; j < truth.Length; j++)
            {
                if (truth[j] == 0) area += Weight(weights, i) * Weight(weights, j) * (scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0);
                if (scores[j] >= scores[i]) _ = truth[j] == 1 ? tp += Weight(weights, j) : fp += Weight(weights, j);
            }

            if (tp > 0) precision += Weight(weights, i) * tp / (tp + fp);
        }

        return (area / p / n, p == 0 ? 0 : precision / p);
    }

    [Fact]
    public void Areas_are_those_of_every_pair_of_rows() => AnyRows.Sample(rows =>
    {
        (double auc, double average) = Slow(rows.Truth, rows.Scores, rows.Weights);
        Close.One(average, AveragePrecision.Of(rows.Truth, rows.Scores, rows.Weights), 1e-12, "average precision");
        var steps = ScoreSteps.Of(rows.Truth, rows.Scores, rows.Weights);
        Close.One(average, steps.AveragePrecision(), 1e-12, "average precision of steps");
        if (double.IsNaN(auc))
        {
            Assert.Throws<UnusableDataException>(() => RocAuc.Of(rows.Truth, rows.Scores, rows.Weights));
            Assert.Throws<UnusableDataException>(() => Metric.RocAuc.Evaluate(Predictions.FromScores(rows.Truth, rows.Scores, rows.Weights)));
            return;
        }

        Close.One(auc, RocAuc.Of(rows.Truth, rows.Scores, rows.Weights), 1e-12, "ROC AUC");
        Close.One(auc, steps.RocAuc(), 1e-12, "ROC AUC of steps");
        Close.One(auc, RocCurve.Of(steps, dropIntermediate: true).Area, 1e-12, "ROC AUC of the thinned curve");
    }, iter: 2000);

    [Fact]
    public void Steps_hold_the_distinct_scores_descending_and_what_reaches_each() => AnyRows.Sample(rows =>
    {
        var steps = ScoreSteps.Of(rows.Truth, rows.Scores, rows.Weights);
        double[] distinct = [.. rows.Scores.Where((_, i) => Weight(rows.Weights, i) > 0).Select(s => s + 0.0).Distinct().OrderDescending()];
        Assert.Equal(distinct, steps.Thresholds.ToArray());
        for (int s = 0; s < distinct.Length; s++)
        {
            double tp = 0, fp = 0;
            for (int i = 0; i < rows.Truth.Length; i++)
                if (rows.Scores[i] >= distinct[s]) _ = rows.Truth[i] == 1 ? tp += Weight(rows.Weights, i) : fp += Weight(rows.Weights, i);
            Assert.Equal((tp, fp), (steps.TruePositives[s], steps.FalsePositives[s]));
        }
    }, iter: 500);

    public static TheoryData<string> Shapes => ["uniform", "logistic", "normal", "three decimals", "one value", "outlier", "float", "mixed"];

    private static double[] Scores(string shape, int rows)
    {
        var random = new SeededRandom(5);
        double[] scores = new double[rows];
        for (int i = 0; i < rows; i++)
            scores[i] = shape switch
            {
                "uniform" => random.NextDouble(),
                "logistic" => 1 / (1 + Math.Exp(6 - 2 * random.NextGaussian())),
                "normal" => random.NextGaussian(),
                "three decimals" => Math.Round(random.NextDouble(), 3),
                "one value" => 0.25,
                "outlier" => i == 77 ? -1e200 : 0.5 + random.NextDouble() * 1e-6,
                "float" => (float)random.NextDouble(),
                _ => random.NextInt32(3) == 0 ? 0 : random.NextGaussian() * Math.Exp(40 * random.NextGaussian()),
            };
        return scores;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Many_rows_of_any_shape_are_sorted_as_a_plain_sort_does_at_any_number_of_threads(string shape)
    {
        const int Rows = 150_000;
        double[] scores = Scores(shape, Rows), weights = new double[Rows];
        int[] truth = new int[Rows], order = [.. Enumerable.Range(0, Rows)];
        var random = new SeededRandom(9);
        for (int i = 0; i < Rows; i++) (truth[i], weights[i]) = (random.NextInt32(20) == 0 ? 1 : 0, random.NextInt32(4) / 4.0);
        Array.Sort([.. scores.Select(s => -s)], order);
        foreach (double[] w in new[] { [], weights })
        {
            double tp = 0, fp = 0, area = 0, precision = 0;
            for (int i = 0; i < Rows;)
            {
                double p = 0, n = 0, score = scores[order[i]];
                for (; i < Rows && scores[order[i]] == score; i++)
                    if (truth[order[i]] == 1) p += Weight(w, order[i]);
                    else n += Weight(w, order[i]);
                area += n * (tp + p / 2);
                tp += p;
                fp += n;
                if (p > 0) precision += p * tp / (tp + fp);
            }

            double auc = RocAuc.Of(truth, scores, w, threads: 1), average = AveragePrecision.Of(truth, scores, w, threads: 1);
            Close.One(area / tp / fp, auc, 1e-12, "ROC AUC");
            Close.One(precision / tp, average, 1e-12, "average precision");
            foreach (int threads in new[] { 2, 3, 8 })
            {
                Assert.Equal(auc, RocAuc.Of(truth, scores, w, threads: threads));
                Assert.Equal(average, AveragePrecision.Of(truth, scores, w, threads: threads));
            }

            ScoreSteps one = ScoreSteps.Of(truth, scores, w, threads: 1), many = ScoreSteps.Of(truth, scores, w, threads: 4);
            Assert.True(one.Thresholds.SequenceEqual(many.Thresholds) && one.TruePositives.SequenceEqual(many.TruePositives)
                && one.FalsePositives.SequenceEqual(many.FalsePositives));
            Close.One(auc, one.RocAuc(), 1e-12, "ROC AUC of steps");
        }

        if (shape == "float")
        {
            float[] singles = [.. scores.Select(s => (float)s)];
            Assert.Equal(RocAuc.Of(truth, scores), RocAuc.Of(truth, singles));
            Assert.Equal(AveragePrecision.Of(truth, scores), AveragePrecision.Of(truth, singles));
        }
    }

    [Fact]
    public void Partial_area_is_that_of_the_clipped_curve() => Gen.Select(AnyRows, Gen.Double[0.01, 1]).Sample((rows, limit) =>
    {
        var steps = ScoreSteps.Of(rows.Truth, rows.Scores, rows.Weights);
        if (steps.Positives == 0 || steps.Negatives == 0) return;
        RocCurve curve = RocCurve.Of(steps);
        double area = 0;
        const int Slices = 20_000;
        for (int i = 0; i < Slices; i++) area += curve.TruePositiveRateAt((i + 0.5) / Slices * limit) * limit / Slices;
        double expected = limit == 1 ? area : 0.5 * (1 + (area - limit * limit / 2) / (limit - limit * limit / 2));
        Assert.Equal(expected, curve.PartialArea(limit), 0.02);
    }, iter: 50);

    [Fact]
    public void H_measure_is_the_integral_of_its_definition() =>
        Gen.Select(AnyRows, Gen.Double[1, 4], Gen.Double[1, 4]).Sample((rows, alpha, beta) =>
        {
            var steps = ScoreSteps.Of(rows.Truth, rows.Scores, rows.Weights);
            if (steps.Positives == 0 || steps.Negatives == 0) return;
            double total = steps.Positives + steps.Negatives, loss = 0, worst = 0;
            const int Slices = 4000;
            for (int i = 0; i < Slices; i++)
            {
                double c = (i + 0.5) / Slices, density = Math.Pow(c, alpha - 1) * Math.Pow(1 - c, beta - 1);
                double none = (1 - c) * steps.Positives / total, best = none;
                for (int s = 0; s < steps.Count; s++)
                    best = Math.Min(best, c * steps.FalsePositives[s] / total + (1 - c) * (steps.Positives - steps.TruePositives[s]) / total);
                loss += density * best;
                worst += density * Math.Min(none, c * steps.Negatives / total);
            }

            Assert.Equal(1 - loss / worst, HMeasure.Of(steps, alpha, beta), 1e-4);
        }, iter: 50);

    [Fact]
    public void H_measure_is_one_for_perfect_scores_and_zero_for_constant_ones()
    {
        Close.One(1, HMeasure.Of(ScoreSteps.Of([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9])), 1e-12, "perfect");
        Close.One(0, HMeasure.Of(ScoreSteps.Of([0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5])), 1e-12, "constant");
        Close.One(1, HMeasure.OfShares(ScoreSteps.Of([0, 0, 0, 1], [0.1, 0.2, 0.3, 0.9])), 1e-12, "perfect, by shares");
        var steps = ScoreSteps.Of([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.9]);
        Assert.Equal(HMeasure.Of(steps, 1.5, 1.5), HMeasure.OfShares(steps));
    }

    [Fact]
    public void Cost_curve_is_the_lowest_line_of_all_thresholds() => Gen.Select(AnyRows, Gen.Double[0, 1].Array[5]).Sample((rows, places) =>
    {
        var steps = ScoreSteps.Of(rows.Truth, rows.Scores, rows.Weights);
        if (steps.Positives == 0 || steps.Negatives == 0) return;
        CostCurve curve = CostCurve.Of(steps);
        foreach (double pc in (double[])[0, 1, .. places, .. curve.ProbabilityCosts])
        {
            double best = pc;
            for (int s = 0; s < steps.Count; s++)
                best = Math.Min(best, (1 - steps.TruePositives[s] / steps.Positives) * pc + steps.FalsePositives[s] / steps.Negatives * (1 - pc));
            Close.One(best, curve.CostAt(pc), 1e-12, "cost");
            double threshold = curve.ThresholdAt(pc), tp = 0, fp = 0;
            for (int s = 0; s < steps.Count && steps.Thresholds[s] >= threshold; s++)
                if (!(double.IsPositiveInfinity(threshold) && s > 0)) (tp, fp) = (steps.TruePositives[s], steps.FalsePositives[s]);
            if (!double.IsInfinity(threshold))
                Close.One(best, (1 - tp / steps.Positives) * pc + fp / steps.Negatives * (1 - pc), 1e-12, "cost at the threshold");
        }

        for (int i = 0; i < curve.Costs.Length; i++) Close.One(curve.CostAt(curve.ProbabilityCosts[i]), curve.Costs[i], 1e-12, "corner");
        double area = 0;
        for (int i = 0; i < 2000; i++) area += curve.CostAt((i + 0.5) / 2000) / 2000;
        Assert.Equal(area, curve.Area, 1e-4);
    }, iter: 200);

    [Fact]
    public void Cost_curve_at_costs_and_shares_gives_the_expected_cost_of_the_best_threshold()
    {
        Assert.Equal(0.5, CostCurve.ProbabilityCost(0.1, 1, 9), 12);
        CostCurve curve = CostCurve.Of(ScoreSteps.Of([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]));
        Close.One(0.25, curve.CostAt(0.5), 1e-12, "cost");
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.CostAt(1.5));
        Assert.Throws<ArgumentException>(() => CostCurve.ProbabilityCost(0, 0, 5));
    }

    [Fact]
    public void Gain_is_the_share_of_positives_among_the_best_rows()
    {
        GainCurve curve = GainCurve.Of(ScoreSteps.Of([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1]));
        Close.One(0.5, curve.GainAt(0.1), 1e-12, "gain");
        Close.One(5, curve.LiftAt(0.1), 1e-12, "lift");
        Close.One(0.75, curve.GainAt(0.25), 1e-12, "gain between rows");
        Close.One(1, curve.LiftAt(1), 1e-12, "lift of all");
        Close.One(0, curve.GainAt(0), 1e-12, "gain of none");
        GainCurve ties = GainCurve.Of(ScoreSteps.Of([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]));
        Close.One(1, ties.LiftAt(0.3), 1e-12, "ties are in random order");
        Assert.Throws<UnusableDataException>(() => GainCurve.Of(ScoreSteps.Of([0, 0], [0.1, 0.2])));
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.LiftAt(0));
    }

    [Fact]
    public void Multi_class_areas_leave_out_classes_that_do_not_occur()
    {
        int[] truth = [0, 1, 0, 1, 1];
        double[] p = [0.7, 0.2, 0.1, 0.3, 0.6, 0.1, 0.4, 0.5, 0.1, 0.1, 0.8, 0.1, 0.5, 0.25, 0.25];
        double[] perClass = RocAuc.PerClass(truth, p, 3);
        Assert.True(double.IsNaN(perClass[2]));
        Close.One((perClass[0] + perClass[1]) / 2, RocAuc.OneVsRest(truth, p, 3), 1e-12, "macro");
        Close.One((2 * perClass[0] + 3 * perClass[1]) / 5, RocAuc.OneVsRest(truth, p, 3, Averaging.Weighted), 1e-12, "weighted");
        Close.One(RocAuc.OneVsOne(truth, p, 3), RocAuc.OneVsOne(truth, p, 3, Averaging.Weighted), 1e-12, "a single pair");
        Close.One(RocAuc.OneVsOne(truth, p, 3), RocAuc.OneVsOne(truth, p, 3, Averaging.Macro, [2, 2, 2, 2, 2]), 1e-12, "equal weights");
        double[] average = AveragePrecision.PerClass(truth, p, 3);
        Close.One((average[0] + average[1]) / 2, AveragePrecision.OneVsRest(truth, p, 3), 1e-12, "average precision");
        Assert.Throws<UnusableDataException>(() => RocAuc.OneVsRest([1, 1], p.AsSpan(0, 6), 3));
        Assert.Throws<UnusableDataException>(() => RocAuc.OneVsOne([1, 1], p.AsSpan(0, 6), 3));
    }

    [Fact]
    public void Weighted_areas_are_those_of_repeated_rows() => Gen.Int[2, 60].SelectMany(n =>
        Gen.Select(Gen.Int[0, 2].Array[n], Gen.Int[0, 5].Select(i => i / 5.0).Array[3 * n], Gen.Int[0, 3].Array[n])).Sample((truth, scores, times) =>
    {
        int[] rows = [.. Enumerable.Range(0, truth.Length).SelectMany(i => Enumerable.Repeat(i, times[i]))];
        double[] weights = [.. times.Select(t => (double)t)];
        var weighted = Predictions.FromClassScores(truth, scores, 3, weights);
        var repeated = Predictions.FromClassScores(truth, scores, 3).Select(rows);
        foreach (IMetric metric in new[] { Metric.RocAuc, Metric.AveragePrecision, Metric.Catalogue.Create("roc-auc-ovo"),
            Metric.Catalogue.Create("roc-auc-weighted"), Metric.Catalogue.Create("lift(0.3)"), Metric.Catalogue.Create("top-k(2)"), Metric.MacroF1,
            Metric.MatthewsCorrelation })
        {
            double? a = Try(metric, weighted), b = Try(metric, repeated);
            Assert.Equal(b is null, a is null);
            if (a is { } value) Close.One(b!.Value, value, 1e-12, metric.Name);
        }
    }, iter: 300);

    private static double? Try(IMetric metric, Predictions predictions)
    {
        try
        {
            return metric.Evaluate(predictions);
        }
        catch (UnusableDataException)
        {
            return null;
        }
    }
}
