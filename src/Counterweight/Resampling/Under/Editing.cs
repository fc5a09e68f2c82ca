using System.Numerics;

namespace Counterweight;

/// <summary>The rows that are left while a method edits them pass by pass.</summary>
internal sealed class Editing<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Selection<T> input;
    private readonly NeighbourDistance distance;
    private readonly long[] counts;
    private int[] alive;

    internal Editing(Selection<T> input, NeighbourDistance distance, int maximumK)
    {
        if (input.Labels.Length <= maximumK)
            throw new UnusableDataException($"{maximumK} neighbours of a row need {maximumK + 1} rows; there are {input.Labels.Length}. Give a smaller k.");
        (this.input, this.distance) = (input, distance);
        counts = [.. input.Counts];
        alive = [.. Enumerable.Range(0, input.Labels.Length)];
    }

    /// <summary>The number of rows left.</summary>
    internal int Alive => alive.Length;

    /// <summary>Takes away the rows that disagree with their k nearest of the rows left.</summary>
    internal Editing<T> Pass(SamplingStrategy strategy, int k, NeighbourRule rule)
    {
        // What is left may be fewer rows than neighbours wanted; then all the others are the neighbours.
        k = Math.Min(k, alive.Length - 1);
        if (k < 1) return this;
        SamplingTargets targets = strategy.Resolve(counts, ResamplingKind.Cleaning);
        bool[] stays = Neighbourhood.Agree(input.Rows, input.Labels, alive, targets, k, rule == NeighbourRule.Mode, distance, input.Threads);
        int left = 0;
        for (int i = 0; i < stays.Length; i++)
        {
            if (stays[i]) alive[left++] = alive[i];
            else counts[input.Labels[alive[i]]]--;
        }

        Array.Resize(ref alive, left);
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
    internal int[] Kept() => [.. ResamplingInput.RowsByClass([.. alive.Select(r => input.Labels[r])], counts).SelectMany(c => c).Select(i => alive[i])];
}
