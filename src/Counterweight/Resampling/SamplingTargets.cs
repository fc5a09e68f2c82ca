namespace Counterweight;

/// <summary>What a <see cref="SamplingStrategy"/> means for given class counts.</summary>
public sealed class SamplingTargets
{
    private readonly long[] before, after;
    private readonly bool[] targeted;

    internal SamplingTargets(long[] before, long[] after, bool[] targeted) => (this.before, this.after, this.targeted) = (before, after, targeted);

    /// <summary>The number of classes, K.</summary>
    public int Classes => before.Length;

    /// <summary>The number of rows a class should have afterwards; for a class that is not targeted, the rows it has.</summary>
    /// <param name="c">The class.</param>
    public long this[int c] => after[c];

    /// <summary>Whether a class is resampled at all.</summary>
    /// <param name="c">The class.</param>
    public bool IsTargeted(int c) => targeted[c];

    /// <summary>How many rows a class gains; 0 if it gains none.</summary>
    /// <param name="c">The class.</param>
    public long Added(int c) => Math.Max(0, after[c] - before[c]);
}
