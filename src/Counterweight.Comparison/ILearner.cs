using Counterweight.LightGbm;

namespace Counterweight.Comparison;

/// <summary>What is trained: it turns features and labels into a model, as a <see cref="TrainingPlan"/> asks.</summary>
/// <remarks>A learner keeps no state of its own: several threads may fit with one instance.</remarks>
public interface ILearner
{
    /// <summary>The stable name: <c>linear</c>.</summary>
    string Name { get; }

    /// <summary>Whether it needs missing numbers filled in; otherwise they reach it as NaN.</summary>
    bool NeedsFilledIn { get; }

    /// <summary>
    /// What decides, beside the plan, which model a fit gives: an interrupted run takes up finished folds only of the learner that made them. By default the
    /// type and the version of its assembly; a learner with settings of its own adds them.
    /// </summary>
    string Fingerprint => $"{GetType().FullName} {GetType().Module.ModuleVersionId}";

    /// <summary>What the learner lacks on this machine, a native library mostly, and what to do about it; null where it can train.</summary>
    string? Lacks => null;

    /// <summary>Says whether the learner can do what a plan asks.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>The reason why not, or null if it can.</returns>
    string? Refuses(TrainingPlan plan);

    /// <summary>Fits a model.</summary>
    /// <param name="features">The training rows, N x D.</param>
    /// <param name="labels">A code per row, N values in 0..K-1.</param>
    /// <param name="plan">How to train; its resampler and ensemble have been carried out already.</param>
    /// <param name="options">Seed, threads and cancellation.</param>
    /// <returns>A model that gives K probabilities per row.</returns>
    IModel Fit(FeatureTable features, ReadOnlyMemory<int> labels, TrainingPlan plan, FitOptions options);

    /// <summary>Reads a model that <see cref="IModel.Save"/> wrote.</summary>
    /// <param name="folder">The folder it was written to.</param>
    /// <exception cref="UnusableDataException">The folder holds no such model.</exception>
    IModel Load(string folder);
}

/// <summary>A learner that takes texts as they are; others get their most telling n-grams as columns.</summary>
internal interface ITextLearner;

/// <summary>A learner that can say beforehand what a fit takes.</summary>
internal interface IForecastLearner
{
    /// <summary>Seconds of one processor for a fit, measured on two processors of 2.5 GHz or so; right within a factor of two is enough.</summary>
    /// <param name="rows">Training rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="width">Columns with one per level of a category.</param>
    /// <param name="classes">K.</param>
    double ForecastSeconds(long rows, int columns, int width, int classes);
}

/// <summary>A fitted model.</summary>
public interface IModel : IDisposable
{
    /// <summary>Gives the probability of every class for every row.</summary>
    /// <param name="features">N rows with the columns of training.</param>
    /// <returns>N x K probabilities, row-major; every row sums to one.</returns>
    double[] Predict(FeatureTable features);

    /// <summary>Writes the model into an existing folder.</summary>
    /// <param name="folder">The folder.</param>
    void Save(string folder);
}

/// <summary>What every fit is given besides the rows and the plan.</summary>
/// <param name="Seed">The seed of every random choice.</param>
/// <param name="Threads">How many threads the fit may use.</param>
/// <param name="Cancellation">Asks the fit to stop.</param>
public sealed record FitOptions(long Seed, int Threads = 1, CancellationToken Cancellation = default)
{
    /// <summary>Of how many models of an ensemble this is one; 1 for a model that stands alone. A learner may spend less on each of many, whose mean evens out
    /// what each lacks.</summary>
    public int Members { get; init; } = 1;

    /// <summary>
    /// A model of the same plan and of nearly the same rows, where there is one: a learner may start from it, or take over what it found out about how long to
    /// train. It is a model of the training rows of a fold, for the inner fits on parts of them.
    /// </summary>
    internal IModel? Near { get; init; }

    /// <summary>A group per row, for learners that hold rows out: rows of one group hang together, and those of negative groups cannot judge. Null where every
    /// row stands alone.</summary>
    internal int[]? Groups { get; init; }

    /// <summary>The processes that train the model together, of whose rows these are a share; null where all rows are here.</summary>
    internal LightGbmMachines? Machines { get; init; }

    /// <summary>The bins of the rows, where other fits train on the same rows; null where none do.</summary>
    internal SharedBins? Bins { get; init; }

    /// <summary>What the rows were before a resampler changed them; null where none did.</summary>
    internal UnresampledRows? Original { get; init; }
}

/// <summary>Training rows before a resampler changes them, so that rows can be held out that have no kin among those that were made.</summary>
/// <param name="Features">The rows.</param>
/// <param name="Labels">Their codes.</param>
/// <param name="Groups">A group per row; null where every row stands alone.</param>
/// <param name="Resample">Some of the rows, resampled, with their codes; null if they are too few for it.</param>
internal sealed record UnresampledRows(
    FeatureTable Features, ReadOnlyMemory<int> Labels, int[]? Groups, Func<int[], (FeatureTable Features, int[] Labels)?> Resample);
