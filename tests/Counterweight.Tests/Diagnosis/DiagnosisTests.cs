using Counterweight.TestSupport;
using CsCheck;

namespace Counterweight.Tests.Diagnoses;

public sealed class DiagnosisTests
{
    private static readonly ClassCounts Discussion = ClassCounts.From([1016, 12852, 12888, 3380, 296]);

    [Fact]
    public void The_case_of_the_discussion_is_explained_on_its_own_numbers()
    {
        Diagnosis d = Diagnosis.Of(ClassWeights.Inverse(Discussion), 64, Reduction.WeightedMean);
        Close.One(0.2, d.Classes[4].PriorAfter, 1e-12, "prior after");
        Close.One(5.0 / 30432, d.MeanWeight, 1e-12, "mean weight");
        double squares = 1.0 / 1016 + 1.0 / 12852 + 1.0 / 12888 + 1.0 / 3380 + 1.0 / 296;
        Close.One(25 / squares, d.EffectiveSampleSize, 1e-12, "effective sample size");
        Close.One(30432 * squares / 25, d.GradientVarianceGrowth, 1e-12, "variance growth");
        Assert.True(d.IsBeyondNinetyTen);
        Assert.True(d.AccuracyAfter < d.AccuracyBefore);
        Assert.True(d.BalancedAccuracyAfter > d.BalancedAccuracyBefore);
        string text = string.Join('\n', d.Findings.Select(f => f.Text));
        Assert.Contains("'4' 20.0% instead of 1.0%", text, StringComparison.Ordinal);
        Assert.Contains("30,432 rows carry as much as", text, StringComparison.Ordinal);
        Assert.Contains("ignores the scale of the weights", text, StringComparison.Ordinal);
        Assert.Contains("beyond 90/10", text, StringComparison.Ordinal);
        Assert.Contains("a huge update", text, StringComparison.Ordinal);
        Assert.Contains("42.4% of that work goes to '2'", text, StringComparison.Ordinal);
        Assert.Contains("costs 30,432 images as before and shows '4' as often as 20.6 plain epochs: 595,316 images less to augment", text,
            StringComparison.Ordinal);
        Assert.Equal(["1.", "2.", "3.", "4."], d.Findings.Where(f => f.Code == "do").Select(f => f.Text[..2]));
        Assert.All(d.Findings.Where(f => f.Code == "do"), f => Assert.StartsWith("counterweight ", f.Command, StringComparison.Ordinal));
        string batchMean = string.Join('\n', Diagnosis.Of(ClassWeights.Inverse(Discussion), 64, Reduction.BatchMean).Findings.Select(f => f.Text));
        Assert.Contains("does not learn", batchMean, StringComparison.Ordinal);
        Assert.Contains("Adam divides a constant factor out", batchMean, StringComparison.Ordinal);
    }

    [Fact]
    public void Chances_and_shares_agree_with_batches_that_are_drawn()
    {
        ClassCounts counts = ClassCounts.From([900, 80, 20]);
        ClassWeights weights = ClassWeights.Inverse(counts);
        const int batch = 32, batches = 40_000;
        Diagnosis d = Diagnosis.Of(weights, batch, Reduction.WeightedMean);
        int[] labels = [.. Enumerable.Range(0, 1000).Select(i => i < 900 ? 0 : i < 980 ? 1 : 2)];
        var random = new SeededRandom(9);
        int[] absent = new int[3], rows = new int[3];
        for (int b = 0; b < batches; b++)
        {
            // The first places of a partial shuffle: a batch drawn without replacement.
            int[] here = new int[3];
            for (int i = 0; i < batch; i++)
            {
                int j = i + random.NextInt32(1000 - i);
                (labels[i], labels[j]) = (labels[j], labels[i]);
                here[labels[i]]++;
            }

            for (int c = 0; c < 3; c++)
            {
                rows[c] += here[c];
                if (here[c] == 0) absent[c]++;
            }
        }

        for (int c = 0; c < 3; c++)
        {
            double p = d.Classes[c].ChanceAbsent, error = 5 * Math.Sqrt(p * (1 - p) / batches);
            Assert.InRange((double)absent[c] / batches, p - error - 1e-9, p + error + 1e-9);
            Assert.InRange((double)rows[c] / batches, d.Classes[c].RowsPerBatch * 0.97, d.Classes[c].RowsPerBatch * 1.03);
        }
    }

