namespace Counterweight;

/// <summary>The allocating forms of <see cref="IProbabilityTransform"/>.</summary>
public static class ProbabilityTransformExtensions
{
    /// <summary>Transforms rows of probabilities into a new array.</summary>
    /// <param name="transform">The transform.</param>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <returns>Row-major (N, K).</returns>
    public static double[] Transform(this IProbabilityTransform transform, ReadOnlySpan<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(transform);
        double[] destination = new double[probabilities.Length];
        transform.Transform(probabilities, destination);
        return destination;
    }
}
