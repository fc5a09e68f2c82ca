using Counterweight.Data;

namespace Counterweight.Comparison.Tests;

/// <summary>
/// Rows of one group are nearly the same, and the class of a group is a matter of chance: who calibrates on rows whose kin were trained on believes the model,
/// and is wrong on other groups.
/// </summary>
public sealed class GroupedCalibrationTests
{
    private const int Groups = 60, RowsOfGroup = 10, Features = 40;

    private static (Dataset Rows, int[] Groups) Rows(long seed)
    {
        var random = new SeededRandom(seed);
        int n = Groups * RowsOfGroup;
        int[] labels = new int[n], groups = new int[n];
        double[][] values = [.. Enumerable.Range(0, Features).Select(_ => new double[n])];
        for (int g = 0; g < Groups; g++)
        {
            double[] centre = [.. Enumerable.Range(0, Features).Select(_ => random.NextGaussian())];
            int label = random.NextDouble() < 0.3 ? 1 : 0;
            for (int i = g * RowsOfGroup; i < (g + 1) * RowsOfGroup; i++)
            {
                (labels[i], groups[i]) = (label, g);
                for (int f = 0; f < Features; f++) values[f][i] = centre[f] + (0.05 * random.NextGaussian());
            }
        }

        return (new Dataset("groups", "y", labels, ["no", "yes"], [.. values.Select((v, f) => new NumericColumn($"x{f}", v))]), groups);
    }

    private static double LogLoss(TrainedClassifier trained, Dataset rows)
    {
        double[] p = trained.Predict(rows.Columns).Probabilities;
        return Enumerable.Range(0, rows.Rows).Average(i => -Math.Log(Math.Max(p[(2 * i) + rows.Labels[i]], 1e-15)));
    }

    [Theory]
    [InlineData("calibrate:temperature")]
    [InlineData("calibrate:platt")]
    [InlineData("calibrate:isotonic")]
    public void Calibration_judges_a_group_by_a_model_that_has_not_seen_it(string remedy)
    {
        (Dataset rows, int[] groups) = Rows(1);
        var options = new ComparisonOptions
        {
            Learners = ["linear"],
            Remedies = [Remedy.Parse(remedy)],
            Metric = Metric.LogLoss,
            Folds = 4,
            Repeats = 1,
            Threads = 1,
            Racing = false,
        };
        ComparisonResult result = RemedyComparison.Run(rows, options with { Groups = groups });
        Dictionary<string, double> loss = result.Candidates.ToDictionary(c => c.Candidate.Remedy.Name, c => c.Mean!.Mean);

        // The classes of other groups cannot be known: the best that there is are the shares of the classes, with a log loss of about 0.6.
        Assert.True(loss[remedy] < 0.9 && loss["none"] > loss[remedy] + 0.2, string.Join(", ", loss));

        // A saved model is calibrated in the same way; without the groups it believes what its inner folds say.
        Dataset other = Rows(2).Rows;
        using TrainedClassifier told = TrainedClassifier.Fit(rows, "linear", Remedy.Parse(remedy), options with { Groups = groups });
        using TrainedClassifier untold = TrainedClassifier.Fit(rows, "linear", Remedy.Parse(remedy), options);
        Assert.True(LogLoss(told, other) + 0.2 < LogLoss(untold, other), $"{LogLoss(told, other)} with groups, {LogLoss(untold, other)} without");
    }
}
