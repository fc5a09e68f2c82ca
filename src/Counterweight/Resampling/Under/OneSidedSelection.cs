namespace Counterweight;

/// <summary>
/// Keeps of each targeted class some random rows and those that they and the smallest class misclassify, then takes away the ends of
/// Tomek links in the targeted classes (Kubat and Matwin, 1997, "Addressing the curse of imbalanced training sets: one-sided selection").
/// </summary>
/// <param name="K">The number of neighbours that classify a row.</param>
/// <param name="Seeds">The number of random rows of a class that help to classify.</param>
public sealed record OneSidedSelection(int K = 1, int Seeds = 1) : CondensingSelection(K, Seeds)
{
    private protected override List<int> Keep<T>(Selection<T> input, NeighbourDistance distance, int[] rows, int[] seeds, double[] bounds, int needed)
    {
        List<int> kept = [.. seeds];
        var seeded = new HashSet<int>(seeds);
        for (int i = 0; i < rows.Length; i++)
        {
            if (seeded.Contains(rows[i])) continue;
            int found = 0;
            foreach (int s in seeds)
                if (distance.Key(input.Rows.Row(rows[i]), input.Rows.Row(s), input.Rows) < bounds[i]) found++;
            if (found < needed) kept.Add(rows[i]);
        }

        return kept;
    }

    private protected override int[] Finish<T>(Selection<T> input, NeighbourDistance distance, List<int> kept)
    {
        // The links among what is left, in the order of the data so that equally near rows are told apart by row.
        int[] order = [.. kept.Order()];
        int[] labels = [.. order.Select(r => input.Labels[r])];
        var counts = new long[input.Classes];
        foreach (int label in labels) counts[label]++;
        bool[] linked = TomekLinks.Links(input.Rows.Select(order, input.Threads), labels, ResamplingInput.RowsByClass(labels, counts), distance, input.Threads);
        var cleaned = new HashSet<int>(order.Where((r, i) => linked[i] && input.Targets.IsTargeted(input.Labels[r])));
        return [.. kept.Where(r => !cleaned.Contains(r))];
    }
}
