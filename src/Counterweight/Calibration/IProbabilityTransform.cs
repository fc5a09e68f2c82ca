namespace Counterweight;

/// <summary>
/// Something that turns a model's probabilities into better ones before the decision: a <see cref="Calibrator"/> or a
/// <see cref="PriorCorrection"/>.
/// </summary>
/// <remarks>Probabilities are row-major (N, K); every row of the result sums to one.</remarks>
public interface IProbabilityTransform
{
    /// <summary>The number of classes K.</summary>
    int Classes { get; }

    /// <summary>What the transform is, in one stable word: <c>isotonic</c>, <c>prior-corrected</c>.</summary>
    string Name { get; }

    /// <summary>Transforms rows of probabilities.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="destination">Row-major (N, K); may be the same memory as <paramref name="probabilities"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of K.</exception>
    void Transform(ReadOnlySpan<double> probabilities, Span<double> destination);
}
