using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>Tries remedies on the same folds of a data set and says which helps, by how much, and with what certainty.</summary>
/// <remarks>
/// Every candidate sees the same folds and seeds. Everything that learns from data (scales, levels, weights, resampling, tuned thresholds) learns
/// inside the training rows of a fold. Differences to doing nothing are judged by the corrected resampled t-test with Holm's correction.
/// </remarks>
/// <example>
/// <code>
/// Dataset data = DatasetReader.Read("samples/lending-club.csv", "Class");
/// ComparisonResult result = RemedyComparison.Run(data, new ComparisonOptions { Remedies = Remedy.ParseList("none, weights:balanced") });
/// string answer = result.Recommendation.Reason;
/// </code>
/// </example>
public static class RemedyComparison
{
    /// <summary>Runs a comparison.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="options">What to compare; the defaults if null.</param>
    /// <param name="progress">Is told of every finished fit.</param>
    /// <param name="store">Keeps finished folds, so that an interrupted run goes on; null for none.</param>
    /// <param name="cancellation">Ends the run with the answer so far.</param>
    /// <exception cref="UnusableDataException">The data cannot be compared on: a class has fewer rows than folds, there is no feature, ...</exception>
    /// <exception cref="FormatException">A learner is unknown.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled before one fold was judged.</exception>
    /// <exception cref="TimeoutException">The time budget ended before one fold was judged.</exception>
    public static ComparisonResult Run(
        Dataset dataset, ComparisonOptions? options = null, IProgress<ComparisonProgress>? progress = null, RunStore? store = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Carried(dataset, options ?? new ComparisonOptions(), carried =>
        {
            var run = new ComparisonRun(dataset, carried, store);
            run.Execute(progress, cancellation);
            return run.Result();
        });
    }

    /// <summary>Trains one shard of a comparison into a store of its own.</summary>
    /// <returns>How many candidates were judged on a fold, and why others failed.</returns>
    /// <exception cref="ArgumentException">There are searches or a time budget, which need the results of all shards.</exception>
    internal static (int Judged, IReadOnlyList<string> Failures) RunShard(
        Dataset dataset, ComparisonOptions options, Shard shard, RunStore store, IProgress<ComparisonProgress>? progress, CancellationToken cancellation)
    {
        if (options.Searches.Count > 0)
            throw new ArgumentException("A search goes by the results of all fits so far, which a shard does not have. Name remedies without ranges.");
        if (options.TimeBudget is not null) throw new ArgumentException("A shard has no time budget: what it leaves out, the others cannot make up for.");
        return Carried(dataset, options with { Thorough = true }, carried => ShardRun.Execute(dataset, carried, shard, store, progress, cancellation));
    }

    private static T Carried<T>(Dataset dataset, ComparisonOptions options, Func<ComparisonOptions, T> run)
    {
        Lazy<TrainerFits>? fits = options.TrainerSettings is not TrainerSettings settings ? null
            : new(() => new TrainerFits(dataset, settings, options.PositiveClass ?? dataset.CountLabels().Rarest, options.Costs, options.Trainers));
        try
        {
            ComparisonOptions carried = options with { Fits = fits };
            if (fits is not null && options.TrainerSettings!.FitCommand.Count > 0)
            {
                // How many processes run at a time is the matter of their pool; here each has a thread that waits for it.
                int threads = Workers.Number(options.Threads);
                carried = carried with
                {
                    Processes = new LearnerProcesses(dataset, options, fits),
                    Threads = Math.Max(threads, options.TrainerSettings.Jobs),
                };
            }

            return run(carried);
        }
        finally
        {
            if (fits is { IsValueCreated: true }) fits.Value.Dispose();
        }
    }

    /// <summary>Says what a comparison would train, and trains nothing.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="options">What to compare; the defaults if null.</param>
    /// <exception cref="UnusableDataException">The data cannot be compared on.</exception>
    public static ComparisonPlan Plan(Dataset dataset, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return new ComparisonRun(dataset, options ?? new ComparisonOptions(), null).Plan();
    }

    /// <summary>Compares remedies on the user's own module.</summary>
    /// <param name="module">Makes a fresh module from (N, features) rows to (N, classes) logits; it is called once per fit.</param>
    /// <param name="dataset">The rows.</param>
    /// <param name="remedies">The remedies; the default ones if null.</param>
    /// <param name="options">Folds, metric, seed and more; learners that it names take part too. The defaults if null.</param>
    /// <param name="cancellation">Ends the run with the answer so far.</param>
    /// <returns>The result; the module is its learner <c>module</c>.</returns>
    /// <exception cref="UnusableDataException">The data cannot be compared on.</exception>
    /// <exception cref="InvalidOperationException">The module cannot be trained: it has no parameters, or gives something else than a logit per
    /// class.</exception>
    /// <example>
    /// <code>
    /// Dataset data = DatasetReader.Read("samples/hpc-jobs.csv", "class");
    /// ComparisonResult result = RemedyComparison.Run(
    /// (features, classes) =&gt; nn.Sequential(nn.Linear(features, 32), nn.ReLU(), nn.Linear(32, classes)), data, Remedy.ParseList("none, weights:balanced"));
    /// </code>
    /// </example>
    public static ComparisonResult Run(
        ModuleFactory module, Dataset dataset, IReadOnlyList<Remedy>? remedies = null, ComparisonOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new ComparisonOptions();
        return Run(
            dataset, options with { OwnLearners = [.. options.OwnLearners, new ModuleLearner("module", module)], Remedies = remedies ?? options.Remedies },
            cancellation: cancellation);
    }
}
