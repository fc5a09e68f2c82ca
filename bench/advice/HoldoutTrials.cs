using System.Globalization;
using System.Text;
using Counterweight.Comparison;
using MathNet.Numerics.Distributions;

namespace Counterweight.Advice;

/// <summary>Intervals of one split and a few seeds, on programs whose true difference is known.</summary>
/// <remarks>
/// A score per row is the row's own part (which both programs share), one of row and program, one of row and seed, and what the seed does to the whole model; a
/// program is right where its score is above zero. Doing nothing has one seed more, as the noise floor gives it. All parts are normal, so the recall of a class
/// over all rows and seeds that there could be is a value of the normal distribution. Nothing is trained.
/// </remarks>
internal static class HoldoutTrials
{
    private const double Row = 1, RowAndProgram = 0.3;

    /// <summary>So many candidates and seeds that the bootstrap takes its fewest draws, 100: the harder case.</summary>
    private const int ManyEvaluations = 1_000_000_000;

    /// <summary>What is drawn in a trial.</summary>
    /// <param name="Seeds">How many seeds each program has.</param>
    /// <param name="Rare">Test rows of the rare class.</param>
    /// <param name="Spread">The standard deviation of what a seed does to the whole model; the rare class feels 1.5 of it, the frequent one -0.5.</param>
    /// <param name="Gain">What the second program adds to the scores of rare rows.</param>
    /// <param name="RowAndSeed">The standard deviation of the part of row and seed.</param>
    /// <param name="Metric">What is judged by; anything but balanced accuracy without a gain only.</param>
    /// <param name="Frequent">Test rows of the frequent class.</param>
    internal sealed record Setting(
        int Seeds, int Rare, double Spread, double Gain = 0, double RowAndSeed = 0.5, string Metric = "balanced-accuracy", int Frequent = 200);

    /// <summary>What the table has.</summary>
    internal static IEnumerable<Setting> Settings =>
    [
        .. from s in (Setting[])[
            new(0, 100, 0), new(0, 100, 0.15), new(0, 100, 0.4), new(0, 100, 0.15, Gain: 0.4), new(0, 100, 0, RowAndSeed: 1),
            new(0, 30, 0.15)]
           from seeds in (int[])[2, 3, 5]
           select s with { Seeds = seeds },
        new(3, 100, 0.15, Metric: "average-precision"), new(5, 100, 0.15, Metric: "average-precision"),
    ];

    /// <summary>Runs the trials and gives the table.</summary>
    internal static string Table(int trials, int firstSeed)
    {
        var text = new StringBuilder(
            "| metric | seeds | rare rows | what a seed does | row and seed | gain of rare rows | covered | false claims | gains found |\n"
            + "|---|---|---|---|---|---|---|---|---|\n");
        foreach (Setting setting in Settings)
        {
            (double covered, double claimed) = Run(setting, trials, firstSeed);
            string claims = setting.Gain == 0 ? $"{Percent(claimed)} | " : $"| {Percent(claimed)} ";
            string line = string.Create(CultureInfo.InvariantCulture,
                $"| {setting.Metric} | {setting.Seeds} | {setting.Rare} | {setting.Spread} | {setting.RowAndSeed} | {setting.Gain} | ")
                + $"{Percent(covered)} | {claims}|";
            Console.Error.WriteLine(line);
            text.Append(line).Append('\n');
        }

        return text.ToString();

        static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%");
    }

    /// <summary>The shares of trials whose interval holds the true difference, and whose interval is without zero.</summary>
    /// <param name="setting">What is drawn.</param>
    /// <param name="trials">How often.</param>
    /// <param name="firstSeed">The seed.</param>
    internal static (double Covered, double Claimed) Run(Setting setting, int trials, int firstSeed)
    {
        double truth = (Recall(0.6, 1.5, setting.Gain, setting) - Recall(0.6, 1.5, 0, setting)) / 2;
        int covered = 0, claimed = 0;
        Parallel.For(0, trials, trial =>
        {
            FoldMean gain = Difference(setting, firstSeed, trial);
            if (gain.Low <= truth && gain.High >= truth) Interlocked.Increment(ref covered);
            if (gain.Low > 0 || gain.High < 0) Interlocked.Increment(ref claimed);
        });
        return ((double)covered / trials, (double)claimed / trials);
    }

    private static double Recall(double mean, double ofSeed, double gain, Setting of)
    {
        double seed = ofSeed * of.Spread;
        return Normal.CDF(0, 1, (mean + gain) / Math.Sqrt((Row * Row) + (RowAndProgram * RowAndProgram) + (of.RowAndSeed * of.RowAndSeed) + (seed * seed)));
    }

    /// <summary>The interval of one trial.</summary>
    internal static FoldMean Difference(Setting setting, int firstSeed, int trial)
    {
        int[] truth = [.. Enumerable.Repeat(0, setting.Frequent), .. Enumerable.Repeat(1, setting.Rare)];
        IMetric metric = Metric.Catalogue.Create(setting.Metric);
        var random = new SeededRandom(firstSeed + (100 * setting.Seeds) + (int)(1000 * setting.Spread) + (10_000 * setting.Rare), trial);
        double[] own = Normals(truth.Length, Row, ref random), noneOwn = Normals(truth.Length, RowAndProgram, ref random);
        double[] otherOwn = Normals(truth.Length, RowAndProgram, ref random);
        var none = new List<FoldScore>();
        var other = new List<FoldScore>();
        for (int s = 0; s <= setting.Seeds; s++)
        {
            none.Add(Score(setting, metric, truth, own, noneOwn, 0, ref random));
            if (s < setting.Seeds) other.Add(Score(setting, metric, truth, own, otherOwn, setting.Gain, ref random));
        }

        double[] more = [none[^1].Figures[0]];
        none.RemoveAt(setting.Seeds);
        var statistics = new HoldoutStatistics(truth, 2, 1, metric, ManyEvaluations, trial, 1);
        return statistics.Difference((other, [.. other.Select(o => o.Figures[0])]), (none, [.. none.Select(n => n.Figures[0])]), 1, more);
    }

    private static FoldScore Score(Setting setting, IMetric metric, int[] truth, double[] row, double[] program, double gain, ref SeededRandom random)
    {
        double seed = setting.Spread * random.NextGaussian();
        int[] decided = new int[truth.Length];
        double[] probabilities = new double[2 * truth.Length];
        for (int i = 0; i < truth.Length; i++)
        {
            double ofClass = truth[i] == 0 ? 1.2 - (0.5 * seed) : 0.6 + gain + (1.5 * seed);
            double score = ofClass + row[i] + program[i] + (setting.RowAndSeed * random.NextGaussian());
            decided[i] = score > 0 ? truth[i] : 1 - truth[i];
            double right = 1 / (1 + Math.Exp(-score));
            (probabilities[(2 * i) + truth[i]], probabilities[(2 * i) + 1 - truth[i]]) = (right, 1 - right);
        }

        double figure = metric.Evaluate(Predictions.FromProbabilities(truth, probabilities, 2, predicted: decided, positiveClass: 1, threads: 1));
        return new FoldScore([figure], decided, Array.ConvertAll(probabilities, p => (float)p), "", 0);
    }

    private static double[] Normals(int count, double scale, ref SeededRandom random)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = scale * random.NextGaussian();
        return values;
    }
}
