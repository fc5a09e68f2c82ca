namespace Counterweight.Comparison;

/// <summary>Scores from 0 to 1 in bins of one width.</summary>
internal static class ScoreBins
{
    /// <summary>The smallest number whose bin, <c>floor(x * bins)</c> as a computer has it, is the given one or a later one.</summary>
    internal static double Edge(int bin, int bins)
    {
        if (bin == 0) return 0;
        double edge = (double)bin / bins;
        while (Math.Floor(edge * bins) < bin) edge = Math.BitIncrement(edge);
        while (Math.Floor(Math.BitDecrement(edge) * bins) >= bin) edge = Math.BitDecrement(edge);
        return edge;
    }
}
