namespace Counterweight.Comparison;

/// <summary>
/// Chooses among candidates whose figures are uncertain. Waiting for proof would leave people with nothing on small data, where a remedy helps most; taking
/// the highest mean of many would advise luck where nothing helps. So the highest mean is advised if it is proven, or if it gains more than practically nothing
/// and is likely better than doing nothing. A simpler remedy goes first where the folds show that the two are practically the same.
/// </summary>
/// <remarks>
/// Chances are posteriors of the Bayesian correlated t-test (Benavoli, Corani, Demsar and Zaffalon, 2017, JMLR 18). That is plain cross-validation but for
/// the answer 'nothing': bench/advice has the rules that were tried beside it on real and on simulated sets, and none of them is shown to choose better.
/// </remarks>
internal static class Choice
{
    /// <summary>The least chance of being better than doing nothing at which an unproven remedy is advised. The best of many useless ones has more than even
    /// odds by luck; this much it has in less than half of the runs with the default remedies.</summary>
    private const double LeastChance = 0.7;

    /// <summary>The chance of being practically no worse at which a simpler candidate is preferred.</summary>
    private const double SurelySame = 0.8;

    /// <summary>Chooses one by folds alone.</summary>
    /// <param name="candidates">Who takes part: the candidate and its fold values, higher is better, all on the same folds.</param>
    /// <param name="baseline">Doing nothing, one of the candidates.</param>
    /// <param name="proven">Whether a candidate is shown to beat the baseline.</param>
    /// <param name="testShare">n_test / n_train of a fold.</param>
    /// <param name="equivalence">Differences below this are practically none.</param>
    internal static Candidate Of(
        IReadOnlyList<(Candidate Candidate, double[] Values)> candidates, Candidate baseline, Func<Candidate, bool> proven, double testShare,
        double equivalence)
    {
        Dictionary<Candidate, double[]> values = candidates.ToDictionary(c => c.Candidate, c => c.Values);
        return Of(candidates, baseline, proven, (of, over) => CorrectedResampledTTest.Evaluate(
            [.. values[of].Zip(values[over], (own, other) => own - other)], testShare), equivalence, equivalence);
    }

    /// <summary>Chooses one.</summary>
    /// <param name="candidates">Who takes part: the candidate and its fold values, higher is better, all on the same folds.</param>
    /// <param name="baseline">Doing nothing, one of the candidates.</param>
    /// <param name="proven">Whether a candidate is shown to beat the baseline.</param>
    /// <param name="lead">The paired lead of one candidate over another.</param>
    /// <param name="least">Twice the gain that is worth anything: differences below this are practically none, or those of two trainings of the same.</param>
    /// <param name="equivalence">Differences below this are practically none.</param>
    internal static Candidate Of(
        IReadOnlyList<(Candidate Candidate, double[] Values)> candidates, Candidate baseline, Func<Candidate, bool> proven,
        Func<Candidate, Candidate, FoldMean> lead, double least, double equivalence)
    {
        Dictionary<Candidate, double[]> values = candidates.ToDictionary(c => c.Candidate, c => c.Values);
        Candidate[] remedies = [.. values.Keys.Where(c => c.Remedy != Remedy.None)];
        if (remedies.Length == 0) return baseline;
        Candidate best = InOrder(remedies).First();
        FoldMean gain = lead(best, baseline);
        if (gain.Mean <= least / 2 || (!proven(best) && 1 - ChanceBelow(gain, 0) < LeastChance)) return baseline;
        Candidate[] same = [.. remedies.Where(
            c => c.Remedy.Complexity < best.Remedy.Complexity && ChanceBelow(lead(best, c), equivalence) >= SurelySame)];
        return same.Length == 0 ? best : InOrder(same.Where(c => c.Remedy.Complexity == same.Min(s => s.Remedy.Complexity))).First();

        IEnumerable<Candidate> InOrder(IEnumerable<Candidate> some) =>
            some.OrderByDescending(c => values[c].Average()).ThenBy(c => c.Remedy.Complexity).ThenBy(c => c.ToString(), StringComparer.Ordinal);

        double ChanceBelow(FoldMean mean, double figure) => BayesianCorrelatedTTest.ChanceBelow(mean, values[baseline].Length, figure);
    }
}
