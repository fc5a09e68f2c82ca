using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>What a comparison cannot be asked: of these rows, or at all.</summary>
internal static class OptionChecks
{
    /// <summary>Checks the rows: two classes or more, and a feature for whoever learns from them.</summary>
    /// <exception cref="UnusableDataException">There is one class only, or no feature.</exception>
    internal static void Rows(Dataset dataset, ClassCounts counts, ComparisonOptions given)
    {
        if (counts.Classes < 2) throw new UnusableDataException("There is one class only; a classifier needs at least two.", dataset.Name,
            column: dataset.Target);
        bool learns = given.Learners.Count + given.OwnLearners.Count > 0 || given.Trainers.Count == 0;
        if (dataset.Columns.Count == 0 && learns)
            throw new UnusableDataException("There is no feature column; a model needs at least one besides the target.", dataset.Name);
    }

    /// <summary>Checks the options, with defaults filled in.</summary>
    /// <exception cref="ArgumentException">One is out of its range, or does not fit the rows or another.</exception>
    internal static void Options(ComparisonOptions options, Dataset dataset, int classes)
    {
        if (options.Holdout is not (null or (> 0 and < 1)))
            throw new ArgumentException($"The share of the rows held out lies in (0, 1); {options.Holdout} does not.", nameof(options));
        if (options.Seeds < 1) throw new ArgumentException($"A holdout is judged with one seed or more; {options.Seeds} is not.", nameof(options));
        if (options is { Holdout: null, Seeds: > 1 })
            throw new ArgumentException("Several seeds belong to a holdout; a cross-validation has repeats in their place.", nameof(options));
        if (options.Costs is not null && options.Costs.Classes != classes)
            throw new ArgumentException($"The cost matrix is for {options.Costs.Classes} classes, and there are {classes}.", nameof(options));
        if (options.Certainty is not (> 0.5 and < 1))
            throw new ArgumentException(
                $"The certainty that the Bayesian test asks for lies in (0.5, 1); {options.Certainty} does not.", nameof(options));
        if (!(options.Equivalence >= 0))
            throw new ArgumentException($"The region of practical equivalence is zero or wider; {options.Equivalence} is not.", nameof(options));
        if (options.SearchSize < 2)
            throw new ArgumentException($"A range is searched with two configurations or more; {options.SearchSize} is not.", nameof(options));
        if (options.Times is not null && options.Times.Count != dataset.Rows)
            throw new ArgumentException($"{options.Times.Count} times do not fit {dataset.Rows} rows.", nameof(options));
    }

    /// <summary>What fits programs, without which none can take part.</summary>
    /// <exception cref="ArgumentException">Nothing says how they are run.</exception>
    internal static TrainerFits Fits(ComparisonOptions options) => options.Fits?.Value
        ?? throw new ArgumentException("Training programs need to know the file that they read: set TrainerSettings.", nameof(options));
}
