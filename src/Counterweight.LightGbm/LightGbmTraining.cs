namespace Counterweight.LightGbm;

/// <summary>What a training does beside growing trees: an own loss, validation data, reports.</summary>
public sealed record LightGbmTraining
{
    /// <summary>The loss to minimise instead of one of LightGBM's; see <see cref="BoostingObjective"/>.</summary>
    public IBoostingObjective? Objective { get; init; }

    /// <summary>Data to evaluate after each round, made with the training dataset as their reference. The first one decides early stopping.</summary>
    public IReadOnlyList<LightGbmValidation> Validation { get; init; } = [];

    /// <summary>Metrics of one's own, evaluated on all validation data.</summary>
    public IReadOnlyList<LightGbmEvaluator> Evaluators { get; init; } = [];

    /// <summary>Is told of every round, on the thread that trains.</summary>
    public Action<LightGbmProgress>? Progress { get; init; }

    /// <summary>
    /// The processes that train the model together, each with a dataset made for them (<see cref="LightGbmDatasetOptions.Machines"/>). Validation data are
    /// shares, too: mean losses are those of all rows, metrics of ranks such as <c>auc</c> are refused, and <see cref="Evaluators"/> have to bring their sums
    /// together themselves (<see cref="LightGbmMachines.Sum"/>), so that every process stops at the same round.
    /// </summary>
    public LightGbmMachines? Machines { get; init; }
}

/// <summary>Validation data with a name for reports.</summary>
/// <param name="Name">The name.</param>
/// <param name="Dataset">The data, made with the training dataset as <see cref="LightGbmDatasetOptions.Reference"/>.</param>
public sealed record LightGbmValidation(string Name, LightGbmDataset Dataset);

/// <summary>Computes a metric from scores.</summary>
/// <param name="scores">
/// The scores of the N rows, output by output (<c>scores[k * N + row]</c>): probabilities with one of LightGBM's objectives, raw scores with an
/// <see cref="LightGbmTraining.Objective"/>.
/// </param>
/// <param name="labels">The N labels.</param>
/// <param name="weights">The N weights, or nothing.</param>
public delegate double LightGbmEvaluation(ReadOnlySpan<double> scores, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights);

/// <summary>A metric of one's own.</summary>
/// <param name="Name">The name for reports and for <see cref="LightGbmParameters.EarlyStoppingMetric"/>.</param>
/// <param name="HigherIsBetter">Whether early stopping waits for higher values.</param>
/// <param name="Evaluate">Computes it.</param>
public sealed record LightGbmEvaluator(string Name, bool HigherIsBetter, LightGbmEvaluation Evaluate);

/// <summary>The value of a metric after a round.</summary>
/// <param name="Dataset">The name of the validation data.</param>
/// <param name="Metric">The name of the metric.</param>
/// <param name="Value">Its value.</param>
/// <param name="HigherIsBetter">Whether higher is better.</param>
public sealed record LightGbmMetricValue(string Dataset, string Metric, double Value, bool HigherIsBetter);

/// <summary>What is known after a round of boosting.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Rounds">The most rounds there can be.</param>
/// <param name="BestRound">The best round so far by the watched metric; the round itself without early stopping.</param>
/// <param name="Elapsed">The time since training began.</param>
/// <param name="Metrics">The metrics on the validation data, in the order of the data and then of the metrics.</param>
public sealed record LightGbmProgress(int Round, int Rounds, int BestRound, TimeSpan Elapsed, IReadOnlyList<LightGbmMetricValue> Metrics);
