namespace Counterweight.Comparison;

/// <summary>
/// Chooses among candidates whose figures are uncertain. The highest mean of many is partly luck, and the noisier a candidate the luckier it can be; so every
/// remedy is first drawn towards the mean of the remedies of its learner, the more the noisier it is.
/// </summary>
/// <remarks>
/// Empirical Bayes for normal means (Efron and Morris, 1975, "Data analysis using Stein's estimator and its generalizations", JASA 70): an effect d with standard
/// error s, seen beside others of variance t^2, is expected to be t^2 / (t^2 + s^2) d. The errors are those of the corrected resampled t-test, t^2 is estimated by moments.
/// Doing nothing is kept unless a remedy is probably better; a simpler candidate goes before the chosen one where the folds show that they are practically the same.
/// </remarks>
internal static class Choice
{
    /// <summary>The least chance of being better than doing nothing at which a remedy is advised.</summary>
    internal const double LeastChance = 0.75;

    /// <summary>The chance of being practically no worse at which a simpler candidate is preferred.</summary>
    private const double SurelySame = 0.8;

    /// <summary>The standard deviation of the remedies' true effects that is assumed at least, in units of the metric.</summary>
    private const double LeastSpread = 0.003;

    /// <summary>Chooses one.</summary>
    /// <param name="candidates">Who takes part: the candidate and its fold values, higher is better, all on the same folds.</param>
    /// <param name="baseline">Doing nothing, one of the candidates.</param>
    /// <param name="testShare">n_test / n_train of a fold.</param>
    /// <param name="equivalence">Differences below this are practically none.</param>
    internal static Candidate Of(IReadOnlyList<(Candidate Candidate, double[] Values)> candidates, Candidate baseline, double testShare, double equivalence)
    {
        Dictionary<Candidate, double[]> values = candidates.ToDictionary(c => c.Candidate, c => c.Values);
        Candidate[] remedies = [.. values.Keys.Where(c => c.Remedy != Remedy.None)];
        if (remedies.Length == 0) return baseline;
        Dictionary<Candidate, double> expected = [];
        foreach (IGrouping<string, Candidate> learner in remedies.GroupBy(c => c.Learner)) Shrink([.. learner], values, testShare, expected);
        Candidate chosen = remedies.OrderByDescending(c => expected[c]).ThenBy(c => c.Remedy.Complexity).First();
        FoldMean gain = CorrectedResampledTTest.Evaluate(Difference(values[chosen], values[baseline]), testShare);
        if (gain.Mean <= equivalence || ChanceBelow(gain, values[baseline].Length, 0) > 1 - LeastChance) return baseline;

        return remedies.Where(c => c.Remedy.Complexity < chosen.Remedy.Complexity && IsSame(c)).OrderBy(c => c.Remedy.Complexity).ThenByDescending(c => expected[c]).FirstOrDefault() ?? chosen;

        bool IsSame(Candidate simpler)
        {
            FoldMean lead = CorrectedResampledTTest.Evaluate(Difference(values[chosen], values[simpler]), testShare);
            return ChanceBelow(lead, values[chosen].Length, equivalence) >= SurelySame;
        }
    }

    /// <summary>The posterior chance that the true mean lies below a figure.</summary>
    internal static double ChanceBelow(FoldMean mean, int folds, double figure) =>
        mean.StandardError == 0 || folds < 2 ? (mean.Mean <= figure ? 1 : 0) : MathNet.Numerics.Distributions.StudentT.CDF(mean.Mean, mean.StandardError, folds - 1, figure);

    internal static double[] Difference(double[] a, double[] b)
    {
        double[] difference = new double[Math.Min(a.Length, b.Length)];
        for (int j = 0; j < difference.Length; j++) difference[j] = a[j] - b[j];
        return difference;
    }

    private static void Shrink(Candidate[] group, Dictionary<Candidate, double[]> values, double testShare, Dictionary<Candidate, double> expected)
    {
        int folds = values[group[0]].Length;
        double[] pool = new double[folds];
        foreach (Candidate candidate in group)
            for (int j = 0; j < folds; j++) pool[j] += values[candidate][j] / group.Length;
        FoldMean[] effects = [.. group.Select(c => CorrectedResampledTTest.Evaluate(Difference(values[c], pool), testShare))];
        double spread = effects.Average(e => e.Mean * e.Mean) - effects.Average(e => Square(e.StandardError));
        spread = Math.Max(double.IsFinite(spread) ? spread : 0, LeastSpread * LeastSpread);
        for (int i = 0; i < group.Length; i++)
        {
            double noise = Square(effects[i].StandardError);
            expected[group[i]] = pool.Average() + (effects[i].Mean * (double.IsFinite(noise) ? spread / (spread + noise) : 1));
        }

        static double Square(double x) => x * x;
    }
}
