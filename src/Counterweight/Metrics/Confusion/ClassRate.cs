namespace Counterweight;

/// <summary>Sensitivity and specificity of one class against the rest, or an average of classes, and what derives from them.</summary>
/// <param name="Sensitivity">The share of the rows of the class that were predicted as it (recall, true positive rate).</param>
/// <param name="Specificity">The share of the other rows that were not predicted as the class (true negative rate).</param>
public readonly record struct ClassRate(double Sensitivity, double Specificity)
{
    /// <summary>The geometric mean: sqrt(sensitivity * specificity) (Kubat and Matwin, 1997).</summary>
    public double GeometricMean => Math.Sqrt(Sensitivity * Specificity);

    /// <summary>Youden's J: sensitivity + specificity - 1 (Youden, 1950).</summary>
    public double YoudenIndex => Sensitivity + Specificity - 1;

    /// <summary>
    /// The index balanced accuracy of the geometric mean: (1 + alpha (sensitivity - specificity)) M, M the geometric mean or its square
    /// (Garcia, Sanchez and Mollineda, 2012, "On the effectiveness of preprocessing methods when dealing with different levels of class imbalance",
    /// equation 6).
    /// </summary>
    /// <param name="alpha">How much the dominance of one class counts; 0.1 in the paper.</param>
    /// <param name="squared">Whether M is the squared geometric mean, as in the paper.</param>
    public double IndexBalancedAccuracy(double alpha = 0.1, bool squared = true) => IndexBalancedAccuracyOf(GeometricMean, alpha, squared);

    /// <summary>The index balanced accuracy of any metric between 0 and 1, with the dominance of these rates.</summary>
    /// <param name="value">The value of the metric.</param>
    /// <param name="alpha">How much the dominance of one class counts.</param>
    /// <param name="squared">Whether the value is squared first.</param>
    public double IndexBalancedAccuracyOf(double value, double alpha = 0.1, bool squared = true) =>
        (1 + alpha * (Sensitivity - Specificity)) * (squared ? value * value : value);
}
