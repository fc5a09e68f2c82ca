using Counterweight.Data;

namespace Counterweight.Comparison;

/// <summary>
/// A problem of many classes with some of its classes: the largest, the smallest, and others evenly between them by their ranks, so that the ratio stays.
/// </summary>
internal static class FewerClasses
{
    /// <summary>The fewest classes that stand for many.</summary>
    internal const int Fewest = 8;

    /// <summary>The codes of the classes that stay, ascending.</summary>
    /// <param name="counts">All classes.</param>
    /// <param name="number">How many are to stay, two at least.</param>
    internal static int[] Of(ClassCounts counts, int number)
    {
        int[] ranked = [.. Enumerable.Range(0, counts.Classes).OrderByDescending(c => counts[c]).ThenBy(c => c)];
        return [.. Enumerable.Range(0, number).Select(i => ranked[(int)Math.Round(i * (counts.Classes - 1.0) / (number - 1))]).Order()];
    }

    /// <summary>The counts of these classes, without what their rows weigh.</summary>
    internal static ClassCounts Counts(ClassCounts counts, int[] classes) =>
        ClassCounts.From([.. classes.Select(c => counts[c])], [.. classes.Select(c => counts.Labels[c])]);

    /// <summary>The costs between these classes.</summary>
    internal static CostMatrix? Costs(CostMatrix? costs, int[] classes)
    {
        if (costs is null) return null;
        double[,] some = new double[classes.Length, classes.Length];
        for (int i = 0; i < classes.Length; i++)
            for (int j = 0; j < classes.Length; j++) some[i, j] = costs[classes[i], classes[j]];
        return CostMatrix.From(some);
    }

    /// <summary>The terms of the same comparison on the rows of these classes, with its folds once.</summary>
    /// <exception cref="UnusableDataException">These classes alone cannot be cut into folds: their rows share too few moments in time.</exception>
    internal static RunTerms Terms(RunTerms terms, int[] classes)
    {
        int[] codes = new int[terms.Counts.Classes];
        Array.Fill(codes, -1);
        for (int i = 0; i < classes.Length; i++) codes[classes[i]] = i;
        Dataset all = terms.Dataset;
        int[] labels = all.Labels.ToArray(), rows = [.. Enumerable.Range(0, all.Rows).Where(r => codes[labels[r]] >= 0)];
        Dataset part = all.Select(rows);
        var some = new Dataset(
            all.Name, all.Target, [.. rows.Select(r => codes[labels[r]])], [.. classes.Select(c => all.ClassNames[c])], part.Columns, part.Aside);
        if (all.SampleWeightColumn is string weights) some = some.WithSampleWeights(weights);
        ComparisonOptions options = terms.Options with
        {
            Thorough = true,
            Repeats = 1,
            PositiveClass = null,
            Costs = Costs(terms.Options.Costs, classes),
            Groups = terms.Options.Groups is { } groups ? [.. rows.Select(r => groups[r])] : null,
            Times = terms.Options.Times is { } times ? [.. rows.Select(r => times[r])] : null,
        };
        return RunTerms.Of(some, options, []);
    }
}
