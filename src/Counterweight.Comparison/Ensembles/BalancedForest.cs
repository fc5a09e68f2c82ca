namespace Counterweight.Comparison;

/// <summary>The balanced random forest of Chen, Liaw and Breiman (2004).</summary>
/// <remarks>
/// A tree sees a bootstrap sample of a cut: as many rows of every class as the smallest has, drawn without replacement. Drawn with replacement from all rows
/// of a class, as the paper has it, a larger class would keep nearly all of its draws distinct and the smallest two thirds of them; fully grown trees would
/// then give the larger class more room, and its recall would rise at the smallest class's cost. The sample is of the whole cut and not of each class: exactly
/// equal classes make splits that part one class or another from the rest equally pure, and where classes have few rows every tree would resolve such ties
/// alike. Each split sees the square root of the number of columns.
/// </remarks>
internal sealed class BalancedForest(MethodCall call) : IEnsemble
{
    public string Name => call.ToString();

    public bool TakesRowWeights => true;

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
        var classes = new RowsByClass(labels.Span, plan, Name);
        var bins = ColumnBins.From(features, classes, options.Seed, options.Threads);
        int columnsPerSplit = Math.Max(1, (int)Math.Sqrt(features.Columns));
        var trees = new GiniTree[call.Integer("members")];
        int next = -1;
        MemberFits.Run(Math.Clamp(options.Threads, 1, trees.Length), () =>
        {
            var draw = new Draw(classes, features.RowWeights);
            var grower = new TreeGrower(bins, classes.Labels, classes.Classes, columnsPerSplit);
            for (int i = Interlocked.Increment(ref next); i < trees.Length; i = Interlocked.Increment(ref next))
            {
                options.Cancellation.ThrowIfCancellationRequested();
                SeededRandom random = Streams.MemberRows(Streams.MemberSeed(options.Seed, i));
                draw.Next(ref random);
                trees[i] = grower.Grow(draw.Rows, draw.Times, random);
            }
        });
        return new ForestModel(trees, classes.Classes, features.Columns, features.Matrix.Names, options.Threads);
    }

    /// <summary>Draws the rows of trees, one after another in the same memory.</summary>
    private sealed class Draw(RowsByClass classes, ReadOnlyMemory<double> weights)
    {
        /// <summary>Of rows that weigh differently the sums up to each of the cut; the bootstrap draws in proportion to their weights.</summary>
        private readonly double[] sums = new double[weights.IsEmpty ? 0 : classes.Smallest * classes.Classes];

        private readonly int[] cut = new int[classes.Largest];
        private readonly int[] rows = new int[classes.Smallest * classes.Classes], times = new int[classes.Smallest * classes.Classes];
        private int count;

        /// <summary>The rows, each of them once.</summary>
        internal ReadOnlySpan<int> Rows => rows.AsSpan(0, count);

        /// <summary>How often each was drawn.</summary>
        internal ReadOnlySpan<int> Times => times.AsSpan(0, count);

        internal void Next(ref SeededRandom random)
        {
            count = 0;
            for (int c = 0; c < classes.Classes; c++)
            {
                Span<int> own = cut.AsSpan(0, classes[c].Length);
                classes[c].CopyTo(own);
                int number = Math.Min(classes.Smallest, own.Length);
                if (number < own.Length) RowsByClass.ToFront(own, number, ref random);
                own[..number].CopyTo(rows.AsSpan(count));
                count += number;
            }

            Array.Clear(times);
            if (weights.IsEmpty)
            {
                for (int i = 0; i < count; i++) times[random.NextInt32(count)]++;
            }
            else
            {
                double sum = 0;
                for (int i = 0; i < count; i++) sums[i] = sum += weights.Span[rows[i]];
                for (int i = 0; i < count; i++) times[RowsByClass.Drawn(sums.AsSpan(0, count), ref random)]++;
            }

            int kept = 0;
            for (int i = 0; i < count; i++)
                if (times[i] > 0) (rows[kept], times[kept++]) = (rows[i], times[i]);
            count = kept;
        }
    }
}
