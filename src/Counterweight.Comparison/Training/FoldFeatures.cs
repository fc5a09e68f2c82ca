using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>The features of one fold, prepared once for all candidates, with figures from its training rows only.</summary>
internal sealed class FoldFeatures : IDisposable
{
    private readonly BinStore store = new();
    private readonly Lazy<Preprocessor> preprocessor;
    private readonly Lazy<(FeatureTable Train, FeatureTable Test)> filled, raw;

    /// <summary>Prepares a fold.</summary>
    /// <param name="dataset">All rows.</param>
    /// <param name="fold">The fold.</param>
    /// <param name="groups">A group per row of all; empty for none.</param>
    internal FoldFeatures(Dataset dataset, Fold fold, int[] groups)
    {
        Fold = fold;
        TrainGroups = groups.Length == 0 ? null : Array.ConvertAll(fold.Train, i => groups[i]);
        TrainLabels = [.. fold.Train.Select(i => dataset.Labels[i])];
        TestLabels = [.. fold.Test.Select(i => dataset.Labels[i])];
        if (!dataset.SampleWeights.IsEmpty)
        {
            TrainWeights = Array.ConvertAll(fold.Train, i => dataset.SampleWeights.Span[i]);
            TestWeights = Array.ConvertAll(fold.Test, i => dataset.SampleWeights.Span[i]);
        }

        preprocessor = new(() => Preprocessor.Fit(dataset, fold.Train));
        filled = new(() => Both(true));
        raw = new(() => Both(false));

        (FeatureTable, FeatureTable) Both(bool fillIn) =>
            (preprocessor.Value.Transform(dataset, fold.Train, fillIn), preprocessor.Value.Transform(dataset, fold.Test, fillIn));
    }

    internal Fold Fold { get; }

    internal int[] TrainLabels { get; }

    internal int[] TestLabels { get; }

    /// <summary>A weight per training row, and per test row; empty where all count the same.</summary>
    internal double[] TrainWeights { get; } = [];

    internal double[] TestWeights { get; } = [];

    /// <summary>The group of each training row; null where every row stands alone.</summary>
    internal int[]? TrainGroups { get; }

    internal (FeatureTable Train, FeatureTable Test) Features(bool filledIn) => filledIn ? filled.Value : raw.Value;

    /// <summary>The bins of the training rows for all candidates.</summary>
    internal SharedBins Bins(bool filledIn) => new(store, Features(filledIn).Train.Matrix, filledIn ? "filled in" : "as they are");

    /// <summary>Frees the bins; no fit may be under way.</summary>
    public void Dispose() => store.Dispose();
}