    [Fact]
    public void The_variance_of_measured_gradients_grows_as_stated()
    {
        // Logistic regression at zero: the gradient of a row is (1/2 - y) x, which varies alike in both classes, as the statement assumes.
        ClassCounts counts = ClassCounts.From([950, 50]);
        ClassWeights weights = ClassWeights.From(counts, WeightScheme.Balanced, new() { Normalisation = Normalisation.MeanOne });
        const int batch = 20, batches = 60_000;
        var random = new SeededRandom(4);
        double[] plain = new double[batches], weighted = new double[batches];
        for (int b = 0; b < batches; b++)
            for (int i = 0; i < batch; i++)
            {
                int y = random.NextInt32(1000) < 50 ? 1 : 0;
                double gradient = (0.5 - y) * random.NextGaussian();
                plain[b] += gradient / batch;
                weighted[b] += weights[y] * gradient / batch;
            }

        static double Variance(double[] v) => v.Select(x => x * x).Average() - Math.Pow(v.Average(), 2);
        double measured = Variance(weighted) / Variance(plain), stated = Diagnosis.Of(weights, batch, Reduction.BatchMean).GradientVarianceGrowth;
        Assert.InRange(measured / stated, 0.95, 1.05);
    }

    [Fact]
    public void Recalls_of_two_classes_agree_with_the_drawn_model_of_many()
    {
        // Three classes of which one has no rows behave as two.
        Diagnosis two = Diagnosis.Of(ClassWeights.Balanced(ClassCounts.From([900, 100])), 10, Reduction.Sum, 0.8);
        var random = new SeededRandom(12);
        double mu = 0.8416212335729143, threshold = Math.Log(9) / mu;
        int hits = 0;
        const int draws = 200_000;
        for (int i = 0; i < draws; i++)
            if (mu + (Math.Sqrt(2) * random.NextGaussian()) > threshold) hits++;
        Assert.InRange(two.RecallsBefore[1], ((double)hits / draws) - 0.005, ((double)hits / draws) + 0.005);
        Close.One(two.RecallsAfter[0], two.RecallsAfter[1], 1e-9, "balanced recalls");
        Diagnosis four = Diagnosis.Of(ClassWeights.Balanced(ClassCounts.From([400, 300, 200, 100])), 10, Reduction.Sum, 0.8);
        Assert.All(four.RecallsAfter, r => Close.One(four.RecallsAfter[0], r, 1e-12, "balanced recalls of four"));
    }

    [Fact]
    public void Recalls_of_many_classes_agree_with_rows_that_are_drawn()
    {
        long[] counts = [600, 250, 120, 30];
        const double mu = 1.0364333894937898;
        Diagnosis d = Diagnosis.Of(ClassWeights.From(ClassCounts.From(counts), WeightScheme.InverseSquareRoot), 10, Reduction.Sum, 0.85);
        var random = new SeededRandom(31);
        const int draws = 60_000;
        double[] scores = new double[4];
        foreach ((IReadOnlyList<double> stated, double[] prior) in new[] { (d.RecallsBefore, d.Weights.Counts.Prior()),
            (d.RecallsAfter, d.Weights.PriorAfter()) })
            for (int c = 0; c < 4; c++)
            {
                int right = 0;
                for (int i = 0; i < draws; i++)
                {
                    for (int k = 0; k < 4; k++) scores[k] = (mu * (random.NextGaussian() + (k == c ? mu : 0))) + Math.Log(prior[k]);
                    if (Array.IndexOf(scores, scores.Max()) == c) right++;
                }

                double error = 5 * Math.Sqrt(stated[c] * (1 - stated[c]) / draws) + 1e-9;
                Assert.InRange((double)right / draws, stated[c] - error, stated[c] + error);
            }
    }

