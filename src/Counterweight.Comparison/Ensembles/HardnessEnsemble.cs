namespace Counterweight.Comparison;

/// <summary>Members one after the other, each on rows that were chosen by how hard the members before found them.</summary>
internal abstract class HardnessEnsemble(MethodCall call) : IEnsemble
{
    public string Name => call.ToString();

    public bool TakesRowWeights => true;

    public bool NeedsFilledIn => false;

    protected MethodCall Call => call;

    public string? Refuses(ILearner learner, TrainingPlan plan) => Ensemble.Refuses(plan, Name);

    public IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        var classes = new RowsByClass(labels.Span, plan, Name);
        int members = call.Integer("members"), n = labels.Length, k = classes.Classes;
        double[] last = new double[n], mean = new double[n];
        Choice choose = Begin(classes, members);
        var models = new List<IModel>();
        try
        {
            for (int member = 0; member < members; member++)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                long seed = Streams.MemberSeed(options.Seed, member);
                SeededRandom random = Streams.MemberRows(seed);
                var rows = new List<int>(classes.Smallest * k);
                for (int c = 0; c < k; c++)
                {
                    if (classes[c].Length == classes.Smallest) rows.AddRange(classes[c]);
                    else if (classes[c].Length > 0) choose(member, c, last, mean, rows, ref random);
                }

                IModel model = Member.Fit(
                    learner, features, classes.Labels, RowsByClass.Sorted(rows), plan,
                    options with { Seed = seed, Threads = MemberFits.ThreadsAlone(learner, options), Members = members });
                models.Add(model);
                if (member == members - 1) break;
                double[] p = model.Predict(features);
                for (int i = 0; i < n; i++)
                {
                    last[i] = 1 - p[(i * k) + classes.Labels[i]];
                    mean[i] += (last[i] - mean[i]) / (member + 1);
                }
            }

            return new EnsembleModel(models, [.. models.Select(_ => 1.0)], k, options.Threads);
        }
        catch
        {
            foreach (IModel model in models) model.Dispose();
            throw;
        }
    }

    /// <summary>Starts a fit: what is remembered from member to member lives in the returned function.</summary>
    protected abstract Choice Begin(RowsByClass classes, int members);

    /// <summary>Chooses the rows of a class that is larger than the smallest.</summary>
    /// <param name="member">The member, from 0.</param>
    /// <param name="c">The class.</param>
    /// <param name="last">1 - p(y_i) of every row by the member before.</param>
    /// <param name="mean">Its mean over the members before.</param>
    /// <param name="rows">Receives as many rows as the smallest class has.</param>
    /// <param name="random">The generator of the member.</param>
    protected delegate void Choice(int member, int c, double[] last, double[] mean, List<int> rows, ref SeededRandom random);
}
