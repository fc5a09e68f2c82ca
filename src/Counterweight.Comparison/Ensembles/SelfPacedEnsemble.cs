namespace Counterweight.Comparison;

/// <summary>The self-paced ensemble of Liu and others (2020), algorithm 1, with absolute error as hardness and every larger class under-sampled by its own
/// bins.</summary>
/// <remarks>
/// Bins of equal width lie between the least and the largest hardness of the class. Bin l gets rows in proportion to 1 / (h_l + alpha), h_l being its mean
/// hardness and alpha = tan(pi i / (2 (n - 1))) for member i of 0..n-1; what a bin is short of, the others give. As in the authors' program the first member,
/// on rows drawn evenly, is one of the n.
/// </remarks>
internal sealed class SelfPacedEnsemble(MethodCall call) : HardnessEnsemble(call)
{
    protected override Choice Begin(RowsByClass classes, int members) =>
        (int member, int c, double[] last, double[] mean, List<int> rows, ref SeededRandom random) =>
    {
        int wanted = classes.Smallest, bins = Call.Integer("bins");
        if (member == 0)
        {
            RowsByClass.Without(classes[c], wanted, rows, ref random);
            return;
        }

        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (int row in classes[c]) (low, high) = (Math.Min(low, mean[row]), Math.Max(high, mean[row]));
        List<int>[] inBin = [.. Enumerable.Range(0, bins).Select(_ => new List<int>())];
        double[] hardness = new double[bins];
        foreach (int row in classes[c])
        {
            int bin = high > low ? Math.Min(bins - 1, (int)((mean[row] - low) / (high - low) * bins)) : 0;
            inBin[bin].Add(row);
            hardness[bin] += mean[row];
        }

        double alpha = Math.Tan(Math.PI / 2 * Math.Min((double)member / Math.Max(1, members - 1), 1 - 1e-12));
        double[] share = [.. Enumerable.Range(0, bins).Select(b => inBin[b].Count == 0 ? 0 : 1 / Math.Max((hardness[b] / inBin[b].Count) + alpha, 1e-12))];
        int[] number = Apportion(share, [.. inBin.Select(b => b.Count)], wanted);
        for (int b = 0; b < bins; b++) RowsByClass.Without([.. inBin[b]], number[b], rows, ref random);
    };

    /// <summary>Whole numbers in proportion to shares that sum to a number, none above what is there (largest remainders; what is short goes round
    /// again).</summary>
    internal static int[] Apportion(double[] share, int[] there, int wanted)
    {
        int[] number = new int[share.Length];
        wanted = Math.Min(wanted, there.Sum());
        for (int left = wanted; left > 0; left = wanted - number.Sum())
        {
            int[] open = [.. Enumerable.Range(0, share.Length).Where(b => number[b] < there[b])];
            double sum = open.Sum(b => share[b]);
            int before = left;
            foreach (int b in open)
            {
                int more = Math.Min(there[b] - number[b], (int)(before * share[b] / sum));
                number[b] += more;
                left -= more;
            }

            if (left < before && open.Any(b => number[b] == there[b])) continue;
            foreach (int b in open.OrderByDescending(b => (before * share[b] / sum) % 1).ThenBy(b => b))
            {
                if (left == 0) break;
                if (number[b] == there[b]) continue;
                number[b]++;
                left--;
            }
        }

        return number;
    }
}
