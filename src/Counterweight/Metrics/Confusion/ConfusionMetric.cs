namespace Counterweight;

/// <summary>A metric that derives from the confusion matrix.</summary>
internal sealed class ConfusionMetric(string name, bool higherIsBetter, Func<ConfusionMatrix, int, double> evaluate) : IMetric
{
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
