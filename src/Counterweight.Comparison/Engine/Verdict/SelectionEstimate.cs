using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Something that could have been chosen, with what it made of rows that it had not seen.</summary>
/// <param name="Mean">Its mean over the folds.</param>
/// <param name="OverFolds">That mean with its interval; null for a configuration that a search dropped, which is no winner to measure others by.</param>
/// <param name="Judged">The folds, each with all of its rows to be judged.</param>
internal sealed record Selectable(double Mean, FoldMean? OverFolds, IReadOnlyList<JudgedFold> Judged);

/// <summary>
/// What to expect of the chosen candidate on new rows: the winner of many candidates is partly lucky, and the bootstrap repeats the
/// choosing to find out how much.
/// </summary>
/// <remarks>
/// BBC-CV (Tsamardinos, Greasidou and Borboudakis, 2018, "Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation", algorithm
/// 5): rows of the pooled out-of-fold predictions are drawn with replacement, the best candidate on the drawn rows is judged on the rows not drawn.
/// Where rows hang together, whole groups of them are drawn: a group is one observation, however many rows it has (Davison and Hinkley, 1997, "Bootstrap
/// methods and their application", section 3.8).
/// Configurations that a search dropped take part with the predictions of the largest rung they reached: those models had fewer rows, so the estimate errs on
/// the careful side. Only candidates within four standard errors of the best take part, since others are never chosen.
/// <para>
/// A draw has 0.632 of the rows, so what it chooses is chosen worse than by all of them, and the mean over draws errs low; the figure of the best on all rows
/// errs high, since it was chosen there. They are weighed 0.632 to 0.368, as Efron weighs the bootstrap's error and the apparent one (1983, "Estimating the
/// error rate of a prediction rule: improvement on cross-validation", JASA 78). bench/advice has what it does to bias and coverage, and what else was tried.
/// </para>
/// <para>
/// A draw judges on the n/e rows (or groups) or so that it left out, so its figures spread more than those of n rows do. With r kept of n the delete-d
/// jackknife takes r / (n - r) times the variance over draws (Shao and Wu, 1989, "A general theory for jackknife variance estimation"): the deviations of the
/// quantiles from the mean are multiplied by its root, 0.76.
/// </para>
/// </remarks>
internal static class SelectionEstimate
{
    private const int MostDraws = 1000;
    private const int FewestDraws = 100;
    private const double Work = 4e8;
    private const int MostTries = 20;

    /// <summary>The share of different rows that a bootstrap sample has: 1 - 1/e.</summary>
    private const double Drawn = 0.632;

