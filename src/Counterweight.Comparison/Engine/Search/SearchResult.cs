namespace Counterweight.Comparison;

/// <summary>How the search of one space went on one learner.</summary>
/// <param name="Learner">The name of the learner.</param>
/// <param name="Space">The space.</param>
/// <param name="Configurations">Every configuration with the largest rung it reached, the best first.</param>
/// <param name="Complete">Whether the search ran to its end; otherwise its time was up and the best so far went on.</param>
public sealed record SearchResult(string Learner, RemedySpace Space, IReadOnlyList<SearchedConfiguration> Configurations, bool Complete);

/// <summary>One configuration of a searched space.</summary>
/// <param name="Remedy">The remedy.</param>
/// <param name="RowShare">The share of the training rows in the largest rung it was judged on; 1 for all, 0 if it was not judged.</param>
/// <param name="Folds">How many folds judged it there.</param>
/// <param name="Mean">Its mean of the deciding metric there; NaN if it was not judged.</param>
/// <param name="Entered">Whether it entered the comparison as a candidate.</param>
/// <param name="Reason">Why it was refused or failed; null if it was not.</param>
public sealed record SearchedConfiguration(Remedy Remedy, double RowShare, int Folds, double Mean, bool Entered, string? Reason)
{
    /// <summary>Its way through the rungs, the one with the fewest rows first; empty if it was not judged.</summary>
    public IReadOnlyList<SearchedRung> Rungs { get; init; } = [];
}

/// <summary>What a configuration scored on one rung of its search.</summary>
/// <param name="RowShare">The share of the training rows; 1 for all.</param>
/// <param name="Folds">How many folds judged it.</param>
/// <param name="Mean">Its mean of the deciding metric with the interval.</param>
public sealed record SearchedRung(double RowShare, int Folds, FoldMean Mean);
