using System.Globalization;
using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>The folds that a run judges on.</summary>
internal static class RunFolds
{
    /// <summary>The folds where the user names no number and the rows allow it.</summary>
    private const int Usual = 5;

    /// <summary>So many folds at least are wanted of rows that allow them.</summary>
    internal const int Fewest = 3;

    /// <summary>
    /// How often a cross-validation is repeated where the user does not say. Where the rarest class has few rows, the figures depend much on how the rows fall
    /// into folds, and a fit is cheap: so small data are judged on more orders.
    /// </summary>
    internal static int AutomaticRepeats(ClassCounts counts)
    {
        const long enough = 400, mostRows = 50_000;
        const int fewest = 2, most = 10;
        return counts.Rows > mostRows ? fewest : (int)Math.Clamp((enough + counts[counts.Rarest] - 1) / Math.Max(1, counts[counts.Rarest]), fewest, most);
    }

    /// <summary>The folds, with the options as carried out. Without a number of folds, so many as every class has rows or groups for, five at most.</summary>
    internal static (IReadOnlyList<Fold> Folds, ComparisonOptions Options) Resolve(
        Dataset dataset, ClassCounts counts, int[] groups, ComparisonOptions options, List<Warning> warnings)
    {
        if (options.Folds != 0) return (Split(dataset, groups, options, options.Folds), options);
        int most = options.Times is null ? StratifiedFolds.MostFolds(dataset.Labels, counts.Classes, groups, Usual) : Usual;
        for (int number = Math.Max(2, most); ; number--)
        {
            try
            {
                IReadOnlyList<Fold> split = Split(dataset, groups, options, number);
                if (number < Usual)
                    warnings.Add(new Warning("fewer-folds", string.Create(
                        CultureInfo.InvariantCulture,
                        $"There are {number} folds instead of {Usual}: with more, a fold would have no row of class '{counts.Labels[counts.Rarest]}' or "
                        + $"of another rare class to judge. With so few rows of a class the figures are uncertain; collect more of them.")));
                return (split, options with { Folds = number });
            }
            catch (UnusableDataException) when (options.Times is not null && number > 2)
            {
            }
        }
    }

    private static IReadOnlyList<Fold> Split(Dataset dataset, int[] groups, ComparisonOptions options, int number)
    {
        try
        {
            if (options.Holdout is double share)
                return HoldoutSplit.Split([.. dataset.Labels], dataset.ClassNames, share, options.Seeds, options.Seed, groups, options.Times);
            return options.Times is null
                ? StratifiedFolds.Split(dataset.Labels, dataset.ClassNames, number, options.Repeats, options.Seed, groups)
                : TimeFolds.Split([.. options.Times], dataset.Labels, dataset.ClassNames, number, groups);
        }
        catch (UnusableDataException unfit)
        {
            throw new UnusableDataException(unfit.Problem, dataset.Name, unfit.Row, column: dataset.Target, innerException: unfit);
        }
    }
}
