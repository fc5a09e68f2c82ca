namespace Counterweight.Comparison;

/// <summary>BalanceCascade of Liu, Wu and Zhou (2009), algorithm 2.</summary>
/// <remarks>
/// After each of T members a larger class of n rows keeps the share (m / n)^(1 / (T - 1)) of its remaining rows that the member finds hardest, m being the
/// rows of the smallest class: the threshold of the paper, which sets the member's false positive rate to that share. The last member then sees the m rows
/// that are left. Where classes overlap these lie amid the smallest class, and the last members learn little else: the self-paced ensemble was made against
/// that.
/// </remarks>
internal sealed class BalanceCascade(MethodCall call) : HardnessEnsemble(call)
{
    protected override Choice Begin(RowsByClass classes, int members)
    {
        int[][] left = [.. Enumerable.Range(0, classes.Classes).Select(c => classes[c])];
        return (int member, int c, double[] last, double[] mean, List<int> rows, ref SeededRandom random) =>
        {
            if (member > 0)
            {
                double share = Math.Pow((double)classes.Smallest / classes[c].Length, (double)member / (members - 1));
                int keep = Math.Clamp((int)Math.Round(share * classes[c].Length), classes.Smallest, left[c].Length);
                left[c] = [.. left[c].OrderByDescending(r => last[r]).ThenBy(r => r).Take(keep).Order()];
            }

            RowsByClass.Without(left[c], classes.Smallest, rows, ref random);
        };
    }
}
