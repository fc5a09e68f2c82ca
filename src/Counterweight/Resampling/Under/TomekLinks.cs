using System.Numerics;

namespace Counterweight;

/// <summary>
/// Takes away the rows of the targeted classes that form a link: two rows of different classes, each the nearest neighbour of the other
/// (Tomek, 1976, "Two modifications of CNN").
/// </summary>
/// <remarks>Rows come out in their order. A link has an end outside the largest class, so only those rows and their nearest are searched.</remarks>
/// <example>
/// <code>
/// int[] kept = new TomekLinks().Select(rows, labels, classes: 2);
/// </code>
/// </example>
public sealed record TomekLinks : NeighbourSelection
{
    /// <inheritdoc/>
    public override ResamplingKind Kind => ResamplingKind.Cleaning;

    private protected override int[] Choose<T>(Selection<T> input)
    {
        bool[] linked = Links(input.Rows, input.Labels, input.ByClass, DistanceFor(input), input.Threads);
        return [.. Enumerable.Range(0, linked.Length).Where(r => !(linked[r] && input.Targets.IsTargeted(input.Labels[r])))];
    }

    /// <summary>Which rows are an end of a link.</summary>
    internal static bool[] Links<T>(SampleMatrix<T> rows, int[] labels, int[][] byClass, NeighbourDistance distance, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var linked = new bool[labels.Length];
        if (labels.Length < 2) return linked;
        int largest = Extremes.Largest([.. byClass.Select(c => (long)c.Length)]);
        var index = new NeighbourIndex<T>(rows, distance, threads);

        // Every link has an end outside the largest class: find the nearest of those rows, then the nearest of these.
        int[] firsts = [.. Enumerable.Range(0, labels.Length).Where(r => labels[r] != largest)];
        int[] nearest = new int[labels.Length];
        Array.Fill(nearest, -1);
        Fill(firsts);
        int[] seconds = [.. firsts.Select(r => nearest[r]).Where(r => nearest[r] < 0).Distinct().Order()];
        Fill(seconds);
        foreach (int r in firsts)
            if (labels[nearest[r]] != labels[r] && nearest[nearest[r]] == r) linked[r] = linked[nearest[r]] = true;
        return linked;

        void Fill(int[] wanted)
        {
            if (wanted.Length == 0) return;
            int[] found = index.FindOthers(wanted, 1, threads).Rows;
            for (int i = 0; i < wanted.Length; i++) nearest[wanted[i]] = found[i];
        }
    }
}
