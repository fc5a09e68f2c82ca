using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>The features of one fold, prepared once for all candidates, with figures from its training rows only.</summary>
internal sealed class FoldFeatures
{
    private readonly Lazy<Preprocessor> preprocessor;
    private readonly Lazy<(FeatureTable Train, FeatureTable Test)> filled, raw;

    internal FoldFeatures(Dataset dataset, Fold fold)
    {
        Fold = fold;
        TrainLabels = [.. fold.Train.Select(i => dataset.Labels[i])];
        TestLabels = [.. fold.Test.Select(i => dataset.Labels[i])];
        preprocessor = new(() => Preprocessor.Fit(dataset, fold.Train));
        filled = new(() => Both(true));
        raw = new(() => Both(false));

        (FeatureTable, FeatureTable) Both(bool fillIn) =>
            (preprocessor.Value.Transform(dataset, fold.Train, fillIn), preprocessor.Value.Transform(dataset, fold.Test, fillIn));
    }

    internal Fold Fold { get; }

    internal int[] TrainLabels { get; }

    internal int[] TestLabels { get; }

    internal (FeatureTable Train, FeatureTable Test) Features(bool filledIn) => filledIn ? filled.Value : raw.Value;
}
