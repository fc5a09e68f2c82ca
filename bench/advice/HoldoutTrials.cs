using System.Globalization;
using System.Text;
using Counterweight.Comparison;

namespace Counterweight.Advice;

/// <summary>
/// Intervals of one split and a few seeds, on two programs that are alike: their true difference is none, so an interval without zero is a false claim.
/// </summary>
/// <remarks>
/// A score per row is the row's own part (which both programs share), one of row and program, one of row and seed, and what the seed does to the whole model;
/// a program is right where its score is above zero. Doing nothing has one seed more, as the noise floor gives it.
/// </remarks>
internal static class HoldoutTrials
{
    private const int Frequent = 500;

    /// <summary>Runs the trials and gives the table.</summary>
    internal static string Table(int trials, int firstSeed)
    {
        var text = new StringBuilder("| seeds | rare rows | what a seed does | trials | covered | false claims |\n|---|---|---|---|---|---|\n");
        foreach ((int seeds, int rare, double spread) in ((int, int, double)[])[
            (2, 100, 0.15), (3, 100, 0.15), (5, 100, 0.15), (2, 100, 0), (3, 100, 0), (5, 100, 0), (2, 100, 0.4), (3, 100, 0.4), (5, 100, 0.4),
            (3, 30, 0.15), (5, 30, 0.15)])
        {
            int covered = 0;
            Parallel.For(0, trials, trial =>
            {
                FoldMean gain = Difference(seeds, rare, spread, firstSeed, trial);
                if (gain.Low <= 0 && gain.High >= 0) Interlocked.Increment(ref covered);
            });
            double share = (double)covered / trials, error = 1.96 * Math.Sqrt(share * (1 - share) / trials);
            string line = string.Create(CultureInfo.InvariantCulture,
                $"| {seeds} | {rare} | {spread} | {trials:N0} | {100 * share:0.0}% ± {100 * error:0.0} | {100 * (1 - share):0.0}% |");
            Console.Error.WriteLine(line);
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static FoldMean Difference(int seeds, int rare, double spread, int firstSeed, int trial)
    {
        int[] truth = [.. Enumerable.Repeat(0, Frequent), .. Enumerable.Repeat(1, rare)];
        var random = new SeededRandom(firstSeed + (100 * seeds) + (int)(1000 * spread) + (10_000 * rare), trial);
        double[] own = Normals(truth.Length, 1, ref random), noneOwn = Normals(truth.Length, 0.3, ref random);
        double[] otherOwn = Normals(truth.Length, 0.3, ref random);
        var none = new List<FoldScore>();
        var other = new List<FoldScore>();
        for (int s = 0; s <= seeds; s++)
        {
            none.Add(Score(truth, own, noneOwn, spread, ref random));
            if (s < seeds) other.Add(Score(truth, own, otherOwn, spread, ref random));
        }

        double[] more = [none[^1].Figures[0]];
        none.RemoveAt(seeds);
        var statistics = new HoldoutStatistics(truth, 2, 1, Metric.BalancedAccuracy, 2 * seeds, trial, 1);
        return statistics.Difference([(other, [.. other.Select(o => o.Figures[0])])], (none, [.. none.Select(n => n.Figures[0])]), 1, more);
    }

    private static FoldScore Score(int[] truth, double[] row, double[] program, double spread, ref SeededRandom random)
    {
        double seed = spread * random.NextGaussian();
        int[] decided = new int[truth.Length];
        double[] right = new double[2], all = new double[2];
        for (int i = 0; i < truth.Length; i++)
        {
            double score = (truth[i] == 0 ? 1.2 - (0.5 * seed) : 0.6 + (1.5 * seed)) + row[i] + program[i] + (0.5 * random.NextGaussian());
            decided[i] = score > 0 ? truth[i] : 1 - truth[i];
            all[truth[i]]++;
            if (score > 0) right[truth[i]]++;
        }

        return new FoldScore([((right[0] / all[0]) + (right[1] / all[1])) / 2], decided, [], "", 0);
    }

    private static double[] Normals(int count, double scale, ref SeededRandom random)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = scale * random.NextGaussian();
        return values;
    }
}
