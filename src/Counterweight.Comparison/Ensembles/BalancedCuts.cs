namespace Counterweight.Comparison;

/// <summary>How the rows of a member are drawn.</summary>
internal enum CutKind
{
    /// <summary>All of the smallest class, as many of the others without replacement.</summary>
    AllOfTheSmallest,

    /// <summary>As many of every class as the smallest has, with replacement.</summary>
    WithReplacement,

    /// <summary>A bootstrap sample of all rows, its classes cut to the smallest.</summary>
    BalancedBootstrap,

    /// <summary>The smallest class with replacement, and a number of the others from the negative binomial distribution.</summary>
    RoughlyBalanced,
}

/// <summary>Members on balanced cuts that do not depend on each other: EasyEnsemble, balanced bagging, under-bagging.</summary>
/// <remarks>
/// The members are fitted side by side. The mean of their probabilities is the probability of the ensemble; Liu, Wu and Zhou (2009) sum
/// the scores of AdaBoost instead, which have no scale of their own.
/// </remarks>
internal sealed class BalancedCuts(MethodCall call, CutKind kind, int rounds) : IEnsemble
{
    public string Name => call.ToString();

    public bool TakesRowWeights => true;

    public bool NeedsFilledIn => false;

    public string? Refuses(ILearner learner, TrainingPlan plan) => Ensemble.Refuses(plan, Name);

    public IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        var classes = new RowsByClass(labels.Span, plan, Name);
        int members = call.Integer("members");
        IModel[] models = MemberFits.FitAll(members, options, (_, own) =>
        {
            SeededRandom random = Streams.MemberRows(own.Seed);
            int[] rows = Draw(classes, ref random);
            return rounds == 1
                ? Member.Fit(learner, features, classes.Labels, rows, plan, own)
                : AdaBoostM2.Fit(rounds, learner, features.Select(rows), Array.ConvertAll(rows, r => classes.Labels[r]), plan,
                    own with { Groups = RowsByClass.GroupsOf(rows, own.Groups) }, Name, AdaBoostM2.SameCounts);
        });
        return new EnsembleModel(models, [.. models.Select(_ => 1.0)], classes.Classes, options.Threads);
    }

    private int[] Draw(RowsByClass classes, ref SeededRandom random)
    {
        if (kind == CutKind.AllOfTheSmallest) return classes.Balanced(ref random);
        var rows = new List<int>();
        int number = kind == CutKind.BalancedBootstrap ? SmallestOfBootstrap(classes, ref random) : classes.Smallest;
        for (int c = 0; c < classes.Classes; c++)
        {
            int own = kind == CutKind.RoughlyBalanced && classes[c].Length > classes.Smallest ? Math.Max(1, NegativeBinomial(number, ref random)) : number;

            // Rows drawn without replacement out of a bootstrap sample are rows drawn with replacement.
            RowsByClass.With(classes[c], own, rows, ref random);
        }

        return RowsByClass.Sorted(rows);
    }

    private static int SmallestOfBootstrap(RowsByClass classes, ref SeededRandom random)
    {
        int[] counts = new int[classes.Classes];
        for (int i = 0; i < classes.Labels.Length; i++) counts[classes.Labels[random.NextInt32(classes.Labels.Length)]]++;
        int smallest = int.MaxValue;
        for (int c = 0; c < counts.Length; c++)
            if (classes[c].Length > 0) smallest = Math.Min(smallest, counts[c]);
        return Math.Max(2, smallest);
    }

    /// <summary>The failures before a number of successes of a fair coin.</summary>
    private static int NegativeBinomial(int successes, ref SeededRandom random)
    {
        int failures = 0;
        for (int found = 0; found < successes;)
        {
            if ((random.NextUInt64() & (1UL << 40)) != 0) found++;
            else failures++;
        }

        return failures;
    }
}
