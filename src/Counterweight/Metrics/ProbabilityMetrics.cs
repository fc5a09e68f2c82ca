namespace Counterweight;

/// <summary>The metrics of the catalogue that judge probabilities.</summary>
internal static class ProbabilityMetrics
{
    private const double Tiny = 2.220446049250313e-16;

    internal static double Brier(Predictions predictions)
    {
        predictions.RequireProbabilities();
        bool binary = predictions.IsBinary;
        return MeanOf(predictions, (scores, row, truth) =>
        {
            if (binary)
            {
                (int offset, int stride) = predictions.Column(predictions.PositiveClass);
                double d = scores[row * stride + offset] - (truth == predictions.PositiveClass ? 1 : 0);
                return d * d;
            }

            double sum = 0;
            ReadOnlySpan<double> p = scores.Slice(row * predictions.Columns, predictions.Columns);
            for (int c = 0; c < p.Length; c++)
            {
                double d = p[c] - (c == truth ? 1 : 0);
                sum += d * d;
            }

            return sum;
        });
    }

    internal static double LogLoss(Predictions predictions)
    {
        predictions.RequireProbabilities();
        return MeanOf(predictions, (scores, row, truth) =>
        {
            if (predictions.Columns == 1)
            {
                double p = Math.Clamp(scores[row], Tiny, 1 - Tiny);
                return -Math.Log(truth == predictions.PositiveClass ? p : 1 - p);
            }

            double sum = 0;
            ReadOnlySpan<double> probabilities = scores.Slice(row * predictions.Columns, predictions.Columns);
            foreach (double p in probabilities) sum += Math.Clamp(p, Tiny, 1 - Tiny);
            return -Math.Log(Math.Clamp(probabilities[truth], Tiny, 1 - Tiny) / sum);
        });
    }

    internal static double CalibrationError(Predictions predictions, int bins)
    {
        predictions.RequireProbabilities();
        double[] weight = new double[bins], confidence = new double[bins], right = new double[bins];
        ReadOnlySpan<double> scores = predictions.Scores.Span, weights = predictions.Weights.Span;
        ReadOnlySpan<int> truth = predictions.Truth.Span;
        for (int i = 0; i < truth.Length; i++)
        {
            double p;
            bool hit;
            if (predictions.IsBinary)
            {
                (int offset, int stride) = predictions.Column(predictions.PositiveClass);
                (p, hit) = (scores[i * stride + offset], truth[i] == predictions.PositiveClass);
            }
            else
            {
                ReadOnlySpan<double> row = scores.Slice(i * predictions.Columns, predictions.Columns);
                int best = 0;
                for (int c = 1; c < row.Length; c++)
                    if (row[c] > row[best]) best = c;
                (p, hit) = (row[best], truth[i] == best);
            }

            int bin = Math.Clamp((int)Math.Ceiling(p * bins) - 1, 0, bins - 1);
            double w = weights.IsEmpty ? 1 : weights[i];
            weight[bin] += w;
            confidence[bin] += w * p;
            right[bin] += hit ? w : 0;
        }

        double error = 0, total = 0;
        for (int b = 0; b < bins; b++)
        {
            error += Math.Abs(confidence[b] - right[b]);
            total += weight[b];
        }

        return total == 0 ? 0 : error / total;
    }

    private delegate double RowLoss(ReadOnlySpan<double> scores, int row, int truth);

    private static double MeanOf(Predictions predictions, RowLoss loss)
    {
        ReadOnlySpan<double> scores = predictions.Scores.Span, weights = predictions.Weights.Span;
        ReadOnlySpan<int> truth = predictions.Truth.Span;
        double sum = 0, total = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            if (w == 0) continue;
            sum += w * loss(scores, i, truth[i]);
            total += w;
        }

        return total == 0 ? throw new UnusableDataException("There are no rows of positive weight.") : sum / total;
    }
}
