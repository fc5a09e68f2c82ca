using System.Text.Json;
using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests;

public class CalibrationTests
{
    private static readonly Lazy<(double[] P, int[] Y)> Overconfident = new(() => Scores(3000, 2));

    [Fact]
    public void Golden_isotonic()
    {
        foreach (JsonElement test in Cases("isotonic"))
        {
            JsonElement inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
            double[] x = Golden.Vector(inputs.GetProperty("x"));
            IsotonicRegression map = IsotonicRegression.Fit(x, Golden.Vector(inputs.GetProperty("y")), Weights(inputs));
            Close.All(Golden.Vector(expected.GetProperty("X_thresholds")), map.X, 0, "x");
            Close.All(Golden.Vector(expected.GetProperty("y_thresholds")), map.Y, 1e-12, "y");
            Close.All(Golden.Vector(expected.GetProperty("fitted_at_x")), Array.ConvertAll(x, map.Apply), 1e-12, "fitted");
            Close.All(Golden.Vector(expected.GetProperty("predicted_at_query")), Array.ConvertAll(Golden.Vector(inputs.GetProperty("query")), map.Apply),
                1e-12, "query");
        }
    }

    [Fact]
    public void Golden_sigmoid()
    {
        foreach (JsonElement test in Cases("sigmoid"))
        {
            JsonElement inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
            double[] scores = Golden.Vector(inputs.GetProperty("score"));
            SigmoidScaling fit = SigmoidScaling.Fit(scores, Golden.Integers(inputs.GetProperty("y")), Weights(inputs));
            double[] predicted = Array.ConvertAll(scores, fit.Apply);
            Close.One(expected.GetProperty("a_exact").GetDouble(), fit.A, 1e-8, "a");
            Close.One(expected.GetProperty("b_exact").GetDouble(), fit.B, 1e-8, "b");
            Close.All(Golden.Vector(expected.GetProperty("predicted_exact")), predicted, 1e-8, "predicted");
            Close.All(Golden.Vector(expected.GetProperty("predicted")), predicted, 1e-5, "predicted by the peer");
        }
    }

    [Fact]
    public void Golden_prior_correction()
    {
        foreach (JsonElement test in Cases("prior_correction"))
        {
            JsonElement inputs = test.GetProperty("inputs");
            var correction = new PriorCorrection(Golden.Vector(inputs.GetProperty("train_prior")), Golden.Vector(inputs.GetProperty("new_prior")));
            Close.All(Golden.Array(test.GetProperty("expected").GetProperty("prob")).Data, correction.Transform(Golden.Array(inputs.GetProperty("prob")).Data),
                1e-12, "probabilities");
        }
    }

    [Fact]
    public void Golden_label_shift()
    {
        foreach (JsonElement test in Cases("saerens_em"))
        {
            JsonElement inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected"), parameters = test.GetProperty("params");
            double[] p = Golden.Array(inputs.GetProperty("prob")).Data, training = Golden.Vector(inputs.GetProperty("train_prior"));
            LabelShiftEstimate estimate = LabelShift.ExpectationMaximisation(
                p, training, parameters.GetProperty("tol").GetDouble(), parameters.GetProperty("max_iter").GetInt32());
            Close.All(Golden.Vector(expected.GetProperty("prior")), [.. estimate.Prior], 1e-8, "prior");
            Assert.InRange(estimate.Iterations - expected.GetProperty("iterations").GetInt32(), -1, 1);
            Assert.Equal(expected.GetProperty("converged").GetBoolean(), estimate.Converged);
            Close.All(Golden.Vector(expected.GetProperty("prior_after_1")), [.. LabelShift.ExpectationMaximisation(p, training, 0, 1).Prior], 1e-12, "after 1");
            Close.All(Golden.Vector(expected.GetProperty("prior_after_10")), [.. LabelShift.ExpectationMaximisation(p, training, 0, 10).Prior], 1e-12,
                "after 10");
            (long[] shape, double[] rows) = Golden.Array(expected.GetProperty("prob_first_rows"));
            Close.All(rows, new PriorCorrection(training, [.. estimate.Prior]).Transform(p.AsSpan(0, (int)(shape[0] * shape[1]))), 1e-7, "rows");
        }
    }

