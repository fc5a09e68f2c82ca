namespace Counterweight;

/// <summary>The metrics of the catalogue that depend on the order of the scores.</summary>
internal static class RankingMetrics
{
    internal static double RocAuc(Predictions predictions)
    {
        if (predictions.IsBinary) return Defined(predictions.PositiveRanking).RocAuc;
        return Mean(predictions, r => r.Positives == 0 ? null : Defined(r).RocAuc);
    }

    internal static double AveragePrecision(Predictions predictions) =>
        predictions.IsBinary ? predictions.PositiveRanking.AveragePrecision : Mean(predictions, r => r.Positives == 0 ? null : r.AveragePrecision);

    private static Ranking Defined(Ranking ranking) => ranking.Positives > 0 && ranking.Negatives > 0
        ? ranking
        : throw new UnusableDataException("ROC AUC compares rows of two classes, but these rows (of positive weight) are all of one. Use more rows or stratified folds.");

    private static double Mean(Predictions predictions, Func<Ranking, double?> value)
    {
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < predictions.Classes; c++)
        {
            (int offset, int stride) = predictions.Column(c);
            if (value(Ranking.Of(predictions.Truth.Span, predictions.Scores.Span, offset, stride, c, predictions.Weights.Span, predictions.ThreadLimit)) is not { } one) continue;
            sum += one;
            occurring++;
        }

        return occurring == 0 ? throw new UnusableDataException("There are no rows of positive weight.") : sum / occurring;
    }
}
