namespace Counterweight;

/// <summary>A metric that derives from the confusion matrix.</summary>
internal sealed class ConfusionMetric(string name, bool higherIsBetter, Func<ConfusionMatrix, int, double> evaluate) : IMetric
{
    /// <summary>Whether the value is a mean of costs, one per cell of the matrix.</summary>
    internal bool IsCost { get; init; }

    public bool NeedsCosts { get; init; }

    public IMetric WithCosts(CostMatrix costs) => NeedsCosts ? Metric.ExpectedCost(costs) : this;

    /// <summary>The least and the largest value for a number of classes; a share of one unless said otherwise.</summary>
    internal Func<int, (double Lowest, double Highest)> Range { get; init; } = _ => (0, 1);

    public double Lowest(int classes) => Range(classes).Lowest;

    public double Highest(int classes) => Range(classes).Highest;

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
