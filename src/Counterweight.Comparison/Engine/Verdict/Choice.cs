namespace Counterweight.Comparison;

/// <summary>
/// Chooses among candidates whose figures are uncertain. Waiting for proof would leave people with nothing on small data, where a remedy helps most; taking
/// the highest mean of many would advise luck where nothing helps. So the highest mean is advised if it is proven, or if both it and the remedies of its
/// learner as a group are more likely better than doing nothing than not: the group's mean is one figure, not the best of many. Where many remedies of a
/// learner do harm, the group says little of the few that help, so one that is very likely better goes by itself. A simpler remedy goes first where the folds
/// show that the two are practically the same.
/// </summary>
/// <remarks>
/// Chances are posteriors of the Bayesian correlated t-test (Benavoli, Corani, Demsar and Zaffalon, 2017, JMLR 18). The constants were set on simulated sets
/// of known truth; bench/advice shows what the rule costs on others.
/// </remarks>
internal static class Choice
{
    /// <summary>The least chance of being better than doing nothing at which an unproven remedy is advised.</summary>
    private const double LeastChance = 0.6;

    /// <summary>The least chance at which the remedies of a learner, on average, are taken to be better than doing nothing: more likely than not.</summary>
    private const double LeastChanceOfGroup = 0.5;

    /// <summary>The chance of being better than doing nothing at which a remedy is advised whatever the others of its learner do.</summary>
    private const double LeastChanceAlone = 0.9;

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
            [.. values[over].Select((v, j) => of.Average(c => values[c][j]) - v)], testShare), equivalence, equivalence);
    }

    /// <summary>Chooses one.</summary>
    /// <param name="candidates">Who takes part: the candidate and its fold values, higher is better, all on the same folds.</param>
    /// <param name="baseline">Doing nothing, one of the candidates.</param>
    /// <param name="proven">Whether a candidate is shown to beat the baseline.</param>
    /// <param name="lead">The paired lead of the mean of some candidates over one.</param>
    /// <param name="least">Twice the gain that is worth anything: differences below this are practically none, or those of two trainings of the same.</param>
    /// <param name="equivalence">Differences below this are practically none.</param>
    internal static Candidate Of(
        IReadOnlyList<(Candidate Candidate, double[] Values)> candidates, Candidate baseline, Func<Candidate, bool> proven,
        Func<IReadOnlyList<Candidate>, Candidate, FoldMean> lead, double least, double equivalence)
    {
        Dictionary<Candidate, double[]> values = candidates.ToDictionary(c => c.Candidate, c => c.Values);
        Candidate[] remedies = [.. values.Keys.Where(c => c.Remedy != Remedy.None)];
        if (remedies.Length == 0) return baseline;
        Candidate best = InOrder(remedies).First();
        FoldMean gain = lead([best], baseline);
        if (gain.Mean <= least / 2) return baseline;
        double chance = 1 - ChanceBelow(gain, 0);
        if (!proven(best) && chance < LeastChanceAlone && (chance < LeastChance || 1 - ChanceBelow(GroupGain(best.Learner), 0) < LeastChanceOfGroup))
            return baseline;
        Candidate[] same = [.. remedies.Where(
            c => c.Remedy.Complexity < best.Remedy.Complexity && ChanceBelow(lead([best], c), equivalence) >= SurelySame)];
        return same.Length == 0 ? best : InOrder(same.Where(c => c.Remedy.Complexity == same.Min(s => s.Remedy.Complexity))).First();

        IEnumerable<Candidate> InOrder(IEnumerable<Candidate> some) =>
            some.OrderByDescending(c => values[c].Average()).ThenBy(c => c.Remedy.Complexity).ThenBy(c => c.ToString(), StringComparer.Ordinal);

        double ChanceBelow(FoldMean mean, double figure) => BayesianCorrelatedTTest.ChanceBelow(mean, values[baseline].Length, figure);

        FoldMean GroupGain(string learner)
        {
            Candidate[] group = [.. remedies.Where(c => c.Learner == learner)];
            Candidate idle = values.Keys.FirstOrDefault(c => c.Learner == learner && c.Remedy == Remedy.None) ?? baseline;
            return lead(group, idle);
        }
    }
}
