using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// What to expect of the chosen candidate on new rows: the winner of many candidates is partly lucky, and the bootstrap repeats the
/// choosing to find out how much.
/// </summary>
/// <remarks>
/// BBC-CV (Tsamardinos, Greasidou and Borboudakis, 2018, "Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation", algorithm 5): rows of the
/// pooled out-of-fold predictions are drawn with replacement, the best candidate on the drawn rows is judged on the rows not drawn. Only candidates within
/// four standard errors of the best take part, since others are never chosen.
/// </remarks>
internal static class SelectionEstimate
{
    private const int MostDraws = 1000;
    private const int FewestDraws = 100;
    private const double Work = 4e8;
    private const int MostTries = 20;

    internal static Estimate Evaluate(Dataset dataset, IReadOnlyList<Fold> folds, ComparisonOptions options, int positiveClass, IReadOnlyList<CandidateResult> candidates)
    {
        int sign = options.Metric.HigherIsBetter ? 1 : -1, classes = dataset.Classes;
        CandidateResult best = candidates.MaxBy(c => sign * c.Mean!.Mean)!;
        double margin = double.IsFinite(best.Mean!.StandardError) ? 4 * best.Mean.StandardError : double.PositiveInfinity;
        CandidateResult[] kept = [.. candidates.Where(c => sign * (best.Mean.Mean - c.Mean!.Mean) <= margin)];
        int repeats = Math.Max(1, best.Judged.Count / options.Folds);
        List<Predictions>[] pooled = [.. Enumerable.Range(0, repeats).Select(r => kept.Select(c => Pool(c, r)).ToList())];
        long rows = pooled[0][0].Rows;
        double cost = rows * (double)kept.Length * (options.Metric.NeedsProbabilities ? 20 : 1) * classes;
        int draws = (int)Math.Clamp(Work / cost, FewestDraws, MostDraws);
        double[] judged = new double[draws];
        Parallel.For(0, draws, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, b => judged[b] = Draw(pooled[b % repeats], b));
        double[] finite = [.. judged.Where(double.IsFinite).Order()];
        if (finite.Length == 0) return new Estimate(best.Mean.Mean, best.Mean.Low, best.Mean.High);
        return new Estimate(finite.Average(), Quantile(finite, 0.025), Quantile(finite, 0.975));

        Predictions Pool(CandidateResult candidate, int repeat)
        {
            var truth = new List<int>();
            var decided = new List<int>();
            var probabilities = new List<double>();
            foreach (JudgedFold fold in candidate.Judged.Where(j => j.Fold.Repeat == repeat).DefaultIfEmpty(candidate.Judged[0]))
            {
                foreach (int row in fold.Fold.Test) truth.Add(dataset.Labels[row]);
                decided.AddRange(fold.Decided);
                if (options.Metric.NeedsProbabilities) probabilities.AddRange(fold.Probabilities.Select(p => (double)p));
            }

            return options.Metric.NeedsProbabilities
                ? Predictions.FromProbabilities(truth.ToArray(), probabilities.ToArray(), classes, predicted: decided.ToArray(), positiveClass: positiveClass, threads: 1, tolerance: 1e-3)
                : Predictions.FromLabels(truth.ToArray(), decided.ToArray(), classes, positiveClass: positiveClass, threads: 1);
        }

        double Draw(List<Predictions> all, int draw)
        {
            int n = all[0].Rows;
            for (int attempt = 0; attempt < MostTries; attempt++)
            {
                var random = new SeededRandom(options.Seed, 5_000_000L + (draw * (long)MostTries) + attempt);
                bool[] drawn = new bool[n];
                int[] inside = new int[n];
                for (int i = 0; i < n; i++) drawn[inside[i] = random.NextInt32(n)] = true;
                int[] outside = [.. Enumerable.Range(0, n).Where(i => !drawn[i])];
                if (!HasEveryClass(all[0].Truth.Span, inside) || !HasEveryClass(all[0].Truth.Span, outside)) continue;
                int winner = all.Count == 1 ? 0 : Enumerable.Range(0, all.Count).MaxBy(c => sign * options.Metric.Evaluate(all[c].Select(inside)));
                double value = options.Metric.Evaluate(all[winner].Select(outside));
                if (double.IsFinite(value)) return value;
            }

            return double.NaN;
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
