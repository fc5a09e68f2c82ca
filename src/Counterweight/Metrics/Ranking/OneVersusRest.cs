namespace Counterweight;

/// <summary>Ranking metrics of each class against the rest, and their averages.</summary>
internal static class OneVersusRest
{
    internal static Ranking[] Rankings(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, ReadOnlySpan<double> weights, int threads)
    {
        var rankings = new Ranking[classes];
        for (int c = 0; c < classes; c++) rankings[c] = Ranking.Of(truth, scores, c, classes, c, weights, threads);
        return rankings;
    }

    /// <summary>Averages over the classes for which the value is defined.</summary>
    internal static double Average(ReadOnlySpan<Ranking> rankings, Func<Ranking, double?> value, bool weighted)
    {
        double sum = 0, total = 0;
        foreach (Ranking ranking in rankings)
        {
            if (value(ranking) is not { } one) continue;
            double weight = weighted ? ranking.Positives : 1;
            sum += weight * one;
            total += weight;
        }

        return total == 0 ? throw new UnusableDataException("There are no rows of positive weight.") : sum / total;
    }

    /// <summary>The ranking of all (row, class) pairs together: positive where the class is the row's.</summary>
    internal static Ranking Micro(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, ReadOnlySpan<double> weights, int threads)
    {
        int[] hits = new int[scores.Length];
        for (int i = 0; i < truth.Length; i++) hits[i * classes + truth[i]] = 1;
        double[] repeated = new double[weights.IsEmpty ? 0 : scores.Length];
        for (int i = 0; i < repeated.Length; i++) repeated[i] = weights[i / classes];
        return Ranking.Of(hits, scores, 0, 1, 1, repeated, threads);
    }

    internal static void Check(ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, ReadOnlySpan<double> weights, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (scores.Length != (long)truth.Length * classes)
            throw new ArgumentException($"{truth.Length} rows of {classes} classes need {(long)truth.Length * classes} scores, not {scores.Length}.",
                nameof(scores));
        if (!weights.IsEmpty && weights.Length != truth.Length)
            throw new ArgumentException($"There are {weights.Length} weights for {truth.Length} rows.", nameof(weights));
        RowChecks.Labels(truth, classes, "label", threads);
        RowChecks.NotNaN(scores, classes, threads);
        RowChecks.Weights(weights, threads);
    }
}
