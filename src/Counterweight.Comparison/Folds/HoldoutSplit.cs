namespace Counterweight.Comparison;

/// <summary>One split of the rows, judged with several seeds: each seed is a repeat of the same fold.</summary>
internal static class HoldoutSplit
{
    /// <summary>Splits the rows.</summary>
    /// <param name="labels">The class of each row.</param>
    /// <param name="classNames">The names of the classes, for messages.</param>
    /// <param name="share">The share of the rows to be judged on.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="seed">The seed of the split.</param>
    /// <param name="groups">A group per row, or empty.</param>
    /// <param name="times">A time per row: the latest rows are judged; null for none.</param>
    /// <exception cref="UnusableDataException">A class has no row on one of the sides.</exception>
    internal static IReadOnlyList<Fold> Split(
        int[] labels, IReadOnlyList<string> classNames, double share, int seeds, long seed, int[] groups, IReadOnlyList<double>? times)
    {
        int[] all = [.. Enumerable.Range(0, labels.Length)];
        (int[] train, int[] test) = HeldBack.Split(all, labels, classNames.Count, share, Streams.Holdout(seed), groups, times);
        for (int c = 0; c < classNames.Count; c++)
        {
            if (!test.Any(r => labels[r] == c))
                throw new UnusableDataException($"Class '{classNames[c]}' has no row among those held out; hold out a larger share, or collect more rows "
                    + "of it.");
            if (!train.Any(r => labels[r] == c))
                throw new UnusableDataException($"Class '{classNames[c]}' has no row left to train on; hold out a smaller share, or collect more rows of it.");
        }

        return [.. Enumerable.Range(0, seeds).Select(s => new Fold(s, 0, train, test))];
    }
}