    [Fact]
    public void Recalls_of_a_thousand_classes_and_of_hardly_separable_ones_are_shares()
    {
        ClassWeights many = ClassWeights.Inverse(ClassCounts.From([.. Enumerable.Range(0, 1000).Select(c => 3 + 100_000L / (c + 1))]));
        foreach (double separability in (double[])[0.500001, 0.7, 0.999])
        {
            Diagnosis d = Diagnosis.Of(many, 64, Reduction.Sum, separability);
            Assert.All(d.RecallsBefore.Concat(d.RecallsAfter), r => Assert.InRange(r, 0, 1));
            // Decided by Bayes' rule, doing nothing is the most accurate, and never worse than always naming the largest class.
            Assert.InRange(d.AccuracyBefore, Math.Max(d.AccuracyAfter, many.Counts.Share(0)) - 1e-9, 1);
        }
    }

    [Fact]
    public void The_chance_of_no_row_is_the_ratio_of_the_batches_without_it()
    {
        // (N - n choose B) / (N choose B) for N = 10, n = 3, B = 2: 21 / 45.
        Close.One(21.0 / 45, Diagnosis.ChanceAbsent(10, 3, 2), 1e-15, "chance");
        Assert.Equal(0, Diagnosis.ChanceAbsent(10, 3, 8));
        Assert.Equal(1, Diagnosis.ChanceAbsent(10, 0, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => Diagnosis.ChanceAbsent(10, 11, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Diagnosis.ChanceAbsent(10, 3, 11));
    }

    [Fact]
    public void Without_weights_nothing_changes() => Gen.Long[1, 10_000].Array[2, 12].Sample(n =>
    {
        ClassCounts counts = ClassCounts.From(n);
        Diagnosis d = Diagnosis.Of(ClassWeights.From(counts, WeightScheme.Power(0)), (int)Math.Min(16, counts.Rows), Reduction.BatchMean);
        Close.One(1, d.GradientVarianceGrowth, 1e-9, "variance");
        Close.One(1, d.LearningRateFactor, 1e-9, "rate");
        Close.All(d.RecallsBefore.ToArray(), d.RecallsAfter.ToArray(), 1e-12, "recalls");
        Assert.All(d.Classes, c => Assert.InRange(c.ChanceAbsent, 0, 1));
    });

    [Fact]
    public void What_was_measured_is_said_instead_of_the_model_and_the_factor_of_a_lone_row_is_its_share()
    {
        var measured = new MeasuredEffect("a learner", 0.9, 0.8, 0.7, 0.6);
        Diagnosis d = Diagnosis.Of(ClassWeights.Inverse(Discussion), 64, Reduction.WeightedMean, measured: measured);
        string text = d.Findings.Single(f => f.Code == "accuracy").Text;
        Assert.EndsWith("Measured by a learner, accuracy goes from 0.9 to 0.8, balanced accuracy from 0.7 to 0.6: worse by both.", text,
            StringComparison.Ordinal);
        Assert.Equal(measured, d.Measured);
        Assert.Equal(1, d.LearningRateThatEvensRows * d.LargestRowShare * 64, 1e-12);
        Assert.Null(Diagnosis.Of(ClassWeights.Inverse(Discussion)).Measured);
    }

    [Fact]
    public void Wrong_batches_reductions_and_separabilities_are_refused()
    {
        ClassWeights weights = ClassWeights.Inverse(Discussion);
        Assert.Throws<ArgumentOutOfRangeException>(() => Diagnosis.Of(weights, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Diagnosis.Of(weights, 40_000));
        Assert.Throws<ArgumentException>(() => Diagnosis.Of(weights, 64, Reduction.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => Diagnosis.Of(weights, 64, Reduction.Sum, 0.4));
    }
}
