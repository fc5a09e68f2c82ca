namespace Counterweight.Comparison;

/// <summary>How far a comparison is.</summary>
/// <param name="Done">Fits finished.</param>
/// <param name="Total">Fits to make in all, as far as known: it falls when candidates stop early.</param>
/// <param name="Elapsed">The time since the start.</param>
/// <param name="Remaining">The time that the rest will take at the pace so far; null before the first fit is finished.</param>
/// <param name="Current">What was finished last.</param>
/// <param name="Best">The best candidate so far; null before the first.</param>
/// <param name="BestMean">Its mean so far.</param>
public sealed record ComparisonProgress(int Done, int Total, TimeSpan Elapsed, TimeSpan? Remaining, string Current, Candidate? Best, double BestMean)
{
    /// <summary>How long what was finished last took; 0 if it was known from an earlier run.</summary>
    public double LastSeconds { get; init; }
}
