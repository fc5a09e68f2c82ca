namespace Counterweight;

/// <summary>Which class is the smallest, and which the largest.</summary>
internal static class Extremes
{
    /// <summary>The smallest class that has rows; of several the first.</summary>
    internal static int Smallest(ReadOnlySpan<long> counts)
    {
        int best = -1;
        for (int c = 0; c < counts.Length; c++)
            if (counts[c] > 0 && (best < 0 || counts[c] < counts[best])) best = c;
        return best;
    }

    /// <summary>The largest class; of several the first.</summary>
    internal static int Largest(ReadOnlySpan<long> counts)
    {
        int best = 0;
        for (int c = 1; c < counts.Length; c++)
            if (counts[c] > counts[best]) best = c;
        return best;
    }
}
