using CsCheck;

namespace Counterweight.LightGbm.Tests;

public class ObjectiveTests
{
    public static TheoryData<string> All => [.. Texts];

    private static IEnumerable<string> Texts =>
    [
        .. BoostingObjective.Catalogue.Select(m => m.Name), "focal(gamma=0)", "focal(gamma=0.5)", "focal(gamma=1)", "focal(gamma=3.7)",
        "class-balanced(beta=0.9, loss=focal)",
        "logit-adjusted(tau=0.5)", "ldam(max-margin=1, scale=3)", "asymmetric(gamma-positive=1, gamma-negative=2, clip=0)",
        "asymmetric(gamma-positive=0, gamma-negative=1.5, clip=0)",
        "asymmetric(gamma-positive=2, gamma-negative=0, clip=0.1)",
    ];

    private static IBoostingObjective Make(string text, int classes) =>
        BoostingObjective.Parse(text).For(ClassCounts.From([.. Enumerable.Range(0, classes).Select(c => 900L / (1 + 3 * c))]));

    private static double LossOf(IBoostingObjective objective, double[] scores, float[] label, float[] weight) =>
        objective.Loss(new BoostingBlock(scores, label, weight, [], [], 0, label.Length));

    [Theory, MemberData(nameof(All))]
    public void Derivatives_are_those_of_the_loss(string text)
    {
        foreach (int classes in (int[])[2, 3, 6])
        {
            IBoostingObjective objective = Make(text, classes);
            int outputs = objective.Outputs;
            Gen.Select(Gen.Double[-6, 6].Array[outputs], Gen.Int[0, classes - 1], Gen.Double[0.1, 3]).Sample(
                (scores, label, weight) =>
                {
                    float[] y = [label], w = [(float)weight], gradient = new float[outputs], hessian = new float[outputs];
                    objective.Derivatives(new BoostingBlock(scores, y, w, gradient, hessian, 0, 1, exact: true));
                    for (int k = 0; k < outputs; k++)
                    {
                        // The clip of the asymmetric loss has a kink, where a difference is no derivative.
                        if (text.StartsWith("asymmetric", StringComparison.Ordinal) && Math.Abs(1 / (1 + Math.Exp(-scores[k])) - 0.05) < 0.01) continue;
                        if (text.StartsWith("asymmetric", StringComparison.Ordinal) && Math.Abs(1 / (1 + Math.Exp(-scores[k])) - 0.1) < 0.01) continue;
                        const double Step = 1e-3;
                        double At(double by)
                        {
                            double[] moved = [.. scores];
                            moved[k] += by;
                            return LossOf(objective, moved, y, w);
                        }

                        double first = (-At(2 * Step) + 8 * At(Step) - 8 * At(-Step) + At(-2 * Step)) / (12 * Step);
                        double second = (-At(2 * Step) + 16 * At(Step) - 30 * At(0) + 16 * At(-Step) - At(-2 * Step)) / (12 * Step * Step);
                        double size = Math.Max(1, LossOf(objective, scores, y, w));
                        Assert.True(Math.Abs(first - gradient[k]) <= 2e-6 * size,
                            $"{text}, K={classes}, k={k}, y={label}: gradient {gradient[k]}, difference {first}");
                        Assert.True(Math.Abs(second - hessian[k]) <= 2e-6 * size,
                            $"{text}, K={classes}, k={k}, y={label}: second derivative {hessian[k]}, difference {second}");
                    }
                },
                iter: 200, threads: 1);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Second_derivatives_for_boosting_are_not_negative_and_any_block_gives_the_same(string text)
    {
        var random = new SeededRandom(3);
        foreach (int classes in (int[])[2, 4])
        {
            IBoostingObjective objective = Make(text, classes);
            const int Rows = 101;
            int outputs = objective.Outputs;
            double[] scores = [.. Enumerable.Range(0, Rows * outputs).Select(_ => 30 * random.NextGaussian())];
            float[] labels = [.. Enumerable.Range(0, Rows).Select(_ => (float)random.NextInt32(classes))];
            float[] gradient = new float[scores.Length], hessian = new float[scores.Length], gradient2 = new float[scores.Length],
                hessian2 = new float[scores.Length];
            objective.Derivatives(new BoostingBlock(scores, labels, [], gradient, hessian, 0, Rows));
            for (int start = 0; start < Rows; start += 13)
                objective.Derivatives(new BoostingBlock(scores, labels, [], gradient2, hessian2, start, Math.Min(13, Rows - start)));
            Assert.All(hessian, h => Assert.True(h >= 0 && float.IsFinite(h)));
            Assert.All(gradient, g => Assert.True(float.IsFinite(g)));
            Assert.Equal(gradient, gradient2);
            Assert.Equal(hessian, hessian2);
        }
    }

    [Fact]
    public void Extreme_scores_give_finite_derivatives()
    {
        foreach (string text in Texts)
        {
            foreach (int classes in (int[])[2, 3])
            {
                IBoostingObjective objective = Make(text, classes);
                foreach (double size in (double[])[40, 400, 800, 1e6])
                {
                    for (int y = 0; y < classes; y++)
                    {
                        for (int k = 0; k < objective.Outputs; k++)
                        {
                            double[] scores = new double[objective.Outputs];
                            scores[k] = size;
                            foreach (double sign in (double[])[1, -1])
                            {
                                scores[k] *= sign;
                                float[] g = new float[scores.Length], h = new float[scores.Length];
                                foreach (bool exact in (bool[])[true, false])
                                {
                                    objective.Derivatives(new BoostingBlock(scores, [y], [], g, h, 0, 1, exact));
                                    Assert.All(g.Concat(h), v => Assert.True(float.IsFinite(v), $"{text} {classes} {size} {y} {k}"));
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Boosting_starts_from_the_prior()
    {
        ClassCounts two = ClassCounts.From([900, 100]), three = ClassCounts.From([80, 15, 5]);
        foreach (string text in (string[])["cross-entropy", "focal", "ldam", "cost-matrix", "asymmetric"])
        {
            Assert.Equal(Math.Log(100.0 / 900), BoostingObjective.Parse(text).For(two).InitialScores[0], 12);
            double[] scores = [.. BoostingObjective.Parse(text).For(three).InitialScores];
            double[] p = text == "asymmetric" ? [.. scores.Select(s => 1 / (1 + Math.Exp(-s)))] : [.. scores.Select(s => Math.Exp(s) / scores.Sum(Math.Exp))];
            for (int c = 0; c < 3; c++) Assert.Equal(three.Share(c), p[c], 12);
        }

        // Where the loss adds tau log(prior), the sum is the log prior.
        double[] adjusted = [.. BoostingObjective.Parse("logit-adjusted(tau=0.25)").For(three).InitialScores];
        for (int c = 0; c < 3; c++) Assert.Equal(Math.Log(three.Share(c)) * 0.75, adjusted[c], 12);

        // Weights that balance the classes balance the prior, and row weights count as rows do.
        Assert.Equal(0, BoostingObjective.Weighted(WeightScheme.Balanced).For(two).InitialScores[0], 12);
        Assert.Equal(Math.Log(3), BoostingObjective.Parse("focal").For(two, [1, 3]).InitialScores[0], 12);
    }

    [Fact]
    public void Cross_entropy_is_stationary_at_its_prior()
    {
        foreach (string text in (string[])["cross-entropy", "class-balanced(beta=0.99)", "logit-adjusted(tau=1)"])
        {
            long[] counts = [80, 15, 5];
            IBoostingObjective objective = BoostingObjective.Parse(text).For(ClassCounts.From(counts));
            float[] labels = [.. counts.SelectMany((n, c) => Enumerable.Repeat((float)c, (int)n))];
            double[] scores = [.. objective.InitialScores.SelectMany(s => Enumerable.Repeat(s, labels.Length))];
            float[] g = new float[scores.Length], h = new float[scores.Length];
            objective.Derivatives(new BoostingBlock(scores, labels, [], g, h, 0, labels.Length));
            for (int k = 0; k < 3; k++) Assert.Equal(0, g.AsSpan(k * labels.Length, labels.Length).ToArray().Sum(), 4);
        }
    }

    [Fact]
    public void Wrong_parameters_are_named()
    {
        Assert.Contains("gamma", Assert.Throws<FormatException>(() => BoostingObjective.Parse("focal(gamma=-1)")).Message, StringComparison.Ordinal);
        Assert.Contains("focal", Assert.Throws<FormatException>(() => BoostingObjective.Parse("fokal")).Message, StringComparison.Ordinal);
        Assert.Contains("9 costs",
            Assert.Throws<ArgumentException>(() => BoostingObjective.Parse("cost-matrix(0, 1, 1, 0)").For(ClassCounts.From([1, 1, 1]))).Message,
            StringComparison.Ordinal);
        Assert.Contains("'1'", Assert.Throws<UnusableDataException>(() => BoostingObjective.Parse("focal").For(ClassCounts.From([5, 0]))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BoostingObjective.Cost(CostMatrix.ZeroOne(3)).For(ClassCounts.From([5, 1])));
        Assert.Throws<ArgumentException>(() => new BoostingBlock([1, 2, 3], [0, 1], [], [], [], 0, 2));
    }
}
