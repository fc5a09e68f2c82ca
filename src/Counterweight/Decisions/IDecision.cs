namespace Counterweight;

/// <summary>The step from probabilities to a class.</summary>
/// <remarks>Implementations have no state that changes and may be used from many threads.</remarks> <seealso cref="Decision"/>
public interface IDecision
{
    /// <summary>The number of classes K.</summary>
    int Classes { get; }

    /// <summary>What is decided and how, in one short line: <c>class 1 from 0.37</c>.</summary>
    string Description { get; }

    /// <summary>Decides rows.</summary>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="decisions">Receives N classes 0..K-1.</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="UnusableDataException">A probability is NaN.</exception>
    void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0);
}
