namespace Counterweight;

/// <summary>What several methods ask about the neighbours of a row.</summary>
internal static class Neighbourhood
{
    /// <summary>Refuses a class with fewer rows than a method has to find in it.</summary>
    internal static void ThrowIfFewer(long rows, int needed, int @class, string method, string parameter)
    {
        if (rows < needed)
            throw new UnusableDataException(
                $"{method} looks for {needed} rows of class {@class}, which has {rows}. Give a smaller {parameter}, or leave the class out of the "
                + $"sampling strategy.");
    }

    /// <summary>The most frequent class among some rows; of equally frequent ones the first.</summary>
    internal static int Mode(ReadOnlySpan<int> neighbours, int[] labels, int[] votes)
    {
        Array.Clear(votes);
        foreach (int r in neighbours) votes[labels[r]]++;
        int best = 0;
        for (int c = 1; c < votes.Length; c++)
            if (votes[c] > votes[best]) best = c;
        return best;
    }
}
