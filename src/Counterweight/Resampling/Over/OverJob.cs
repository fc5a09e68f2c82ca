using System.Numerics;

namespace Counterweight;

/// <summary>One call of an over-sampler: its rows, what several methods need to know of them, and the writing of the result.</summary>
internal sealed class OverJob<T>(string method, SampleMatrix<T> rows, int[] labels, long[] counts, long seed, int threads)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NeighbourDistance?[] distances = new NeighbourDistance?[counts.Length];
    private readonly int[]?[] byClass = counts.Length <= 8 ? new int[counts.Length][] : ResamplingInput.RowsByClass(labels, counts);
    private (int Class, SampleMatrix<T> Matrix, int[] Positions)? members;
    private (NeighbourDistance Distance, NeighbourIndex<T> Index)? whole;

    internal SampleMatrix<T> Rows => rows;

    internal int[] Labels => labels;

    internal int Classes => counts.Length;

    internal long Seed => seed;

    internal int Threads => threads;

    /// <summary>The rows of a class, ascending.</summary>
    internal int[] RowsOf(int c) => byClass[c] ??= ResamplingInput.RowsOf(labels, c, counts[c]);

    /// <summary>The rows of a class as a matrix of their own, and the numbers 0, 1, ... of its rows.</summary>
    internal (SampleMatrix<T> Matrix, int[] Positions) Members(int c)
    {
        if (members?.Class != c) members = (c, rows.Select(RowsOf(c), threads), [.. Enumerable.Range(0, RowsOf(c).Length)]);
        return (members.Value.Matrix, members.Value.Positions);
    }

    /// <summary>Random numbers for choices about a class as a whole.</summary>
    internal SeededRandom Random(int c) => OverPlan<T>.Stream(seed, c, -1);

    /// <summary>
    /// The distance among rows when a class is over-sampled: Euclidean; with categorical columns too, a mismatch counts the median of the
    /// standard deviations of the numeric columns over that class; with categorical columns only, the value difference metric.
    /// </summary>
    internal NeighbourDistance DistanceFor(int c)
    {
        if (rows.Categorical.Count == 0) return NeighbourDistance.Euclidean;
        return distances[c] ??= rows.Numeric.Count > 0
            ? NeighbourDistance.Mixed(NeighbourDistance.MedianDeviation(rows, labels, c))
            : Array.Find(distances, d => d is not null) ?? NeighbourDistance.ValueDifference(rows, labels, counts.Length);
    }

    /// <summary>An index over all rows with the distance for a class.</summary>
    internal NeighbourIndex<T> Whole(int c)
    {
        NeighbourDistance distance = DistanceFor(c);
        if (whole is null || whole.Value.Distance != distance) whole = (distance, new(rows, distance, threads));
        return whole.Value.Index;
    }

    /// <summary>The k nearest rows of its own class of every row of a class, as positions within the class.</summary>
    internal int[] Within(SampleMatrix<T> members, int c, int k, ReadOnlyMemory<int> positions)
    {
        RequireRows(c, k + 1, $"k = {k}");
        return new NeighbourIndex<T>(members, DistanceFor(c), threads).FindOthers(positions, k, threads).Rows;
    }

    /// <summary>How many of the k nearest rows in the whole data belong to other classes, for some rows of a class.</summary>
    internal int[] OtherNeighbours(int c, ReadOnlyMemory<int> queries, int k, string parameter)
    {
        RequireTotal(k + 1, $"{parameter} = {k}");
        return Others(c, Whole(c).FindOthers(queries, k, threads), k);
    }

    private int[] Others(int c, NeighbourLists lists, int k)
    {
        var others = new int[lists.Queries];
        for (int q = 0; q < others.Length; q++)
            foreach (int row in lists.RowsOf(q)[..k])
                if (labels[row] != c) others[q]++;
        return others;
    }

    /// <summary>The positions within a class of its rows in danger: at least half of their m nearest rows, but not all, are of other classes.</summary>
    internal int[] Danger(int c, int m) => Danger(c, m, OtherNeighbours(c, RowsOf(c), m, "m"));

    /// <summary>The same, and the k nearest rows in the whole data of each of them; one search for both.</summary>
    internal (int[] Danger, int[] Neighbours) Danger(int c, int m, int k)
    {
        RequireTotal(m + 1, $"m = {m}");
        RequireTotal(k + 1, $"k = {k}");
        NeighbourLists lists = Whole(c).FindOthers(RowsOf(c), Math.Max(m, k), threads);
        int[] danger = Danger(c, m, Others(c, lists, m));
        var neighbours = new int[danger.Length * k];
        for (int i = 0; i < danger.Length; i++) lists.RowsOf(danger[i])[..k].CopyTo(neighbours.AsSpan(i * k));
        return (danger, neighbours);
    }

    private int[] Danger(int c, int m, int[] others)
    {
        int[] danger = [.. Enumerable.Range(0, others.Length).Where(i => others[i] < m && 2 * others[i] >= m)];
        return danger.Length > 0
            ? danger
            : throw new UnusableDataException($"No row of class {c} is near the border (half or more, but not all, of its {m} nearest rows in other "
            + $"classes), so that {method} has nothing to start from; use smote.");
    }

    /// <summary>Refuses a class with too few rows.</summary>
    internal void RequireRows(int c, int needed, string why)
    {
        if (counts[c] < needed)
            throw new UnusableDataException(
                $"Class {c} has {counts[c]} {(counts[c] == 1 ? "row" : "rows")}, and {method} with {why} needs {needed}. Lower it, gather more rows of the "
                + $"class, or use random-over.");
    }

    /// <summary>Refuses data with too few rows.</summary>
    internal void RequireTotal(int needed, string why)
    {
        if (rows.Rows < needed) throw new UnusableDataException($"There are {rows.Rows} rows, and {method} with {why} needs {needed}. Lower it or use "
            + $"random-over.");
    }

    /// <summary>A number of rows as an int, or an error if no array holds them.</summary>
    internal int Fits(long added) => (rows.Rows + added) * rows.Columns <= Array.MaxLength
        ? (int)added
        : throw new ArgumentException($"The result would have more than {Array.MaxLength / rows.Columns} rows of {rows.Columns} columns, which is more than "
        + $"an array holds; ask for fewer rows.");

    /// <summary>Writes the input rows and then the new rows of every plan.</summary>
    internal Resampled<T> Run(IReadOnlyList<OverPlan<T>> plans)
    {
        int columns = rows.Columns, total = rows.Rows + Fits(plans.Sum(p => (long)p.Count));
        T[] values = LargePages.Under(GC.AllocateUninitializedArray<T>(total * columns));
        int[] classes = GC.AllocateUninitializedArray<int>(total);
        long[] bases = GC.AllocateUninitializedArray<long>(total);
        bool copiesOnly = plans.All(p => p.Copies);
        long[] sources = copiesOnly ? bases : GC.AllocateUninitializedArray<long>(total);
        long[]? seconds = copiesOnly ? null : GC.AllocateUninitializedArray<long>(total);
        const int CopyBlock = 4096;
        int copies = (rows.Rows + CopyBlock - 1) / CopyBlock;
        var starts = new (int Block, int Row)[plans.Count + 1];
        starts[0] = (copies, rows.Rows);
        for (int p = 0; p < plans.Count; p++)
            starts[p + 1] = (starts[p].Block + (plans[p].Count + OverPlan<T>.Block - 1) / OverPlan<T>.Block, starts[p].Row + plans[p].Count);
        Parallel.For(0, starts[^1].Block, Counterweight.Threads.Options(threads), b =>
        {
            if (b < copies)
            {
                int first = b * CopyBlock, length = Math.Min(CopyBlock, rows.Rows - first);
                rows.Values.Span.Slice(first * columns, length * columns).CopyTo(values.AsSpan(first * columns));
                labels.AsSpan(first, length).CopyTo(classes.AsSpan(first));
                for (int r = first; r < first + length; r++) bases[r] = r;
                if (seconds is null) return;
                bases.AsSpan(first, length).CopyTo(sources.AsSpan(first));
                seconds.AsSpan(first, length).Fill(-1);
                return;
            }

            int at = 0;
            while (b >= starts[at + 1].Block) at++;
            OverPlan<T> plan = plans[at];
            int block = b - starts[at].Block, start = block * OverPlan<T>.Block, made = Math.Min(OverPlan<T>.Block, plan.Count - start),
                row = starts[at].Row + start;
            SeededRandom random = OverPlan<T>.Stream(seed, plan.Class, block);
            Span<long> own = bases.AsSpan(row, made);
            Span<long> second = seconds.AsSpan(seconds is null ? 0 : row, seconds is null ? 0 : made);
            second.Fill(-1);
            plan.Fill(start, values.AsSpan(row * columns, made * columns), own, second, ref random);
            classes.AsSpan(row, made).Fill(plan.Class);
            if (seconds is null) return;
            if (plan.Copies) own.CopyTo(sources.AsSpan(row, made));
            else sources.AsSpan(row, made).Fill(-1);
        });
        return new(rows.With(values), classes, sources, bases, seconds, synthetic: plans.Sum(p => p.Copies ? 0 : (long)p.Count));
    }
}
