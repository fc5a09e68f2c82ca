namespace Counterweight;

/// <summary>Sums Brier score, log loss and calibration error over data that come in parts, or from several workers.</summary>
/// <remarks>One writer at a time; give each worker its own and merge them.</remarks>
public sealed class ProbabilityAccumulator
{
    private readonly double[] binWeights, binConfidences, binHits;
    private CompensatedSum squared, logarithms, weight;
    private int classes;

    /// <summary>Creates an empty accumulator.</summary>
    /// <param name="bins">The number of bins of the calibration error.</param>
    public ProbabilityAccumulator(int bins = 15)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        (binWeights, binConfidences, binHits) = (new double[bins], new double[bins], new double[bins]);
    }

    /// <summary>The number, or summed weight, of the rows so far.</summary>
    public double Weight => weight.Value;

    /// <summary>The Brier score of all rows so far; see <see cref="Metric.Brier"/>.</summary>
    public double Brier => squared.Value / Positive;

    /// <summary>The log loss of all rows so far, in nats; see <see cref="Metric.LogLoss"/>.</summary>
    public double LogLoss => logarithms.Value / Positive;

    /// <summary>The calibration error of all rows so far: of the positive class for two classes, of the predicted class for more.</summary>
    public CalibrationError Calibration => CalibrationError.FromSums(binWeights, binConfidences, binHits);

    private double Positive => weight.Value > 0 ? weight.Value : throw new UnusableDataException("There are no rows of positive weight.");

    /// <summary>Adds rows.</summary>
    /// <param name="predictions">Predictions with probabilities, of as many classes as those added before.</param>
    public void Add(Predictions predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        predictions.RequireProbabilities();
        SetClasses(predictions.Classes);
        int columns = predictions.Columns, positive = predictions.PositiveClass;
        (int offset, int stride) = predictions.IsBinary ? predictions.Column(positive) : default;
        ReadOnlySpan<double> scores = predictions.Scores.Span, weights = predictions.Weights.Span;
        ReadOnlySpan<int> truth = predictions.Truth.Span;
        for (int i = 0; i < truth.Length; i++)
        {
            double w = weights.IsEmpty ? 1 : weights[i];
            ReadOnlySpan<double> row = scores.Slice(i * columns, columns);
            (double confidence, bool hit) = predictions.IsBinary ? (scores[i * stride + offset], truth[i] == positive) : ProbabilityMetrics.Top(row, truth[i]);
            double difference = confidence - (hit ? 1 : 0);
            squared.Add(w * (predictions.IsBinary ? difference * difference : ProbabilityMetrics.SquaredError(row, truth[i])));
            logarithms.Add(w * (columns == 1 ? ProbabilityMetrics.NegativeLogarithm(confidence, hit) : ProbabilityMetrics.NegativeLogarithm(row, truth[i])));
            weight.Add(w);
            int bin = CalibrationError.BinOf(confidence, binWeights.Length);
            binWeights[bin] += w;
            binConfidences[bin] += w * confidence;
            if (hit) binHits[bin] += w;
        }
    }

    /// <summary>Adds the rows of another accumulator.</summary>
    /// <param name="other">Another accumulator of the same bins, which stays as it is.</param>
    public void Merge(ProbabilityAccumulator other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.binWeights.Length != binWeights.Length)
            throw new ArgumentException($"One accumulator has {binWeights.Length} bins, the other {other.binWeights.Length}.", nameof(other));
        if (other.classes != 0) SetClasses(other.classes);
        squared.Add(other.squared.Value);
        logarithms.Add(other.logarithms.Value);
        weight.Add(other.weight.Value);
        for (int b = 0; b < binWeights.Length; b++)
        {
            binWeights[b] += other.binWeights[b];
            binConfidences[b] += other.binConfidences[b];
            binHits[b] += other.binHits[b];
        }
    }

    private void SetClasses(int count)
    {
        if (classes != 0 && classes != count)
            throw new ArgumentException($"The rows so far have {classes} classes, these have {count}.", nameof(count));
        classes = count;
    }
}
