namespace Counterweight;

/// <summary>A metric that reads scores or probabilities.</summary>
internal sealed class ScoredMetric(string name, bool higherIsBetter, Func<Predictions, double> evaluate) : IMetric
{
    public string Name => name;

    public bool HigherIsBetter => higherIsBetter;

    public bool NeedsProbabilities => true;

    public double Evaluate(Predictions predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        return evaluate(predictions);
    }
}
