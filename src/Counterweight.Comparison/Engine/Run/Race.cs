namespace Counterweight.Comparison;

/// <summary>Someone who left a race.</summary>
/// <param name="Loser">The position of the one who left.</param>
/// <param name="Winner">The position of one who is clearly better.</param>
/// <param name="Chance">The chance of so large a lead between two that are alike.</param>
internal readonly record struct Left(int Loser, int Winner, double Chance);

/// <summary>Finds candidates that are clearly worse than another before all folds are judged.</summary>
/// <remarks>
/// <para>The best so far is itself chosen, and the lead of the luckiest of many equals over the unluckiest is large: so every pair is tested, both ways, at
/// every look, and the level of 5% is shared among all these tests (Bonferroni). The chance that a candidate is ever stopped for one that is no better stays
/// below 5%, however the candidates depend on one another.</para>
/// <para>The test is the corrected resampled one with a wider margin: it allows for a correlation of fold values of <see cref="Correlation"/>, where
/// n_test / (n_test + n_train), 0.2 with five folds, is what Nadeau and Bengio (2003) reckon with. RaceTests simulates the promise.</para>
/// </remarks>
internal static class Race
{
    /// <summary>Folds that every candidate is judged on before any can be stopped.</summary>
    internal const int FewestFolds = 4;

    /// <summary>The correlation of a candidate's fold values up to which the promise holds.</summary>
    internal const double Correlation = 0.35;

    private const double Level = 0.05;

    /// <summary>Those who are clearly worse than another.</summary>
    /// <param name="values">The fold values of everyone still in the race, higher is better, all of the same folds.</param>
    /// <param name="entered">How many entered the race.</param>
    /// <param name="looks">How often the race is looked at.</param>
    /// <param name="testShare">n_test / n_train of a fold.</param>
    /// <param name="equivalence">Leads up to this are practically none.</param>
    internal static IReadOnlyList<Left> ClearlyWorse(IReadOnlyList<double[]> values, int entered, int looks, double testShare, double equivalence)
    {
        double level = Level / ((double)entered * Math.Max(1, entered - 1) * Math.Max(1, looks));
        double share = Math.Max(testShare, Correlation / (1 - Correlation));
        double[] means = [.. values.Select(v => v.Average())];
        int[] order = [.. Enumerable.Range(0, means.Length).OrderByDescending(i => means[i])];
        var left = new List<Left>();
        for (int at = order.Length - 1; at > 0; at--)
        {
            int loser = order[at];
            foreach (int winner in order.AsSpan(0, at))
            {
                if (means[winner] - means[loser] <= equivalence) break;
                FoldMean lead = CorrectedResampledTTest.Evaluate([.. values[winner].Zip(values[loser], (w, l) => w - l)], share);
                if (lead.Mean <= 0 || lead.PValue / 2 > level) continue;
                left.Add(new(loser, winner, lead.PValue / 2));
                break;
            }
        }

        return left;
    }
}
