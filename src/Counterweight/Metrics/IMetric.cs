namespace Counterweight;

/// <summary>A number that says how good predictions are. Metrics have no state: one instance may be used from many threads.</summary>
/// <seealso cref="Metric"/>
public interface IMetric
{
    /// <summary>The stable name, with its parameters where it has any: <c>balanced-accuracy</c>, <c>top-k(k=5)</c>.</summary>
    string Name { get; }

    /// <summary>Whether a larger value is better.</summary>
    bool HigherIsBetter { get; }

    /// <summary>Whether the metric reads scores or probabilities; otherwise it reads only the predicted classes.</summary>
    bool NeedsProbabilities { get; }

    /// <summary>Whether the metric is about costs that it was not given, so that <see cref="WithCosts"/> makes another of it.</summary>
    bool NeedsCosts => false;

    /// <summary>The metric for the user's costs; the same where it <see cref="NeedsCosts"/> not.</summary>
    /// <param name="costs">The costs.</param>
    IMetric WithCosts(CostMatrix costs) => this;

    /// <summary>The least value that the metric can have, which no interval may go below; minus infinity for none.</summary>
    /// <param name="classes">K.</param>
    double Lowest(int classes) => double.NegativeInfinity;

    /// <summary>The largest value that the metric can have, which no interval may go above; infinity for none.</summary>
    /// <param name="classes">K.</param>
    double Highest(int classes) => double.PositiveInfinity;

    /// <summary>Evaluates the metric.</summary>
    /// <param name="predictions">The predictions and the truth.</param>
    /// <returns>The value; the documentation of each metric says what it returns where its formula divides zero by zero.</returns>
    /// <exception cref="UnusableDataException">The metric is not defined for these rows (ROC AUC of a single class), or the predictions are
    /// malformed.</exception>
    /// <exception cref="InvalidOperationException">The predictions lack what the metric reads (<see cref="NeedsProbabilities"/>).</exception>
    double Evaluate(Predictions predictions);
}
