namespace Counterweight;

/// <summary>The metrics of the catalogue that depend on the order of the scores.</summary>
internal static class RankingMetrics
{
    internal static double RocAuc(Predictions predictions) => predictions.IsBinary
        ? predictions.PositiveRanking.Defined().RocAuc
        : OneVersusRest.Average(Rankings(predictions), r => r.Defined().RocAuc, weighted: false);

    internal static double AveragePrecision(Predictions predictions) => predictions.IsBinary
        ? predictions.PositiveRanking.AveragePrecision
        : OneVersusRest.Average(Rankings(predictions), r => r.AveragePrecision, weighted: false);

    internal static double WeightedRocAuc(Predictions predictions) => predictions.IsBinary
        ? RocAuc(predictions)
        : OneVersusRest.Average(Rankings(predictions), r => r.Defined().RocAuc, weighted: true);

    internal static double PairwiseRocAuc(Predictions predictions)
    {
        if (predictions.IsBinary) return RocAuc(predictions);
        _ = predictions.Column(0);
        return Counterweight.RocAuc.OneVsOne(
            predictions.Truth.Span, predictions.Scores.Span, predictions.Classes, Averaging.Macro, predictions.Weights.Span, predictions.ThreadLimit);
    }

    /// <summary>
    /// A value of the sorted scores of the positive class; with more classes the mean over those that occur, each against the rest.
    /// </summary>
    internal static double OfSteps(Predictions predictions, Func<ScoreSteps, double> value)
    {
        if (predictions.IsBinary) return value(ScoreSteps.Of(predictions));
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < predictions.Classes; c++)
        {
            var steps = ScoreSteps.Of(predictions, c);
            if (steps.Positives == 0) continue;
            sum += value(steps);
            occurring++;
        }

        return occurring == 0 ? throw new UnusableDataException("There are no rows of positive weight.") : sum / occurring;
    }

    internal static double TopK(Predictions predictions, int k)
    {
        if (predictions.Columns != 1) _ = predictions.Column(0);
        else if (k >= 2) return 1;
        else return predictions.Confusion.Accuracy;
        return Counterweight.TopK.Accuracy(predictions.Truth.Span, predictions.Scores.Span, predictions.Classes, k, predictions.Weights.Span);
    }

    private static Ranking[] Rankings(Predictions predictions)
    {
        _ = predictions.Column(0);
        return predictions.ClassRankings;
    }
}
