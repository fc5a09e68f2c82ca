namespace Counterweight.Testing;

/// <summary>What every decision has to do.</summary>
/// <example>
/// <code>
/// MethodCheck.RunAll(DecisionChecks.For(new RareClassFirst(classes: 3)));
/// </code>
/// </example>
public static class DecisionChecks
{
    /// <summary>The checks of a decision.</summary>
    /// <param name="decision">The decision.</param>
    public static IReadOnlyList<MethodCheck> For(IDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        int k = decision.Classes;
        var list = new Checklist();
        list.Add("It has classes and a description of one line", v =>
        {
            v.Ask(k >= 2, $"Classes is {k}.");
            v.Ask(!string.IsNullOrWhiteSpace(decision.Description) && !decision.Description.Contains('\n', StringComparison.Ordinal),
                $"Description is '{decision.Description}'.");
        });
        list.Add("Every decision is a class, and each row is decided by itself", v =>
        {
            double[] rows = Rows(k, 300);
            int[] all = new int[300], one = new int[1];
            decision.Decide(rows, all);
            for (int i = 0; i < all.Length; i++)
            {
                v.Ask(all[i] >= 0 && all[i] < k, $"row {i} is decided as {all[i]}; the classes are 0 to {k - 1}.");
                decision.Decide(rows.AsSpan(i * k, k), one);
                v.Ask(one[0] == all[i], $"row {i} is {all[i]} among 300 rows and {one[0]} alone.");
            }
        });
        list.Add("The number of threads does not change a decision, and the input stays as it was", v =>
        {
            double[] rows = Rows(k, 40_000), before = [.. rows];
            int[] one = new int[40_000], many = new int[40_000];
            decision.Decide(rows, one, threads: 1);
            decision.Decide(rows, many, threads: 4);
            v.Same<int>(one, many, "decisions with four threads");
            v.Same<double>(before, rows, "the probabilities");
        });
        list.Add("No rows are no decisions, and shapes that do not fit are refused", v =>
        {
            decision.Decide([], []);
            v.Throws<ArgumentException>(() => decision.Decide(Rows(k, 3), new int[2]), "the probabilities of three rows for two decisions");
        });
        list.Add("NaN is refused with its row", v =>
        {
            double[] rows = Rows(k, 20);
            rows[(12 * k) + 1] = double.NaN;
            UnusableDataException e = v.Throws<UnusableDataException>(() => decision.Decide(rows, new int[20]), "NaN in row 13");
            v.Ask(e.Row == 13, $"NaN in row 13 is reported as row {e.Row}.");
        });
        return list.All;
    }

    private static double[] Rows(int classes, int count)
    {
        var random = new SeededRandom(9);
        double[] rows = new double[count * classes];
        for (int i = 0; i < count; i++)
        {
            Span<double> row = rows.AsSpan(i * classes, classes);
            double sum = 0;
            foreach (ref double p in row) sum += p = -Math.Log(random.NextPositiveDouble());
            foreach (ref double p in row) p /= sum;
        }

        return rows;
    }
}
