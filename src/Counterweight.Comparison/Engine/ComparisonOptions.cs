using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What is compared, and how.</summary>
public sealed record ComparisonOptions
{
    /// <summary>The metric that decides. Balanced accuracy by default.</summary>
    public IMetric Metric { get; init; } = Counterweight.Metric.BalancedAccuracy;

    /// <summary>The learners by name; <see cref="LearnerCatalogue.Default"/> if empty.</summary>
    public IReadOnlyList<string> Learners { get; init; } = [];

    /// <summary>The remedies; <see cref="DefaultRemedies.For"/> if empty. Doing nothing always takes part.</summary>
    public IReadOnlyList<Remedy> Remedies { get; init; } = [];

    /// <summary>Remedies whose parameters are searched by successive halving; the best of each space become candidates. None by default.</summary>
    public IReadOnlyList<RemedySpace> Searches { get; init; } = [];

    /// <summary>How many configurations a range is searched with, 9 by default; see <see cref="RemedySpace.Configurations"/>.</summary>
    public int SearchSize { get; init; } = 9;

    /// <summary>Metrics that matter beside <see cref="Metric"/>: they do not decide, but with it they span the Pareto front. None by default.</summary>
    public IReadOnlyList<IMetric> Also { get; init; } = [];

    /// <summary>Learners that are not in <see cref="LearnerCatalogue"/>, such as a <see cref="ModuleLearner"/>; they take part beside those in
    /// <see cref="Learners"/>.</summary>
    public IReadOnlyList<ILearner> OwnLearners { get; init; } = [];

    /// <summary>Training programs of the user's, which take part beside the learners; with them and no learner named, they alone do.</summary>
    public IReadOnlyList<ExternalTrainer> Trainers { get; init; } = [];

    /// <summary>How the fits of <see cref="Trainers"/> are run; needed with them. With
    /// <see cref="TrainerSettings.FitCommand"/> those of learners, too.</summary>
    public TrainerSettings? TrainerSettings { get; init; }

    /// <summary>The fits of programs while a comparison runs.</summary>
    internal Lazy<TrainerFits>? Fits { get; init; }

    /// <summary>How the file of the rows was read, for the models that are made of them; null if they came from no file.</summary>
    internal DatasetOptions? Reading { get; init; }

    /// <summary>What fits the tool's own learners in other processes while a comparison runs; null to fit them in this one.</summary>
    internal LearnerProcesses? Processes { get; init; }

    /// <summary>
    /// The share of the rows to hold out: every candidate is judged on one split, with <see cref="Seeds"/> seeds, in place of a cross-validation. Null for
    /// none.
    /// </summary>
    public double? Holdout { get; init; }

    /// <summary>How many seeds judge a <see cref="Holdout"/>; 1 by default. The intervals carry what rows and seeds may have done.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>
    /// How many folds a repeat has, 2 or more. 0, the default, takes 5, and fewer, with a warning, where a class has fewer rows or groups; the options of a
    /// result hold the number that was used. A stated number is kept to, or refused.
    /// </summary>
    public int Folds { get; init; }

    /// <summary>
    /// How often the cross-validation is repeated in a new order. 0, the default, lets the data decide: 2, and up to 10 where the rarest class has fewer than
    /// 200 rows, since the order then moves the figures most; fewer where they would take long (<see cref="Thorough"/>). The options of a result hold the
    /// number that was used.
    /// </summary>
    public int Repeats { get; init; }

    /// <summary>The seed of every random choice.</summary>
    public long Seed { get; init; }

    /// <summary>How many fits run at a time; 0 means one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>What errors cost; null if the user did not say.</summary>
    public CostMatrix? Costs { get; init; }

    /// <summary>The code of the class that a binary problem calls positive; the rarer class if null.</summary>
    public int? PositiveClass { get; init; }

    /// <summary>A group per row: rows of one group stay on one side of every split. Null for none.</summary>
    public IReadOnlyList<int>? Groups { get; init; }

    /// <summary>
    /// A time per row, in any unit: every fold trains on the past and is judged on the time after it (<see cref="TimeFolds"/>), once whatever
    /// <see cref="Repeats"/> says. Null for none.
    /// </summary>
    public IReadOnlyList<double>? Times { get; init; }

    /// <summary>When to stop with the best answer so far; null for never.</summary>
    public TimeSpan? TimeBudget { get; init; }

    /// <summary>
    /// Whether everything is carried out however long it takes. By default what would take longer than about two minutes on two processors is cut: repeats of
    /// the cross-validation first, then candidates that do badly on a part of the rows, unless you named the remedies. What is cut depends on the data alone,
    /// not on the machine; <see cref="ComparisonResult.Effort"/> says what it was. A <see cref="TimeBudget"/> takes the place of it.
    /// </summary>
    public bool Thorough { get; init; }

    /// <summary>The work of a run that is not <see cref="Thorough"/>, in seconds of one processor by forecast; null for the usual.</summary>
    internal double? ProcessorSeconds { get; init; }

    /// <summary>Whether candidates that are clearly worse than the best stop before the last fold.</summary>
    public bool Racing { get; init; } = true;

    /// <summary>Differences in the metric below this are practically none: half the width of the region of practical equivalence.</summary>
    public double Equivalence { get; init; } = 0.005;

    /// <summary>What decides whether a candidate beats doing nothing.</summary>
    public SignificanceTest Test { get; init; } = SignificanceTest.Corrected;

    /// <summary>The posterior chance of being better that the Bayesian test asks for.</summary>
    public double Certainty { get; init; } = 0.95;

    /// <summary>How many folds the inner cross-validation has that tunes thresholds and offsets.</summary>
    public int InnerFolds { get; init; } = 4;
}
