using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What a run goes by from beginning to end: the rows, the options with defaults filled in, learners, folds and metrics.</summary>
internal sealed class RunTerms
{
    private RunTerms(Dataset dataset, ComparisonOptions given, List<Warning> warnings)
    {
        Dataset = dataset;
        Counts = dataset.CountLabels();
        OptionChecks.Rows(dataset, Counts, given);
        PositiveClass = given.PositiveClass ?? Counts.Rarest;
        Options = Filled(given, warnings);
        Learners =
        [
            .. Options.Learners.Distinct(StringComparer.OrdinalIgnoreCase).Select(LearnerCatalogue.All.Create), .. Options.OwnLearners, .. Options.Trainers,
        ];
        Effort = Effort.Of(
            dataset, Counts, Options, Learners, Options.Repeats, given is { Repeats: 0, Holdout: null, Times: null },
            given.Remedies.Count + given.Searches.Count == 0);
        Options = Options with { Repeats = Effort.Repeats };
        OptionChecks.Options(Options, dataset, Counts.Classes);
        // Without columns no row can repeat another.
        Groups = dataset.Columns.Count == 0 ? [.. Options.Groups ?? []]
            : DataChecks.Groups(dataset, Options.Groups, Options.Folds > 0 ? Options.Folds : RunFolds.Fewest, warnings);
        if (dataset.Columns.Count > 0) DataChecks.Warn(dataset, Counts, warnings);
        (Folds, Options) = RunFolds.Resolve(dataset, Counts, Groups, Options, warnings);
        TestShare = Options.Times is null && Options.Holdout is null ? 1.0 / (Options.Folds - 1) : TimeFolds.TestShare(Folds);
        if (dataset.Columns.Count > 0) Preprocessor.Check(dataset, Folds.Select(f => (f.Train, f.Test)));
        if (Options.Processes is null && Learners.FirstOrDefault(l => l.Lacks is not null) is { } lacking)
            throw new DllNotFoundException($"{lacking.Name} cannot train here. {lacking.Lacks}");
        if (Learners.Select(l => l.Name).Distinct(StringComparer.Ordinal).Count() < Learners.Count)
            throw new ArgumentException($"Two learners have one name: {string.Join(", ", Learners.Select(l => l.Name))}.");
        Fit = new FitTerms(dataset.ClassNames, PositiveClass, Options.Metric, Options.Costs, Options.Seed, Options.InnerFolds)
        {
            Processes = Options.Processes,
        };
        if (Effort.ScreeningClasses.Count == 0) return;
        try
        {
            Screening = FewerClasses.Terms(this, [.. Effort.ScreeningClasses]);
        }
        catch (UnusableDataException)
        {
            Effort = Effort.OnAllClasses();
        }
    }

    internal Dataset Dataset { get; }

    /// <summary>The options as carried out.</summary>
    internal ComparisonOptions Options { get; }

    internal ClassCounts Counts { get; }

    /// <summary>The code of the positive class of a binary problem.</summary>
    internal int PositiveClass { get; }

    /// <summary>A group per row of all, duplicates of rows joined; empty where every row stands alone.</summary>
    internal int[] Groups { get; }

    internal IReadOnlyList<Fold> Folds { get; }

    /// <summary>n_test / n_train of a fold.</summary>
    internal double TestShare { get; }

    internal IReadOnlyList<ILearner> Learners { get; }

    /// <summary>How much of the comparison is carried out.</summary>
    internal Effort Effort { get; }

    /// <summary>The terms of a screening on some of the classes; null where it is on all of them.</summary>
    internal RunTerms? Screening { get; }

    /// <summary>What every fit is given of all this.</summary>
    internal FitTerms Fit { get; }

    /// <summary>1 if more of the deciding metric is better, else -1.</summary>
    internal int Sign => Options.Metric.HigherIsBetter ? 1 : -1;

    /// <summary>A fold with the training rows that are trained on.</summary>
    internal Fold TrainingPart(int fold) => Halving.Part(Folds[fold], Dataset.Labels, Counts.Classes, Effort.RowDivisor, Options.Seed);

    /// <summary>Fills defaults in and checks everything that can be checked before a fit.</summary>
    /// <param name="dataset">The rows.</param>
    /// <param name="given">The options as the user gave them.</param>
    /// <param name="warnings">Takes what the user should know of the data.</param>
    /// <exception cref="UnusableDataException">The data cannot be compared on.</exception>
    /// <exception cref="ArgumentException">The options make no sense, alone or for these rows.</exception>
    internal static RunTerms Of(Dataset dataset, ComparisonOptions given, List<Warning> warnings) => new(dataset, given, warnings);

    private ComparisonOptions Filled(ComparisonOptions given, List<Warning> warnings)
    {
        bool nothingNamed = given.Remedies.Count + given.Searches.Count == 0;
        return given with
        {
            Learners = given.Learners.Count + given.OwnLearners.Count + given.Trainers.Count > 0 ? given.Learners : AtHand(warnings),
            Remedies =
            [
                Remedy.None,
                .. (nothingNamed ? DefaultRemedies.For(Counts.Classes, given.Costs is not null) : given.Remedies).Where(r => r != Remedy.None),
            ],
            PositiveClass = PositiveClass,
            Threads = given.Processes is null ? Workers.Number(given.Threads) : given.Threads, // threads that wait for processes cost nothing
            Folds = given.Holdout is null ? given.Folds : 1,
            Repeats = given.Holdout is not null ? given.Seeds : given.Times is not null ? 1 : given.Repeats > 0 ? given.Repeats
                : given.Trainers.Count > 0 ? 1 : RunFolds.AutomaticRepeats(Counts),
        };
    }

    /// <summary>The usual learners that can train on this machine; all of them where none can, so that what is missing is said.</summary>
    private static IReadOnlyList<string> AtHand(List<Warning> warnings)
    {
        ILookup<bool, ILearner> usual = LearnerCatalogue.Default.Select(LearnerCatalogue.All.Create).ToLookup(l => l.Lacks is null);
        if (!usual.Contains(true)) return LearnerCatalogue.Default;
        warnings.AddRange(usual[false].Select(l => new Warning("learner-missing", $"{l.Name} takes no part, since it cannot train here. {l.Lacks}")));
        return [.. usual[true].Select(l => l.Name)];
    }
}
