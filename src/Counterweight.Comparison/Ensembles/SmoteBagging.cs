namespace Counterweight.Comparison;

/// <summary>SMOTEBagging: every class as large as the largest; of a smaller class b% are drawn and the others made by SMOTE, b = 10, 20, ... 100 from member
/// to member.</summary>
internal sealed class SmoteBagging(MethodCall call) : IEnsemble
{
    public string Name => call.ToString();

    public bool TakesRowWeights => true;

    public bool NeedsFilledIn => true;

    public string? Refuses(ILearner learner, TrainingPlan plan) => Ensemble.Refuses(plan, Name);

    public IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        var classes = new RowsByClass(labels.Span, plan, Name, options.Groups);
        IModel[] models = MemberFits.FitAll(call.Integer("members"), options, (member, own) =>
        {
            SeededRandom random = Streams.MemberRows(own.Seed);
            int[] added = new int[classes.Classes];
            var drawn = new List<int>(classes.Largest * classes.Classes);
            for (int c = 0; c < classes.Classes; c++)
            {
                int real = classes[c].Length == classes.Largest ? classes.Largest : Math.Max(1, (int)((long)classes.Largest * ((member % 10) + 1) / 10));
                if (classes[c].Length > 0) added[c] = classes.Largest - real;
                RowsByClass.With(classes[c], real, drawn, ref random);
            }

            DrawnRows rows = AdaBoostM2.Take(features, classes, RowsByClass.Sorted(drawn));
            if (added.Any(a => a > 0))
                rows = Synthetic.Append(rows, Synthetic.Rows(features, classes, added, call.Integer("k"), own.Seed, threads: 1));
            return Member.Fit(learner, rows, plan, own);
        });
        return new EnsembleModel(models, [.. models.Select(_ => 1.0)], classes.Classes, options.Threads);
    }
}
