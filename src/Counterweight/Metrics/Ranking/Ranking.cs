namespace Counterweight;

/// <summary>What one pass over the rows in the order of their scores yields.</summary>
/// <param name="RocAuc">The area under the ROC curve; NaN if one of the classes has no weight.</param>
/// <param name="AveragePrecision">The average precision; 0 without positives.</param>
/// <param name="Positives">The number, or summed weight, of the positive rows.</param>
/// <param name="Negatives">The number, or summed weight, of the other rows.</param>
internal sealed record Ranking(double RocAuc, double AveragePrecision, double Positives, double Negatives)
{
    internal static Ranking Of(
        ReadOnlySpan<int> truth, ReadOnlySpan<double> scores, int offset, int stride, int positiveClass, ReadOnlySpan<double> weights, int threads)
    {
        using var sorted = SortedScores.Sort(truth, scores, offset, stride, positiveClass, weights, threads);
        return sorted.Rank();
    }

    /// <summary>This ranking, if it has rows of both classes.</summary>
    internal Ranking Defined() => Positives > 0 && Negatives > 0
        ? this
        : throw new UnusableDataException("ROC AUC compares rows of two classes, but these rows (of positive weight) are all of one. Use more rows or "
        + "stratified folds.");
}
