using System.Numerics;

namespace Counterweight;

/// <summary>The rows that are left while a method edits them pass by pass.</summary>
internal sealed class Editing<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Selection<T> input;
    private readonly Agreement<T> agreement;
    private readonly long[] counts;
    private readonly bool[] gone;

    internal Editing(Selection<T> input, NeighbourDistance distance, int maximumK)
    {
        if (input.Labels.Length <= maximumK)
            throw new UnusableDataException($"{maximumK} neighbours of a row need {maximumK + 1} rows; there are {input.Labels.Length}. Give a smaller k.");
        this.input = input;
        agreement = new(input.Rows, input.Labels, input.ByClass, distance, maximumK, input.Threads);
        counts = [.. input.Counts];
        gone = new bool[input.Labels.Length];
    }

    /// <summary>The number of rows left.</summary>
    internal int Alive => agreement.Left;

    /// <summary>Takes away the rows that disagree with their k nearest of the rows left.</summary>
    internal Editing<T> Pass(SamplingStrategy strategy, int k, NeighbourRule rule)
    {
        // What is left may be fewer rows than neighbours wanted; then all the others are the neighbours.
        k = Math.Min(k, Alive - 1);
        if (k < 1) return this;
        foreach (int row in agreement.Leaving(strategy.Resolve(counts, ResamplingKind.Cleaning), k, rule == NeighbourRule.Mode))
        {
            agreement.Remove(row);
            gone[row] = true;
            counts[input.Labels[row]]--;
        }

        return this;
    }

    /// <summary>Whether another class than the smallest has fewer rows left than the smallest had at first.</summary>
    internal bool FellBelowMinority()
    {
        for (int c = 0; c < counts.Length; c++)
            if (c != input.Minority && counts[c] > 0 && counts[c] < input.Counts[input.Minority]) return true;
        return false;
    }

    /// <summary>Whether a class has lost all its rows.</summary>
    internal bool LostClass()
    {
        for (int c = 0; c < counts.Length; c++)
            if (counts[c] == 0 && input.Counts[c] > 0) return true;
        return false;
    }

    /// <summary>The rows left, class by class.</summary>
    internal int[] Kept()
    {
        var kept = new int[Alive];
        int at = 0;
        foreach (int[] own in input.ByClass)
            foreach (int row in own)
                if (!gone[row]) kept[at++] = row;
        return kept;
    }
}
