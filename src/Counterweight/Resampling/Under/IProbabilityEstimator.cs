using System.Numerics;

namespace Counterweight;

/// <summary>A classifier as <see cref="InstanceHardnessThreshold"/> needs it: trained on some rows, it gives class probabilities for others.</summary>
public interface IProbabilityEstimator
{
    /// <summary>Trains on some rows and estimates the classes of others.</summary>
    /// <typeparam name="T">The type of a value: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="train">The rows to learn from, N x D.</param>
    /// <param name="labels">Their class codes, in 0..<paramref name="classes"/>-1; a class may be absent.</param>
    /// <param name="classes">The number of classes, K.</param>
    /// <param name="test">The rows to estimate, M x D.</param>
    /// <param name="seed">The seed of every random choice.</param>
    /// <param name="threads">The number of threads; 0 for every processor. The result must not depend on it.</param>
    /// <returns>The probabilities, row-major M x K.</returns>
    double[] Estimate<T>(SampleMatrix<T> train, ReadOnlySpan<int> labels, int classes, SampleMatrix<T> test, long seed, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
