namespace Counterweight.Comparison;

/// <summary>Holds rows back: with the class shares of the whole, with rows of a group on one side, and of ordered rows the latest.</summary>
internal static class HeldBack
{
    /// <summary>Splits some rows in two.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labels">The class of every row of the data set.</param>
    /// <param name="classes">K.</param>
    /// <param name="share">The share to hold back.</param>
    /// <param name="random">The source of the choice.</param>
    /// <param name="groups">A group for every row of the data set, or empty.</param>
    /// <param name="times">A time for every row of the data set, or null.</param>
    internal static (int[] Larger, int[] Held) Split(
        int[] rows, ReadOnlySpan<int> labels, int classes, double share, SeededRandom random, int[] groups,
            IReadOnlyList<double>? times)
    {
        if (times is not null) return ByTime(rows, share, times);
        int[] own = new int[rows.Length];
        for (int i = 0; i < own.Length; i++) own[i] = labels[rows[i]];
        int[] ownGroups = groups.Length == 0 ? [] : Array.ConvertAll(rows, r => groups[r]);
        (int[] larger, int[] smaller) = StratifiedFolds.Holdout(own, classes, share, ownGroups, ref random);
        return (Array.ConvertAll(larger, i => rows[i]), Array.ConvertAll(smaller, i => rows[i]));
    }

    private static (int[] Larger, int[] Held) ByTime(int[] rows, double share, IReadOnlyList<double> times)
    {
        int[] ordered = [.. rows.OrderBy(r => times[r]).ThenBy(r => r)];
        int cut = Math.Clamp(ordered.Length - (int)Math.Round(share * ordered.Length), 1, Math.Max(1, ordered.Length - 1));
        // Rows of one moment are never divided.
        while (cut < ordered.Length && times[ordered[cut]] == times[ordered[cut - 1]]) cut++;
        int[] past = ordered[..cut], late = ordered[cut..];
        Array.Sort(past);
        Array.Sort(late);
        return (past, late);
    }
}
