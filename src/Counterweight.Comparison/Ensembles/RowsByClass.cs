namespace Counterweight.Comparison;

/// <summary>The rows of each class, and draws from them.</summary>
internal sealed class RowsByClass
{
    private readonly int[][] rows;

    /// <summary>Collects the rows.</summary>
    /// <param name="labels">A code per row.</param>
    /// <param name="plan">The plan, for the classes.</param>
    /// <param name="ensemble">The ensemble, for messages.</param>
    /// <param name="groups">A group per row; null where every row stands alone.</param>
    internal RowsByClass(ReadOnlySpan<int> labels, TrainingPlan plan, string ensemble, int[]? groups = null)
    {
        Labels = labels.ToArray();
        Groups = groups;
        int[] sizes = new int[plan.Counts.Classes];
        foreach (int label in labels) sizes[label]++;
        rows = [.. sizes.Select(s => new int[s])];
        Array.Clear(sizes);
        for (int i = 0; i < labels.Length; i++) rows[labels[i]][sizes[labels[i]]++] = i;
        if (sizes.Count(s => s > 0) < 2) throw new RemedyRefusedException($"ensemble:{ensemble} needs rows of at least two classes.");
        Smallest = sizes.Where(s => s > 0).Min();
        Largest = sizes.Max();
        int rarest = Array.IndexOf(sizes, Smallest);
        if (Smallest < Ensemble.LeastRows)
            throw new RemedyRefusedException(
                $"Class '{plan.Counts.Labels[rarest]}' has {Smallest} training row{(Smallest == 1 ? "" : "s")}, and ensemble:{ensemble} needs "
                + $"{Ensemble.LeastRows} of every class: its members see balanced rows, and there would be too few to learn from.");
    }

    /// <summary>K, the classes without rows included.</summary>
    internal int Classes => rows.Length;

    /// <summary>The label of every row.</summary>
    internal int[] Labels { get; }

    /// <summary>The group of every row; null where every row stands alone.</summary>
    internal int[]? Groups { get; }

    /// <summary>The groups of drawn rows: copies of one row hang together, too. Null where every one stands alone.</summary>
    /// <param name="drawn">The rows, which may repeat.</param>
    /// <param name="groups">The groups of all rows; null where every row stands alone.</param>
    internal static int[]? GroupsOf(int[] drawn, int[]? groups) =>
        groups is not null ? Array.ConvertAll(drawn, r => groups[r]) : new HashSet<int>(drawn).Count < drawn.Length ? drawn : null;

    /// <summary>The rows of the smallest class that has any.</summary>
    internal int Smallest { get; }

    /// <summary>The rows of the largest class.</summary>
    internal int Largest { get; }

    /// <summary>The rows of a class, ascending.</summary>
    internal int[] this[int c] => rows[c];

    /// <summary>Draws a number of rows from a list, no row twice, into another.</summary>
    internal static void Without(ReadOnlySpan<int> from, int number, List<int> to, ref SeededRandom random)
    {
        if (number >= from.Length)
        {
            to.AddRange(from);
            return;
        }

        int[] order = from.ToArray();
        ToFront(order, number, ref random);
        to.AddRange(order.AsSpan(0, number));
    }

    /// <summary>Draws a number of items, none twice, to the front of all of them.</summary>
    internal static void ToFront(Span<int> items, int number, ref SeededRandom random)
    {
        for (int i = 0; i < number; i++)
        {
            int j = i + random.NextInt32(items.Length - i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Draws a number of rows from a list, each time from all of it, into another.</summary>
    internal static void With(ReadOnlySpan<int> from, int number, List<int> to, ref SeededRandom random)
    {
        for (int i = 0; i < number && from.Length > 0; i++) to.Add(from[random.NextInt32(from.Length)]);
    }

    /// <summary>Draws a number of rows from a list in proportion to weights, each time from all of it, into another.</summary>
    /// <param name="from">The rows.</param>
    /// <param name="weights">A weight for every row of the data.</param>
    /// <param name="number">How many to draw.</param>
    /// <param name="to">Receives them.</param>
    /// <param name="random">The generator.</param>
    internal static void Weighted(ReadOnlySpan<int> from, ReadOnlySpan<double> weights, int number, List<int> to, ref SeededRandom random)
    {
        if (from.IsEmpty) return;
        double[] cumulative = new double[from.Length];
        double sum = 0;
        for (int i = 0; i < from.Length; i++) cumulative[i] = sum += weights[from[i]];
        for (int i = 0; i < number; i++) to.Add(from[Drawn(cumulative, ref random)]);
    }

    /// <summary>Draws a place in proportion to weights, of which the sums up to each place are given.</summary>
    internal static int Drawn(ReadOnlySpan<double> cumulative, ref SeededRandom random)
    {
        int at = cumulative.BinarySearch(random.NextDouble() * cumulative[^1]);
        return Math.Min(at < 0 ? ~at : at + 1, cumulative.Length - 1);
    }

    /// <summary>All rows of the smallest classes and as many of each other, drawn without replacement.</summary>
    internal int[] Balanced(ref SeededRandom random)
    {
        var drawn = new List<int>(Smallest * Classes);
        for (int c = 0; c < Classes; c++) Without(rows[c], Smallest, drawn, ref random);
        return Sorted(drawn);
    }

    /// <summary>The rows in ascending order: as they lie in memory.</summary>
    internal static int[] Sorted(List<int> rows)
    {
        rows.Sort();
        return [.. rows];
    }
}

/// <summary>Rows that were drawn or made for a member.</summary>
/// <param name="Features">The rows.</param>
/// <param name="Labels">Their codes.</param>
/// <param name="Groups">Which of them hang together, negative for made ones; null where every one stands alone.</param>
internal readonly record struct DrawnRows(FeatureTable Features, int[] Labels, int[]? Groups);

/// <summary>Fits single members.</summary>
internal static class Member
{
    /// <summary>Fits a learner to some of the rows, which may repeat.</summary>
    internal static IModel Fit(ILearner learner, FeatureTable features, int[] labels, int[] rows, TrainingPlan plan, FitOptions options) =>
        Fit(learner, features.Select(rows), Array.ConvertAll(rows, r => labels[r]), plan, options with { Groups = RowsByClass.GroupsOf(rows, options.Groups) });

    /// <summary>Fits a learner to rows that were drawn or made for it.</summary>
    internal static IModel Fit(ILearner learner, DrawnRows rows, TrainingPlan plan, FitOptions options) =>
        Fit(learner, rows.Features, rows.Labels, plan, options with { Groups = rows.Groups });

    private static IModel Fit(ILearner learner, FeatureTable features, int[] labels, TrainingPlan plan, FitOptions options)
    {
        long[] counts = new long[plan.Counts.Classes];
        foreach (int label in labels) counts[label]++;
        ClassCounts found = ClassCounts.From(counts, plan.Counts.Labels);
        if (!features.RowWeights.IsEmpty) found = found.WithWeights(labels, features.RowWeights.Span);
        return learner.Fit(features, labels, plan with { Ensemble = null, Counts = found }, options);
    }
}