    /// <summary>Estimates.</summary>
    /// <param name="dataset">All rows.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="positiveClass">The positive class of a binary problem.</param>
    /// <param name="choices">What could have been chosen.</param>
    /// <param name="groups">A group per row of all; empty where every row stands alone.</param>
    internal static Estimate Evaluate(
        Dataset dataset, ComparisonOptions options, int positiveClass, IReadOnlyList<Selectable> choices, ReadOnlyMemory<int> groups)
    {
        int sign = options.Metric.HigherIsBetter ? 1 : -1, classes = dataset.Classes;
        Selectable best = choices.Where(c => c.OverFolds is not null).MaxBy(c => sign * c.Mean)!;
        double margin = 4 * best.OverFolds!.StandardError;
        Selectable[] kept = [.. choices.Where(c => sign * (best.Mean - c.Mean) <= margin)];
        int repeats = Math.Max(1, best.Judged.Count / options.Folds);
        int[] rows = [.. best.Judged.Where(j => j.Fold.Repeat == 0).SelectMany(j => j.Fold.Test).Order()];
        kept = [.. kept.Where(Covers)];
        var units = groups.IsEmpty ? null : new RowGroups([.. rows.Select(r => dataset.Labels[r])], [.. rows.Select(r => groups.Span[r])]);
        List<Predictions>[] pooled = [.. Enumerable.Range(0, repeats).Select(r => kept.Select(c => Pool(c, r)).ToList())];
        double cost = rows.Length * (double)kept.Length * (options.Metric.NeedsProbabilities ? 20 : 1) * classes;
        int draws = (int)Math.Clamp(Work / cost, FewestDraws, MostDraws);
        double[] judged = new double[draws], shares = new double[draws];
        Parallel.For(0, draws, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, b => (judged[b], shares[b]) = Draw(pooled[b % repeats], b));
        double[] finite = [.. judged.Where(double.IsFinite).Order()];
        // Classes of so few rows that no draw and its rest hold them all: what is left is the spread of the folds.
        if (finite.Length == 0) return new Estimate(best.Mean, best.OverFolds.Low, best.OverFolds.High);
        double mean = finite.Average(), left = shares.Where(double.IsFinite).Average(), factor = Math.Sqrt(left / (1 - left));
        double low = options.Metric.Lowest(classes), high = options.Metric.Highest(classes);
        double[] onAll = [.. Enumerable.Range(0, kept.Length).Select(c => pooled.Average(all => options.Metric.Evaluate(all[c]))).Where(double.IsFinite)];
        double expected = onAll.Length == 0 ? mean : (Drawn * mean) + ((1 - Drawn) * onAll.MaxBy(v => sign * v));
        return new Estimate(
            expected, Math.Clamp(expected + (factor * (Quantile(finite, 0.025) - mean)), low, expected),
            Math.Clamp(expected + (factor * (Quantile(finite, 0.975) - mean)), expected, high));

        bool Covers(Selectable choice)
        {
            int there = 0;
            foreach (JudgedFold fold in choice.Judged)
                if (fold.Fold.Repeat == 0) there += fold.Fold.Test.Length;
            return there == rows.Length;
        }

        // In the order of the rows, so that all choices line up; a choice without this repeat stands with its first.
        Predictions Pool(Selectable choice, int repeat)
        {
            int[] at = new int[dataset.Rows], truth = [.. rows.Select(r => dataset.Labels[r])], decided = new int[rows.Length];
            for (int i = 0; i < rows.Length; i++) at[rows[i]] = i;
            double[] probabilities = options.Metric.NeedsProbabilities ? new double[rows.Length * classes] : [];
            JudgedFold[] folds = [.. choice.Judged.Where(j => j.Fold.Repeat == repeat)];
            if (folds.Sum(f => f.Fold.Test.Length) != rows.Length) folds = [.. choice.Judged.Where(j => j.Fold.Repeat == 0)];
            foreach (JudgedFold fold in folds)
                for (int i = 0; i < fold.Fold.Test.Length; i++)
                {
                    int to = at[fold.Fold.Test[i]];
                    decided[to] = fold.Decided[i];
                    if (probabilities.Length == 0) continue;
                    for (int c = 0; c < classes; c++) probabilities[(to * classes) + c] = fold.Probabilities[(i * classes) + c];
                }

            double[] weights = dataset.SampleWeights.IsEmpty ? [] : Array.ConvertAll(rows, r => dataset.SampleWeights.Span[r]);
            return probabilities.Length > 0
                ? Predictions.FromProbabilities(
                    truth, probabilities, classes, weights, decided, positiveClass, threads: 1, tolerance: 1e-3)
                : Predictions.FromLabels(truth, decided, classes, weights, positiveClass, threads: 1);
        }

        // Rows drawn with replacement, those left out, and which share these are: of the rows, or of the groups.
        (int[] Inside, int[] Outside, double Share) Part(int n, ref SeededRandom random)
        {
            int all = units?.Count ?? n;
            bool[] drawn = new bool[all];
            int[] chosen = new int[all];
            for (int i = 0; i < all; i++) drawn[chosen[i] = random.NextInt32(all)] = true;
            int[] left = [.. Enumerable.Range(0, all).Where(i => !drawn[i])];
            return units is null ? (chosen, left, (double)left.Length / all) : (Rows(chosen), Rows(left), (double)left.Length / all);

            int[] Rows(int[] some)
            {
                var of = new List<int>(n);
                foreach (int group in some) of.AddRange(units.Rows(group));
                return [.. of];
            }
        }

        // The figure of a draw, and the share of the rows it was judged on.
        (double Figure, double Share) Draw(List<Predictions> all, int draw)
        {
            int n = all[0].Rows;
            for (int attempt = 0; attempt < MostTries; attempt++)
            {
                SeededRandom random = Streams.Estimate(options.Seed, (draw * (long)MostTries) + attempt);
                (int[] inside, int[] outside, double share) = Part(n, ref random);
                if (!HasEveryClass(all[0].Truth.Span, inside) || !HasEveryClass(all[0].Truth.Span, outside)) continue;
                int winner = all.Count == 1 ? 0 : Enumerable.Range(0, all.Count).MaxBy(c => sign * options.Metric.Evaluate(all[c].Select(inside)));
                double value = options.Metric.Evaluate(all[winner].Select(outside));
                if (double.IsFinite(value)) return (value, share);
            }

            return (double.NaN, double.NaN);
        }

        bool HasEveryClass(ReadOnlySpan<int> truth, int[] rows)
        {
            Span<bool> seen = classes <= 1024 ? stackalloc bool[classes] : new bool[classes];
            int found = 0;
            foreach (int row in rows)
                if (!seen[truth[row]])
                {
                    seen[truth[row]] = true;
                    if (++found == classes) return true;
                }

            return false;
        }
    }

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int low = (int)at;
        return low + 1 < sorted.Length ? sorted[low] + ((at - low) * (sorted[low + 1] - sorted[low])) : sorted[low];
    }
}
