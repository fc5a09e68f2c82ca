using System.Numerics.Tensors;

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

    /// <summary>A value of each class against the rest, averaged: checks the rows, and the averaging.</summary>
    internal static double Average(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int classes, Averaging averaging, ReadOnlySpan<double> weights, int threads,
        Func<Ranking, double> value)
    {
        Check(truth, scores, classes, weights, threads);
        return averaging switch
        {
            Averaging.Micro => value(Micro(truth, scores, classes, weights, threads)),
            Averaging.Macro or Averaging.Weighted => Average(
                Rankings(truth, scores, classes, weights, threads), value, averaging == Averaging.Weighted),
            _ => throw new ArgumentOutOfRangeException(nameof(averaging), averaging, "The averaging is Macro, Weighted or Micro."),
        };
    }

    /// <summary>Averages over the classes that occur.</summary>
    internal static double Average(ReadOnlySpan<Ranking> rankings, Func<Ranking, double> value, bool weighted)
    {
        double sum = 0, total = 0;
        foreach (Ranking ranking in rankings)
        {
            if (ranking.Positives == 0) continue;
            double weight = weighted ? ranking.Positives : 1;
            sum += weight * value(ranking);
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

    /// <summary>Scores in double precision.</summary>
    internal static double[] Widen(ReadOnlySpan<float> scores)
    {
        double[] wide = LargePages.Under(GC.AllocateUninitializedArray<double>(scores.Length));
        TensorPrimitives.ConvertTruncating(scores, wide);
        return wide;
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
