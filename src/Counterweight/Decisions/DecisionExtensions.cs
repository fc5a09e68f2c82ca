namespace Counterweight;

/// <summary>The allocating forms of <see cref="IDecision"/>.</summary>
public static class DecisionExtensions
{
    /// <summary>Decides rows into a new array.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="probabilities">Row-major (N, K).</param>
    /// <param name="threads">The largest number of threads; 0 means all processors.</param>
    /// <returns>N classes 0..K-1.</returns>
    /// <exception cref="ArgumentException">The number of values is no multiple of K.</exception>
    /// <exception cref="UnusableDataException">A probability is NaN.</exception>
    public static int[] Decide(this IDecision decision, ReadOnlySpan<double> probabilities, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(decision);
        int[] decisions = new int[RowChecks.Shape(probabilities, decision.Classes)];
        decision.Decide(probabilities, decisions, threads);
        return decisions;
    }
}
