namespace Counterweight;

/// <summary>
/// Keeps of each targeted class only the rows needed to tell it from the smallest class (Hart, 1968, "The condensed nearest neighbor rule").
/// </summary>
/// <remarks>
/// <para>The store holds the smallest class and <paramref name="Seeds"/> random rows of the targeted class. The other rows of that class are
/// visited in their order, and each that the <paramref name="K"/> nearest rows of the store do not classify as its class joins it. Votes that
/// are equal go to the first class; of rows equally near those of the smallest class come first. Rows of a class come out in the order in
/// which they joined.</para>
/// <para>imbalanced-learn (0.10) mixes positions within the class with positions in the data when it decides which rows it need not visit, and
/// so skips rows that the store misclassifies; here none is skipped, and the result has some rows more.</para>
/// </remarks>
/// <param name="K">The number of neighbours that classify a row.</param>
/// <param name="Seeds">The number of random rows the store starts with.</param>
public sealed record CondensedNearestNeighbour(int K = 1, int Seeds = 1) : CondensingSelection(K, Seeds)
{
    private protected override List<int> Keep<T>(Selection<T> input, NeighbourDistance distance, int[] rows, int[] seeds, double[] bounds, int needed)
    {
        List<int> store = [.. seeds];
        var inStore = new HashSet<int>(seeds);
        int[] found = new int[rows.Length];

        // Block by block: first, in parallel, how many rows of the store before the block are near enough; then, in order, those that
        // joined within the block.
        const int block = 2048;
        for (int start = 0; start < rows.Length; start += block)
        {
            int from = start, end = Math.Min(start + block, rows.Length), stored = store.Count;
            int[] before = [.. store];
            Parallel.For(from, end, Threads.Options(input.Threads), i =>
            {
                ReadOnlySpan<T> row = input.Rows.Row(rows[i]);
                for (int s = 0; s < before.Length && found[i] < needed; s++)
                    if (distance.Key(row, input.Rows.Row(before[s]), input.Rows) < bounds[i]) found[i]++;
            });
            for (int i = from; i < end; i++)
            {
                if (inStore.Contains(rows[i])) continue;
                ReadOnlySpan<T> row = input.Rows.Row(rows[i]);
                for (int s = stored; s < store.Count && found[i] < needed; s++)
                    if (distance.Key(row, input.Rows.Row(store[s]), input.Rows) < bounds[i]) found[i]++;
                if (found[i] >= needed) continue;
                store.Add(rows[i]);
                inStore.Add(rows[i]);
            }
        }

        return store;
    }
}
