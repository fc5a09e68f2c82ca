namespace Counterweight;

/// <summary>A metric that derives from the confusion matrix.</summary>
internal sealed class ConfusionMetric(string name, bool higherIsBetter, Func<ConfusionMatrix, int, double> evaluate) : IMetric
{
    /// <summary>Whether the value is a mean of costs, one per cell of the matrix.</summary>
    internal bool IsCost { get; init; }

    public bool NeedsCosts { get; init; }

    public IMetric WithCosts(CostMatrix costs) => NeedsCosts ? Metric.ExpectedCost(costs) : this;

    public string Name => name;

    public bool HigherIsBetter => higherIsBetter;

    public bool NeedsProbabilities => false;

    public double Evaluate(Predictions predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        return Evaluate(predictions.Confusion, predictions.PositiveClass);
    }

    /// <summary>Evaluates a matrix; the positive class is passed on as -1 unless the problem is binary.</summary>
    internal double Evaluate(ConfusionMatrix matrix, int positiveClass) => evaluate(matrix, matrix.Classes == 2 ? positiveClass : -1);
}
