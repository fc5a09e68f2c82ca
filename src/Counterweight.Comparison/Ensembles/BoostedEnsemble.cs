namespace Counterweight.Comparison;

/// <summary>RUSBoost and SMOTEBoost: <see cref="AdaBoostM2"/> whose rounds see balanced rows.</summary>
internal sealed class BoostedEnsemble(MethodCall call, bool synthetic) : IEnsemble
{
    public string Name => call.ToString();

    public bool TakesRowWeights => true;

    public bool NeedsFilledIn => synthetic;

    /// <summary>Whether it makes rows between others.</summary>
    internal bool MakesRows => synthetic;

    public string? Refuses(ILearner learner, TrainingPlan plan) => Ensemble.Refuses(plan, Name);

    public IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options) =>
        AdaBoostM2.Fit(call.Integer("members"), learner, features, labels.ToArray(), plan, options, Name, synthetic ? FilledUp(options.Threads) : CutDown);

    private static DrawnRows CutDown(FeatureTable features, RowsByClass classes, double[]? weights, ref SeededRandom random)
    {
        if (weights is null) return AdaBoostM2.Take(features, classes, classes.Balanced(ref random));
        var drawn = new List<int>(classes.Smallest * classes.Classes);
        for (int c = 0; c < classes.Classes; c++) RowsByClass.Weighted(classes[c], weights, Math.Min(classes.Smallest, classes[c].Length), drawn, ref random);
        return AdaBoostM2.Take(features, classes, RowsByClass.Sorted(drawn));
    }

    private RoundRows FilledUp(int threads) => (FeatureTable features, RowsByClass classes, double[]? weights, ref SeededRandom random) =>
    {
        DrawnRows drawn = AdaBoostM2.SameCounts(features, classes, weights, ref random);
        int[] added = [.. Enumerable.Range(0, classes.Classes).Select(c => classes[c].Length == 0 ? 0 : classes.Largest - classes[c].Length)];
        return Synthetic.Append(drawn, Synthetic.Rows(features, classes, added, call.Integer("k"), random.NextInt64(long.MaxValue), threads));
    };
}
