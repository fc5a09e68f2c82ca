namespace Counterweight;

/// <summary>The metrics of the catalogue that depend on the order of the scores.</summary>
internal static class RankingMetrics
{
    internal static double RocAuc(Predictions predictions) => predictions.IsBinary
        ? predictions.PositiveRanking.Defined().RocAuc
        : OneVersusRest.Average(Rankings(predictions), r => r.Positives == 0 ? null : r.Defined().RocAuc, weighted: false);

    internal static double AveragePrecision(Predictions predictions) => predictions.IsBinary
        ? predictions.PositiveRanking.AveragePrecision
        : OneVersusRest.Average(Rankings(predictions), r => r.Positives == 0 ? null : r.AveragePrecision, weighted: false);

    private static Ranking[] Rankings(Predictions predictions)
    {
        _ = predictions.Column(0);
        return predictions.ClassRankings;
    }
}
