using Microsoft.ML;

namespace Counterweight.ML;

/// <summary>The two sides of a split: rows to train on and rows to judge on. Both read the view that was split; no row is copied.</summary>
/// <param name="TrainSet">The rows to train on.</param>
/// <param name="TestSet">The rows to judge on.</param>
public sealed record TrainTestViews(IDataView TrainSet, IDataView TestSet);
