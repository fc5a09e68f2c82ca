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

    /// <summary>The calibration of the positive class's probability; of the predicted class's with more than two.</summary>
    internal static CalibrationError Calibration(Predictions predictions, int bins, bool adaptive = false)
    {
        predictions.RequireProbabilities();
        ReadOnlySpan<int> truth = predictions.Truth.Span;
        ReadOnlySpan<double> scores = predictions.Scores.Span;
        return predictions.IsBinary
            ? CalibrationError.BinaryPositive(
                truth, Column(predictions, predictions.PositiveClass), bins, predictions.PositiveClass, predictions.Weights.Span, adaptive)
            : CalibrationError.TopLabel(truth, scores, predictions.Classes, bins, predictions.Weights.Span, adaptive, double.PositiveInfinity);
    }

    internal static double ClassWise(Predictions predictions, int bins)
    {
        predictions.RequireProbabilities();
        ReadOnlySpan<double> scores = predictions.Scores.Span;
        double[] all = predictions.Columns > 1 ? scores.ToArray() : new double[scores.Length * 2];
        if (predictions.Columns == 1)
            for (int i = 0; i < scores.Length; i++)
                (all[2 * i + predictions.PositiveClass], all[2 * i + 1 - predictions.PositiveClass]) = (scores[i], 1 - scores[i]);
        return CalibrationError.ClassWise(predictions.Truth.Span, all, predictions.Classes, bins, predictions.Weights.Span, false, double.PositiveInfinity);
    }

    /// <summary>The values of a column; a copy unless they lie side by side.</summary>
    internal static ReadOnlySpan<double> Column(Predictions predictions, int classCode)
    {
        (int offset, int stride) = predictions.Column(classCode);
        ReadOnlySpan<double> scores = predictions.Scores.Span;
        if (stride == 1) return scores;
        double[] column = new double[predictions.Rows];
        for (int i = 0; i < column.Length; i++) column[i] = scores[i * stride + offset];
        return column;
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
