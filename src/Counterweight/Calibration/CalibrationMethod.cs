namespace Counterweight;

/// <summary>A way to calibrate, not yet fitted; made by <see cref="Calibrator.Catalogue"/>.</summary>
public sealed class CalibrationMethod
{
    private readonly CalibrationFit fit;

    internal CalibrationMethod(string name, CalibrationFit fit) => (Name, this.fit) = (name, fit);

    /// <summary>The stable name: <c>isotonic</c>.</summary>
    public string Name { get; }

    /// <summary>Fits a calibrator.</summary>
    /// <param name="probabilities">Row-major (N, K): probabilities of rows the model was not trained on.</param>
    /// <param name="labels">N labels 0..K-1.</param>
    /// <param name="classes">K.</param>
    /// <param name="weights">N row weights, or empty for ones.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="UnusableDataException">A value cannot be used.</exception>
    public Calibrator Fit(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights = default)
    {
        RowChecks.RowsToFit(probabilities, labels, classes, weights);
        return fit(probabilities, labels, classes, weights);
    }
}

internal delegate Calibrator CalibrationFit(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights);