    [Fact]
    public void Black_box_shift_estimation_inverts_the_confusion()
    {
        // Exact shares: class 0 is predicted 0 in 9 of 10 rows, class 1 predicted 1 in 6 of 10; the new rows are 1 part class 0 and 3 parts class 1.
        int[] labels = [.. Enumerable.Repeat(0, 10), .. Enumerable.Repeat(1, 10)];
        int[] predicted = [.. Enumerable.Repeat(0, 9), 1, .. Enumerable.Repeat(1, 6), .. Enumerable.Repeat(0, 4)];
        int[] fresh = [.. Enumerable.Repeat(0, 9 + 12), .. Enumerable.Repeat(1, 1 + 18)];
        LabelShiftEstimate estimate = LabelShift.BlackBox(predicted, labels, fresh, 2);
        Close.All([0.25, 0.75], [.. estimate.Prior], 1e-12, "prior");
        Assert.Contains("cannot be inverted", Assert.Throws<UnusableDataException>(() => LabelShift.BlackBox([0, 0], [0, 1], [0], 2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Prior_correction_undoes_weights_and_resampling()
    {
        double[] honest = [0.9, 0.1, 0.4, 0.6];
        var distort = new PriorCorrection([0.9, 0.1], [0.5, 0.5]);
        double[] weighted = distort.Transform(honest);
        Close.All(honest, PriorCorrection.FromWeights([900, 100], [1, 9]).Transform(weighted), 1e-12, "weights");
        Close.All(honest, PriorCorrection.FromResampling([900, 100], [900, 900]).Transform(weighted), 1e-12, "resampling");
        Assert.Throws<ArgumentException>(() => new PriorCorrection([1, 0], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => PriorCorrection.FromWeights([1, 2], [1]));
    }

    [Fact]
    public void Isotonic_has_the_least_squared_error_of_all_monotone_fits()
    {
        (from n in Gen.Int[1, 7]
         from x in Gen.Int[0, 4].Array[n]
         from y in Gen.Int[0, 1].Array[n]
         from w in Gen.Int[1, 3].Array[n]
         select (x, y, w)).Sample(t =>
        {
            double[] x = [.. t.x.Select(v => (double)v)], y = [.. t.y.Select(v => (double)v)], w = [.. t.w.Select(v => (double)v)];
            IsotonicRegression map = IsotonicRegression.Fit(x, y, w);
            double[] distinct = [.. x.Distinct().Order()];
            // The optimum is max over i <= k of min over j >= k of the mean of i..j (Barlow et al., 1972, theorem 1.4.4).
            double Mean(int i, int j) =>
                Enumerable.Range(0, x.Length).Where(r => x[r] >= distinct[i] && x[r] <= distinct[j])
                .Aggregate((S: 0.0, W: 0.0), (a, r) => (a.S + w[r] * y[r], a.W + w[r]), a => a.S / a.W);
            for (int k = 0; k < distinct.Length; k++)
            {
                double best = Enumerable.Range(0, k + 1).Max(i => Enumerable.Range(k, distinct.Length - k).Min(j => Mean(i, j)));
                Assert.Equal(best, map.Apply(distinct[k]), 1e-12);
            }
        }, iter: 200);
    }

    [Theory]
    [InlineData("platt")]
    [InlineData("isotonic")]
    [InlineData("beta")]
    [InlineData("temperature")]
    [InlineData("vector")]
    public void Calibration_keeps_the_order_and_improves_overconfident_scores(string method)
    {
        (double[] p, int[] y) = Overconfident.Value;
        Calibrator calibrator = Calibrator.Fit(method, p, y, 2);
        double[] q = calibrator.Transform(p);
        int[] order = [.. Enumerable.Range(0, y.Length).OrderBy(i => p[2 * i + 1])];
        for (int i = 1; i < order.Length; i++)
            Assert.True(q[2 * order[i] + 1] >= q[2 * order[i - 1] + 1] - (method is "vector" ? 1e-9 : 0), $"row {order[i]} lost its place");
        var before = Predictions.FromProbabilities(y, p, 2);
        var after = Predictions.FromProbabilities(y, q, 2);
        Assert.True(Metric.LogLoss.Evaluate(after) < Metric.LogLoss.Evaluate(before) - 0.05);
        Assert.True(Metric.Brier.Evaluate(after) < Metric.Brier.Evaluate(before));
        Assert.True(Metric.CalibrationError.Evaluate(after) < 0.04);
        Assert.Equal(method, calibrator.Name);
    }

    [Theory]
    [InlineData("platt")]
    [InlineData("isotonic")]
    [InlineData("beta")]
    [InlineData("temperature")]
    [InlineData("vector")]
    public void Weights_are_repeated_rows(string method)
    {
        var random = new SeededRandom(4);
        (double[] p, int[] y) = Scores(120, 3);
        double[] weights = new double[y.Length];
        List<double> repeatedP = [];
        List<int> repeatedY = [];
        for (int i = 0; i < y.Length; i++)
        {
            weights[i] = random.NextInt32(4);
            for (int r = 0; r < weights[i]; r++)
            {
                repeatedP.AddRange(p.AsSpan(3 * i, 3));
                repeatedY.Add(y[i]);
            }
        }

        double[] a = Calibrator.Fit(method, p, y, 3, weights).Transform(p), b = Calibrator.Fit(method, [.. repeatedP], [.. repeatedY], 3).Transform(p);
        Close.All(b, a, 1e-7, method);
        for (int i = 0; i < a.Length; i += 3) Assert.Equal(1, a[i] + a[i + 1] + a[i + 2], 1e-12);
    }

    [Fact]
    public void Temperature_and_vector_scaling_find_the_parameters_of_the_distortion()
    {
        // Frequencies in place of random labels: every row stands for all classes, weighted by its honest probabilities, so the optimum is exact.
        double[] honest = [0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.05, 0.05, 0.9, 0.3, 0.4, 0.3];
        double[] Distort(double power, double[] factors) =>
            [.. honest.Chunk(3).SelectMany(r => r.Select((v, c) => Math.Pow(v, power) * factors[c]).ToArray() is var u ? u.Select(v => v / u.Sum()) : [])];
        double[] Rows(double[] p) => [.. p.Chunk(3).SelectMany(r => r.Concat(r).Concat(r))];
        int[] labels = [.. Enumerable.Range(0, 12).Select(i => i % 3)];
        TemperatureScaling temperature = TemperatureScaling.Fit(Rows(Distort(2.5, [1, 1, 1])), labels, 3, honest);
        Assert.Equal(2.5, temperature.Temperature, 1e-9);
        double[] restored = new double[12];
        VectorScaling vector = VectorScaling.Fit(Rows(Distort(2, [1, 4, 0.5])), labels, 3, honest);
        vector.Apply(Distort(2, [1, 4, 0.5]), restored);
        Close.All(honest, restored, 1e-4, "vector");
    }

    [Fact]
    public void Beta_finds_its_own_curve_and_leaves_calibrated_probabilities_alone()
    {
        double[] s = [.. Enumerable.Range(1, 40).Select(i => i / 41.0)];
        double[] both = [.. s, .. s];
        int[] labels = [.. s.Select(_ => 1), .. s.Select(_ => 0)];
        foreach (BetaScaling truth in new BetaScaling[] { new(1, 1, 0), new(0.4, 1.7, -0.6), new(2, 0.3, 1) })
        {
            double[] weights = [.. s.Select(truth.Apply), .. s.Select(v => 1 - truth.Apply(v))];
            BetaScaling fit = BetaScaling.Fit(both, labels, weights);
            Close.All([truth.A, truth.B, truth.C], [fit.A, fit.B, fit.C], 1e-6, "beta");
        }

        // Scores that run the wrong way: the best curve that does not fall is flat.
        BetaScaling flat = BetaScaling.Fit(both, labels, [.. s.Select(v => 1 - v), .. s]);
        Assert.Equal((0, 0), (flat.A, flat.B));
        Assert.Equal(0.5, flat.Apply(0.9), 1e-9);
    }

    [Fact]
    public void Perfectly_separated_classes_give_finite_maps()
    {
        double[] p = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.1, 0.9];
        foreach (MethodDefinition method in Calibrator.Catalogue)
            Assert.All(Calibrator.Fit(method.Name, p, [0, 0, 1, 1], 2).Transform(p), v => Assert.InRange(v, 0, 1));
    }

    [Fact]
    public void Bad_rows_are_named()
    {
        Assert.Equal(2, Assert.Throws<UnusableDataException>(() => Calibrator.Fit("platt", [0.5, 0.5, 0.9, 0.3], [0, 1], 2)).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => Calibrator.Fit("beta", [1.5, -0.5], [0], 2)).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => Calibrator.Fit("beta", [0.5, 0.5], [2], 2)).Row);
        Assert.Equal(1, Assert.Throws<UnusableDataException>(() => SigmoidScaling.Fit([double.NaN], [1])).Row);
        Assert.Throws<ArgumentException>(() => Calibrator.Fit("platt", [0.5], [0], 2));
        Assert.Contains("Did you mean 'isotonic'?", Assert.Throws<FormatException>(() => Calibrator.Fit("isotone", [0.5, 0.5], [0], 2)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reliability_bins_hold_all_rows()
    {
        (double[] p, int[] y) = Overconfident.Value;
        double[] positive = [.. p.Where((_, i) => i % 2 == 1)];
        foreach (bool equalMass in new[] { false, true })
        {
            ReliabilityCurve curve = ReliabilityCurve.Compute(positive, y, 10, equalMass);
            Assert.Equal(y.Length, curve.Bins.Sum(b => b.Weight));
            Assert.Equal(y.Sum(), curve.Bins.Sum(b => b.Weight * b.ObservedShare), 1e-9);
            Assert.Equal(positive.Sum(), curve.Bins.Sum(b => b.Weight * b.MeanPredicted), 1e-9);
            Assert.All(curve.Bins.Zip(curve.Bins.Skip(1)), pair => Assert.True(pair.First.MeanPredicted < pair.Second.MeanPredicted));
            if (equalMass) Assert.All(curve.Bins, b => Assert.InRange(b.Weight, y.Length / 10 - 1, y.Length / 10 + 1));
        }

        ReliabilityBin two = Assert.Single(ReliabilityCurve.Compute([0.2, 0.2], [0, 1], 5).Bins);
        Assert.Equal((2, 0.2, 0.5), (two.Weight, two.MeanPredicted, two.ObservedShare));
        Assert.Equal(Math.Sqrt(0.125), two.StandardError, 1e-12);
    }

    [Fact]
    public void Golden_reliability()
    {
        foreach (JsonElement test in Cases("ece_binary_positive"))
        {
            JsonElement inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
            ReliabilityCurve curve = ReliabilityCurve.Compute(
                Golden.Vector(inputs.GetProperty("p")), Golden.Integers(inputs.GetProperty("y")), test.GetProperty("params").GetProperty("n_bins").GetInt32());
            double[] counts = Golden.Vector(expected.GetProperty("bin_counts"));
            double[] Filled(string name) => [.. Golden.Vector(expected.GetProperty(name)).Where((_, i) => counts[i] > 0)];
            Close.All([.. counts.Where(c => c > 0)], [.. curve.Bins.Select(b => b.Weight)], 0, "counts");
            Close.All(Filled("bin_mean_confidence"), [.. curve.Bins.Select(b => b.MeanPredicted)], 1e-12, "predicted");
            Close.All(Filled("bin_accuracy"), [.. curve.Bins.Select(b => b.ObservedShare)], 1e-12, "observed");
        }
    }

    [Fact]
    public void Brier_parts_add_up()
    {
        (from n in Gen.Int[1, 40]
         from p in Gen.Int[0, 10].Select(v => v / 10.0).Array[n]
         from y in Gen.Int[0, 1].Array[n]
         from w in Gen.Int[1, 3].Select(v => (double)v).Array[n]
         from bins in Gen.Int[0, 5]
         select (p, y, w, bins)).Sample(t =>
        {
            BrierDecomposition parts = BrierDecomposition.Compute(t.p, t.y, t.bins, t.w);
            Assert.Equal(parts.Brier, parts.Reliability - parts.Resolution + parts.Uncertainty + parts.WithinBin, 1e-12);
            Assert.Equal(t.p.Zip(t.y, t.w).Sum(r => r.Third * (r.First - r.Second) * (r.First - r.Second)) / t.w.Sum(), parts.Brier, 1e-12);
            if (t.bins == 0) Assert.Equal(0, parts.WithinBin);
            Assert.True(parts.Reliability >= 0 && parts.Resolution >= 0 && parts.Resolution <= parts.Uncertainty + 1e-12);
        }, iter: 200);
    }

    /// <summary>Probabilities that are too sure of themselves, with labels drawn from the honest ones.</summary>
    private static (double[] P, int[] Y) Scores(int n, int classes)
    {
        var random = new SeededRandom(n, classes);
        double[] p = new double[n * classes];
        int[] y = new int[n];
        for (int i = 0; i < n; i++)
        {
            double[] honest = new double[classes], sure = new double[classes];
            for (int c = 0; c < classes; c++) (honest[c], sure[c]) = Math.Exp(random.NextGaussian()) is var e ? (e, Math.Pow(e, 3)) : default;
            double u = random.NextDouble() * honest.Sum();
            while (u >= honest[y[i]] && y[i] < classes - 1) u -= honest[y[i]++];
            for (int c = 0; c < classes; c++) p[i * classes + c] = sure[c] / sure.Sum();
        }

        return (p, y);
    }

    private static IEnumerable<JsonElement> Cases(string kind) => Golden.Cases("calibration").Where(c => c.GetProperty("kind").GetString() == kind);

    private static double[] Weights(JsonElement inputs) => Golden.IsNull(inputs.GetProperty("sample_weight")) ? []
        : Golden.Vector(inputs.GetProperty("sample_weight"));
}
