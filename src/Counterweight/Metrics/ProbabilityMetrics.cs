namespace Counterweight;

/// <summary>The metrics of the catalogue that judge probabilities.</summary>
internal static class ProbabilityMetrics
{
    /// <summary>The machine epsilon, by which scikit-learn keeps probabilities from 0 and 1 in the log loss.</summary>
    internal const double Tiny = 2.220446049250313e-16;

    private delegate double RowLoss(ReadOnlySpan<double> scores, int row, int truth);

    internal static double Brier(Predictions predictions)
    {
        predictions.RequireProbabilities();
        int positive = predictions.PositiveClass, columns = predictions.Columns;
        if (!predictions.IsBinary) return Mean(predictions, (scores, row, truth) => SquaredError(scores.Slice(row * columns, columns), truth));
        (int offset, int stride) = predictions.Column(positive);
        return Mean(predictions, (scores, row, truth) =>
        {
            double difference = scores[row * stride + offset] - (truth == positive ? 1 : 0);
            return difference * difference;
        });
    }

    internal static double LogLoss(Predictions predictions)
    {
        predictions.RequireProbabilities();
        int positive = predictions.PositiveClass, columns = predictions.Columns;
        return columns == 1
            ? Mean(predictions, (scores, row, truth) => NegativeLogarithm(scores[row], truth == positive))
            : Mean(predictions, (scores, row, truth) => NegativeLogarithm(scores.Slice(row * columns, columns), truth));
    }

    internal static double CalibrationError(Predictions predictions, int bins)
    {
        predictions.RequireProbabilities();
        ReadOnlySpan<int> truth = predictions.Truth.Span;
        ReadOnlySpan<double> scores = predictions.Scores.Span, weights = predictions.Weights.Span;
        double[] weight = new double[bins], confidence = new double[bins], right = new double[bins];
        int columns = predictions.Columns, positive = predictions.PositiveClass;
        (int offset, int stride) = predictions.IsBinary ? predictions.Column(positive) : (0, columns);
        for (int i = 0; i < truth.Length; i++)
        {
            (double p, bool hit) = predictions.IsBinary ? (scores[i * stride + offset], truth[i] == positive) : Top(scores.Slice(i * columns, columns), truth[i]);
            int bin = Counterweight.CalibrationError.BinOf(p, bins);
            double w = weights.IsEmpty ? 1 : weights[i];
            weight[bin] += w;
            confidence[bin] += w * p;
            if (hit) right[bin] += w;
        }

        return Counterweight.CalibrationError.FromSums(weight, confidence, right).Expected;
    }

    internal static double SquaredError(ReadOnlySpan<double> probabilities, int truth)
    {
        double sum = 0;
        for (int c = 0; c < probabilities.Length; c++)
        {
            double difference = probabilities[c] - (c == truth ? 1 : 0);
            sum += difference * difference;
        }

        return sum;
    }

    internal static double NegativeLogarithm(double probability, bool positive)
    {
        double p = Math.Clamp(probability, Tiny, 1 - Tiny);
        return -Math.Log(positive ? p : 1 - p);
    }

    internal static double NegativeLogarithm(ReadOnlySpan<double> probabilities, int truth)
    {
        double sum = 0;
        foreach (double p in probabilities) sum += Math.Clamp(p, Tiny, 1 - Tiny);
        return -Math.Log(Math.Clamp(probabilities[truth], Tiny, 1 - Tiny) / sum);
    }

    internal static (double Confidence, bool Hit) Top(ReadOnlySpan<double> probabilities, int truth)
    {
        int best = 0;
        for (int c = 1; c < probabilities.Length; c++)
            if (probabilities[c] > probabilities[best]) best = c;
        return (probabilities[best], truth == best);
    }

    private static double Mean(Predictions predictions, RowLoss loss)
    {
        var parts = new (double Sum, double Weight)[(predictions.Rows + RowChecks.BlockRows - 1) / RowChecks.BlockRows];
        RowChecks.ForBlocks(predictions.Rows, predictions.ThreadLimit, (start, end) =>
        {
            ReadOnlySpan<double> scores = predictions.Scores.Span, weights = predictions.Weights.Span;
            ReadOnlySpan<int> truth = predictions.Truth.Span;
            double sum = 0, total = 0;
            for (int i = start; i < end; i++)
            {
                double w = weights.IsEmpty ? 1 : weights[i];
                sum += w * loss(scores, i, truth[i]);
                total += w;
            }

            parts[start / RowChecks.BlockRows] = (sum, total);
        });
        double all = 0, weight = 0;
        foreach ((double sum, double part) in parts)
        {
            all += sum;
            weight += part;
        }

        return weight == 0 ? throw new UnusableDataException("There are no rows of positive weight.") : all / weight;
    }
}
