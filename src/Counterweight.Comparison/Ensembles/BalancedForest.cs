using System.Runtime.InteropServices;

namespace Counterweight.Comparison;

/// <summary>The balanced random forest of Chen, Liaw and Breiman (2004).</summary>
/// <remarks>
/// A tree sees as many rows of every class as the smallest has: a cut without replacement, and of it a bootstrap sample, class by class. Drawn with replacement from all
/// rows, as the paper has it, a larger class would keep nearly all of its draws distinct and the smallest two thirds of them; fully grown trees would then give the larger
/// class more room, and its recall would rise at the smallest class's cost. Each split sees the square root of the number of columns.
/// </remarks>
internal sealed class BalancedForest(MethodCall call) : IEnsemble
{
    public string Name => call.ToString();

    public bool NeedsFilledIn => false;

    public string? Refuses(ILearner learner, TrainingPlan plan)
    {
        if (learner is not GbdtLearner) return $"ensemble:{Name} is made of trees; for {learner.Name} it is ensemble:under-bagging.";
        return plan.Loss is null ? Ensemble.Refuses(plan, Name) : $"ensemble:{Name} grows its trees by impurity, so that it takes no loss.";
    }

    public IModel Fit(ILearner learner, FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(options);
        options.Cancellation.ThrowIfCancellationRequested();
        var classes = new ClassRows(labels.Span, plan, Name);
        var bins = ColumnBins.From(features, classes, options.Seed, options.Threads);
        int columnsPerSplit = Math.Max(1, (int)Math.Sqrt(features.Columns));
        var trees = new GiniTree[call.Integer("members")];
        int next = -1;
        Work.Run(Math.Clamp(options.Threads, 1, trees.Length), () =>
        {
            for (int i = Interlocked.Increment(ref next); i < trees.Length; i = Interlocked.Increment(ref next))
            {
                options.Cancellation.ThrowIfCancellationRequested();
                var random = new SeededRandom(Work.SeedOf(options.Seed, i), 1);
                int[] rows = Draw(classes, ref random);
                trees[i] = GiniTree.Grow(bins, rows, classes.Labels, classes.Classes, columnsPerSplit, random);
            }
        });
        return new ForestModel(trees, classes.Classes, features.Columns, features.Matrix.Names, options.Threads);
    }

    private static int[] Draw(ClassRows classes, ref SeededRandom random)
    {
        var drawn = new List<int>(classes.Smallest * classes.Classes);
        var cut = new List<int>(classes.Smallest);
        for (int c = 0; c < classes.Classes; c++)
        {
            cut.Clear();
            ClassRows.Without(classes[c], classes.Smallest, cut, ref random);
            ClassRows.With(CollectionsMarshal.AsSpan(cut), cut.Count, drawn, ref random);
        }

        return ClassRows.Sorted(drawn);
    }
}
