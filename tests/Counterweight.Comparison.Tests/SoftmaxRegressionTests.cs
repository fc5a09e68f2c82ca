using Counterweight.Data;
using Counterweight.TestSupport;

namespace Counterweight.Comparison.Tests;

public sealed class SoftmaxRegressionTests
{
    private static (FeatureTable Features, int[] Labels, double[] Weights) Rows(int rows, int classes, bool numbers = true, bool categories = true)
    {
        var random = new SeededRandom(classes);
        int columns = (numbers ? 3 : 0) + (categories ? 2 : 0);
        int[] levels = [.. (categories ? (int[])[4] : []), .. (numbers ? (int[])[0, 0, 0] : []), .. (categories ? (int[])[3] : [])];
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++) values[i] = levels[i % columns] > 0 ? random.NextInt32(levels[i % columns]) : (float)random.NextGaussian();
        double[] weights = [.. Enumerable.Range(0, rows).Select(_ => random.NextDouble() * 2)];
        double mean = weights.Average();
        return (new(new SampleMatrix<float>(values, columns), levels), [.. Enumerable.Range(0, rows).Select(_ => random.NextInt32(classes))],
            [.. weights.Select(w => w / mean)]);
    }

    /// <summary>The definition, row by row.</summary>
    private static double Definition(FeatureTable features, int[] labels, double[] weights, int classes, double[] point)
    {
        float[] dense = features.ToDense();
        int width = features.DenseWidth, n = features.Rows;
        double value = 0;
        for (int i = 0; i < n; i++)
        {
            double[] logits = [.. Enumerable.Range(0, classes)
                .Select(k => point[(width * classes) + k] + Enumerable.Range(0, width).Sum(j => dense[(i * width) + j] * point[(j * classes) + k]))];
            value += weights[i] * (Math.Log(logits.Sum(Math.Exp)) - logits[labels[i]]) / n;
        }

        return value + (point[..(width * classes)].Sum(w => w * w) / (2.0 * n));
    }

    [Theory]
    [InlineData(2, true, true)]
    [InlineData(2, true, false)]
    [InlineData(2, false, true)]
    [InlineData(4, true, true)]
    [InlineData(4, false, true)]
    [InlineData(30, true, false)]
    public void Value_and_gradient_are_those_of_the_definition(int classes, bool numbers, bool categories)
    {
        (FeatureTable features, int[] labels, double[] weights) = Rows(70, classes, numbers, categories);
        var random = new SeededRandom(5);
        var objective = new SoftmaxRegression(features, labels, weights, classes, threads: 1);
        double[] point = [.. Enumerable.Range(0, objective.Outputs * objective.Line).Select(_ => 0.7 * random.NextGaussian())],
            gradient = new double[point.Length];
        double At(double[] p) => Definition(features, labels, weights, classes, objective.Coefficients(p));
        Close.One(At(point), objective.Evaluate(point, gradient), 1e-12, "value");
        Close.All(point, objective.Point(objective.Coefficients(point)), 1e-12, "point");
        for (int j = 0; j < point.Length; j += 3)
        {
            const double step = 1e-5;
            double[] up = [.. point], down = [.. point];
            (up[j], down[j]) = (up[j] + step, down[j] - step);
            double slope = (At(up) - At(down)) / (2 * step);
            Assert.InRange(gradient[j], slope - 1e-7, slope + 1e-7);
        }
    }

    /// <summary>A loss over sigmoids looks at both logits, not at their difference alone.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Logits_are_those_of_every_class(int classes)
    {
        (FeatureTable features, int[] _, double[] _) = Rows(70, classes);
        float[] dense = features.ToDense();
        int width = features.DenseWidth;
        double[] point = [.. Enumerable.Range(0, (width + 1) * classes).Select(i => Math.Sin(i))];
        double[] logits = new SoftmaxRegression(features, [], [], classes, threads: 1, byDifference: false).Logits(point);
        for (int i = 0; i < features.Rows; i++)
            for (int k = 0; k < classes; k++)
                Close.One(point[(width * classes) + k] + Enumerable.Range(0, width).Sum(j => dense[(i * width) + j] * point[(j * classes) + k]),
                    logits[(i * classes) + k], 1e-12, "logit");
    }

    /// <summary>The blocks of the curvature are second derivatives: what solves with them, times the differences of gradients, is the direction
    /// itself.</summary>
    [Theory]
    [InlineData(2, 70)]
    [InlineData(2, 2500)]
    [InlineData(5, 2500)]
    public void The_curvature_is_the_change_of_the_gradient(int classes, int rows)
    {
        (FeatureTable features, int[] labels, double[] weights) = Rows(rows, classes);
        var random = new SeededRandom(9);
        var objective = new SoftmaxRegression(features, labels, weights, classes, threads: 1);
        double[] point = [.. Enumerable.Range(0, objective.Outputs * objective.Line).Select(_ => 0.5 * random.NextGaussian())], up = new double[point.Length],
            down = new double[point.Length];
        BlockCurvature curvature = objective.Curvature(point)!;
        for (int k = 0; k < objective.Outputs; k++)
        {
            // Along directions within one line, the block is all of the curvature of that line.
            double[] direction = new double[point.Length];
            for (int j = 0; j < objective.Line; j++) direction[(k * objective.Line) + j] = random.NextGaussian();
            const double step = 1e-5;
            objective.Evaluate([.. point.Zip(direction, (p, d) => p + (step * d))], up);
            objective.Evaluate([.. point.Zip(direction, (p, d) => p - (step * d))], down);
            double[] change = new double[point.Length];
            for (int j = 0; j < objective.Line; j++)
            {
                int at = (k * objective.Line) + j;
                change[at] = (up[at] - down[at]) / (2 * step);
            }

            curvature.Solve(change);
            for (int j = 0; j < change.Length; j++) Assert.InRange(change[j], direction[j] - 1e-4, direction[j] + 1e-4);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void Threads_change_nothing(int classes)
    {
        (FeatureTable features, int[] labels, double[] weights) = Rows(120_000, classes);
        double[] point = [.. Enumerable.Range(0, (features.DenseWidth + 1) * (classes == 2 ? 1 : classes)).Select(i => Math.Sin(i))],
            one = new double[point.Length], many = new double[point.Length];
        double value = new SoftmaxRegression(features, labels, weights, classes, threads: 1).Evaluate(point, one);
        Assert.Equal(value, new SoftmaxRegression(features, labels, weights, classes, threads: 3).Evaluate(point, many));
        Assert.Equal(one, many);
    }

    [Theory]
    [InlineData("loss:logit-adjusted(tau=0.7)", 0.7)]
    [InlineData("loss:balanced-softmax", 1)]
    public void Losses_that_shift_logits_are_cross_entropy_with_other_intercepts(string remedy, double tau)
    {
        Dataset data = Simulated.Many([300, 120, 40], radius: 1.2);
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        FeatureTable features = Preprocessor.Fit(data, rows).Transform(data, rows, fillIn: true);
        double[] Fit(string name)
        {
            Remedy parsed = Remedy.Parse(name);
            using TrainedModel model = RemedyTraining.Fit(
                LearnerCatalogue.All.Create("linear"), parsed, RemedyTraining.Plan(parsed, data.Labels, data.ClassNames, 1, null), features,
                data.Labels.ToArray(),
                new FitOptions(1, 1));
            return model.Model.Predict(features);
        }

        double[] plain = Fit("none"), shifted = Fit(remedy), prior = data.CountLabels().Prior();
        for (int i = 0; i < data.Rows; i++)
        {
            double[] expected = [.. Enumerable.Range(0, 3).Select(c => plain[(3 * i) + c] * Math.Pow(prior[c], -tau))];
            double sum = expected.Sum();
            for (int c = 0; c < 3; c++) Close.One(expected[c] / sum, shifted[(3 * i) + c], 1e-9, "probability");
        }
    }
}
