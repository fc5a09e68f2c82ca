namespace Counterweight;

/// <summary>A transform of the probabilities (calibration, prior correction), then a decision on the result.</summary>
public sealed class TransformedDecision : IDecision
{
    /// <summary>Creates the decision.</summary>
    /// <param name="transform">What is done to the probabilities first.</param>
    /// <param name="inner">The decision on the transformed probabilities.</param>
    /// <exception cref="ArgumentException">The numbers of classes differ.</exception>
    public TransformedDecision(IProbabilityTransform transform, IDecision inner)
    {
        ArgumentNullException.ThrowIfNull(transform);
        ArgumentNullException.ThrowIfNull(inner);
        if (transform.Classes != inner.Classes)
            throw new ArgumentException($"The transform has {transform.Classes} classes, the decision {inner.Classes}.", nameof(inner));
        (Transform, Inner) = (transform, inner);
    }

    /// <summary>What is done to the probabilities first.</summary>
    public IProbabilityTransform Transform { get; }

    /// <summary>The decision on the transformed probabilities.</summary>
    public IDecision Inner { get; }

    /// <inheritdoc/>
    public int Classes => Inner.Classes;

    /// <inheritdoc/>
    public string Description => $"{Transform.Name}, then {Inner.Description}";

    /// <inheritdoc/>
    public void Decide(ReadOnlySpan<double> probabilities, Span<int> decisions, int threads = 0) =>
        RowBlocks.Decide(probabilities, Classes, decisions, threads, (rows, results) =>
        {
            double[] transformed = new double[rows.Length];
            Transform.Transform(rows, transformed);
            Inner.Decide(transformed, results, 1);
        });
}
