namespace Counterweight;

/// <summary>A metric that reads scores or probabilities.</summary>
internal sealed class ScoredMetric(string name, bool higherIsBetter, Func<Predictions, double> evaluate) : IMetric
{
    /// <summary>The least and the largest value for a number of classes; a share of one unless said otherwise.</summary>
    internal Func<int, (double Lowest, double Highest)> Range { get; init; } = _ => (0, 1);

    public double Lowest(int classes) => Range(classes).Lowest;

    public double Highest(int classes) => Range(classes).Highest;

    public string Name => name;

    public bool HigherIsBetter => higherIsBetter;

    public bool NeedsProbabilities => true;

    public double Evaluate(Predictions predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        return evaluate(predictions);
    }
}
