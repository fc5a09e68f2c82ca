namespace Counterweight;

/// <summary>One bin of predicted probabilities beside what came true.</summary>
/// <param name="Lower">The lower border; probabilities lie above it (in the first bin of equal width also on it).</param>
/// <param name="Upper">The upper border, which belongs to the bin.</param>
/// <param name="Weight">The number, or summed weight, of the rows in the bin.</param>
/// <param name="MeanConfidence">The mean predicted probability; 0 in an empty bin.</param>
/// <param name="Accuracy">The share of the rows for which the prediction came true; 0 in an empty bin.</param>
public readonly record struct CalibrationBin(double Lower, double Upper, double Weight, double MeanConfidence, double Accuracy)
{
    /// <summary>How far confidence and accuracy are apart.</summary>
    public double Gap => Math.Abs(MeanConfidence - Accuracy);
}
