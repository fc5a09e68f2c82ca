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
        _ = threads;
        double[] keys = new double[truth.Length];
        int[] rows = new int[truth.Length];
        for (int i = 0; i < keys.Length; i++) (keys[i], rows[i]) = (-scores[offset + i * stride], i);
        Array.Sort(keys, rows);
        double tp = 0, fp = 0, area = 0, precision = 0;
        for (int i = 0; i < keys.Length;)
        {
            double p = 0, n = 0;
            int j = i;
            for (; j < keys.Length && keys[j] == keys[i]; j++)
            {
                double w = weights.IsEmpty ? 1 : weights[rows[j]];
                if (truth[rows[j]] == positiveClass) p += w;
                else n += w;
            }

            area += n * (tp + p / 2);
            tp += p;
            fp += n;
            if (p > 0) precision += p * tp / (tp + fp);
            i = j;
        }

        return new(tp == 0 || fp == 0 ? double.NaN : area / tp / fp, tp == 0 ? 0 : precision / tp, tp, fp);
    }
}
